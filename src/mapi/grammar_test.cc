#include "mapi/grammar.h"

#include "mapi/streams_test.h"

namespace mk::mapi {
namespace {

ByteString tags(const std::vector<std::uint32_t>& list) {
  ByteString out;
  for (const auto tag : list) append_le(out, tag);
  return out;
}
constexpr auto t(Marker m) { return static_cast<std::uint32_t>(m); }

/// PidTagImportance = 1
const std::vector<std::uint32_t> kProperty = {0x00170003, 1};

ByteString stream(std::initializer_list<Marker> markers) {
  ByteString out;
  for (const Marker m : markers) append_le(out, t(m));
  return out;
}

struct Case {
  const char* name;
  Root root;
  ByteString bytes;
  Code code;
  const char* says;
};

TEST(Grammar, RefusesWhatTheGrammarDoesNotAllowAndSaysWhere) {
  using enum Marker;
  const ByteString property = tags(kProperty);
  const Case rows[] = {
      {"unended recipient", Root::kMessageContent, stream({kStartRecip}), Code::kTruncated,
       "recipient at offset 4"},
      {"unended embedded", Root::kMessageContent, stream({kNewAttach, kStartEmbed}), Code::kTruncated,
       "embeddedMessage"},
      {"wrong end", Root::kMessageContent, stream({kStartRecip, kEndAttach}), Code::kCorrupt,
       "EndAttach at offset 4"},
      {"recipient after attachment", Root::kMessageContent,
       stream({kNewAttach, kEndAttach, kStartRecip, kEndToRecip}), Code::kCorrupt,
       "StartRecip at offset 8 is not allowed in messageContent"},
      {"property after recipient", Root::kMessageContent, stream({kStartRecip, kEndToRecip}) + property,
       Code::kCorrupt, "property 0x00170003 at offset 8"},
      {"end of message without begin", Root::kMessageContent, stream({kEndMessage}), Code::kCorrupt,
       "EndMessage"},
      {"two embedded", Root::kAttachmentContent, stream({kStartEmbed, kEndEmbed, kStartEmbed, kEndEmbed}),
       Code::kCorrupt, "StartEmbed at offset 8"},
      {"no top folder", Root::kTopFolder, property, Code::kCorrupt, "topFolder"},
      {"unended folder", Root::kTopFolder, stream({kStartTopFld, kStartSubFld, kEndFolder}), Code::kTruncated,
       "topFolder"},
      {"data after the folder", Root::kTopFolder, stream({kStartTopFld, kEndFolder}) + property,
       Code::kCorrupt, "offset 8"},
      {"change without message", Root::kContentsSync, stream({kIncrSyncChg, kIncrSyncDel}), Code::kCorrupt,
       "IncrSyncDel"},
      {"no state", Root::kContentsSync, stream({kIncrSyncEnd}), Code::kCorrupt, "IncrSyncEnd"},
      {"no end", Root::kHierarchySync, stream({kIncrSyncStateBegin, kIncrSyncStateEnd}), Code::kTruncated,
       "hierarchySync"},
      {"unended state", Root::kState, stream({kIncrSyncStateBegin}) + property, Code::kTruncated, "state"},
      {"nothing", Root::kState, "", Code::kTruncated, "state"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto tree = read_tree(make_memory_blob(row.bytes), row.root);
    ASSERT_FALSE(tree);
    EXPECT_EQ(tree.error().code, row.code) << tree.error().what;
    EXPECT_NE(tree.error().what.find(row.says), std::string::npos) << tree.error().what;
  }
}

TEST(Grammar, FollowsEmbeddedMessagesThirtyTwoDeepAndNoDeeper) {
  for (const int depth : {kMaxEmbedding, kMaxEmbedding + 1}) {
    ByteString begin, end;
    for (int i = 0; i < depth; ++i) {
      begin += stream({Marker::kNewAttach, Marker::kStartEmbed});
      end += stream({Marker::kEndEmbed, Marker::kEndAttach});
    }
    const auto tree = read_tree(make_memory_blob(begin + end), Root::kMessageContent);
    EXPECT_EQ(static_cast<bool>(tree), depth == kMaxEmbedding);
    if (!tree) {
      EXPECT_EQ(tree.error().code, Code::kCorrupt);
    }
  }
}

TEST(Grammar, FollowsFoldersAsDeepAsServersAllow) {
  for (const int depth : {kMaxFolderDepth, kMaxFolderDepth + 1}) {
    ByteString begin = stream({Marker::kStartTopFld}), end = stream({Marker::kEndFolder});
    for (int i = 1; i < depth; ++i) {
      begin += stream({Marker::kStartSubFld});
      end += stream({Marker::kEndFolder});
    }
    const auto tree = read_tree(make_memory_blob(begin + end), Root::kTopFolder);
    EXPECT_EQ(static_cast<bool>(tree), depth == kMaxFolderDepth);
  }
}

TEST(Grammar, KeepsWhatCameBeforeTheDamage) {
  const ByteString bytes = bare(sample_item());
  const auto partial =
      read_partial_tree(make_memory_blob(bytes.substr(0, bytes.size() - 1)), Root::kMessageContent, false);
  ASSERT_TRUE(partial.damage);
  EXPECT_EQ(partial.damage->code, Code::kTruncated);
  EXPECT_EQ(encoded(partial.tree).size(), bytes.size());  // only the last end marker was cut
  EXPECT_NE(json_of(partial).find("\"damage\":\"FastTransfer stream: "), std::string::npos);
}

}  // namespace
}  // namespace mk::mapi

#include "mapi/tree.h"

#include "mapi/grammar.h"
#include "mapi/property_reader.h"
#include "mapi/stream_writer.h"
#include "model/tags.h"

namespace mk::mapi {
namespace {

/// A tree may hold a whole folder.
constexpr PropertyReader::Limits kTreeLimits = {std::size_t{1} << 22, std::uint64_t{64} << 20};

/// Builds nodes from the inside out: `open_` are those that have not ended.
class TreeBuilder final : public Visitor {
 public:
  explicit TreeBuilder(const SpanMaker& spans) : properties_(spans, kTreeLimits) {}
  /// The whole stream, or what there was of it when parse() failed.
  Node take(Root root) {
    while (!open_.empty()) static_cast<void>(end(open_.back().element, 0));
    if (!begun_) root_.element = element_of(root);
    return std::move(root_);
  }

  Status begin(Element e, std::uint64_t) override {
    begun_ = true;
    open_.push_back({e, {}});
    return ok;
  }
  Status end(Element, std::uint64_t) override {
    Node done = std::move(open_.back());
    open_.pop_back();
    if (open_.empty())
      root_ = std::move(done);
    else
      open_.back().parts.emplace_back(std::move(done));
    return ok;
  }
  Status property(Lexer& lexer) override {
    TRY_ASSIGN(auto p, properties_.read(lexer));
    open_.back().parts.emplace_back(std::move(p));
    return ok;
  }

 private:
  PropertyReader properties_;
  Node root_;
  std::vector<Node> open_;
  bool begun_ = false;
};

PartialTree build(ByteSource& in, const SpanMaker& spans, Root root) {
  Lexer lexer(in);
  TreeBuilder builder(spans);
  Status parsed = parse(lexer, root, builder);
  PartialTree out{builder.take(root), {}, lexer.position()};
  if (!parsed) out.damage = std::move(parsed).error();
  return out;
}

Result<Node> whole(PartialTree partial) {
  if (partial.damage) return *std::move(partial.damage);
  return std::move(partial.tree);
}

Status write_node(const Node& node, StreamWriter& out) {
  TRY(out.begin(node.element));
  for (const Part& part : node.parts) {
    if (const auto* p = std::get_if<model::Property>(&part))
      TRY(out.property(*p));
    else
      TRY(write_node(std::get<Node>(part), out));
  }
  return out.end(node.element);
}

/// What guess_root() notes while it steps over the tokens.
struct Clues {
  Token first;
  std::uint32_t first_tag = 0;
  bool marker_seen = false, message_class = false, folder_property = false, folder = false;
  bool sync_message = false, sync_end = false, contents_state = false;

  void note_marker(Marker m) {
    marker_seen = true;
    folder = folder || m == Marker::kStartSubFld || m == Marker::kStartMessage || m == Marker::kStartFAIMsg;
    sync_message = sync_message || m == Marker::kIncrSyncMessage || m == Marker::kIncrSyncChgPartial;
    sync_end = sync_end || m == Marker::kIncrSyncEnd;
  }
  void note_property(model::PropTag tag) {
    if (!marker_seen) {  // the object's own list
      message_class = message_class || tag.id() == model::pid::kMessageClass;
      folder_property =
          folder_property || tag.id() == model::pid::kFolderType || tag.id() == model::pid::kSubfolders;
    }
    // MetaTagCnsetSeenFAI, MetaTagCnsetRead, MetaTagIdsetRead, MetaTagIdsetUnread: only contents have them
    for (const int id : {0x67DA, 0x67D2, 0x402D, 0x402E}) contents_state = contents_state || tag.id() == id;
  }

  Root sync_root() const {
    return sync_message || contents_state ? Root::kContentsSync : Root::kHierarchySync;
  }
  Root content_root() const {
    if (first_tag == model::PropTag(model::pid::kAttachNumber, model::PropType::kInteger32).value)
      return Root::kAttachmentContent;
    return folder || (folder_property && !message_class) ? Root::kFolderContent : Root::kMessageContent;
  }
  Root root() const {
    switch (first.marker) {
      case Marker::kStartTopFld:
        return Root::kTopFolder;
      case Marker::kStartMessage:
      case Marker::kStartFAIMsg:
        return Root::kMessageList;
      case Marker::kIncrSyncStateBegin:
        return sync_end ? sync_root() : Root::kState;
      case Marker::kIncrSyncChg:
      case Marker::kIncrSyncDel:
        return sync_root();
      case Marker::kIncrSyncProgressMode:
      case Marker::kIncrSyncProgressPerMsg:
      case Marker::kIncrSyncGroupInfo:
      case Marker::kIncrSyncChgPartial:
      case Marker::kIncrSyncRead:
        return Root::kContentsSync;
      default:
        break;
    }
    return first_tag == meta::kEcWarning ? Root::kMessageList : content_root();
  }
};

}  // namespace

PartialTree read_partial_tree(const BlobPtr& stream, Root root, bool framed) {
  auto in = stream->open();
  if (!in) return {{element_of(root), {}}, std::move(in).error()};
  if (!framed) return build(**in, BareSpans(stream), root);
  RecordReader records(**in);
  return build(records, FramedSpans(stream, records), root);
}

Result<Node> read_tree(const BlobPtr& stream, Root root) {
  return whole(read_partial_tree(stream, root, false));
}
Result<Node> read_exported_tree(const BlobPtr& stream, Root root) {
  return whole(read_partial_tree(stream, root, true));
}

Status write_tree(const Node& tree, ByteSink& out) {
  auto pieces = make_bare_sink(out);
  StreamWriter writer(*pieces);
  TRY(write_node(tree, writer));
  return pieces->finish();
}

Result<Root> guess_root(ByteSource& bare) {
  Lexer lexer(bare);
  Clues clues;
  TRY_ASSIGN(clues.first, lexer.next());
  if (clues.first.kind == Token::kProperty) clues.first_tag = lexer.head().tag.value;
  for (Token t = clues.first; t.kind != Token::kEnd;) {
    if (t.kind == Token::kMarker)
      clues.note_marker(t.marker);
    else
      clues.note_property(lexer.head().tag);
    auto next = lexer.next();
    if (!next) break;  // damage further on is for the parser to report
    t = *next;
  }
  return clues.root();
}

}  // namespace mk::mapi

#include "mapi/verdict.h"

#include "base/wire.h"
#include "mapi/records.h"
#include "mapi/streams_test.h"

namespace mk::mapi {
namespace {

using model::Item;
namespace pid = model::pid;

Verdict check(const ByteString& framed, const ServerFacts& facts = {}) {
  auto in = make_memory_source(as_bytes(framed));
  return check_exported_item(*in, facts);
}

/// A mail whose stream takes about `body_bytes`, without attachments.
Item mail(std::size_t body_bytes) {
  Item item;
  item.properties.set_text(pid::kMessageClass, "IPM.Note");
  item.properties.set_text(pid::kDisplayTo, "Ann");
  item.properties.add(model::PropTag(pid::kBodyHtml, model::PropType::kBinary), ByteString(body_bytes, 'x'));
  item.recipients.emplace_back().set_text(pid::kDisplayName, "Ann");
  return item;
}

void add_file(Item& item, std::size_t bytes) {
  auto& a = item.attachments.emplace_back();
  a.properties.set_integer32(pid::kAttachMethod, model::kAttachByValue);
  a.properties.set_binary(pid::kAttachDataBinary, ByteString(bytes, 'f'));
}

/// The offsets at which a record ends.
std::vector<std::size_t> record_ends(const ByteString& framed) {
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < framed.size();) {
    const auto head = decode<RecordHead>(as_bytes(framed).subspan(at));
    at += wire_size<RecordHead>() + static_cast<std::size_t>(head->length);
    ends.push_back(at);
  }
  return ends;
}

TEST(Verdict, AnItemIsWholeWhenTheServersSizeAgrees) {
  const ByteString stream = exported(sample_item());
  const Verdict v = check(stream, {stream.size(), true});
  EXPECT_EQ(v.wholeness, Wholeness::kWhole) << v.evidence;
  EXPECT_EQ(v.recipients, 1u);
  EXPECT_EQ(v.attachments, 1u);
  EXPECT_EQ(v.records, record_ends(stream).size());
  EXPECT_NE(v.evidence.find("agrees"), std::string::npos);
}

TEST(Verdict, WithoutTheServersSizeItCannotTell) {
  const ByteString stream = exported(sample_item());
  EXPECT_EQ(check(stream).wholeness, Wholeness::kCannotTell);
  EXPECT_EQ(check(stream, {{}, true}).wholeness, Wholeness::kCannotTell);
}

/// A message with every kind of part, small enough to be cut at every byte.
Item small_item() {
  Item item = sample_item();
  item.properties.set_binary(pid::kBodyHtml, ByteString(300, 'x'));
  return item;
}

TEST(Verdict, NoCutOfAMessageIsEverWhole) {
  const ByteString small = exported(small_item()), large = exported(sample_item());
  for (std::size_t n = 0; n < small.size() + large.size(); n += n < small.size() ? 1 : 97) {
    const ByteString& stream = n < small.size() ? small : large;
    const ByteString cut = stream.substr(0, n < small.size() ? n : n - small.size());
    const Verdict alone = check(cut), informed = check(cut, {stream.size(), true});
    ASSERT_NE(alone.wholeness, Wholeness::kWhole) << n;
    ASSERT_NE(informed.wholeness, Wholeness::kWhole) << n << ": " << informed.evidence;
    ASSERT_FALSE(informed.evidence.empty());
  }
}

TEST(Verdict, NoCutOfABareMessageIsMoreThanCannotTell) {
  const ByteString stream = bare(small_item());
  for (std::size_t n = 0; n <= stream.size(); ++n) {
    auto in = make_memory_source(as_bytes(stream).first(n));
    ASSERT_NE(check_stream(*in, Root::kMessageContent).wholeness, Wholeness::kWhole) << n;
  }
}

TEST(Verdict, ACutBetweenTwoRecordsIsSeenByTheServersSize) {
  Item item = mail(1000);
  for (int i = 0; i < 4; ++i) add_file(item, 31000);  // records end near the attachments' ends
  const ByteString stream = exported(item);
  const auto ends = record_ends(stream);
  ASSERT_GT(ends.size(), 5u);
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    const Verdict v = check(stream.substr(0, ends[i]), {stream.size(), true});
    EXPECT_NE(v.wholeness, Wholeness::kWhole) << "after record " << i << ": " << v.evidence;
  }
}

TEST(Verdict, ACutBetweenElementsAtAFullBufferIsNotTakenForTheEnd) {
  // The first buffer ends exactly where the first attachment does.
  Item item = mail(10);
  add_file(item, 1);
  const std::size_t rest = bare(item).size();
  item.attachments[0].properties.set_binary(pid::kAttachDataBinary,
                                            ByteString(kMaxTransferBuffer - rest + 1, 'f'));
  ASSERT_EQ(bare(item).size(), kMaxTransferBuffer);
  add_file(item, 1000);
  const ByteString stream = exported(item);
  const auto ends = record_ends(stream);
  ASSERT_EQ(ends.size(), 5u);
  const Verdict v = check(stream.substr(0, ends[3]), {stream.size(), true});
  EXPECT_EQ(v.wholeness, Wholeness::kCannotTell) << v.evidence;
  EXPECT_NE(v.evidence.find("full buffer"), std::string::npos);
  EXPECT_EQ(check(stream, {stream.size(), true}).wholeness, Wholeness::kWhole);
}

TEST(Verdict, AnnouncedAttachmentsThatAreAbsentAreMissing) {
  const ByteString stream = exported(mail(100));
  EXPECT_EQ(check(stream, {stream.size(), true}).wholeness, Wholeness::kNotWhole);
  EXPECT_EQ(check(stream, {stream.size(), false}).wholeness, Wholeness::kWhole);
  Item flagged = mail(100);
  flagged.properties.set_integer32(pid::kMessageFlags, model::kFlagHasAttach);
  const Verdict v = check(exported(flagged), {stream.size(), {}});
  EXPECT_EQ(v.wholeness, Wholeness::kNotWhole);
  EXPECT_NE(v.evidence.find("its own message flags"), std::string::npos);
}

TEST(Verdict, ASizeFarAboveTheBytesMeansThatMuchIsMissing) {
  const ByteString stream = exported(mail(100));
  const Verdict v = check(stream, {1 << 20, false});
  EXPECT_EQ(v.wholeness, Wholeness::kNotWhole);
  EXPECT_NE(v.evidence.find("1048576"), std::string::npos);
}

struct BadStream {
  const char* name;
  ByteString bytes;
  const char* evidence;
};

TEST(Verdict, NamesTheWaysInWhichServersTruncate) {
  const ByteString stream = exported(mail(40000));
  Item no_class;
  no_class.properties.set_text(pid::kSubject, "x");
  ByteString wrong_order = stream;
  wrong_order[16] = 4;
  const BadStream rows[] = {
      {"nothing", "", "no data"},
      {"placeholder", ByteString(1, '\0'), "AA=="},
      {"marker after the last record", stream + "=== Truncated Data ===", "truncation marker"},
      {"marker after a cut record", stream.substr(0, 20000) + "=== Truncated Data ===\r\n",
       "truncation marker"},
      {"inside a record", stream.substr(0, stream.size() - 5), "ends 5 bytes before the record does"},
      {"inside a record's head", stream.substr(0, 62 + 8 + 31680 + 3), "record head"},
      {"inside a value, between records", stream.substr(0, 62 + 8 + 31680), "0x10130102"},
      {"only the first records", stream.substr(0, 62), "without any TransferBuffer"},
      {"no message class", exported(no_class), "no message class"},
      {"records in another order", wrong_order, "IsInterfaceOk is due"},
      {"not framed", bare(mail(10)), "Config is due"},
  };
  for (const BadStream& row : rows) {
    SCOPED_TRACE(row.name);
    const Verdict v = check(row.bytes, {row.bytes.size(), false});
    EXPECT_EQ(v.wholeness, Wholeness::kNotWhole);
    EXPECT_NE(v.evidence.find(row.evidence), std::string::npos) << v.evidence;
  }
}

}  // namespace
}  // namespace mk::mapi

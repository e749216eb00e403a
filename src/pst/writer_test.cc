#include "pst/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/file.h"
#include "base/test_data.h"
#include "base/wire.h"
#include "model/tags.h"
#include "pst/reader.h"
#include "pst/test_items.h"

namespace mk::pst {
namespace {

namespace pid = model::pid;
using model::Property;
using model::PropertyList;
using model::PropTag;
using model::PropType;
using model::Value;
using testing::HasSubstr;
using namespace std::string_literals;

std::filesystem::path fresh(const std::string& name) {
  const auto dir = std::filesystem::path(testing::TempDir()) / "mk_writer_test";
  std::filesystem::create_directories(dir);
  std::filesystem::remove(dir / name);
  return dir / name;
}

PropertyList folder_named(std::string_view name) {
  PropertyList list;
  list.set_text(pid::kDisplayName, name);
  list.set_text(pid::kContainerClass, "IPF.Note");
  return list;
}

/// A writer with one folder.
struct Store {
  std::filesystem::path path;
  std::unique_ptr<PstWriter> pst;
  Nid inbox;

  explicit Store(const std::string& name, const WriterOptions& options = {}) : path(fresh(name)) {
    auto made = PstWriter::create(path, options);
    MK_CHECK(made);
    pst = *std::move(made);
    inbox = *pst->add_folder(pst->ipm_subtree(), folder_named("Inbox"));
  }
  Nid add(const model::Item& item, bool associated = false) {
    auto nid = pst->add_item(inbox, item, associated);
    EXPECT_TRUE(nid) << nid.error().what;
    return nid ? *nid : Nid();
  }
  std::unique_ptr<PstFile> finish() {
    const auto done = pst->finish();
    EXPECT_TRUE(done) << done.error().what;
    auto file = PstFile::open(path);
    EXPECT_TRUE(file) << file.error().what;
    return file ? *std::move(file) : nullptr;
  }
  /// Writes one item and reads it again.
  model::Item round_trip(const model::Item& item) {
    const Nid nid = add(item);
    const auto file = finish();
    auto read = file->read_item(nid);
    EXPECT_TRUE(read) << read.error().what;
    return read ? *std::move(read) : model::Item();
  }
};

/// A blob of `size` bytes that are counted up, without having them.
class CountingBlob final : public Blob {
 public:
  explicit CountingBlob(std::uint64_t size, std::uint64_t breaks_at = ~std::uint64_t{0})
      : size_(size), breaks_at_(breaks_at) {}
  std::uint64_t size() const override { return size_; }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override {
    return std::unique_ptr<ByteSource>(new Source(offset, size_, breaks_at_));
  }

 private:
  struct Source final : ByteSource {
    Source(std::uint64_t from, std::uint64_t to, std::uint64_t breaks)
        : at(from), end(to), breaks_at(breaks) {}
    Result<std::size_t> read(std::span<std::byte> out) override {
      if (at >= breaks_at) return Error{Code::kCorrupt, "the source is damaged here"};
      const std::size_t n = std::min<std::uint64_t>(out.size(), end - at);
      for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::byte>((at + i) * 7 >> 3);
      at += n;
      return n;
    }
    std::uint64_t at, end, breaks_at;
  };
  std::uint64_t size_, breaks_at_;
};

TEST(PstWriter, WritesAnEmptyStore) {
  const auto path = fresh("empty.pst");
  auto pst = PstWriter::create(path, {});
  ASSERT_TRUE(pst) << pst.error().what;
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE((*pst)->finish());
  auto file = PstFile::open(path);
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ((*file)->folders()->size(), 3u);  // subtree, Deleted Items, Search Root
  EXPECT_EQ((*file)->store_properties().get_text(pid::kDisplayName), "mailkeep");
}

TEST(PstWriter, KeepsEveryPropertyType) {
  model::Item item = note("types");
  auto& list = item.properties;
  const auto add = [&](std::uint16_t id, PropType type, ByteString bytes) {
    list.add(PropTag(id, type), std::move(bytes));
  };
  add(0x6001, PropType::kInteger16, le_bytes<std::int16_t>(-3));
  add(0x6002, PropType::kInteger32, le_bytes<std::int32_t>(-70000));
  add(0x6003, PropType::kFloating32, le_bytes(1.5f));
  add(0x6004, PropType::kFloating64, le_bytes(2.5));
  add(0x6005, PropType::kCurrency, le_bytes<std::int64_t>(123456));
  add(0x6006, PropType::kFloatingTime, le_bytes(45000.25));
  add(0x6007, PropType::kBoolean, le_bytes<std::uint16_t>(1));
  add(0x6008, PropType::kInteger64, le_bytes<std::int64_t>(-1));
  add(0x6009, PropType::kTime, le_bytes<std::uint64_t>(132000000000000000));
  add(0x600A, PropType::kGuid, encode(model::pset::kTask));
  add(0x600B, PropType::kBinary, ByteString("\0\1\2", 3));
  add(0x600C, PropType::kString, ByteString());
  add(0x600D, PropType::kBinary, ByteString(3580, 'a'));
  add(0x600E, PropType::kBinary, ByteString(3581, 'b'));
  const auto many = [&](std::uint16_t id, PropType type, std::vector<ByteString> e) {
    list.add({PropTag(std::uint32_t{id} << 16 | model::kMultiple | static_cast<std::uint16_t>(type)),
              {},
              Value::of_elements(std::move(e)),
              false});
  };
  many(0x6010, PropType::kInteger32, {le_bytes(1), le_bytes(2), le_bytes(3)});
  many(0x6011, PropType::kString, {ByteString("a\0b\0", 4), ByteString(), ByteString("c\0", 2)});
  many(0x6012, PropType::kBinary, {ByteString("xyz"), ByteString(5000, 'z')});
  many(0x6013, PropType::kTime, {le_bytes<std::uint64_t>(1), le_bytes<std::uint64_t>(2)});
  many(0x6014, PropType::kGuid, {encode(model::pset::kTask), encode(model::pset::kCommon)});
  many(0x6015, PropType::kInteger16, {le_bytes<std::int16_t>(5)});
  const auto read = Store("types.pst").round_trip(item);
  for (const auto& p : list) {
    SCOPED_TRACE(p.tag.value);
    if (p.tag.id() == pid::kSubject) continue;
    const Property* q = read.properties.find(p.tag.id());
    ASSERT_NE(q, nullptr);
    EXPECT_EQ(q->tag.value, p.tag.value);
    EXPECT_EQ(q->value.elements(), p.value.elements());
    EXPECT_EQ(*q->value.load(), *p.value.load());
  }
}

TEST(PstWriter, LeavesOutWhatAPstCannotHold) {
  model::Item item = note("null");
  item.properties.add(PropTag(0x6001, PropType::kNull), {});
  item.properties.add(PropTag(0x6002, PropType::kErrorCode), le_bytes(5));
  item.properties.add(PropTag(0x8123, PropType::kInteger32), le_bytes(5));  // a name that nobody knows
  const auto read = Store("null.pst").round_trip(item);
  for (const std::uint16_t id : std::initializer_list<std::uint16_t>{0x6001, 0x6002, 0x8123})
    EXPECT_EQ(read.properties.find(id), nullptr);
}

TEST(PstWriter, ResolvesNamedPropertiesAndCodePages) {
  model::Item item = note("names");
  const auto keyword = model::string_name(model::pset::kPublicStrings, "Keywords");
  const auto own = model::string_name(model::pset::kInternetHeaders, "x-größe");
  const auto lid = model::lid_name(model::pset::kAppointment, 0x8208);
  item.properties.set_integer32(pid::kMessageCodepage, 1252);
  item.properties.add({PropTag(0x9001001E), own, Value::of_bytes("gr\xF6\xDF"), false});
  item.properties.add({PropTag(0x9002001F), lid, Value::of_bytes(ByteString("a\0", 2)), false});
  item.properties.add({PropTag(0x9003101F), keyword, Value::of_elements({ByteString("k\0", 2)}), false});
  const auto read = Store("names.pst").round_trip(item);
  ASSERT_NE(read.properties.find(own), nullptr);
  EXPECT_EQ(model::text_of(*read.properties.find(own), 1252), "größ");
  EXPECT_NE(read.properties.find(lid), nullptr);
  EXPECT_NE(read.properties.find(keyword), nullptr);
}

TEST(PstWriter, KeepsTextOfUnknownCodePages) {
  model::Item item = note("unknown");
  item.properties.set_integer32(pid::kMessageCodepage, 4711);
  item.properties.add(PropTag(0x6001, PropType::kString8), "\xE9t\xE9");
  item.properties.add(PropTag(0x60028000u | 4712), "\xE9");
  const auto read = Store("code_page.pst").round_trip(item);
  EXPECT_EQ(read.properties.get_text(0x6001), "été");
  EXPECT_EQ(read.properties.get_text(0x6002), "é");
}

TEST(PstWriter, MarksTheSubjectsPrefix) {
  struct Row {
    const char *subject, *prefix, *normalized, *stored;
  };
  for (const Row& row :
       {Row{"RE: lunch", "RE: ", nullptr, "\x01\x05RE: lunch"}, Row{"lunch", "", nullptr, "\x01\x01lunch"},
        Row{"Antwort: Essen", nullptr, "Essen",
            "\x01\x0A"
            "Antwort: Essen"},
        Row{"Re: x", nullptr, nullptr, "\x01\x05Re: x"},
        Row{"12: x", nullptr, nullptr,
            "\x01\x01"
            "12: x"},
        Row{"Note: x", nullptr, nullptr, "\x01\x01Note: x"},
        Row{"\x01\x05RE: x", "", nullptr, "\x01\x05RE: x"}}) {
    SCOPED_TRACE(row.subject);
    model::Item item = note(row.subject);
    if (row.prefix != nullptr) item.properties.set_text(pid::kSubjectPrefix, row.prefix);
    if (row.normalized != nullptr) item.properties.set_text(pid::kNormalizedSubject, row.normalized);
    const auto read = Store("subject.pst").round_trip(item);
    EXPECT_EQ(read.properties.get_text(pid::kSubject), row.stored);
  }
}

TEST(PstWriter, HoldsThousandsOfRecipients) {
  model::Item item = note("many");
  for (int i = 0; i < 5000; ++i) {
    PropertyList r;
    r.set_integer32(pid::kRecipientType, 1 + i % 3);
    r.set_text(pid::kDisplayName, "Person " + std::to_string(i));
    r.set_text(pid::kSmtpAddress, "person" + std::to_string(i) + "@example.test");
    item.recipients.push_back(std::move(r));
  }
  const auto read = Store("recipients.pst").round_trip(item);
  ASSERT_EQ(read.recipients.size(), 5000u);
  EXPECT_EQ(read.recipients[4999].get_text(pid::kSmtpAddress), "person4999@example.test");
}

TEST(PstWriter, HoldsThousandsOfAttachments) {
  model::Item item = note("many");
  for (int i = 0; i < 3000; ++i) {
    model::Attachment a;
    a.properties.set_text(pid::kAttachLongFilename, std::to_string(i) + ".txt");
    a.properties.set_binary(pid::kAttachDataBinary, std::string(static_cast<std::size_t>(i % 7), 'x'));
    item.attachments.push_back(std::move(a));
  }
  const auto read = Store("attachments.pst").round_trip(item);
  ASSERT_EQ(read.attachments.size(), 3000u);
  EXPECT_EQ(read.attachments[2999].properties.get_text(pid::kAttachLongFilename), "2999.txt");
  EXPECT_EQ(read.attachments[2999].properties.get_binary(pid::kAttachDataBinary)->size(), 2999u % 7);
  EXPECT_NE(*read.properties.get_integer(pid::kMessageFlags) & model::kFlagHasAttach, 0);
}

TEST(PstWriter, StreamsAttachmentsOfAnySize) {
  model::Item item = note("sizes");
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{8176}, std::uint64_t{8177}, std::uint64_t{8176} * 1021,
        std::uint64_t{8176} * 1021 + 1, std::uint64_t{20} << 20}) {
    model::Attachment a;
    a.properties.add({PropTag(pid::kAttachDataBinary, PropType::kBinary),
                      {},
                      Value::of_blob(std::make_shared<CountingBlob>(size)),
                      false});
    item.attachments.push_back(std::move(a));
  }
  const auto read = Store("sizes.pst").round_trip(item);
  ASSERT_EQ(read.attachments.size(), item.attachments.size());
  for (std::size_t i = 0; i < read.attachments.size(); ++i) {
    const auto* data = read.attachments[i].properties.find(pid::kAttachDataBinary);
    ASSERT_NE(data, nullptr);
    EXPECT_TRUE(*data->value.load() ==
                *item.attachments[i].properties.find(pid::kAttachDataBinary)->value.load());
  }
}

TEST(PstWriter, KeepsOleStreamsAsObjects) {
  model::Item item = note("ole");
  model::Attachment a;
  a.properties.set_integer32(pid::kAttachMethod, model::kAttachOle);
  a.properties.add(PropTag(pid::kAttachDataBinary, PropType::kObject), ByteString(10000, 'o'));
  item.attachments.push_back(std::move(a));
  const auto read = Store("ole.pst").round_trip(item);
  ASSERT_EQ(read.attachments.size(), 1u);
  const auto* data = read.attachments[0].properties.find(pid::kAttachDataBinary);
  ASSERT_NE(data, nullptr);
  EXPECT_EQ(data->tag.type(), PropType::kObject);
  EXPECT_EQ(*data->value.load(), ByteString(10000, 'o'));
}

TEST(PstWriter, EmbedsThirtyTwoDeepAndNoDeeper) {
  Store store("deep.pst");
  const Nid nid = store.add(nested(32));
  const auto refused = store.pst->add_item(store.inbox, nested(33), false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  const auto file = store.finish();
  const auto read = file->read_item(nid);
  ASSERT_TRUE(read) << read.error().what;
  int depth = 0;
  for (const model::Item* i = &*read; !i->attachments.empty(); i = i->attachments[0].embedded.get()) ++depth;
  EXPECT_EQ(depth, 32);
  EXPECT_EQ(file->items(store.inbox, false)->size(), 1u);
}

TEST(PstWriter, ForgetsAnItemThatFails) {
  const auto write = [](const std::string& name, bool with_failures) {
    Store store(name);
    for (int i = 0; i < 5; ++i) {
      if (with_failures) {
        model::Item bad = note("bad");
        model::Attachment a;
        a.properties.add({PropTag(pid::kAttachDataBinary, PropType::kBinary),
                          {},
                          Value::of_blob(std::make_shared<CountingBlob>(5 << 20, 3 << 20)),
                          false});
        bad.attachments.push_back(std::move(a));
        const auto failed = store.pst->add_item(store.inbox, bad, false);
        EXPECT_FALSE(failed);
        EXPECT_THAT(failed.error().what, HasSubstr("attachment 1"));
      }
      store.add(note("good " + std::to_string(i)));
    }
    const auto file = store.finish();
    EXPECT_EQ(file->items(store.inbox, false)->size(), 5u);
    return file->info()->blocks;
  };
  EXPECT_EQ(write("failures.pst", true), write("no_failures.pst", false));
}

TEST(PstWriter, KeepsFoldersOfAnyDepthAndName) {
  Store store("folders.pst");
  Nid parent = store.inbox;
  for (int i = 0; i < 200; ++i) parent = *store.pst->add_folder(parent, folder_named("level"));
  const std::string names[] = {"Почта / 受信箱", std::string(1000, 'x'), "a\\b/c:d", ""};
  for (const auto& name : names) ASSERT_TRUE(store.pst->add_folder(parent, folder_named(name)));
  EXPECT_EQ(store.pst->add_folder(Nid(0x9999), folder_named("x")).error().code, Code::kNotFound);
  EXPECT_EQ(store.pst->add_item(Nid(0x9999), note("x"), false).error().code, Code::kNotFound);
  const auto file = store.finish();
  const auto folders = *file->folders();
  ASSERT_EQ(folders.size(), 4u + 200u + 4u);
  for (const auto& name : names)
    EXPECT_TRUE(std::any_of(folders.begin(), folders.end(), [&](const auto& f) { return f.name == name; }))
        << name;
}

TEST(PstWriter, ListsAssociatedItemsApart) {
  Store store("associated.pst");
  store.add(note("mail"));
  model::Item hidden = note("hidden");
  hidden.properties.set_text(pid::kMessageClass, "IPM.Configuration.Test");
  store.add(hidden, true);
  const auto file = store.finish();
  EXPECT_EQ(file->items(store.inbox, false)->size(), 1u);
  ASSERT_EQ(file->items(store.inbox, true)->size(), 1u);
  const auto read = file->read_item((*file->items(store.inbox, true))[0]);
  EXPECT_NE(*read->properties.get_integer(pid::kMessageFlags) & model::kFlagAssociated, 0);
}

TEST(PstWriter, FillsInWhatEveryMessageHas) {
  const auto read = Store("empty_item.pst").round_trip(model::Item());
  for (const auto id : {pid::kMessageClass, pid::kMessageFlags, pid::kMessageSize, pid::kCreationTime,
                        pid::kLastModificationTime, pid::kSearchKey})
    EXPECT_NE(read.properties.find(id), nullptr) << id;
  EXPECT_EQ(read.properties.get_binary(pid::kSearchKey)->size(), 16u);
}

TEST(PstWriter, GivesTheSameBytesTwice) {
  const auto write = [](const std::string& name) {
    Store store(name);
    for (int i = 0; i < 50; ++i) store.add(nested(i % 4));
    store.finish();
    return *read_file(store.path);
  };
  EXPECT_TRUE(write("one.pst") == write("two.pst"));
}

/// Items of all kinds, some of which fail, some larger than what is encoded apart, given to `threads`
/// encoders.
std::string bytes_with(unsigned threads, bool submit) {
  WriterOptions options;
  options.threads = threads;
  Store store("threads.pst", options);
  std::vector<Nid> done;
  const auto add = [&](model::Item item, bool associated = false) {
    const auto hear = [&done](Result<Nid> nid) {
      done.push_back(nid ? *nid : Nid());
      return Status(ok);
    };
    if (submit)
      EXPECT_TRUE(store.pst->submit_item(store.inbox, std::move(item), associated, hear));
    else
      EXPECT_TRUE(hear(store.pst->add_item(store.inbox, item, associated)));
  };
  for (int i = 0; i < 300; ++i) {
    model::Item item = nested(i % 4);
    item.properties.add({PropTag(0x8000, PropType::kString),
                         model::string_name(model::pset::kPublicStrings, "name " + std::to_string(i % 50)),
                         Value::of_bytes("x\0"s), false});
    if (i % 5 == 0) item.recipients.push_back(folder_named("someone"));
    if (i % 7 == 0)
      item.properties.set_text(pid::kBody, std::string(20000 + 100 * static_cast<std::size_t>(i), 'b'));
    if (i % 50 == 1) item = nested(33);
    if (i % 40 == 3)
      item.properties.add(
          {PropTag(pid::kBodyHtml, PropType::kBinary),
           {},
           Value::of_blob(std::make_shared<CountingBlob>(5 << 20, i == 83 ? 3 << 20 : 9 << 20)),
           false});
    add(std::move(item), i % 11 == 0);
  }
  EXPECT_TRUE(store.pst->drain());
  EXPECT_EQ(done.size(), 300u);
  EXPECT_EQ(std::count(done.begin(), done.end(), Nid()), 7);
  store.finish();
  return *read_file(store.path, 1 << 30);
}

TEST(PstWriter, GivesTheSameBytesWithAnyNumberOfThreads) {
  const std::string alone = bytes_with(0, false);
  EXPECT_TRUE(bytes_with(0, true) == alone);
  for (const unsigned threads : {1u, 2u, 7u}) EXPECT_TRUE(bytes_with(threads, true) == alone) << threads;
}

TEST(PstWriter, EndsASubmissionWithTheErrorThatItsListenerGives) {
  WriterOptions options;
  options.threads = 2;
  Store store("listener.pst", options);
  const auto refuse = [](const Result<Nid>&) -> Status { return Error{Code::kCancelled, "enough"}; };
  Status s = ok;
  for (int i = 0; i < 100 && s; ++i) s = store.pst->submit_item(store.inbox, note("x"), false, refuse);
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, Code::kCancelled);
  Result<Nid> heard = Nid();
  const auto listen = [&](Result<Nid> nid) { return heard = std::move(nid), Status(ok); };
  EXPECT_FALSE(store.pst->submit_item(Nid(0x9999), note("x"), false, listen));  // what waited is told first
}

TEST(PstWriter, LeavesNoPstBehindWhenItIsNotFinished) {
  const auto path = fresh("unfinished.pst");
  {
    auto pst = PstWriter::create(path, {});
    ASSERT_TRUE(pst);
    for (int i = 0; i < 2000; ++i)
      ASSERT_TRUE((*pst)->add_item((*pst)->ipm_subtree(), note("x", std::string(3000, 'y')), false));
    const auto partial = path.string() + ".partial";
    ASSERT_TRUE(std::filesystem::exists(partial));
    EXPECT_FALSE(PstFile::open(partial));  // what a crash would leave
  }
  EXPECT_TRUE(std::filesystem::is_empty(path.parent_path()) || !std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".partial"));
}

TEST(PstWriter, SaysWhenTheDiskIsFull) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  Store store("full.pst");
  const rlimit small{4 << 20, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  Status failed = ok;
  for (int i = 0; i < 2000 && failed; ++i)
    if (auto nid = store.pst->add_item(store.inbox, note("x", std::string(9000, 'y')), false); !nid)
      failed = nid.error();
  const Status finished = store.pst->finish();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kExhausted) << failed.error().what;
  EXPECT_FALSE(finished);
  EXPECT_FALSE(std::filesystem::exists(store.path));
}

TEST(PstWriter, NeedsNoMoreMemoryForMoreItems) {
  if (kSanitized) GTEST_SKIP() << "memory is measured in builds without sanitizers";
  const auto peak_kib = [] {
    rusage u{};
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
  };
  Store store("many.pst");
  for (int i = 0; i < 10000; ++i) store.add(note("item", "x"));
  const auto at_first = peak_kib();
  for (int i = 0; i < 40000; ++i) store.add(note("item", "x"));
  const auto file = store.finish();
  EXPECT_EQ(file->items(store.inbox, false)->size(), 50000u);
  EXPECT_LT(peak_kib() - at_first, 16 * 1024);
}

}  // namespace
}  // namespace mk::pst

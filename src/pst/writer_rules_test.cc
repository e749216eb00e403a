// Files of every kind that the writer must bear, each checked by tests/e2e/pst_rules.py, which shares nothing
// with it, and counted by pypff and readpst.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/test_data.h"
#include "model/tags.h"
#include "pst/reader.h"
#include "pst/test_items.h"
#include "pst/writer.h"

namespace mk::pst {
namespace {

namespace pid = model::pid;
using model::PropTag;
using model::PropType;
using model::Value;

model::PropertyList named(std::string_view name) {
  model::PropertyList list;
  list.set_text(pid::kDisplayName, name);
  return list;
}

/// Every type, once with `bytes` bytes and as arrays of none, one and three elements.
model::Item every_type(std::size_t bytes) {
  model::Item item = note("every type");
  std::uint16_t id = 0x6900;
  for (const auto type :
       {PropType::kInteger16, PropType::kInteger32, PropType::kFloating32, PropType::kFloating64,
        PropType::kCurrency, PropType::kFloatingTime, PropType::kBoolean, PropType::kInteger64,
        PropType::kString8, PropType::kString, PropType::kTime, PropType::kGuid, PropType::kServerId,
        PropType::kRestriction, PropType::kRuleAction, PropType::kBinary}) {
    const std::size_t fixed = model::fixed_size(type);
    const ByteString one(fixed != 0 ? fixed : bytes, 'a');
    item.properties.add(PropTag(id++, type), one);
    const bool has_arrays = type != PropType::kBoolean && type != PropType::kServerId &&
                            type != PropType::kRestriction && type != PropType::kRuleAction;
    if (!has_arrays) continue;
    const auto array = static_cast<PropType>(static_cast<std::uint16_t>(type) | model::kMultiple);
    for (const std::size_t n : {0u, 1u, 3u})
      item.properties.add(
          {PropTag(id++, array), {}, Value::of_elements(std::vector<ByteString>(n, one)), false});
  }
  return item;
}

model::Item with_recipients(int n) {
  model::Item item = note("many");
  for (int i = 0; i < n; ++i) {
    item.recipients.push_back(named(fmt::format("Person {}", i)));
    item.recipients.back().set_text(pid::kEmailAddress, fmt::format("p{}@example.test", i));
    if (i % 100 == 0) item.recipients.back().set_text(0x3A20, "a column of its own");
  }
  return item;
}

model::Item with_attachment(std::size_t bytes) {
  model::Item item = note("attachment");
  model::Attachment a;
  a.properties.set_text(pid::kAttachFilename, "a.bin");
  a.properties.set_binary(pid::kAttachDataBinary, ByteString(bytes, 'x'));
  item.attachments.push_back(std::move(a));
  return item;
}

WriterOptions with_threads() {
  WriterOptions options;
  options.threads = 2;
  return options;
}

struct Store {
  std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "mk_writer_rules.pst";
  std::unique_ptr<PstWriter> pst = *PstWriter::create(path, with_threads());
  Nid folder = *pst->add_folder(pst->ipm_subtree(), named("Folder 0"));
  int n = 0;

  void add(model::Item item, bool associated = false) {
    const auto hear = [](Result<Nid> nid) -> Status {
      if (!nid) return std::move(nid).error();
      return ok;
    };
    const Status s = pst->submit_item(folder, std::move(item), associated, hear);
    ASSERT_TRUE(s) << s.error().what;
    if (!associated) ++n;
  }
  void folder_below(std::string_view name) { folder = *pst->add_folder(folder, named(name)); }
};

struct Case {
  const char* name;
  void (*fill)(Store&);
  bool readpst_counts = true;  // it skips some classes and counts folders as items
};

const Case kCases[] = {
    {"EmptyStore", [](Store&) {}},
    {"ItemClasses",
     [](Store& s) {
       for (const char* c :
            {"IPM.Note", "IPM.Appointment", "IPM.Contact", "IPM.Task", "IPM.DistList", "IPM.StickyNote",
             "IPM.Activity", "REPORT.IPM.Note.NDR", "IPM.Schedule.Meeting.Request", ""}) {
         model::Item item = note("class");
         item.properties.set_text(pid::kMessageClass, c);
         s.add(std::move(item));
       }
       s.add(note("hidden"), true);
     },
     false},
    {"Subjects",
     [](Store& s) {
       for (const char* text : {"", "RE: answer", "Fwd: on", "no prefix", ": odd", "Re:", "AW: Antwort",
                                "12: 30", "\x01", "строка 受信", "a/b\\c:d*?\"<>|"})
         s.add(note(text));
       s.add(note(std::string(2000, 's')));
       s.add(model::Item());
     }},
    {"DeepFolders",
     [](Store& s) {
       for (int i = 0; i < 120; ++i) s.folder_below(fmt::format("Folder {}", i)), s.add(note("in it"));
     },
     false},
    {"OddFolderNames",
     [](Store& s) {
       const Nid top = s.folder;
       for (const std::string& name :
            {std::string(), std::string("a/b\\c"), std::string("Почта 受信箱"), std::string(1000, 'n'),
             std::string(4000, 'n'), std::string("\x01\x02")}) {
         s.folder = top;
         s.folder_below(name);
       }
       s.folder = top;
       s.add(note("beside them"));
     },
     false},
    {"EveryType",
     [](Store& s) {
       for (const std::size_t bytes : {0u, 2u, 3578u, 3580u, 3582u, 8176u, 8178u, 100'000u})
         s.add(every_type(bytes));
     }},
    {"Attachments",
     [](Store& s) {
       for (const std::size_t bytes : {0u, 1u, 3580u, 3581u, 8176u, 8177u, 8'350'000u, 8'400'000u})
         s.add(with_attachment(bytes));
     }},
    {"ThirtyTwoDeep", [](Store& s) { s.add(nested(32)); }},
    {"ThousandsOfRecipients", [](Store& s) { s.add(with_recipients(5'000)), s.add(with_recipients(0)); }},
    {"AHundredThousandItems",
     [](Store& s) {
       for (int i = 0; i < 100'000; ++i) s.add(note("item"));
     }},
};

class WriterRules : public testing::TestWithParam<Case> {};

TEST_P(WriterRules, AreFollowed) {
  if (kSanitized) GTEST_SKIP() << "what is checked are the bytes, which sanitizers do not change";
  if (std::system("/usr/bin/python3 -c 'import pypff' && readpst -V > /dev/null") != 0)
    GTEST_SKIP() << "pypff or readpst are not here";
  Store store;
  GetParam().fill(store);
  ASSERT_TRUE(store.pst->finish());
  const auto tests = std::filesystem::path(MK_SOURCE_DIR) / "tests";
  EXPECT_EQ(std::system(fmt::format("/usr/bin/python3 -B '{}' '{}'", (tests / "e2e/pst_rules.py").string(),
                                    store.path.string())
                            .c_str()),
            0);
  EXPECT_EQ(std::system(fmt::format("/usr/bin/python3 -B '{}' --count '{}' --items {} {}",
                                    (tests / "pst_large.py").string(), store.path.string(), store.n,
                                    GetParam().readpst_counts ? "--readpst" : "")
                            .c_str()),
            0);
  std::filesystem::remove(store.path);
}

INSTANTIATE_TEST_SUITE_P(PstWriter, WriterRules, testing::ValuesIn(kCases),
                         [](const auto& c) { return std::string(c.param.name); });

}  // namespace
}  // namespace mk::pst

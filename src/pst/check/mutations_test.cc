#include "pst/check/mutations.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "model/tags.h"
#include "pst/test_items.h"
#include "pst/writer.h"

namespace mk::pst::check {
namespace {

namespace pid = model::pid;
using model::PropTag;

/// `tracked`: what its conversation is named by, its index or its topic.
model::Item mail(const std::string& subject, bool tracked = true) {
  model::Item item = note(subject);
  item.properties.set_text(pid::kSenderName, std::string(260, 's'));
  item.properties.set_text(PropTag(0x0042001F).id(), std::string(300, 'r'));
  item.properties.add(PropTag(0x00710102), ByteString("\1", 1) + ByteString(21, 'c'));
  if (tracked) item.properties.add(PropTag(0x3016000B), ByteString("\1\0", 2));
  if (!tracked) item.properties.set_text(pid::kConversationTopic, "Många bilagor");
  return item;
}

/// A message with everything: named properties, arrays, values in subnodes, attachments, an embedded message.
model::Item rich(std::size_t payload) {
  model::Item item = mail("RE: everything");
  auto& p = item.properties;
  p.set_text(pid::kBody, std::string(20'000, 'b'));
  p.add(PropTag(0x66010048), ByteString(16, 'g'));
  p.add(PropTag(0x6602000B), ByteString("\1\0", 2));
  p.add({PropTag(0x6603101F),
         {},
         model::Value::of_elements({ByteString("a\0b\0", 4), ByteString("c\0", 2)}),
         false});
  p.add({PropTag(0x8000001F), model::string_name(model::pset::kPublicStrings, "Another"),
         model::Value::of_bytes(ByteString("x\0", 2)), false});
  model::PropertyList to;
  to.set_text(pid::kDisplayName, "Someone");
  to.add(PropTag(0x0E0F000B), ByteString("\1\0", 2));
  item.recipients.push_back(to);
  model::Attachment file, message;
  file.properties.add(PropTag(0x37010102), ByteString(payload, 'p'));
  file.properties.set_text(0x3704, "file.bin");
  message.embedded = std::make_unique<model::Item>(mail("inner"));
  item.attachments.push_back(std::move(file));
  item.attachments.push_back(std::move(message));
  return item;
}

/// A file of our own writer: an inbox, and a folder whose table has hundreds of rows in many heap blocks.
ByteString make_base(std::size_t payload) {
  const auto path = std::filesystem::path(testing::TempDir()) / "mk_checker_test.pst";
  auto pst = *PstWriter::create(path, {});
  model::PropertyList folder;
  folder.set_text(pid::kDisplayName, "Inbox");
  folder.set_text(pid::kContainerClass, "IPF.Note");
  const Nid inbox = *pst->add_folder(pst->ipm_subtree(), folder);
  const Nid full = *pst->add_folder(inbox, folder);
  MK_CHECK(inbox.value == kInbox && full.value == kFull);
  MK_CHECK(pst->add_item(inbox, rich(payload), false)->value == kMessage);
  model::Item many = mail("many attachments", false);
  for (int i = 0; i < 400; ++i) many.attachments.emplace_back().properties.add(PropTag(0x37010102), "p");
  MK_CHECK(pst->add_item(inbox, many, false)->value == kMany);
  MK_CHECK(pst->add_item(inbox, mail("associated"), true)->value == kAssociated);
  for (int i = 0; i < 460; ++i) MK_CHECK(pst->add_item(full, mail("mail " + std::to_string(i)), false));
  MK_CHECK(pst->finish());
  return *read_file(path);
}
}  // namespace

const ByteString& base() {
  static const ByteString bytes = make_base(30'000);
  return bytes;
}
const ByteString& large_base() {
  static const ByteString bytes = make_base(9'000'000);
  return bytes;
}

CheckReport check(ByteString bytes, bool strict) {
  CheckOptions options;
  options.findings.strict = strict;
  auto report = check_pst(ndb::make_memory_storage(std::move(bytes)), options, nullptr);
  EXPECT_TRUE(report) << report.error().what;
  return report ? *report : CheckReport();
}

std::string found(const CheckReport& r) {
  std::string out;
  for (std::size_t i = 0; i < kRules.size(); ++i)
    if (r.counts[i] > 0) out += std::string(kRules[i].code) + " ";
  return out;
}

namespace {

std::size_t rule_index(std::string_view code) {
  const auto* it =
      std::find_if(kRules.begin(), kRules.end(), [code](const Rule& r) { return r.code == code; });
  EXPECT_NE(it, kRules.end()) << code;
  return static_cast<std::size_t>(it - kRules.begin());
}

}  // namespace

void expect_named(const std::vector<Mutation>& mutations, const ByteString& bytes, bool strict) {
  const CheckReport before = check(bytes, strict);
  for (std::size_t i = 0; i < mutations.size(); ++i) {
    const Mutation& m = mutations[i];
    SCOPED_TRACE(std::to_string(i) + " " + m.code);
    Kit kit(bytes);
    m.change(kit);
    ASSERT_FALSE(kit.lost) << "what the mutation looks for is not there";
    const CheckReport after = check(std::move(kit.bytes), strict);
    const std::size_t rule = rule_index(m.code);
    EXPECT_GT(after.counts[rule], before.counts[rule]) << "found only: " << found(after);
    EXPECT_TRUE(strict || after.repairs + after.fatals > 0) << "only notes";
  }
}

}  // namespace mk::pst::check

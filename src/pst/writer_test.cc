#include "pst/writer.h"

#include <gtest/gtest.h>

#include "model/tags.h"

namespace mk::pst {
namespace {

namespace pid = model::pid;

std::filesystem::path fresh(const std::string& name) {
  const auto dir = std::filesystem::path(testing::TempDir()) / "mk_writer_test";
  std::filesystem::create_directories(dir);
  std::filesystem::remove(dir / name);
  return dir / name;
}

model::Item note(std::string_view subject, std::string_view body) {
  model::Item item;
  item.properties.set_text(pid::kMessageClass, "IPM.Note");
  item.properties.set_text(pid::kSubject, subject);
  item.properties.set_text(pid::kBody, body);
  return item;
}

TEST(PstWriter, WritesAnEmptyStore) {
  const auto path = fresh("empty.pst");
  auto pst = PstWriter::create(path, {});
  ASSERT_TRUE(pst) << pst.error().what;
  EXPECT_FALSE(std::filesystem::exists(path));
  const auto done = (*pst)->finish();
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(PstWriter, WritesAFewItems) {
  const auto path = fresh("few.pst");
  auto pst = PstWriter::create(path, {});
  ASSERT_TRUE(pst) << pst.error().what;
  model::PropertyList list;
  list.set_text(pid::kDisplayName, "Inbox");
  list.set_text(pid::kContainerClass, "IPF.Note");
  auto inbox = (*pst)->add_folder((*pst)->ipm_subtree(), list);
  ASSERT_TRUE(inbox);
  for (int i = 0; i < 10; ++i) {
    auto item = note("RE: number " + std::to_string(i), std::string(static_cast<std::size_t>(i) * 3000, 'x'));
    model::PropertyList to;
    to.set_text(pid::kDisplayName, "Bob");
    to.set_text(pid::kSmtpAddress, "bob@example.test");
    item.recipients.push_back(to);
    model::Attachment a;
    a.properties.set_text(pid::kAttachLongFilename, "a.txt");
    a.properties.set_binary(pid::kAttachDataBinary, ByteString(static_cast<std::size_t>(i) * 20000, 'y'));
    item.attachments.push_back(std::move(a));
    model::Attachment b;
    b.properties.set_text(pid::kDisplayName, "inner");
    b.embedded = std::make_unique<model::Item>(note("inner", "body"));
    item.attachments.push_back(std::move(b));
    const auto added = (*pst)->add_item(*inbox, item, false);
    ASSERT_TRUE(added) << added.error().what;
  }
  const auto done = (*pst)->finish();
  ASSERT_TRUE(done) << done.error().what;
}

}  // namespace
}  // namespace mk::pst

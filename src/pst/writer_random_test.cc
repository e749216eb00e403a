#include <gtest/gtest.h>

#include "pst/random_items.h"
#include "pst/reader.h"
#include "pst/writer.h"

namespace mk::pst {
namespace {

/// The value of an embedded message is an object in the file and nothing in the model.
void drop_objects(model::Item& item) {
  for (auto& a : item.attachments) {
    if (!a.embedded) continue;
    a.properties.remove(model::pid::kAttachDataBinary);
    drop_objects(*a.embedded);
  }
}

TEST(PstWriter, GivesBackRandomItemsAsTheyWere) {
  const auto path = std::filesystem::path(testing::TempDir()) / "mk_random.pst";
  std::filesystem::remove(path);
  auto made = PstWriter::create(path, {});
  ASSERT_TRUE(made);
  RandomItems items;
  std::vector<std::pair<Nid, ByteString>> written;
  for (int i = 0; i < 150; ++i) {
    const auto item = items.next();
    const auto nid = (*made)->add_item((*made)->ipm_subtree(), item, i % 7 == 0);
    ASSERT_TRUE(nid) << nid.error().what;
    written.emplace_back(*nid, *model::content_hash(item));
  }
  ASSERT_TRUE((*made)->finish());
  auto file = PstFile::open(path);
  ASSERT_TRUE(file) << file.error().what;
  for (const auto& [nid, hash] : written) {
    SCOPED_TRACE(nid.value);
    auto item = (*file)->read_item(nid);
    ASSERT_TRUE(item) << item.error().what;
    drop_objects(*item);
    EXPECT_TRUE(*model::content_hash(*item) == hash);
  }
}

}  // namespace
}  // namespace mk::pst

// Object lock at S3: what is sent, and what a thief who has the credentials can do to a vault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "store/scripted_s3_test.h"
#include "vault/fixture_test.h"
#include "vault/lock.h"

namespace mk::store {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class S3LockTest : public testing::Test {
 protected:
  ScriptedS3 s3_{ScriptedS3::locking()};
  std::unique_ptr<vault::Store> store_ = make_s3_store(s3_.options());
  const vault::Objects mail_{{"a", vault::noise(60'000, 1)}, {"b", "small"}};

  FileTime now() const { return to_file_time(s3_.clock.now()); }
  FileTime in_days(std::uint32_t days) const { return vault::after(now(), days); }
  void pass_days(int days) { s3_.clock.sleep_for(std::chrono::hours(24 * days)); }

  /// A vault locked for 30 days, and a point in it.
  void make_vault() {
    vault::init_vault(*store_);
    ASSERT_TRUE(vault::set_lock(**vault::Vault::open(*store_, vault::test_key()), 30, now()));
    put("monday");
  }
  void put(const std::string& name) {
    const auto vault = *vault::Vault::open(*store_, vault::test_key());
    vault::Session session(*vault, s3_.clock);
    vault::TreeWriter tree(session, vault->keys().tree_cut);
    for (const auto& [key, bytes] : mail_) {
      vault::Entry entry{key, {}, {}};
      entry.object = *session.put_object(*make_memory_source(as_bytes(bytes)));
      ASSERT_TRUE(tree.add(std::move(entry)));
    }
    const auto committed = session.commit(name, *tree.finish(), now());
    ASSERT_TRUE(committed) << committed.error().what;
  }
  std::vector<std::string> undelete() {
    std::vector<std::string> back;
    const auto done = store_->undelete([&](const std::string& name) { back.push_back(name); });
    EXPECT_TRUE(done) << done.error().what;
    return back;
  }
  FileTime locked_until(const std::string& key) {
    FileTime until{};
    const auto versions = s3_.versions();
    for (const auto& v : versions.at("some prefix/" + key)) until = std::max(until, v.until);
    return until;
  }
};

TEST_F(S3LockTest, IsThereFromTheFirstMomentAndOnlyGrows) {
  ASSERT_TRUE(store_->put_locked("log/1", as_bytes("x"), {in_days(3).ticks + 1}));
  EXPECT_EQ(locked_until("log/1"), (FileTime{in_days(3).ticks + 10'000'000}));  // whole seconds, not before
  EXPECT_THAT(s3_.calls(), Not(Contains(HasSubstr("LOCK some"))));
  ASSERT_TRUE(store_->lock("log/1", in_days(5)));
  EXPECT_EQ(locked_until("log/1"), in_days(5));
  ASSERT_TRUE(store_->lock("log/1", in_days(1)));
  EXPECT_EQ(*store_->locked_until("log/1"), in_days(5));
}

TEST_F(S3LockTest, HoldsForLargeObjectsThatAreSentInParts) {
  S3Options options = s3_.options();
  options.parts_above = options.part_bytes = 25'000;
  const auto store = make_s3_store(options);
  const std::string large(60'000, 'x'), name = "packs/aa/" + to_hex(sha256(as_bytes(large)));
  ASSERT_TRUE(store->put_locked(name, as_bytes(large), in_days(3)));
  EXPECT_THAT(s3_.calls(), Contains(HasSubstr("BEGIN")));
  EXPECT_EQ(locked_until(name), in_days(3));
}

TEST_F(S3LockTest, SaysWhetherTheBucketHasThemWithoutWriting) {
  EXPECT_TRUE(*store_->can_lock());
  s3_.before = [](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what == "OBJECT-LOCK") return s3_fault(403, "AccessDenied");
    return std::nullopt;
  };
  EXPECT_FALSE(*store_->can_lock());  // it does not say
  EXPECT_TRUE(s3_.objects().empty());
}

TEST_F(S3LockTest, SaysWhenTheBucketHasNone) {
  ScriptedS3 plain;
  const auto store = make_s3_store(plain.options());
  EXPECT_EQ(store->can_lock().error().code, Code::kUnsupported);
  const auto refused = store->put_locked("a", as_bytes("x"), in_days(1));
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_THAT(refused.error().what, HasSubstr("made with object lock"));
}

TEST_F(S3LockTest, ARefusalOtherThanOfALaterDateIsAnError) {
  ASSERT_TRUE(store_->put_locked("log/1", as_bytes("x"), in_days(3)));
  s3_.before = [](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what == "LOCK") return s3_fault(403, "AccessDenied");
    return std::nullopt;
  };
  EXPECT_TRUE(store_->lock("log/1", in_days(2)));
  const auto refused = store_->lock("log/1", in_days(4));
  EXPECT_EQ(refused.error().code, Code::kDenied);
  s3_.before = nullptr;
  ASSERT_TRUE(store_->put("b", as_bytes("x")));
  EXPECT_EQ(*store_->locked_until("b"), FileTime{});
}

/// The thief has the access key, so that he may do whatever S3 lets the account do; but for the locks.
TEST_F(S3LockTest, AThiefCannotRemoveACommittedPoint) {
  make_vault();
  pass_days(29);
  std::size_t refused = 0;
  for (const auto& [key, all] : s3_.versions())  // each version for itself
    for (const auto& v : all) refused += s3_.remove(key, v.id) ? 0 : 1;
  EXPECT_GE(refused, 8u);                                          // header, key, checkpoint, log, packs
  for (const auto& [key, bytes] : s3_.objects()) s3_.remove(key);  // what is left, from the eyes of readers
  EXPECT_TRUE(s3_.objects().empty());
  EXPECT_EQ(vault::Vault::open(*store_, vault::test_key()).error().code, Code::kNotFound);
  EXPECT_GE(undelete().size(), 8u);
  EXPECT_EQ(vault::get_objects(*store_, "monday"), mail_);
  EXPECT_TRUE(vault::check_vault(*store_, true).damage.empty());
  EXPECT_TRUE(undelete().empty());  // there is nothing more to do
}

TEST_F(S3LockTest, AThiefCannotReplaceACommittedPoint) {
  make_vault();
  for (const auto& [key, bytes] : s3_.objects()) {
    s3_.set_object(key, "rubbish");
    s3_.set_object(key, std::string(bytes.size(), 'r'));
  }
  s3_.remove("some prefix/vault");
  EXPECT_FALSE(vault::Vault::open(*store_, vault::test_key()));
  EXPECT_GE(undelete().size(), 8u);
  EXPECT_EQ(vault::get_objects(*store_, "monday"), mail_);
  EXPECT_TRUE(vault::check_vault(*store_, true).damage.empty());
}

TEST_F(S3LockTest, BringsAnObjectBackWithoutTheRightToDeleteVersions) {
  make_vault();
  for (const auto& [key, bytes] : s3_.objects()) s3_.remove(key);
  s3_.before = [](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what == "DELETE" && c.query.contains("versionId")) return s3_fault(403, "AccessDenied");
    return std::nullopt;
  };
  EXPECT_GE(undelete().size(), 8u);
  EXPECT_EQ(vault::get_objects(*store_, "monday"), mail_);
}

/// What was repaired stays so: the oldest version of a pack is the damaged one then.
TEST_F(S3LockTest, BringsBackTheVersionThatFitsItsName) {
  const std::string name = "packs/aa/" + to_hex(sha256(as_bytes("good")));
  ASSERT_TRUE(store_->put("a", as_bytes("x")));
  for (const char* bytes : {"bad1", "good", "bad2"}) s3_.set_object("some prefix/" + name, bytes);
  EXPECT_THAT(undelete(), testing::ElementsAre(name));
  EXPECT_EQ(*store_->get(name, 0, 4), "good");
}

/// A thief may have written anything over anything, as long as it likes.
TEST_F(S3LockTest, ReadsNoVersionThatCannotBeTheRightOne) {
  const std::string key = "keys/" + to_hex(sha256(as_bytes("good"))).substr(0, 16),
                    record = "log/0000000000000001";
  ASSERT_TRUE(store_->put("a", as_bytes("x")));
  for (const auto& bytes : {std::string(1000, 'r'), std::string("good"), std::string("bad")})
    s3_.set_object("some prefix/" + key, bytes);
  for (const char* bytes : {"first", "bad1", "bad2"}) s3_.set_object("some prefix/" + record, bytes);
  std::map<std::string, std::set<std::string>> read;
  s3_.before = [&](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what == "GET" && c.query.contains("versionId")) read[c.key].insert(c.query.at("versionId"));
    return std::nullopt;
  };
  EXPECT_THAT(undelete(), testing::ElementsAre(key, record));
  EXPECT_EQ(*store_->get(key, 0, 4), "good");
  EXPECT_EQ(*store_->get(record, 0, 5), "first");
  const auto versions = s3_.versions();
  EXPECT_THAT(read["some prefix/" + key], testing::ElementsAre(versions.at("some prefix/" + key)[1].id));
  EXPECT_THAT(read["some prefix/" + record],
              testing::ElementsAre(versions.at("some prefix/" + record)[0].id));
}

TEST_F(S3LockTest, PassesOverWhatIsLongerThanAnyObject) {
  const auto version = [](const std::string& name, const std::string& id, const std::string& bytes) {
    return "<Version><Key>some%20prefix/" + name + "</Key><VersionId>" + id + "</VersionId><Size>" + bytes +
           "</Size></Version>";
  };
  s3_.before = [&](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what != "VERSIONS") return std::nullopt;
    return s3_answer(200, "<ListVersionsResult><EncodingType>url</EncodingType>" +
                              version("log/0000000000000009", "v2", "50000000000") +
                              version("log/0000000000000009", "v1", "50000000000") +
                              "<DeleteMarker><Key>some%20prefix/vault</Key><VersionId>v4</VersionId>"
                              "</DeleteMarker>" +
                              version("vault", "v3", "40") + "</ListVersionsResult>");
  };
  EXPECT_THAT(undelete(), testing::ElementsAre("vault"));
  EXPECT_THAT(s3_.calls(), Not(Contains(HasSubstr("GET some prefix/log"))));
}

TEST_F(S3LockTest, ANewPointExtendsWhatItTakesOver) {
  make_vault();
  std::set<std::string> packs;
  for (const auto& [key, all] : s3_.versions())
    if (key.find("/packs/") != std::string::npos) packs.insert(key);
  pass_days(20);
  s3_.forget_calls();
  put("later");
  EXPECT_EQ(vault::list_packs(*store_)->size(), packs.size());  // the same mail
  for (const auto& key : packs) {
    EXPECT_THAT(s3_.calls(), Contains("LOCK " + key));
    EXPECT_GE(locked_until(key.substr(sizeof("some prefix/") - 1)), in_days(30));
  }
}

TEST(S3Undelete, SaysWhenTheStoreKeepsNoVersions) {
  ScriptedS3 s3;
  s3.before = [](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what == "VERSIONS") return s3_fault(501, "NotImplemented");
    return std::nullopt;
  };
  const auto refused = make_s3_store(s3.options())->undelete([](const std::string&) {});
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace mk::store

#include "agent/state/audit.h"

#include "agent/state/state_test.h"

namespace mk::agent {
namespace {

class AuditTest : public StateTest {
 protected:
  void SetUp() override {
    StateTest::SetUp();
    for (int i = 1; i <= 5; ++i)
      ASSERT_TRUE(log().append({0, at(std::uint64_t(i)), "anna", "10.0.0.1", "item.read",
                                "item " + std::to_string(i), "ok", "\"quoted\""}));
  }
  AuditLog& log() { return state().audit(); }
  std::vector<std::int64_t> faults(const std::optional<AuditHead>& known = {}) {
    const auto found = *log().verify(known);
    std::vector<std::int64_t> out;
    for (const AuditFault& f : found) out.push_back(f.number);
    return out;
  }
  /// As somebody who has the file and no scruples.
  void tamper(const std::string& script) {
    run_raw("DROP TRIGGER IF EXISTS audit_is_not_changed; DROP TRIGGER IF EXISTS audit_is_not_cut; " +
            script);
  }
  using Numbers = std::vector<std::int64_t>;
};

TEST_F(AuditTest, IsReadFromTheNewestInPieces) {
  const auto newest = *log().list(0, 2);
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].number, 5);
  EXPECT_EQ(newest[0].object, "item 5");
  EXPECT_EQ(newest[0].time, at(5));
  EXPECT_EQ(newest[0].from, "10.0.0.1");
  EXPECT_EQ(newest[0].detail, "\"quoted\"");
  const auto older = *log().list(4, 10);
  ASSERT_EQ(older.size(), 3u);
  EXPECT_EQ(older[0].number, 3);
}

TEST_F(AuditTest, HasACanonicalTextThatAnybodyCanHash) {
  const AuditEntry first = log().list(2, 1)->at(0);
  EXPECT_EQ(canonical_text(first), "[1,\"" + format_utc(at(1)) +
                                       "\",\"anna\",\"10.0.0.1\",\"item.read\",\"item 1\",\"ok\","
                                       "\"\\\"quoted\\\"\"]");
  Sha256Digest hash{};
  for (std::int64_t n = 1; n <= 5; ++n) {
    const std::string text(as_chars(hash));
    hash = sha256(as_bytes(text + canonical_text(log().list(n + 1, 1)->at(0))));
  }
  EXPECT_EQ(log().head()->hash, hash);
  EXPECT_EQ(log().head()->number, 5);
}

TEST_F(AuditTest, TakesAnyText) {
  const auto entry = log().append({0, at(6), "x\xFF\n", "", "", "", "", ""});
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->who, "x\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(log().list(0, 1)->at(0).who, entry->who);
  EXPECT_EQ(faults(), Numbers{});
}

TEST_F(AuditTest, OnlyGrows) {
  EXPECT_NE(raw()->run("UPDATE audit SET who = 'bert'").error().what.find("only grows"), std::string::npos);
  EXPECT_NE(raw()->run("DELETE FROM audit").error().what.find("only grows"), std::string::npos);
  EXPECT_EQ(faults(), Numbers{});
}

TEST_F(AuditTest, ChangedRowsAreNamed) {
  for (const char* column : {"who", "client", "action", "object", "outcome", "detail"}) {
    SCOPED_TRACE(column);
    const std::string name(column);
    tamper("UPDATE audit SET " + name + " = " + name + " || 'x' WHERE number = 3");
    EXPECT_EQ(faults(), Numbers{3});
    tamper("UPDATE audit SET " + name + " = substr(" + name + ", 1, length(" + name +
           ") - 1) WHERE number = 3");
    EXPECT_EQ(faults(), Numbers{});
  }
  tamper("UPDATE audit SET time = time + 1 WHERE number = 3");
  EXPECT_EQ(faults(), Numbers{3});
  tamper("UPDATE audit SET time = time - 1, hash = x'00' WHERE number = 3");
  EXPECT_EQ(faults(), (Numbers{3, 4}));
}

TEST_F(AuditTest, MissingAndReorderedRowsAreNamed) {
  tamper(
      "UPDATE audit SET number = 99 WHERE number = 2; UPDATE audit SET number = 2 WHERE number = 3; "
      "UPDATE audit SET number = 3 WHERE number = 99");
  EXPECT_EQ(faults(), (Numbers{2, 3, 4}));
  tamper("DELETE FROM audit WHERE number IN (2, 3)");
  const auto missing = *log().verify();
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].what, "rows 2 to 3 are missing");
}

TEST_F(AuditTest, ACutOrForgedEndIsNoticed) {
  tamper("DELETE FROM audit WHERE number = 5");
  EXPECT_EQ(faults(), Numbers{5});
  tamper("DELETE FROM audit");
  EXPECT_EQ(faults(), Numbers{1});
}

TEST_F(AuditTest, ARowThatFollowsWithoutTheKeyIsNoticed) {
  const AuditHead head = *log().head();
  const AuditEntry forged{6, at(6), "anna", "", "item.read", "nothing", "ok", ""};
  const auto hash = sha256(as_bytes(std::string(as_chars(head.hash)) + canonical_text(forged)));
  ASSERT_TRUE(
      raw()->execute("INSERT INTO audit VALUES (6, $1, 'anna', '', 'item.read', 'nothing', 'ok', '', $2)",
                     {std::int64_t(forged.time.ticks), sql::Binary{std::string(as_chars(hash))}}));
  EXPECT_EQ(faults(), Numbers{7});
}

TEST_F(AuditTest, AHeadKeptElsewhereShowsThatTheFileWasSetBack) {
  const AuditHead then = *log().head();
  EXPECT_EQ(faults(then), Numbers{});
  ASSERT_TRUE(log().append({0, at(6), "anna", "", "item.read", "item 6", "ok", ""}));
  EXPECT_EQ(faults(then), Numbers{});
  AuditHead other = then;
  other.hash[0] ^= std::byte{1};
  EXPECT_EQ(faults(other), Numbers{5});
  EXPECT_EQ(faults(AuditHead{9, then.hash}), Numbers{7});
}

TEST_F(AuditTest, AHeadThatIsGivenOutIsSigned) {
  const SigningKey key(SecretString(std::string(32, 'k'))), other(SecretString(std::string(32, 'o')));
  const SignedAuditHead given = sign(key, *log().head(), {at(7).ticks + 1'234});
  EXPECT_EQ(given.signed_at.ticks, at(7).ticks);
  EXPECT_TRUE(verify(key.public_key(), given));
  EXPECT_FALSE(verify(other.public_key(), given));
  SignedAuditHead changed = given;
  ++changed.head.number;
  EXPECT_FALSE(verify(key.public_key(), changed));
  changed = given, changed.head.hash[31] ^= std::byte{1};
  EXPECT_FALSE(verify(key.public_key(), changed));
  changed = given, changed.signed_at = at(8);
  EXPECT_FALSE(verify(key.public_key(), changed));
  EXPECT_FALSE(verify(key.public_key(), sign(other, given.head, given.signed_at)));
}

}  // namespace
}  // namespace mk::agent

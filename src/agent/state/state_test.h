#pragma once
// For tests only: an agent's state in a directory of its own.
#include <gtest/gtest.h>

#include "agent/state/agent_state.h"
#include "agent/state/schema.h"
#include "vault/temporary_test.h"

namespace mk::agent {

inline FileTime at(std::uint64_t seconds) { return {(13'400'000'000 + seconds) * 10'000'000}; }

#define EXPECT_ERROR(result, expected_code, expected_text)                                          \
  do {                                                                                              \
    const auto& result_ = (result);                                                                 \
    ASSERT_FALSE(result_);                                                                          \
    EXPECT_EQ(result_.error().code, expected_code) << result_.error().what;                         \
    EXPECT_NE(result_.error().what.find(expected_text), std::string::npos) << result_.error().what; \
  } while (0)

class StateTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    opened.reset();
    auto again = AgentState::open(dir.path);
    ASSERT_TRUE(again) << again.error().what;
    opened = *std::move(again);
  }
  AgentState& state() { return *opened; }
  /// A connection to the same file that no rule of AgentState holds back.
  std::unique_ptr<sql::Database> raw() {
    const std::string file = (dir.path / "agent.db").string();
    return *sql::open_database({"sqlite:" + file, sql::Dialect::kSqlite, file}, sql::Missing::kRefuse,
                               state_identity());
  }
  void run_raw(const std::string& script) {
    const auto done = raw()->run(script);
    ASSERT_TRUE(done) << done.error().what;
  }

  Connection connection(const std::string& name = "headquarters") {
    Connection c;
    c.name = name;
    c.server = "mail.example.com";
    c.backup = {"backup@example.com", Auth::kBasic, "backup password", true};
    return c;
  }
  Schedule schedule(const std::string& name = "nightly") {
    Schedule s;
    s.name = name;
    s.sources = {{"headquarters", {}, {"*"}, {}}};
    s.destinations = {{"vault:/backup/mail", {}, {}, {}, {}}};
    return s;
  }
  /// The secret and connection that schedule() needs.
  void make_connection() {
    ASSERT_TRUE(state().secrets().put("backup password", SecretString("geheim"), at(0)));
    ASSERT_TRUE(state().connections().add(connection()));
  }

  vault::TemporaryDirectory dir;
  std::unique_ptr<AgentState> opened;
};

}  // namespace mk::agent

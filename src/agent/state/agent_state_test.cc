#include "agent/state/agent_state.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>

#include "agent/state/state_test.h"
#include "base/file.h"

namespace mk::agent {
namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

using AgentStateTest = StateTest;

TEST_F(AgentStateTest, IsMadeForItsOwnerOnlyAndOpenedAgain) {
  const PublicKey key = state().signing_key().public_key();
  make_connection();
  for (const char* name : {"agent.db", "agent.db-wal", "agent.db-shm", "agent.key"}) {
    struct stat is{};
    ASSERT_EQ(::stat((dir.path / name).c_str(), &is), 0) << name;
    EXPECT_EQ(is.st_mode & 0777u, 0600u) << name;
  }
  open();
  EXPECT_EQ(state().signing_key().public_key(), key);
  EXPECT_EQ(state().connections().get("headquarters")->value, connection());
  EXPECT_EQ(state().secrets().get("backup password")->reveal(), "geheim");
}

TEST_F(AgentStateTest, HoldsNoSecretInClear) {
  const SecretString secret("a secret that nobody may find"), password("the password of Anna");
  ASSERT_TRUE(state().secrets().put("imap", secret, at(0)));
  ASSERT_TRUE(state().users().add("anna", Role::kAdmin, password, at(0)));
  const auto token = *state().tokens().add("script", Role::kOperator, {}, at(0));
  const auto login = *state().logins().add("anna", at(0), at(100));
  const std::string master = read_master_key({dir.path / "agent.key", {}})->reveal();
  const std::string bytes = content(dir.path / "agent.db") + content(dir.path / "agent.db-wal");
  ASSERT_NE(bytes.find("anna"), std::string::npos);  // it is there that we look
  for (const SecretString& s : {secret, password, token.text, login.cookie, SecretString(master),
                                SecretString(to_hex(as_bytes(master)))})
    EXPECT_EQ(bytes.find(s.reveal()), std::string::npos);
}

TEST_F(AgentStateTest, IsRefusedWithAnotherKeyOrNone) {
  make_connection();
  const auto key = dir.path / "agent.key", away = dir.path / "away.key";
  opened.reset();
  std::filesystem::rename(key, away);
  EXPECT_ERROR(AgentState::open(dir.path), Code::kNotFound, "bring it back");
  EXPECT_FALSE(std::filesystem::exists(key));
  ASSERT_TRUE(read_or_make_master_key({key, {}}));
  EXPECT_ERROR(AgentState::open(dir.path), Code::kDenied, "not the one that this file was made with");
  std::filesystem::rename(away, key);
  open();
  EXPECT_EQ(state().secrets().get("backup password")->reveal(), "geheim");
}

TEST_F(AgentStateTest, OfANewerSchemaIsRefused) {
  opened.reset();
  run_raw("INSERT INTO agent_schema VALUES (99)");
  EXPECT_ERROR(AgentState::open(dir.path), Code::kUnsupported, "schema 99");
}

TEST_F(AgentStateTest, LeavesFilesOfOthersAlone) {
  opened.reset();
  const auto file = dir.path / "agent.db";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  const sql::Identity other{"catalog", 0x4D4B4354, "mailkeep", "make it anew"};
  {
    const auto db = *sql::open_database({"sqlite:" + file.string(), sql::Dialect::kSqlite, file.string()},
                                        sql::Missing::kMake, other);
    ASSERT_TRUE(db->run("CREATE TABLE mine (n INTEGER)"));
  }
  const std::string before = content(file);
  EXPECT_ERROR(AgentState::open(dir.path), Code::kInvalid, "left as it is");
  EXPECT_EQ(content(file), before);
  std::ofstream(file, std::ios::trunc) << "a letter to somebody";
  EXPECT_ERROR(AgentState::open(dir.path), Code::kCorrupt, "agent.db");
  EXPECT_EQ(content(file), "a letter to somebody");
}

TEST_F(AgentStateTest, OfVersion1IsMigrated) {
  opened.reset();
  vault::TemporaryDirectory old;
  const std::filesystem::path given = MK_SOURCE_DIR "/src/agent/testdata";
  std::filesystem::copy_file(given / "state-1.key", old.path / "agent.key");
  std::filesystem::permissions(old.path / "agent.key", std::filesystem::perms(0600));
  const auto file = old.path / "agent.db";
  {
    const auto db = *sql::open_database({"sqlite:" + file.string(), sql::Dialect::kSqlite, file.string()},
                                        sql::Missing::kMake, state_identity());
    const auto done = db->run(content(given / "state-1.sql"));
    ASSERT_TRUE(done) << done.error().what;
  }
  auto migrated = AgentState::open(old.path);
  ASSERT_TRUE(migrated) << migrated.error().what;
  AgentState& s = **migrated;
  EXPECT_EQ(s.secrets().get("backup password")->reveal(), "geheim");
  EXPECT_EQ(s.connections().get("headquarters")->value, connection());
  EXPECT_EQ(s.schedules().find("nightly")->schedule, schedule());
  EXPECT_EQ(s.schedules().find("nightly")->plan, "{\"next\":1}");
  EXPECT_EQ(s.runs().list({})->at(0).state, RunState::kComplete);
  EXPECT_EQ(s.runs().tasks({1})->at(0).items, 7u);
  EXPECT_TRUE(s.runs().verify_ledgers()->empty());
  EXPECT_EQ(s.runs().lines({1}, 0, 10)->at(0).text, "it began");
  EXPECT_EQ(s.users().check("anna", SecretString("correct horse"))->role, Role::kAdmin);
  EXPECT_EQ(s.tokens().list()->at(0).name, "script");
  EXPECT_EQ(s.settings().get("notifications")->value, "{}");
  EXPECT_EQ(s.audit().head()->number, 2);
  EXPECT_TRUE(s.audit().verify()->empty());
}

TEST_F(AgentStateTest, IsSharedByProcesses) {
  opened.reset();
  constexpr int kProcesses = 3, kEach = 15;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    auto own = AgentState::open(dir.path);
    bool good = static_cast<bool>(own);
    for (int k = 0; k < kEach && good; ++k)
      good = static_cast<bool>((*own)->audit().append({0, at(1), "agent", "", "test", "", "ok", ""}));
    ::_exit(good ? 0 : 1);
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  open();
  EXPECT_EQ(state().audit().head()->number, kProcesses * kEach);
  EXPECT_TRUE(state().audit().verify()->empty());
}

TEST_F(AgentStateTest, IsMadeOnceByProcessesThatStartTogether) {
  opened.reset();
  for (int round = 0; round < 5; ++round) {
    vault::TemporaryDirectory fresh;
    std::vector<pid_t> children;
    for (int i = 0; i < 3; ++i) {
      children.push_back(::fork());
      if (children.back() != 0) continue;
      ::_exit(AgentState::open(fresh.path) ? 0 : 1);
    }
    for (const pid_t child : children) {
      int status = -1;
      ::waitpid(child, &status, 0);
      EXPECT_EQ(status, 0);
    }
  }
}

TEST_F(AgentStateTest, DoesAllOfWhatBelongsTogetherOrNothing) {
  const auto both = [&](bool good) {
    return state().together([&]() -> Status {
      TRY(state().secrets().put("one", SecretString("1"), at(0)));
      TRY(state().secrets().put(good ? "two" : "", SecretString("2"), at(0)));
      return ok;
    });
  };
  EXPECT_FALSE(both(false));
  EXPECT_TRUE(state().secrets().list()->empty());
  EXPECT_TRUE(both(true));
  EXPECT_EQ(state().secrets().list()->size(), 2u);
  // also when the step that failed is passed over
  EXPECT_ERROR(state().together([&]() -> Status {
    TRY(state().secrets().put("three", SecretString("3"), at(0)));
    static_cast<void>(state().secrets().remove("nobody"));
    return ok;
  }),
               Code::kNotFound, "nobody");
  EXPECT_EQ(state().secrets().list()->size(), 2u);
}

}  // namespace
}  // namespace mk::agent

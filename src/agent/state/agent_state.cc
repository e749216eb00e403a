#include "agent/state/agent_state.h"

#include <fmt/format.h>

#include "agent/state/schema.h"
#include "agent/state/sealed_box.h"
#include "base/file.h"
#include "vault/crypto.h"

namespace mk::agent {
namespace {

constexpr char kFileName[] = "agent.db";
constexpr char kKeyName[] = "agent.key";
constexpr char kLockName[] = "agent.lock";
constexpr std::size_t kSeedBytes = 32;
constexpr std::string_view kSeedKind = "mailkeep signing key";

/// Before the file is made, so that one without a key is never mistaken for a new one.
Result<SecretString> master_key(const std::filesystem::path& file, const KeyPlace& place) {
  std::error_code unknown;
  if (!std::filesystem::exists(file, unknown)) return read_or_make_master_key(place);
  auto key = read_master_key(place);
  if (key || key.error().code != Code::kNotFound) return key;
  return Error{
      Code::kNotFound,
      fmt::format("{}: its key {} is not there; bring it back, without it no secret in the file can be "
                  "read",
                  file.string(), place.file.string())};
}

Result<std::unique_ptr<sql::Database>> open_file(const std::filesystem::path& file) {
  const sql::DatabasePlace place{"sqlite:" + file.string(), sql::Dialect::kSqlite, file.string()};
  TRY_ASSIGN(auto db, sql::open_database(place, sql::Missing::kMake, state_identity()));
  TRY(db->run("PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; PRAGMA cache_size=-4096"));
  auto migrated = sql::migrate(*db, state_schema());
  if (!migrated) return std::move(migrated).error().in(file.string());
  return db;
}

Status make_identity(sql::Database& db, const SecretString& key) {
  const SecretString seed(vault::random_bytes(kSeedBytes));
  return db.execute(
      "INSERT INTO identity SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM identity)",
      {sql::Binary{seal_box(key, kSeedKind, "", seed)},
       sql::Binary{ByteString(as_chars(SigningKey(seed).public_key()))}, sql::Binary{audit_mac({}, key)}});
}

/// Made when there is none. It shows whether the key is the right one.
Result<SigningKey> open_signing_key(sql::Database& db, const SecretString& key,
                                    const std::filesystem::path& file) {
  ByteString sealed;
  const auto take = [&](const sql::Row& row) -> Result<bool> { return sealed = row.bytes(0), true; };
  TRY(make_identity(db, key));
  TRY(db.query("SELECT signing_key FROM identity", {}, take));
  const auto seed = open_box(key, kSeedKind, "", sealed);
  if (seed && seed->reveal().size() == kSeedBytes) return SigningKey(*seed);
  return Error{Code::kDenied,
               fmt::format("{}: the agent's key is not the one that this file was made with; bring "
                           "the right one back",
                           file.string())};
}

/// Held while the state is opened: a file that another process is just making looks like somebody else's.
Result<File> wait_for_turn(const std::filesystem::path& path) {
  constexpr auto kPause = std::chrono::milliseconds(20), kLongest = std::chrono::milliseconds(30'000);
  TRY_ASSIGN(File file, File::open(path, File::Mode::kCreate));
  for (auto waited = kPause;; waited += kPause) {
    auto locked = file.lock();
    if (locked) return file;
    if (locked.error().code != Code::kConflict) return std::move(locked).error();
    if (waited >= kLongest)
      return Error{Code::kUnavailable,
                   path.string() + ": another process has been opening the state for 30 s"};
    system_clock().sleep_for(kPause);
  }
}

}  // namespace

AgentState::AgentState(Files files, const SecretString& key, SigningKey signing)
    : file_(std::move(files.writer), std::move(files.reader)),
      signing_key_(std::move(signing)),
      connections_(file_),
      schedules_(file_),
      runs_(file_, signing_key_),
      restores_(file_),
      proofs_(file_),
      secrets_(file_, key),
      users_(file_),
      tokens_(file_),
      logins_(file_),
      audit_(file_, key),
      settings_(file_) {}

Result<std::unique_ptr<AgentState>> AgentState::open(const std::filesystem::path& directory,
                                                     const std::optional<KeyPlace>& key) {
  TRY(mk::create_directories(directory));
  const auto file = directory / kFileName;
  TRY_ASSIGN(const File turn, wait_for_turn(directory / kLockName));
  TRY_ASSIGN(const SecretString master, master_key(file, key.value_or(KeyPlace{directory / kKeyName, {}})));
  const SecretString sealing = vault::hkdf_expand(master, {as_bytes("mailkeep agent.db")});
  Files files;
  TRY_ASSIGN(files.writer, open_file(file));
  TRY_ASSIGN(SigningKey signing, open_signing_key(*files.writer, sealing, file));
  TRY_ASSIGN(files.reader, open_file(file));
  TRY(files.reader->run("PRAGMA query_only=ON"));
  return std::unique_ptr<AgentState>(new AgentState(std::move(files), sealing, std::move(signing)));
}

}  // namespace mk::agent

#pragma once
// For tests only: a directory that vanishes, a server with a few folders, and the questions that tests ask.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "base/test_data.h"
#include "job/backup.h"
#include "job/chain.h"
#include "job/memory_mailbox.h"
#include "job/report.h"
#include "job/restore.h"
#include "job/vault_backup.h"
#include "job/vault_state.h"
#include "job/verify.h"
#include "vault/fault_store.h"
#include "vault/key_ring.h"

namespace mk::job {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (fast_scratch() / "mailkeep-test-XXXXXX").string();
    MK_CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A clock that a test moves; every look moves it by a second, so that points have different names.
class StepClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return now_ += std::chrono::seconds(1); }
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
  void sleep_for(std::chrono::milliseconds) override {}

 private:
  mutable std::chrono::system_clock::time_point now_ = to_time_point(*parse_utc("2026-11-22T20:00:00"));
};

/// What is asked in the same words of a directory and of a vault.
enum class Where { kDirectory, kVault };

class JobTest : public ::testing::Test {
 protected:
  JobTest() {
    const auto made =
        vault::create_vault(*memory, SecretString(ByteString(32, 'm')), vault_key(), "key", {1});
    MK_CHECK(made);
    top = server.add_folder("", "Top", "msgfolderroot");
    inbox = server.add_folder(top, "Inbox", "inbox");
    projects = server.add_folder(inbox, "A/B");
    trash = server.add_folder(top, "Papierkorb", "deleteditems");
  }
  void fill(int n) {
    for (int i = 0; i < n; ++i) items.push_back(server.add_item(inbox, "mail " + std::to_string(i), 400));
    server.add_item(inbox, "a view", 50, true);
    server.add_item(projects, "plan");
  }

  /// Items of which three, and not four, go into a PST of kThreeItems bytes.
  static constexpr std::uint64_t kThreeItems = 600'000;
  void fill_large(int n) {
    for (int i = 0; i < n; ++i) server.add_item(inbox, "large " + std::to_string(i), 120'000);
  }

  BackupOptions options() const {
    BackupOptions o;
    o.max_pst_bytes = max_pst_bytes;
    o.directory = directory.path() / "backup";
    o.mailbox = "alice@example.test";
    o.connections = 1;
    o.clock = &clock;
    return o;
  }
  Result<BackupReport> backup(bool incremental = false) { return backup(incremental, {}); }
  Result<BackupReport> backup(bool incremental, const std::vector<std::string>& folders) {
    auto o = options();
    o.incremental = incremental;
    o.folders = folders;
    return backup(o);
  }
  Result<BackupReport> backup(const BackupOptions& o) {
    MemoryMailbox mailbox(server);
    if (where == Where::kDirectory) return run_backup(mailbox, o);
    TRY_ASSIGN(const auto opened, open_vault());
    VaultPlace place(*opened, directory.path() / "work", piece_bytes);
    return run_backup(mailbox, place, o);
  }
  Result<VerifyReport> verify(bool live = false) {
    MemoryMailbox mailbox(server);
    VerifyOptions o;
    o.directory = options().directory;
    o.content = true;
    if (where == Where::kDirectory) return run_verify(o, live ? &mailbox : nullptr);
    TRY_ASSIGN(const auto opened, open_vault());
    const VaultToVerify to_verify{*opened, archive::mail_points(opened->points()), "alice@example.test"};
    return run_verify(to_verify, o, live ? &mailbox : nullptr);
  }

  static vault::Unlock vault_key() { return {vault::SlotKind::kKeyFile, SecretString(ByteString(32, 'k'))}; }
  Result<std::unique_ptr<vault::Vault>> open_vault() { return vault::Vault::open(store, vault_key()); }
  /// Bytes in the vault's store, of objects whose names begin so.
  std::uint64_t vault_bytes(const std::string& prefix = "") {
    std::uint64_t sum_bytes = 0;
    MK_CHECK(memory->list(prefix,
                          [&](const std::string&, std::uint64_t n) -> Status { return sum_bytes += n, ok; }));
    return sum_bytes;
  }
  RestoreOptions restore_options(const std::string& to) const {
    RestoreOptions o;
    o.directory = options().directory;
    o.target_mailbox = to;
    o.connections = 1;
    o.clock = &clock;
    return o;
  }

  /// Subject → how often the newest state holds it.
  std::map<std::string, int> state() {
    std::map<std::string, int> out;
    static_cast<void>(with_state([&](const MailboxState& state) {
      return state.for_each(
          [&](const MailboxState::Held& held) -> Status { return ++out[held.line.label.subject], ok; });
    }));
    return out;
  }
  /// The newest state, or that at a time.
  Status with_state(const std::function<Status(const MailboxState&)>& f, FileTime at = {}) {
    if (where == Where::kDirectory) {
      TRY_ASSIGN(const auto dir, BackupDirectory::open(options().directory));
      TRY_ASSIGN(const Chain chain, Chain::open(dir, at));
      return f(chain);
    }
    TRY_ASSIGN(const auto opened, open_vault());
    TRY_ASSIGN(const auto point,
               find_mail_point(archive::mail_points(opened->points(), "alice@example.test"), at));
    TRY_ASSIGN(const auto state, VaultState::open(*opened, point));
    return f(*state);
  }
  std::optional<ItemLine> held(const std::string& folder, const std::string& item) {
    std::optional<ItemLine> found;
    EXPECT_TRUE(with_state([&](const MailboxState& state) -> Status {
      TRY_ASSIGN(found, state.find({folder}, {item}));
      return ok;
    }));
    return found;
  }
  std::map<std::string, int> on_server() {
    std::map<std::string, int> out;
    for (const auto& [id, f] : server.folders)
      for (const auto& [item_id, item] : f.items) ++out[item.subject];
    return out;
  }
  void expect_sound() {
    const auto report = verify();
    ASSERT_TRUE(report) << report.error().what;
    EXPECT_EQ(report->n_problems, 0u) << format_text(*report);
  }

  Where where = Where::kDirectory;
  std::uint64_t piece_bytes = VaultPlace::kPieceBytes;
  std::unique_ptr<vault::Store> memory = vault::make_memory_store();
  vault::FaultStore store{*memory};
  TemporaryDirectory directory;
  mutable StepClock clock;
  MemoryServer server;
  std::string top, inbox, projects, trash;
  std::vector<std::string> items;
  std::uint64_t max_pst_bytes = pst::kDefaultPartBytes;
};

/// Two servers: what is backed up from the one is restored to the other.
class RestoreTest : public JobTest {
 protected:
  RestoreTest() { empty_other(); }
  void empty_other() {
    other.folders.clear();
    other.order.clear();
    other_top = other.add_folder("", "Top", "msgfolderroot");
    other_inbox = other.add_folder(other_top, "Posteingang", "inbox");
    other_trash = other.add_folder(other_top, "Deleted Items", "deleteditems");
  }
  Result<RestoreReport> restore(RestoreOptions o) {
    MemoryMailbox target(other);
    if (where == Where::kDirectory) return run_restore(target, o);
    Result<RestoreReport> report = RestoreReport{};
    TRY(with_state(
        [&](const MailboxState& state) -> Status {
          report = run_restore(target, {state, directory.path() / "work/restores"}, o);
          return ok;
        },
        o.at));
    return report;
  }
  Result<RestoreReport> restore() { return restore(restore_options("bob@example.test")); }
  std::map<std::string, int> in_other() const {
    std::map<std::string, int> out;
    for (const auto& [id, f] : other.folders)
      for (const auto& [item_id, item] : f.items) ++out[item.subject];
    return out;
  }
  static std::multiset<std::string> read_in(const MemoryServer& where) {
    std::multiset<std::string> out;
    for (const auto& [id, f] : where.folders)
      for (const auto& [item_id, item] : f.items)
        if (item.head.read) out.insert(item.subject);
    return out;
  }

  MemoryServer other;
  std::string other_top, other_inbox, other_trash;
};

/// A backup that succeeded and ended like this.
inline void expect_outcome(const Result<BackupReport>& report, Outcome outcome) {
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(outcome_of(*report), outcome) << format_text(*report);
}
#define EXPECT_OUTCOME(report, outcome) ASSERT_NO_FATAL_FAILURE(expect_outcome(report, outcome))

}  // namespace mk::job

#include "mail_vault.h"

#include <fmt/format.h>

#include <cstdlib>
#include <set>

#include "base/text.h"
#include "index_cache.h"
#include "job/backup_directory.h"
#include "vault/head_file.h"

namespace mk::app {
namespace {

Result<std::filesystem::path> state_home() {
  if (const char* home = std::getenv("XDG_STATE_HOME"); home != nullptr && *home == '/')
    return std::filesystem::path(home);
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::filesystem::path(home) / ".local" / "state";
  return Error{Code::kInvalid, "neither XDG_STATE_HOME nor HOME is set; name a directory with --work"};
}

}  // namespace

void add_vault_options(CLI::App& command, PlaceOptions& o) {
  add_key_options(command, o.key, "vault-");
  add_head_option(command, o.head_file);
  add_s3_options(command, o.s3);
}

void add_work_option(CLI::App& command, PlaceOptions& o) {
  command
      .add_option("--work", o.work,
                  "With a vault: directory for what is needed while it runs (default: below ~/.local/state)")
      ->type_name("DIR");
}

Result<std::unique_ptr<MailVault>> open_mail_vault(const PlaceOptions& o) {
  const std::string place(store::without_vault(o.place));
  StoreOptions where = o.s3;
  where.place = place;
  auto mail = std::make_unique<MailVault>();
  TRY_ASSIGN(mail->store, open_store(where));
  auto id = vault::read_vault_header(*mail->store);
  if (!id) return std::move(id).error().in(place);
  TRY_ASSIGN(const auto key, read_key(o.key, *mail->store));
  auto opened = vault::open_remembered(*mail->store, key, o.head_file, index_file_of(*id));
  if (!opened) return std::move(opened).error().in(place);
  mail->vault = *std::move(opened);
  mail->chunks = std::make_unique<archive::NodeCache>(*mail->vault, mail->mutex);
  for (const auto& text : mail->vault->damage())
    fmt::print(stderr, "mailkeep: warning: {}\n", printable(text));
  return mail;
}

Result<std::vector<archive::MailPoint>> points_of(const MailVault& vault, const std::string& mailbox) {
  auto points = archive::mail_points(vault.vault->points(), mailbox);
  if (points.empty())
    return Error{Code::kNotFound, mailbox.empty() ? "the vault holds no restore point of a mailbox"
                                                  : "the vault holds no restore point of " + mailbox};
  std::set<std::string> mailboxes;
  for (const auto& p : points) mailboxes.insert(p.mailbox);
  if (mailboxes.size() == 1) return points;
  return Error{Code::kInvalid, fmt::format("the vault holds several mailboxes: {}; choose one with --mailbox",
                                           fmt::join(mailboxes, ", "))};
}

std::filesystem::path directory_below(const std::filesystem::path& home, const vault::VaultId& vault,
                                      const std::string& mailbox) {
  return home / vault.hex() / job::mailbox_directory_name(mailbox);
}

Result<std::filesystem::path> work_directory(const PlaceOptions& o, const vault::VaultId& vault,
                                             const std::string& mailbox) {
  if (!o.work.empty()) return directory_below(o.work, vault, mailbox);
  TRY_ASSIGN(const auto home, state_home());
  return directory_below(home / "mailkeep", vault, mailbox);
}

}  // namespace mk::app

#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "archive/node_cache.h"
#include "archive/point_names.h"
#include "key_options.h"
#include "store_options.h"

namespace mk::app {

/// Where mail is: a directory, or `vault:DIR` or `s3://BUCKET/PREFIX` and what opens it.
struct PlaceOptions {
  std::string place;
  StoreOptions s3;
  KeyOptions key;
  std::string head_file, work;
  vault::Compression compression = vault::Compression::kNormal;  // of what a run writes
  bool is_vault() const { return store::is_vault_place(place); }
};

/// Adds --vault-password-file and the like, --head-file and the group for S3.
void add_vault_options(CLI::App& command, PlaceOptions& o);
/// Adds --work.
void add_work_option(CLI::App& command, PlaceOptions& o);

/// An open vault and its mail.
struct MailVault {
  std::unique_ptr<vault::Store> store;
  std::unique_ptr<vault::Vault> vault;
  std::mutex mutex;
  std::unique_ptr<archive::NodeCache> chunks;
};
/// Warns of packs that cannot be read. Errors: as Vault::open()
Result<std::unique_ptr<MailVault>> open_mail_vault(const PlaceOptions& o);

/// The restore points of `mailbox`, or of the only one there is.
/// Errors: kNotFound  none; kInvalid  several mailboxes and none was named
Result<std::vector<archive::MailPoint>> points_of(const MailVault& vault, const std::string& mailbox);

/// Where a run into, or a restore from, the vault keeps what is not the vault's: --work, else below
/// XDG_STATE_HOME or HOME, apart for each vault and mailbox.
/// Errors: kInvalid  neither is set
Result<std::filesystem::path> work_directory(const PlaceOptions& o, const vault::VaultId& vault,
                                             const std::string& mailbox);
/// The same below `home`.
std::filesystem::path directory_below(const std::filesystem::path& home, const vault::VaultId& vault,
                                      const std::string& mailbox);

}  // namespace mk::app

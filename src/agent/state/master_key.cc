#include "agent/state/master_key.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "vault/keys.h"

namespace mk::agent {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 4096;
constexpr char kCredential[] = "mailkeep.key";

Status check_rights(const std::filesystem::path& file) {
  struct stat is{};
  if (::stat(file.c_str(), &is) != 0) return ok;  // reading it says why
  if ((is.st_mode & 077) == 0 && (is.st_uid == ::geteuid() || is.st_uid == 0)) return ok;
  return Error{
      Code::kDenied,
      fmt::format("key file {}: others than the agent's user can read or replace it, so every secret "
                  "counts as seen; `chown {} {}` and `chmod 600` it, then change the passwords",
                  file.string(), ::geteuid(), file.string())};
}

Result<SecretString> read_key(const std::filesystem::path& file) {
  auto text = read_file(file, kMaxKeyFileBytes);
  if (!text) return std::move(text).error().in("key file");
  auto key = vault::parse_key(vault::SlotKind::kKeyFile, *text);
  wipe(*text);
  if (!key) return std::move(key).error().in("key file " + file.string());
  return std::move(key->secret);
}

/// Errors: kConflict  somebody was faster
Status make_key(const std::filesystem::path& file) {
  const std::filesystem::path unfinished = fmt::format("{}.{}", file.string(), ::getpid());
  std::string text = vault::format_key(vault::make_unlock(vault::SlotKind::kKeyFile));
  const Status written = write_file_atomically(unfinished, as_bytes(text));
  wipe(text);
  TRY(written);
  const Status named = rename_new(unfinished, file);
  std::error_code none;
  if (!named) std::filesystem::remove(unfinished, none);
  TRY(named);
  return sync_directory(file.parent_path());
}

}  // namespace

Result<SecretString> read_master_key(const KeyPlace& place) {
  if (place.credentials_directory) {
    const auto credential = *place.credentials_directory / kCredential;
    std::error_code unknown;
    if (std::filesystem::exists(credential, unknown)) return read_key(credential);
  }
  TRY(check_rights(place.file));
  return read_key(place.file);
}

Result<SecretString> read_or_make_master_key(const KeyPlace& place) {
  auto key = read_master_key(place);
  if (key || key.error().code != Code::kNotFound) return key;
  const Status made = make_key(place.file);
  if (!made && made.error().code != Code::kConflict) return made.error();
  return read_master_key(place);
}

}  // namespace mk::agent

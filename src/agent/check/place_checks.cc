#include "agent/check/place_checks.h"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstring>

#include "base/file.h"

namespace mk::agent {
namespace {

using State = Check::State;
namespace fs = std::filesystem;

std::string_view choose(Context context, std::string_view destination, std::string_view temporary) {
  return context == Context::kTemporary ? temporary : destination;
}

/// The directory itself, or the one below which it would be made.
fs::path nearest_existing(fs::path path) {
  std::error_code error;
  while (!fs::exists(fs::symlink_status(path, error)) && path.has_relative_path()) path = path.parent_path();
  return path;
}

Status try_writing(const fs::path& directory) {
  TRY_ASSIGN(File file, File::open_temporary(directory));
  TRY(file.write_at(0, as_bytes("mailkeep")));
  return file.sync_data();
}

std::uint64_t free_bytes(const fs::path& directory) {
  struct statvfs facts{};
  if (::statvfs(directory.c_str(), &facts) != 0) return 0;
  return std::uint64_t{facts.f_bavail} * facts.f_frsize;
}

std::string gigabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

}  // namespace

Check check_directory(const std::string& name, const fs::path& directory, Context context,
                      std::uint64_t needed_bytes) {
  std::error_code error;
  const fs::path path = fs::absolute(directory, error).lexically_normal();
  const auto no_place = choose(context, message::kNoDestination, message::kNoTemporary);
  const fs::path there = nearest_existing(path);
  if (!fs::is_directory(there, error))
    return make_finding(name, State::kFailed, no_place,
                        fmt::format("{}: {} is not a directory", path.string(), there.string()));
  const auto written = try_writing(there);
  if (!written) {
    Check check = make_failed(name, written.error(), context);
    const bool missing = there != path;
    return missing ? make_finding(
                         name, State::kFailed, no_place,
                         fmt::format("{} is not there and cannot be made: {}", path.string(), check.text))
                   : check;
  }
  const std::uint64_t room = free_bytes(there);
  const std::string free = fmt::format("{}: {} free", path.string(), gigabytes(room));
  if (needed_bytes > room)
    return make_finding(name, State::kFailed,
                        choose(context, message::kDestinationFull, message::kTemporaryFull),
                        fmt::format("{}, {} are needed", free, gigabytes(needed_bytes)));
  if (room < kLittleRoomBytes)
    return make_finding(name, State::kWarning,
                        choose(context, message::kLittleRoom, message::kTemporaryLittleRoom), free);
  if (there != path)
    return make_finding(name, State::kWarning,
                        choose(context, message::kNewDestination, message::kNewTemporary),
                        fmt::format("{} will be made in {}", path.string(), there.string()));
  return make_ok(name, free);
}

Check check_vault(const std::string& name, const std::string& place, vault::Store& store,
                  const vault::Unlock* key) {
  const auto id = vault::read_vault_header(store);
  if (!id) return make_failed(name, Error(id.error()).in(place), Context::kDestination);
  if (key == nullptr) return make_ok(name, place + ": holds a vault; its key was not tried");
  const auto opened = vault::unlock(store, *id, *key);
  if (!opened) return make_failed(name, Error(opened.error()).in(place), Context::kDestination);
  return make_ok(name, fmt::format("{}: holds a vault, opened with key '{}'", place, opened->slot.name));
}

}  // namespace mk::agent

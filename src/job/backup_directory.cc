#include "job/backup_directory.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/safe_name.h"
#include "job/json.h"

namespace mk::job {
namespace {

constexpr std::string_view kFormat = "mailkeep backup directory";
constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kFile = "mailkeep.json";
constexpr std::uint64_t kTicksPerSecond = 10'000'000;

Result<std::string> read_mailbox(const std::filesystem::path& path) {
  auto text = read_file(path / kFile);
  if (!text && text.error().code == Code::kNotFound)
    return Error{Code::kInvalid,
                 fmt::format("{} is not a mailkeep backup directory (it holds no {}); check the path",
                             path.string(), kFile)};
  if (!text) return std::move(text).error();
  auto parsed = parse_object(*text);
  if (!parsed || text_in(*parsed, "format") != kFormat)
    return Error{Code::kInvalid,
                 fmt::format("{} does not describe a mailkeep backup directory; choose another directory",
                             (path / kFile).string())};
  if (number_in(*parsed, "version") != kVersion)
    return Error{Code::kUnsupported,
                 fmt::format("{} has version {}, this mailkeep knows version {}; use a newer mailkeep",
                             (path / kFile).string(), number_in(*parsed, "version"), kVersion)};
  return text_in(*parsed, "mailbox");
}

Status create(const std::filesystem::path& path, const std::string& mailbox, Clock& clock) {
  Object o{{"format", kFormat}, {"version", kVersion}, {"mailbox", valid_utf8(mailbox)}};
  put(o, "created", to_file_time(clock.now()));
  return write_file_atomically(path / kFile, as_bytes(boost::json::serialize(o) + "\n"));
}

}  // namespace

std::string mailbox_directory_name(const std::string& mailbox) {
  constexpr std::size_t kMaxNameBytes = 80;
  return fmt::format("{}-{}", safe_name(mailbox, kMaxNameBytes, "mailbox"),
                     to_hex(sha256(as_bytes(mailbox))).substr(0, 8));
}

std::string time_file_name(FileTime t) {
  auto text = format_utc({t.ticks / kTicksPerSecond * kTicksPerSecond});
  std::replace(text.begin(), text.end(), ':', '-');
  return text;
}

Result<std::vector<std::string>> file_names(const std::filesystem::path& dir) {
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator it(dir, failed), end; !failed && it != end; it.increment(failed))
    names.push_back(it->path().filename().string());
  if (failed == std::errc::no_such_file_or_directory) return names;
  if (failed)
    return Error{Code::kDenied,
                 fmt::format("cannot list {}: {}; check its permissions", dir.string(), failed.message())};
  std::sort(names.begin(), names.end());
  return names;
}

Status remove_tree(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::remove_all(path, failed);
  if (failed)
    return Error{Code::kDenied,
                 fmt::format("cannot remove {}: {}; check its permissions", path.string(), failed.message())};
  return ok;
}

FileTime later_time(const std::vector<std::string>& names, FileTime t) {
  const std::string time = time_file_name(t);
  if (names.empty() || names.back().substr(0, time.size()) < time) return t;
  std::string last = names.back().substr(0, time.size());
  for (const std::size_t colon : {13U, 16U})
    if (colon < last.size()) last[colon] = ':';
  const auto newest = parse_utc(last);
  return newest ? FileTime{newest->ticks + kTicksPerSecond} : FileTime{t.ticks + kTicksPerSecond};
}

std::string later_time_name(const std::vector<std::string>& names, FileTime t) {
  return time_file_name(later_time(names, t));
}

Result<BackupDirectory> BackupDirectory::open_or_create(const std::filesystem::path& path,
                                                        const std::string& mailbox, Clock& clock) {
  const bool there = std::filesystem::exists(path);
  TRY(mk::create_directories(path));
  TRY_ASSIGN(const auto names, file_names(path));
  const bool ours = std::find(names.begin(), names.end(), kFile) != names.end();
  const auto left_by_us = [](const auto& n) {
    return n == "mailkeep.json.new" || n == "lost+found" || n == "lock";
  };
  if (!ours && !std::all_of(names.begin(), names.end(), left_by_us))
    return Error{Code::kInvalid,
                 fmt::format("{} holds other files and no {}: mailkeep writes only into an empty "
                             "directory or its own; choose another one",
                             path.string(), kFile)};
  if (!ours) TRY(create(path, mailbox, clock));
  TRY_ASSIGN(auto dir, open(path));
  if (dir.mailbox_ != mailbox)
    return Error{Code::kInvalid, fmt::format("{} holds backups of {}, not of {}; choose another directory",
                                             path.string(), dir.mailbox_, mailbox)};
  dir.is_new_ = !ours;
  dir.made_directory_ = !there;
  return dir;
}

Result<BackupDirectory> BackupDirectory::open(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path))
    return Error{Code::kNotFound, fmt::format("there is no directory {}; check the path", path.string())};
  BackupDirectory dir;
  TRY_ASSIGN(dir.mailbox_, read_mailbox(path));
  dir.path_ = path;
  return dir;
}

Status BackupDirectory::lock() {
  const auto path = path_ / "lock";
  const bool there = std::filesystem::exists(path);
  TRY_ASSIGN(File file, File::open(path, there ? File::Mode::kReadWrite : File::Mode::kCreate));
  TRY(file.lock());
  lock_ = std::move(file);
  return ok;
}

void BackupDirectory::remove_if_new() {
  std::error_code ignored;  // what cannot be removed does no harm
  if (!is_new_ || std::filesystem::exists(unfinished(), ignored)) return;
  std::filesystem::remove(path_ / kFile, ignored);
  std::filesystem::remove(path_ / "lock", ignored);
  if (made_directory_) std::filesystem::remove(path_, ignored);
}

Result<std::vector<std::string>> BackupDirectory::points() const { return file_names(path_ / "points"); }

}  // namespace mk::job

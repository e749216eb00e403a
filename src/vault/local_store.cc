#include "vault/local_store.h"

#include <atomic>
#include <mutex>
#include <set>

#include "vault/crypto.h"

namespace mk::vault {
namespace {

class LocalStore final : public Store {
 public:
  LocalStore(std::filesystem::path dir, std::unique_ptr<Disk> disk)
      : dir_(std::move(dir)), disk_(std::move(disk)) {}

  Status put(const std::string& name, Bytes bytes) override {
    TRY(check_name(name));
    const auto path = dir_ / name;
    if (disk_->size(path)) return taken(name);
    TRY(make_directory(dir_ / "tmp"));
    TRY(make_directory(path.parent_path()));
    const auto temporary = dir_ / "tmp" / to_hex(as_bytes(random_bytes(16)));
    Status done = put_through(temporary, path, bytes);
    if (!done) static_cast<void>(disk_->remove(temporary));  // the first error counts
    if (!done && done.error().code == Code::kConflict) return taken(name);
    return done;
  }
  Status sync(const std::string& name) override {
    TRY(check_name(name));
    return disk_->sync_directory((dir_ / name).parent_path());
  }
  Result<ByteString> get(const std::string& name, std::uint64_t offset, std::uint64_t length) override {
    TRY(check_name(name));
    return disk_->read(dir_ / name, offset, length);
  }
  Result<std::uint64_t> head(const std::string& name) override {
    TRY(check_name(name));
    return disk_->size(dir_ / name);
  }
  Status list(const std::string& prefix, const Visitor& visit) override {
    const auto slash = prefix.rfind('/');
    return list_folder(slash == std::string::npos ? "" : prefix.substr(0, slash + 1), prefix, visit);
  }
  Status remove(const std::string& name) override {
    TRY(check_name(name));
    const auto path = dir_ / name;
    const auto size = disk_->size(path);
    if (!size) return size.error().code == Code::kNotFound ? Status(ok) : size.error();
    TRY(disk_->remove(path));
    return disk_->sync_directory(path.parent_path());
  }

 private:
  Status taken(const std::string& name) {
    TRY(sync(name));
    return Error{Code::kConflict, name + ": there is such an object already"};
  }

  Status put_through(const std::filesystem::path& temporary, const std::filesystem::path& path, Bytes bytes) {
    TRY(disk_->write_new(temporary, bytes));
    TRY(disk_->sync(temporary));
    TRY(disk_->rename_new(temporary, path));
    return disk_->sync_directory(path.parent_path());
  }

  /// A directory is only as durable as its name in the directory above it. Another process may have made it a
  /// moment ago, so that what is there already is synced too, once.
  Status make_directory(const std::filesystem::path& dir) {
    const std::lock_guard lock(mutex_);
    if (made_.contains(dir.string())) return ok;
    TRY(disk_->make_directory(dir));
    for (auto at = dir; at.has_relative_path(); at = at.parent_path()) {
      const Status done = disk_->sync_directory(at.parent_path());
      const bool above = dir_.string().starts_with(at.string());  // not ours to read, perhaps
      if (!done && !(above && done.error().code == Code::kDenied)) return done;
    }
    made_.insert(dir.string());
    return ok;
  }

  Status list_folder(const std::string& folder, const std::string& prefix, const Visitor& visit) {
    const bool is_part = prefix.size() > folder.size();
    TRY_ASSIGN(const auto names, disk_->list(dir_ / folder, is_part ? prefix.substr(folder.size()) : ""));
    for (const auto& name : names) {
      const std::string full = folder + name;
      const bool is_folder = name.ends_with('/');
      if (full == "tmp/") continue;
      if (is_folder) {
        TRY(list_folder(full, prefix, visit));
      } else if (full.starts_with(prefix) && check_name(full)) {
        const auto size = disk_->size(dir_ / full);
        if (!size && size.error().code == Code::kNotFound) continue;  // deleted meanwhile, or no plain file
        TRY(size);
        TRY(visit(full, *size));
      }
    }
    return ok;
  }

  std::filesystem::path dir_;
  std::unique_ptr<Disk> disk_;
  std::mutex mutex_;
  std::set<std::string> made_;
};

}  // namespace

std::unique_ptr<Store> make_local_store(const std::filesystem::path& dir, std::unique_ptr<Disk> disk) {
  return std::make_unique<LocalStore>(dir, std::move(disk));
}

}  // namespace mk::vault

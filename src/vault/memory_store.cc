#include <fmt/format.h>

#include <map>
#include <mutex>

#include "vault/store.h"

namespace mk::vault {
namespace {

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(const Clock* clock) : clock_(clock) {}

  Status put(const std::string& name, Bytes bytes) override { return put_object(name, bytes, {}); }
  Result<ByteString> get(const std::string& name, std::uint64_t offset, std::uint64_t length) override {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(const Object* object, find(name));
    const ByteString& bytes = object->bytes;
    if (offset > bytes.size() || length > bytes.size() - offset)
      return Error{Code::kTruncated,
                   fmt::format("{}: {} bytes, {} were wanted from {}", name, bytes.size(), length, offset)};
    return bytes.substr(offset, length);
  }
  Result<std::uint64_t> head(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(const Object* object, find(name));
    return static_cast<std::uint64_t>(object->bytes.size());
  }
  Status list(const std::string& prefix, const Visitor& visit) override {
    std::map<std::string, std::uint64_t> found;
    {
      const std::lock_guard lock(mutex_);
      for (auto i = objects_.lower_bound(prefix); i != objects_.end() && i->first.starts_with(prefix); ++i)
        found.emplace(i->first, i->second.bytes.size());
    }
    for (const auto& [name, size] : found) TRY(visit(name, size));
    return ok;
  }
  Status remove(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(name);
    if (found == objects_.end()) return ok;
    if (clock_ != nullptr && found->second.locked_until > to_file_time(clock_->now()))
      return Error{Code::kDenied, name + ": it is locked until " + format_utc(found->second.locked_until)};
    objects_.erase(found);
    return ok;
  }
  Status put_locked(const std::string& name, Bytes bytes, FileTime until) override {
    return clock_ == nullptr ? Store::put_locked(name, bytes, until) : put_object(name, bytes, until);
  }
  Status lock(const std::string& name, FileTime until) override {
    if (clock_ == nullptr) return Store::lock(name, until);
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(const Object* object, find(name));
    objects_[name].locked_until = std::max(object->locked_until, until);
    return ok;
  }
  Result<bool> can_lock() override { return clock_ == nullptr ? Store::can_lock() : true; }
  Result<FileTime> locked_until(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(const Object* object, find(name));
    return object->locked_until;
  }

 private:
  struct Object {
    ByteString bytes;
    FileTime locked_until;
  };
  Status put_object(const std::string& name, Bytes bytes, FileTime until) {
    TRY(check_name(name));
    const std::lock_guard lock(mutex_);
    if (objects_.emplace(name, Object{ByteString(as_chars(bytes)), until}).second) return ok;
    return Error{Code::kConflict, name + ": there is such an object already"};
  }
  Result<const Object*> find(const std::string& name) const {
    TRY(check_name(name));
    const auto found = objects_.find(name);
    if (found == objects_.end()) return Error{Code::kNotFound, name + ": there is no such object"};
    return &found->second;
  }
  const Clock* clock_;
  std::mutex mutex_;
  std::map<std::string, Object> objects_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store(const Clock* clock) { return std::make_unique<MemoryStore>(clock); }

}  // namespace mk::vault

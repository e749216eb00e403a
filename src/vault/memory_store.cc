#include <fmt/format.h>

#include <map>
#include <mutex>

#include "vault/store.h"

namespace mk::vault {
namespace {

class MemoryStore final : public Store {
 public:
  Status put(const std::string& name, Bytes bytes) override {
    TRY(check_name(name));
    const std::lock_guard lock(mutex_);
    if (objects_.emplace(name, as_chars(bytes)).second) return ok;
    return Error{Code::kConflict, name + ": there is such an object already"};
  }
  Result<ByteString> get(const std::string& name, std::uint64_t offset, std::uint64_t length) override {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(const ByteString* object, find(name));
    if (offset > object->size() || length > object->size() - offset)
      return Error{Code::kTruncated,
                   fmt::format("{}: {} bytes, {} were wanted from {}", name, object->size(), length, offset)};
    return object->substr(offset, length);
  }
  Result<std::uint64_t> head(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(const ByteString* object, find(name));
    return static_cast<std::uint64_t>(object->size());
  }
  Status list(const std::string& prefix, const Visitor& visit) override {
    std::map<std::string, std::uint64_t> found;
    {
      const std::lock_guard lock(mutex_);
      for (auto i = objects_.lower_bound(prefix); i != objects_.end() && i->first.starts_with(prefix); ++i)
        found.emplace(i->first, i->second.size());
    }
    for (const auto& [name, size] : found) TRY(visit(name, size));
    return ok;
  }
  Status remove(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    objects_.erase(name);
    return ok;
  }

 private:
  Result<const ByteString*> find(const std::string& name) const {
    TRY(check_name(name));
    const auto found = objects_.find(name);
    if (found == objects_.end()) return Error{Code::kNotFound, name + ": there is no such object"};
    return &found->second;
  }
  std::mutex mutex_;
  std::map<std::string, ByteString> objects_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace mk::vault

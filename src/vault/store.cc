#include "vault/store.h"

#include <fmt/format.h>

namespace mk::vault {
namespace {

Error no_locks() {
  return {Code::kUnsupported,
          "this store cannot lock objects; that takes a bucket at S3 that was made with object lock"};
}

}  // namespace

Status Store::put_locked(const std::string&, Bytes, FileTime) { return no_locks(); }
Status Store::lock(const std::string&, FileTime) { return no_locks(); }
Result<bool> Store::can_lock() { return no_locks(); }
Result<FileTime> Store::locked_until(const std::string&) { return FileTime{}; }
Status Store::undelete(const std::function<void(const std::string&)>&) {
  return Error{Code::kUnsupported,
               "this store keeps nothing of what was removed; a bucket at S3 with versions does"};
}

Status put_until(Store& store, const std::string& name, Bytes bytes, FileTime locked_until) {
  return locked_until == FileTime{} ? store.put(name, bytes) : store.put_locked(name, bytes, locked_until);
}

bool says_nothing(const Error& e) { return e.code == Code::kUnavailable || e.code == Code::kDenied; }
bool is_lost(const Error& e) {
  return e.code == Code::kNotFound || e.code == Code::kTruncated || e.code == Code::kCorrupt;
}

Result<ByteString> get_whole(Store& store, const std::string& name, std::uint64_t max_bytes) {
  TRY_ASSIGN(const std::uint64_t n, store.head(name));
  if (n > max_bytes)
    return Error{Code::kCorrupt, fmt::format("{}: {} bytes, at most {} are possible", name, n, max_bytes)};
  return store.get(name, 0, n);
}

Status check_name(const std::string& name) {
  bool after_slash = true, good = !name.empty() && name.size() <= 200;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    good = good && (letter || (c == '/' && !after_slash));
    after_slash = c == '/';
  }
  if (good && !after_slash) return ok;
  return Error{Code::kInvalid, fmt::format("'{}' cannot be the name of an object in a store", name)};
}

}  // namespace mk::vault

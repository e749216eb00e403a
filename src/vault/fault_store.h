#pragma once
#include <functional>
#include <optional>

#include "vault/store.h"

namespace mk::vault {

/// A store over another one that fails as a test says.
class FaultStore final : public Store {
 public:
  enum class Op { kPut, kGet, kHead, kList, kRemove, kLock };
  /// Asked before each operation; an error instead of it, or nothing.
  using Before = std::function<std::optional<Error>(Op op, const std::string& name)>;
  /// May change what a get gives: lost or flipped bytes.
  using Change = std::function<void(const std::string& name, std::uint64_t offset, ByteString& bytes)>;

  explicit FaultStore(Store& store) : store_(store) {}
  Before before;
  Change change;
  /// True: a put happens and its answer is lost (kUnavailable).
  bool lose_answers = false;

  Status put(const std::string& name, Bytes bytes) override { return put_locked(name, bytes, {}); }
  Status put_locked(const std::string& name, Bytes bytes, FileTime until) override {
    TRY(ask(Op::kPut, name));
    TRY(put_until(store_, name, bytes, until));
    if (lose_answers) return Error{Code::kUnavailable, name + ": the answer was lost"};
    return ok;
  }
  Status sync(const std::string& name) override { return store_.sync(name); }
  Result<ByteString> get(const std::string& name, std::uint64_t offset, std::uint64_t length) override {
    TRY(ask(Op::kGet, name));
    TRY_ASSIGN(ByteString bytes, store_.get(name, offset, length));
    if (change) change(name, offset, bytes);
    return bytes;
  }
  Result<std::uint64_t> head(const std::string& name) override {
    TRY(ask(Op::kHead, name));
    return store_.head(name);
  }
  Status list(const std::string& prefix, const Visitor& visit) override {
    TRY(ask(Op::kList, prefix));
    return store_.list(prefix, visit);
  }
  Status remove(const std::string& name) override {
    TRY(ask(Op::kRemove, name));
    return store_.remove(name);
  }
  Status lock(const std::string& name, FileTime until) override {
    TRY(ask(Op::kLock, name));
    return store_.lock(name, until);
  }
  Result<bool> can_lock() override { return store_.can_lock(); }
  Result<FileTime> locked_until(const std::string& name) override { return store_.locked_until(name); }

 private:
  Status ask(Op op, const std::string& name) {
    if (!before) return ok;
    if (auto error = before(op, name)) return *std::move(error);
    return ok;
  }
  Store& store_;
};

}  // namespace mk::vault

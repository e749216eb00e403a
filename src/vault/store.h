#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace mk::vault {

/// Where a vault's objects lie: a flat set of immutable objects with names like file paths.
///
/// Shape:   names are parts of [a-z0-9_-], joined by `/`; at most 200 bytes
/// Errors:  kNotFound    no object has that name (get, head)
///          kConflict    put: the name is taken; what is there stays as it is
///          kTruncated   get: the object ends before the range does
///          kExhausted   no room; kDenied  no rights; kUnavailable  try again later
///          kInvalid     not a name
/// Threads: any number
class Store {
 public:
  virtual ~Store() = default;
  /// Durable when it returns; before that the object is not there at all.
  virtual Status put(const std::string& name, Bytes bytes) = 0;
  /// Exactly `length` bytes from `offset`.
  virtual Result<ByteString> get(const std::string& name, std::uint64_t offset, std::uint64_t length) = 0;
  /// The length of an object.
  virtual Result<std::uint64_t> head(const std::string& name) = 0;
  /// Calls `visit` for each object whose name begins with `prefix` (a whole folder: "packs/"), by name.
  using Visitor = std::function<Status(const std::string& name, std::uint64_t bytes)>;
  virtual Status list(const std::string& prefix, const Visitor& visit) = 0;
  /// Nothing happens when there is no such object.
  virtual Status remove(const std::string& name) = 0;
  /// What is known of the place itself, for people, a line each; most stores have nothing to say.
  virtual Result<std::vector<std::string>> describe() { return std::vector<std::string>(); }
};

/// A whole object. Errors: kCorrupt  longer than `max_bytes`, which no object of its kind is
Result<ByteString> get_whole(Store& store, const std::string& name, std::uint64_t max_bytes);

/// Errors: kInvalid
Status check_name(const std::string& name);

/// For tests.
std::unique_ptr<Store> make_memory_store();

}  // namespace mk::vault

#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace mk::vault {

/// Where a vault's objects lie: a flat set of immutable objects with names like file paths.
///
/// Shape:   names are parts of [a-z0-9_-], joined by `/`; at most 200 bytes
/// Errors:  kNotFound    no object has that name (get, head)
///          kConflict    put: the name is taken; what is there stays as it is, and is durable
///          kTruncated   get: the object ends before the range does
///          kExhausted   no room; kDenied  no rights; kUnavailable  try again later
///          kInvalid     not a name
///          kUnsupported put_locked, lock, can_lock, undelete: the store cannot do that
/// Threads: any number
class Store {
 public:
  virtual ~Store() = default;
  /// Durable when it returns; before that the object is not there at all.
  virtual Status put(const std::string& name, Bytes bytes) = 0;
  /// Makes an object durable that another process may have put a moment ago and been killed before that was.
  virtual Status sync(const std::string&) { return ok; }
  /// Exactly `length` bytes from `offset`.
  virtual Result<ByteString> get(const std::string& name, std::uint64_t offset, std::uint64_t length) = 0;
  /// The length of an object.
  virtual Result<std::uint64_t> head(const std::string& name) = 0;
  /// Calls `visit` for each object whose name begins with `prefix` (a folder, "packs/", or less or more than
  /// one), by name.
  using Visitor = std::function<Status(const std::string& name, std::uint64_t bytes)>;
  virtual Status list(const std::string& prefix, const Visitor& visit) = 0;
  /// Nothing happens when there is no such object. A locked one is gone for readers, or stays (kDenied).
  virtual Status remove(const std::string& name) = 0;

  /// A put of an object that is locked from its first moment: nobody, its owner neither, can make the store
  /// lose its bytes before `until`. There may be newer objects of that name above it, or a mark that it was
  /// removed; undelete() brings it back then.
  virtual Status put_locked(const std::string& name, Bytes bytes, FileTime until);
  /// The same for one that is there. Never makes a lock end earlier.
  virtual Status lock(const std::string& name, FileTime until);
  /// Has the store locks? False: it does not say, and the first lock shows it. Nothing is written.
  virtual Result<bool> can_lock();
  /// When the lock of an object ends, perhaps in the past; zero: it never had one, or the store has none.
  virtual Result<FileTime> locked_until(const std::string& name);
  /// Brings back what was removed or written over although it was put once, as far as it is still there;
  /// calls `visit` for the name of each.
  virtual Status undelete(const std::function<void(const std::string& name)>& visit);

  /// What is known of the place itself, for people, a line each; most stores have nothing to say.
  virtual Result<std::vector<std::string>> describe() { return std::vector<std::string>(); }
};

/// An error that tells nothing of the object that was asked for: the store does not answer, or not us.
bool says_nothing(const Error& e);
/// The object is missing or damaged. Any other error, as of a disk that stumbled, does not say so.
bool is_lost(const Error& e);

/// A whole object. Errors: kCorrupt  longer than `max_bytes`, which no object of its kind is
Result<ByteString> get_whole(Store& store, const std::string& name, std::uint64_t max_bytes);

/// put(), or put_locked() unless `locked_until` is zero.
Status put_until(Store& store, const std::string& name, Bytes bytes, FileTime locked_until);

/// Errors: kInvalid
Status check_name(const std::string& name);

/// For tests. With a clock it has locks: remove() refuses what is locked.
std::unique_ptr<Store> make_memory_store(const Clock* clock = nullptr);

}  // namespace mk::vault

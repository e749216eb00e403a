#pragma once
#include "vault/checkpoint.h"

namespace mk::vault {

/// A vault's log as one process knows it: its state, not its records, which stay in the store.
///
/// Errors:  kCorrupt  a record is damaged, missing before others, changed, of another vault
/// Bounds:  those of LogState and one record; with keys reading costs what was appended since the newest
///          checkpoint, else the whole log
class LogChain {
 public:
  LogChain(Store& store, const VaultId& vault, const Keys* keys)
      : store_(store), vault_(vault), keys_(keys) {}

  /// From the newest checkpoint that is good; from the first record where there is none, or no key.
  Status read();
  /// From the first record, whatever checkpoints say. `visit`, when given, sees each, and the state behind
  /// it.
  using OnRecord = std::function<void(const LogRecord&, const LogState&)>;
  Status read_whole(const OnRecord& visit = nullptr);
  /// What was appended since.
  Status read_on();

  const LogState& state() const { return state_; }
  const KnownHead& head() const { return state_.head(); }

  /// Calls `visit` for the records from the one behind `last` to the newest, which are read again.
  using Visitor = std::function<Status(const LogRecord&)>;
  Status visit_behind(const KnownHead& last, const Visitor& visit) const;

  /// Errors: kCorrupt  the log is older than `known`, or another one
  Status check_known(const std::optional<KnownHead>& known) const;

  /// Appends a record behind the newest, and now and then a checkpoint. Needs keys.
  /// Errors: kConflict  somebody else was faster: read_on() and decide again
  Result<LogNumber> append(const Draft& draft, FileTime now);

  /// Puts a checkpoint of state(), locked as the vault says, and removes older ones.
  Status put_checkpoint(FileTime now);
  /// Until when the newest checkpoint that this process knows and all records behind it are locked; zero: not
  /// all of them are.
  FileTime locked_until() const { return locked_until_; }

 private:
  Result<bool> begin_with(const std::string& name);
  Status read_listed();
  Status list_records(const std::string& prefix, const OnRecord& visit);
  Status read_next(std::optional<std::uint64_t> bytes, const OnRecord& visit = nullptr);
  void add(const LogRecord& record);
  Status remove_old_checkpoints();
  Store& store_;
  VaultId vault_;
  const Keys* keys_;
  LogState state_;
  LogNumber checkpoint_;  // the newest that this process knows of
  FileTime locked_until_;
};

/// Names of the checkpoints in a store, the newest first.
Result<std::vector<std::string>> list_checkpoints(Store& store);
/// One of them.  Errors: kCorrupt, kTruncated  not good, or under another's name; those of the store
Result<Checkpoint> read_checkpoint(Store& store, const std::string& name, const VaultId& vault,
                                   const Keys* keys);

}  // namespace mk::vault

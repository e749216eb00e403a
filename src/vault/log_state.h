#pragma once
#include <map>

#include "vault/log.h"

namespace mk::vault {

/// What the log says of a pack.
struct PackState {
  enum class Is { kLive, kCondemned, kDropped };
  Is is = Is::kLive;
  bool was_live = false;       // before it was condemned; else no record had named it
  LogNumber named, condemned;  // by which record, the last time
  FileTime condemned_at;
};

/// A session that neither committed nor was ended.
struct OpenSession {
  LogNumber view;                        // the newest record that it had seen
  std::optional<FileTime> silent_since;  // the first condemnation behind its last record
};

/// Which packs count and which sessions are open: the fold of a log's records and of nothing else.
/// Format: docs/formats/vault.md, "Sessions and prune".  Bounds: 100 bytes a pack
class LogState {
 public:
  void add(const LogRecord& record);

  const std::map<PackId, PackState>& packs() const { return packs_; }
  /// nullptr: no record names it.
  const PackState* find(const PackId& pack) const;
  /// In the order in which the log named them.
  std::vector<PackId> live_packs() const;
  const std::map<LogNumber, OpenSession>& sessions() const { return sessions_; }
  /// The newest condemnation of a pack that is dropped: whoever saw only what came before may miss something.
  LogNumber horizon() const { return horizon_; }

 private:
  void name(const LogRecord& record);
  void condemn(const LogRecord& record);
  void drop(const LogRecord& record);
  std::map<PackId, PackState> packs_;
  std::map<LogNumber, OpenSession> sessions_;
  LogNumber horizon_;
};

LogState fold(std::span<const LogRecord> log);

}  // namespace mk::vault

#pragma once
#include <map>

#include "vault/log.h"
#include "vault/node.h"

namespace mk::vault {

/// A restore point: a whole tree of objects under a name.
struct Point {
  LogNumber number;
  FileTime time;
  std::string name;
  TreeWriter::Root root;  // without keys only its id
};

/// What the log says of a pack.
struct PackState {
  enum class Is : std::uint8_t { kLive, kCondemned, kDropped };
  Is is = Is::kLive;
  bool was_live = false;       // before it was condemned; else no record had named it
  LogNumber named, condemned;  // by which record, the last time; named: a dropped one by that drop
  FileTime condemned_at;
  FileTime locked_until;  // zero: not locked
  bool operator==(const PackState&) const = default;
};

/// A session that neither committed nor was ended.
struct OpenSession {
  LogNumber view;                        // the newest record that it had seen
  std::optional<FileTime> silent_since;  // the first condemnation behind its last record
  bool operator==(const OpenSession&) const = default;
};

/// Every so many records the log has a milestone, whose hash its state keeps for ever.
inline constexpr std::uint64_t kMilestoneEvery = 1024;

/// So many days later.
FileTime after(FileTime time, std::uint32_t days);

/// Until when a record of this time locks what it names, and itself; a bit longer than the days that are
/// promised, so that not every commit has to lock all packs anew. Zero days: not at all.
FileTime lock_end(FileTime time, std::uint32_t days);

/// Which points there are, which packs count and which sessions are open: the fold of a log's records and of
/// nothing else.
/// Format: docs/formats/vault.md, "Sessions and prune"
/// Bounds: 150 bytes a pack, 32 bytes for each 1,024 records
class LogState {
 public:
  void add(const LogRecord& record);

  /// The newest record; number 0: there is none.
  const KnownHead& head() const { return parts_.head; }
  const std::map<PackId, PackState>& packs() const { return parts_.packs; }
  /// nullptr: no record names it.
  const PackState* find(const PackId& pack) const;
  /// In the order in which the log named them.
  std::vector<PackId> live_packs() const;
  const std::map<LogNumber, OpenSession>& sessions() const { return parts_.sessions; }
  /// The newest condemnation of a pack that is dropped: whoever saw only what came before may miss something.
  LogNumber horizon() const { return parts_.horizon; }
  /// Those that were not forgotten, in order.
  std::vector<Point> points() const;
  /// How long commits are locked; 0: they are not.
  std::uint32_t lock_days() const { return parts_.lock_days; }

  /// All of it, as a checkpoint keeps it.
  struct Parts {
    KnownHead head;
    LogNumber horizon;
    std::uint32_t lock_days = 0;
    std::vector<LogHash> milestones;  // of records 1024, 2048 ...
    std::map<PackId, PackState> packs;
    std::map<LogNumber, OpenSession> sessions;
    std::map<LogNumber, Point> points;
  };
  LogState() = default;
  explicit LogState(Parts parts) : parts_(std::move(parts)) {}
  const Parts& parts() const { return parts_; }

 private:
  void commit(const LogRecord& record);
  void name(const LogRecord& record);
  void condemn(const LogRecord& record);
  void drop(const LogRecord& record);
  Parts parts_;
};

}  // namespace mk::vault

#pragma once
#include <memory>
#include <vector>

#include "job/id_map.h"
#include "job/mailbox_state.h"

namespace mk::job {

/// What a run knows so far: made of the journal's lines, live or read back after an interruption, in one way.
///
/// Bounds:  about 25 bytes an item that this run touches
/// Threads: none of its own; the engine guards it
class RunState {
 public:
  /// `base` is what is held already, null for nothing.
  RunState(Manifest manifest, std::unique_ptr<MailboxState> base);
  Manifest manifest;
  const MailboxState* base() const { return base_.get(); }

  /// False for a deletion or read state of an item that is not held: there is nothing to record.
  bool matters(const ItemLine& line) const;
  void apply(const ItemLine& line);
  /// Any line of this run is about it.
  bool mentions(std::uint64_t key) const { return last_.contains(key); }
  /// Stored by this run with this change key.
  bool has_stored(std::uint64_t key, const model::ChangeKey& change_key) const;
  /// An item of this run was stored and then changed or vanished, so that PSTs must be written anew.
  bool superseded() const { return superseded_; }

  /// stored, unchanged and skipped of a folder; the rest of the row is left as it is.
  void fill_row(std::size_t folder);
  model::FolderCounts held(std::size_t folder) const;
  /// The end of the run: what each folder holds, and that those whose row does not balance are listed anew.
  void close_folders();

  /// Of the n-th line applied: whether it still counts at the end.
  bool counts(const ItemLine& line, std::uint32_t line_number) const;
  /// That still count, from the first line on.
  std::uint32_t lines() const { return static_cast<std::uint32_t>(status_.size()); }

 private:
  struct Tally {
    model::FolderCounts base, touched, stored, skipped, gained, lost;
  };
  std::uint64_t key_of(const ItemLine& line) const;
  void count(const ItemLine& line, bool first, bool add);
  std::unique_ptr<MailboxState> base_;
  IdMap last_, last_read_;             // number of the last line about an item, about its read state
  std::vector<std::uint8_t> status_;   // by line number: kind, associated
  std::vector<std::uint32_t> checks_;  // by line number: of the change key
  std::vector<Tally> tallies_;         // by folder
  bool superseded_ = false;
};

}  // namespace mk::job

#pragma once
#include <atomic>
#include <functional>
#include <set>

#include "job/mailbox_state.h"
#include "model/item.h"
#include "undo/removable.h"

namespace mk::agent {

/// Some items of a state, which are restored and compared with what the backup holds.
/// Errors: kCancelled; of the state where it cannot be listed, of the mailbox
class ProofSample {
 public:
  ProofSample(const job::MailboxState& state, const std::atomic<bool>& cancel)
      : state_(state), cancel_(cancel) {}
  Status choose(const std::function<bool(const std::string& item)>& is_chosen);

  Status compare_in_memory();
  /// Restores the sample below a folder of the target, reads it from there, and removes it again; before,
  /// what an interrupted drill left there. `journals`: a directory for this mailbox's drills alone.
  Status compare_in_mailbox(model::MailboxTarget& target, undo::Removable& removable,
                            const std::filesystem::path& journals, Clock& clock);

  std::size_t size() const { return items_.size(); }
  std::uint64_t same() const { return same_; }
  std::uint64_t differ() const { return differ_; }
  std::uint64_t unreadable() const { return size() - same_ - differ_; }
  const std::string& first_fault() const { return first_fault_; }

 private:
  using Held = job::MailboxState::Held;
  Status each(const std::function<Result<std::string>(const Held&)>& difference);
  Status remove(undo::Removable& removable, const std::filesystem::path& journals);
  void fault(const Held& held, const std::string& what);

  const job::MailboxState& state_;
  const std::atomic<bool>& cancel_;
  std::set<std::string> items_;
  std::uint64_t same_ = 0, differ_ = 0;
  std::string first_fault_;
};

}  // namespace mk::agent

#include "agent/restore/proof_sample.h"

#include <fmt/format.h>

#include <map>

#include "agent/restore/browse.h"
#include "agent/restore/proof.h"
#include "base/hash.h"
#include "job/backup_directory.h"
#include "job/compare_items.h"
#include "job/fetcher.h"
#include "job/restore.h"
#include "job/restore_journal.h"
#include "job/spool.h"
#include "mapi/item_reader.h"
#include "mapi/item_writer.h"
#include "undo/undo.h"

namespace mk::agent {
namespace {

constexpr char kFolder[] = "mailkeep restore proof";
constexpr char kName[] = "proof";  // in the journals

Status not_cancelled(const std::atomic<bool>& cancel) {
  return cancel ? Status(Error{Code::kCancelled, "the drill was interrupted"}) : Status(ok);
}

/// Of a drill in memory: empty, or what is not as it was.
Result<std::string> difference_in_memory(const job::MailboxState& state,
                                         const job::MailboxState::Held& held) {
  TRY_ASSIGN(const BlobPtr stream, state.stream(held));
  TRY_ASSIGN(auto item, mapi::read_exported_item(stream));
  if (!held.line.hash.empty()) {
    TRY_ASSIGN(const auto hash, model::content_hash(item));
    if (hash != held.line.hash) return std::string("its content is not the one that was backed up");
  }
  job::Spool again(std::filesystem::temp_directory_path());
  TRY(mapi::write_exported_item(item, again));
  TRY_ASSIGN(const BlobPtr written, again.finish());
  TRY_ASSIGN(auto back, mapi::read_exported_item(written));
  TRY(item_file(item, std::nullopt));
  return job::difference(std::move(item), std::move(back));
}

/// Of a drill in a mailbox.
Result<std::string> difference_in_mailbox(const job::MailboxState& state, const job::MailboxState::Held& held,
                                          model::MailboxTarget& target, undo::Removable& removable,
                                          const model::ItemId& restored) {
  TRY_ASSIGN(const BlobPtr stream, state.stream(held));
  TRY_ASSIGN(auto item, mapi::read_exported_item(stream));
  Result<std::string> found = Error{Code::kNotFound, "it is not in the scratch mailbox any more"};
  TRY_ASSIGN(const auto heads, removable.look({restored}));
  if (heads.size() != 1 || !heads[0]) return found;
  TRY(job::fetch_items(
      target, {*heads[0]}, std::filesystem::temp_directory_path(), [&](job::Fetched fetched) -> Status {
        if (fetched.outcome == job::Fetched::Outcome::kSkipped)
          found = Error{Code::kCorrupt, "the scratch mailbox does not give it back: " + fetched.line.reason};
        if (fetched.outcome == job::Fetched::Outcome::kWhole && fetched.item)
          found = job::difference(std::move(item), *std::move(fetched.item));
        return ok;
      }));
  return found;
}

}  // namespace

bool is_in_part(const std::string& item, const std::string& seed, std::uint64_t rounds, std::uint64_t part) {
  const auto digest = sha256(as_bytes(seed + '\0' + item));
  return load_le<std::uint64_t>(digest.data()) % rounds == part;
}

void ProofSample::fault(const Held& held, const std::string& what) {
  if (first_fault_.empty())
    first_fault_ = fmt::format("\"{}\" (id {}): {}", held.line.label.subject, held.line.head.id.value, what);
}

Status ProofSample::choose(const std::function<bool(const std::string& item)>& is_chosen) {
  return state_.for_each(
      [&](const Held& held) -> Status {
        if (is_chosen(held.line.head.id.value)) items_.insert(held.line.head.id.value);
        return not_cancelled(cancel_);
      },
      [&](std::uint64_t n, const Error& why) {
        if (first_fault_.empty()) first_fault_ = fmt::format("{} items are lost: {}", n, why.what);
      });
}

/// What concerns one item is its result; the rest ends the drill.
Status ProofSample::each(const std::function<Result<std::string>(const Held&)>& difference) {
  return state_.for_each(
      [&](const Held& held) -> Status {
        if (!items_.contains(held.line.head.id.value)) return ok;
        if (const Status go_on = not_cancelled(cancel_); !go_on) return go_on;
        const auto found = difference(held);
        if (!found && found.error().code == Code::kUnavailable) return found.error();
        if (!found) return fault(held, found.error().what), ok;
        ++(found->empty() ? same_ : differ_);
        if (!found->empty()) fault(held, *found);
        return ok;
      },
      [](std::uint64_t, const Error&) {});  // choose() told them
}

Status ProofSample::compare_in_memory() {
  return each([&](const Held& held) { return difference_in_memory(state_, held); });
}

Status ProofSample::remove(undo::Removable& removable, const std::filesystem::path& journals) {
  undo::Restored restored;  // its folders stay: other drills may be filling them
  TRY_ASSIGN(restored.items, job::read_restored(journals, kName));
  if (restored.items.empty()) return ok;
  TRY_ASSIGN(const auto done, undo::run_undo(removable, restored, {}));
  if (done.failed + done.changed > 0)
    return Error{
        Code::kConflict,
        fmt::format("{} items could not be removed from the scratch mailbox, {} were changed there by "
                    "somebody; empty its folder \"{}\"",
                    done.failed, done.changed, kFolder)};
  return job::remove_tree(journals);
}

Status ProofSample::compare_in_mailbox(model::MailboxTarget& target, undo::Removable& removable,
                                       const std::filesystem::path& journals, Clock& clock) {
  TRY(remove(removable, journals));
  if (items_.empty()) return ok;
  job::RestoreOptions o;
  o.items = items_;
  o.to_folder = kFolder;
  o.name = kName;
  o.connections = 1;
  o.clock = &clock;
  o.cancel = &cancel_;
  const auto restored = job::run_restore(target, {state_, journals}, o);
  const auto compare = [&]() -> Status {
    if (!restored) return restored.error();
    TRY_ASSIGN(const auto created, job::read_restored(journals, kName));
    std::map<std::string, model::ItemId> ids;  // by id in the backup
    for (const auto& item : created) ids[item.source.value] = item.id;
    return each([&](const Held& held) -> Result<std::string> {
      const auto id = ids.find(held.line.head.id.value);
      if (id == ids.end() || id->second.empty())
        return Error{Code::kNotFound, "the scratch mailbox did not take it"};
      return difference_in_mailbox(state_, held, target, removable, id->second);
    });
  };
  const Status compared = compare();
  TRY(remove(removable, journals));
  return compared;
}

}  // namespace mk::agent

#include "vault/log_chain.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace mk::vault {
namespace {

constexpr std::uint64_t kCheckpointEvery = 256;
constexpr std::size_t kCheckpointsKept = 2, kCheckpointsTried = 4;
constexpr std::size_t kListedDigits = 3;  // a listing gives the records whose numbers differ in these

}  // namespace

Result<std::vector<std::string>> list_checkpoints(Store& store) {
  std::vector<std::string> names;
  TRY(store.list(kCheckpoints, [&](const std::string& name, std::uint64_t) -> Status {
    names.push_back(name);
    return ok;
  }));
  std::reverse(names.begin(), names.end());
  return names;
}

Result<Checkpoint> read_checkpoint(Store& store, const std::string& name, const VaultId& vault,
                                   const Keys* keys) {
  TRY_ASSIGN(const ByteString bytes, get_whole(store, name, kMaxCheckpointBytes));
  TRY_ASSIGN(Checkpoint checkpoint, decode_checkpoint(as_bytes(bytes), vault, keys));
  if (checkpoint_name(checkpoint.state.head().number) == name) return checkpoint;
  return Error{Code::kCorrupt, "its name is not that of its content"};
}

Status LogChain::read() {
  if (keys_ == nullptr) return read_whole();
  TRY_ASSIGN(auto names, list_checkpoints(store_));
  names.resize(std::min(names.size(), kCheckpointsTried));
  for (const auto& name : names) {
    TRY_ASSIGN(const bool begun, begin_with(name));
    if (!begun) continue;
    Status done = read_listed();
    if (done || says_nothing(done.error())) return done;
    log_warning(fmt::format("{}: the log does not go on from it: {}", name, done.error().what));
  }
  return read_whole();
}

/// False when the checkpoint is gone or not good, which costs time and nothing else.
Result<bool> LogChain::begin_with(const std::string& name) {
  auto checkpoint = read_checkpoint(store_, name, vault_, keys_);
  if (!checkpoint && says_nothing(checkpoint.error())) return std::move(checkpoint).error();
  if (!checkpoint) {
    log_warning(fmt::format("{} is not used: {}", name, checkpoint.error().what));
    return false;
  }
  state_ = std::move(checkpoint->state);
  checkpoint_ = state_.head().number;
  locked_until_ = checkpoint->locked_until;
  return true;
}

Status LogChain::read_whole(const OnRecord& visit) {
  state_ = {};
  checkpoint_ = {};
  locked_until_ = {};
  return list_records("log/", visit);
}

/// A thousand numbers at a time, so that a long log is not listed from its beginning.
Status LogChain::read_listed() {
  for (;;) {
    const std::uint64_t before = head().number.value;
    const std::string next = log_name({before + 1});
    TRY(list_records(next.substr(0, next.size() - kListedDigits), nullptr));
    if (head().number.value == before || (head().number.value + 1) % 1000 != 0) return ok;
  }
}

Status LogChain::list_records(const std::string& prefix, const OnRecord& visit) {
  return store_.list(prefix, [&](const std::string& name, std::uint64_t bytes) -> Status {
    const std::string next = log_name({head().number.value + 1});
    if (name < next) return ok;
    if (name != next)
      return Error{Code::kCorrupt,
                   fmt::format("{} follows where {} should: a record is missing", name, next)};
    return read_next(bytes, visit);
  });
}

Status LogChain::read_next(std::optional<std::uint64_t> bytes, const OnRecord& visit) {
  auto record = read_record_behind(store_, vault_, keys_, head(), bytes);
  if (!record && (record.error().code == Code::kCorrupt || record.error().code == Code::kTruncated))
    record.error().what +=
        "; `mailkeep vault check --repair-from` brings it back from a copy; one that no copy has and that "
        "none follows may be removed";
  TRY(record);
  add(*record);
  if (visit) visit(*record, state_);
  return ok;
}

void LogChain::add(const LogRecord& record) {
  state_.add(record);  // a record that sets the days is locked by them itself
  locked_until_ = std::min(locked_until_, lock_end(FileTime{record.head.time}, state_.lock_days()));
}

Status LogChain::read_on() {
  for (;;) {
    const Status next = read_next(std::nullopt);
    if (!next && next.error().code == Code::kNotFound) return ok;
    TRY(next);
  }
}

Status LogChain::visit_behind(const KnownHead& last, const Visitor& visit) const {
  KnownHead at = last;
  while (at.number < head().number) {
    TRY_ASSIGN(const LogRecord record, read_record_behind(store_, vault_, keys_, at));
    TRY(visit(record));
    at = {record.head.number, record.hash};
  }
  if (at == head()) return ok;
  return Error{Code::kCorrupt,
               fmt::format("record {} of the log is not the one that was read before", head().number.value)};
}

Status LogChain::check_known(const std::optional<KnownHead>& known) const {
  if (!known || known->number.value == 0) return ok;
  if (known->number > head().number)
    return Error{Code::kCorrupt,
                 fmt::format("the log ends at record {}, but record {} was seen: the store was set "
                             "back to an older state; bring back the newer one",
                             head().number.value, known->number.value)};
  const Error replaced{
      Code::kCorrupt, fmt::format("record {} of the log is not the one that was seen: the store was replaced",
                                  known->number.value)};
  KnownHead at = *known;
  while (at.number < head().number && at.number.value % kMilestoneEvery != 0) {
    const auto next = read_record_behind(store_, vault_, keys_, at);
    if (!next && says_nothing(next.error())) return next.error();
    if (!next) return replaced;
    at = {next->head.number, next->hash};
  }
  const LogHash expected = at.number == head().number
                               ? head().hash
                               : state_.parts().milestones.at(at.number.value / kMilestoneEvery - 1);
  return at.hash == expected ? Status(ok) : replaced;
}

Result<LogNumber> LogChain::append(const Draft& draft, FileTime now) {
  MK_CHECK(keys_ != nullptr);
  const std::uint32_t days = draft.head.type == LogType::kLock
                                 ? static_cast<std::uint32_t>(draft.head.target.value)
                                 : state_.lock_days();
  TRY_ASSIGN(const LogRecord record,
             append_log(store_, vault_, *keys_, head(), draft, now, lock_end(now, days)));
  add(record);
  if (head().number.value - checkpoint_.value < kCheckpointEvery) return record.head.number;
  if (const Status done = put_checkpoint(now); !done)  // what was appended counts all the same
    log_warning("no checkpoint of the log was made, so that opening the vault takes longer: " +
                done.error().what);
  return record.head.number;
}

Status LogChain::put_checkpoint(FileTime now) {
  const FileTime until = lock_end(now, state_.lock_days());
  const std::string name = checkpoint_name(head().number);
  const ByteString bytes = encode_checkpoint(vault_, *keys_, state_, until);
  if (bytes.size() > kMaxCheckpointBytes)
    return Error{Code::kExhausted, fmt::format("{} would have {} bytes", name, bytes.size())};
  Status done = put_until(store_, name, as_bytes(bytes), until);
  if (!done && done.error().code == Code::kConflict)  // somebody else's, of the same state
    done = until == FileTime{} ? Status(ok) : store_.lock(name, until);
  TRY(std::move(done));
  checkpoint_ = head().number;
  locked_until_ = until;
  return remove_old_checkpoints();
}

/// Somebody may be about to read the one before the newest. What says to be newer than this process knows is
/// the business of who goes on from it, or junk, which takes nobody's place.
Status LogChain::remove_old_checkpoints() {
  TRY_ASSIGN(auto names, list_checkpoints(store_));
  std::erase_if(names, [newest = checkpoint_name(checkpoint_)](const auto& name) { return name > newest; });
  for (std::size_t i = kCheckpointsKept; i < names.size(); ++i) {
    const Status removed = store_.remove(names[i]);
    if (!removed && removed.error().code != Code::kDenied) return removed;  // a lock keeps it for a time
  }
  return ok;
}

}  // namespace mk::vault

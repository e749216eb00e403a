#include "agent/restore/restore_work.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/restore/item_list.h"
#include "agent/restore/point_address.h"
#include "agent/restore/restore_root.h"
#include "agent/run/exchange.h"
#include "base/safe_name.h"
#include "base/text.h"
#include "job/backup_directory.h"
#include "job/file_export.h"
#include "job/restore.h"
#include "job/selection.h"
#include "job/state_export.h"
#include "undo/undo.h"

namespace mk::agent {
namespace {

/// In a directory that a restore wrote: which one it was.
constexpr char kTagFile[] = "mailkeep-restore.json";

/// What the journals call a restore; numbers begin anew when the agent's state was lost.
std::string journal_name(const Restore& r) {
  return fmt::format("{} {}", r.id.value, format_utc(r.requested));
}
std::string tag_of(const Restore& r) { return "{\"restore\":\"" + journal_name(r) + "\"}\n"; }

std::string_view name_of(job::RestoreEvent::Action action) {
  constexpr std::string_view kNames[] = {"create", "update", "present", "too-large", "failed"};
  return kNames[static_cast<std::size_t>(action)];
}
std::string_view name_of(undo::UndoEvent::Action action) {
  constexpr std::string_view kNames[] = {"remove", "gone", "changed", "failed"};
  return kNames[static_cast<std::size_t>(action)];
}

std::set<std::string> as_set(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

void add_note(Restore& r, const std::string& note) {
  r.notes += (r.notes.empty() ? "" : "\n") + printable(note);
}

/// Sets the sum that the counts must have.
void balance(RestoreCounts& c) { c.in_state = c.created + c.updated + c.skipped + c.failed; }

/// Collects what happened to items; a list that cannot be written ends the restore.
class Outcomes {
 public:
  static Result<std::unique_ptr<Outcomes>> open(const std::filesystem::path& file) {
    TRY_ASSIGN(auto list, ItemListWriter::open(file));
    return std::unique_ptr<Outcomes>(new Outcomes(std::move(list)));
  }
  void add(const ItemOutcome& o) {
    if (went_) went_ = list_->add(o);
  }
  Status finish() {
    TRY(went_);
    return list_->finish();
  }

 private:
  explicit Outcomes(std::unique_ptr<ItemListWriter> list) : list_(std::move(list)) {}
  std::unique_ptr<ItemListWriter> list_;
  Status went_ = ok;
};

/// Of all attempts of this restore; what was created or updated in earlier ones is there already in the last
/// one. What was stored without the answer having come is among these, but not what failed in the last one:
/// `failed`.
Status count(RestoreCounts& counts, const job::RestoreReport& report, const std::set<std::string>& failed,
             const std::filesystem::path& journals, const std::string& name) {
  const std::uint64_t present = report.present_by_id + report.present_by_marker + report.present_by_content;
  counts.created = report.created;
  counts.updated = report.updated;
  counts.bytes += report.bytes;
  if (!report.dry_run) {
    TRY_ASSIGN(const auto all, job::read_restored(journals, name));
    counts.created = static_cast<std::uint64_t>(std::count_if(all.begin(), all.end(), [&](const auto& item) {
      return !item.id.empty() || !failed.contains(item.source.value);
    }));
    TRY_ASSIGN(const auto updated, job::read_updated(journals, name));
    counts.updated =
        static_cast<std::uint64_t>(std::count_if(updated.begin(), updated.end(), [&](const auto& item) {
          return !failed.contains(item.source.value);
        }));
  }
  const std::uint64_t all = counts.created + counts.updated, now = report.created + report.updated;
  const std::uint64_t before = all - std::min(all, now);
  counts.skipped = present - std::min(present, before);
  counts.failed = report.failed + report.too_large + report.not_in_state;
  balance(counts);
  return ok;
}

}  // namespace

MailboxDoors exchange_doors(Secrets& secrets, Clock& clock) {
  MailboxDoors doors;
  doors.target = [&](const Connection& c, const std::string& mailbox,
                     const std::atomic<bool>& cancel) -> Result<std::unique_ptr<model::MailboxTarget>> {
    TRY_ASSIGN(auto access, restore_access(c, mailbox, secrets, clock));
    access.cancel = &cancel;
    return source::open_ews_mailbox(access);
  };
  doors.removable = [&](const Connection& c,
                        const std::string& mailbox) -> Result<std::unique_ptr<undo::Removable>> {
    TRY_ASSIGN(const auto access, restore_access(c, mailbox, secrets, clock));
    return undo::open_removable(access);
  };
  return doors;
}

std::filesystem::path item_list_file(const Workshop& workshop, RestoreId restore) {
  return workshop.directory / "restores" / std::to_string(restore.value) / "items.jsonl";
}

Result<std::string> connection_of(const Schedule& schedule, const std::string& mailbox) {
  const std::string lower = lower_ascii(mailbox);
  std::set<std::string> named, all;
  for (const auto& source : schedule.sources) {
    all.insert(source.connection);
    for (const auto& m : source.mailboxes)
      if (lower_ascii(m.address) == lower) named.insert(source.connection);
  }
  if (named.size() == 1) return *named.begin();
  if (all.size() == 1) return *all.begin();
  return Error{
      Code::kInvalid,
      fmt::format("target.connection: schedule {} has several connections ({}); name the one that {} is "
                  "reached by",
                  schedule.name, fmt::join(all, ", "), mailbox)};
}

std::filesystem::path RestoreWork::journals(const std::string& mailbox) const {
  return workshop.directory / "restores" / "journals" / job::mailbox_directory_name(lower_ascii(mailbox));
}

Status RestoreWork::run(Restore& r) const {
  if (r.request.undo != 0) return take_back(r);
  TRY_ASSIGN(const auto address, parse_point(r.request.point));
  TRY_ASSIGN(const auto saved, state.schedules().find(address.schedule));
  TRY_ASSIGN(const auto open,
             open_state(saved.schedule, r.request.destination, r.request.mailbox, address.at, workshop));
  TRY(pin_request(r, saved.schedule, open));
  return r.request.target.is_mailbox() ? into_mailbox(r, open) : into_directory(r, open);
}

/// So that a later attempt takes the same point, and an undo finds the same mailbox.
Status RestoreWork::pin_request(Restore& r, const Schedule& schedule, const OpenState& open) const {
  r.request.point = format_point({schedule.name, open.manifest().started});
  r.request.destination = open.destination;
  auto& target = r.request.target;
  if (target.kind == RestoreTarget::Kind::kOriginal && target.connection.empty()) {
    TRY_ASSIGN(target.connection, connection_of(schedule, r.request.mailbox));
  }
  return state.restores().update(r);
}

Status RestoreWork::into_mailbox(Restore& r, const OpenState& open) const {
  r.notes.clear();
  const auto& target = r.request.target;
  const std::string& mailbox = target.mailbox.empty() ? r.request.mailbox : target.mailbox;
  TRY_ASSIGN(const auto connection, state.connections().get(target.connection));
  TRY_ASSIGN(const auto opened, doors.target(connection.value, mailbox, cancel));
  TRY_ASSIGN(const auto outcomes, Outcomes::open(item_list_file(workshop, r.id)));
  job::RestoreOptions o;
  o.folders = r.request.folders;
  o.items = as_set(r.request.items);
  o.target_mailbox = lower_ascii(mailbox);
  o.to_folder = target.folder;
  o.name = journal_name(r);
  o.if_present = r.request.if_present;
  o.dry_run = r.request.dry_run;
  o.connections = static_cast<int>(connection.value.connections);
  o.clock = workshop.clock;
  o.progress = &progress;
  o.cancel = &cancel;
  std::set<std::string> failed;
  o.on_event = [&](const job::RestoreEvent& e) {
    if (e.action == job::RestoreEvent::Action::kFailed) failed.insert(e.line.head.id.value);
    outcomes->add({std::string(name_of(e.action)), e.folder, e.line.head.id.value, e.line.label.subject,
                   e.created.value, e.why});
  };
  const auto to = journals(r.request.mailbox);
  auto report = job::run_restore(*opened, {*open.state, to}, o);
  TRY(outcomes->finish());
  if (!report) return std::move(report).error();
  for (const auto& note : report->notes) add_note(r, note);
  for (const auto& left : report->left) add_note(r, "left as it is: " + left);
  return count(r.counts, *report, failed, to, o.name);
}

Status RestoreWork::into_directory(Restore& r, const OpenState& open) const {
  if (r.request.dry_run) return count_only(r, open);
  TRY_ASSIGN(const auto root, restore_root(state.settings()));
  const std::string name =
      r.request.target.directory.empty() ? fmt::format("restore-{}", r.id.value) : r.request.target.directory;
  const auto to = root / name, unfinished = root / fmt::format(".restore-{}.unfinished", r.id.value);
  r.output = to.string();
  const auto tag = read_file(to / kTagFile);
  if (tag && *tag == tag_of(r)) return ok;  // an attempt came so far, and its counts are kept
  std::error_code unknown;
  if (std::filesystem::exists(std::filesystem::symlink_status(to, unknown)))
    return Error{Code::kConflict, r.output + ": is there already; name another directory"};
  TRY(job::remove_tree(unfinished));
  TRY(export_to(unfinished, r, open));
  TRY(state.restores().update(r));
  TRY(write_file_atomically(unfinished / kTagFile, as_bytes(tag_of(r))));
  return rename_new(unfinished, to);
}

Status RestoreWork::count_only(Restore& r, const OpenState& open) const {
  TRY_ASSIGN(const auto chosen, job::choose_folders(open.manifest(), r.request.folders));
  TRY_ASSIGN(const auto outcomes, Outcomes::open(item_list_file(workshop, r.id)));
  const auto items = as_set(r.request.items);
  std::set<std::string> found;
  r.counts = {};
  TRY(open.state->for_each([&](const job::MailboxState::Held& held) -> Status {
    if (cancel) return Error{Code::kCancelled, "interrupted"};
    const auto& id = held.line.head.id.value;
    if (!chosen[held.folder] || (!items.empty() && !items.contains(id))) return ok;
    if (held.line.head.associated && r.request.target.kind == RestoreTarget::Kind::kFiles) return ok;
    if (!items.empty()) found.insert(id);
    ++r.counts.created, r.counts.bytes += held.line.bytes;
    outcomes->add(
        {"create", open.manifest().folders[held.folder].row.path, id, held.line.label.subject, {}, {}});
    return ok;
  }));
  r.counts.failed = items.size() - found.size();
  balance(r.counts);
  return outcomes->finish();
}

Status RestoreWork::export_to(const std::filesystem::path& directory, Restore& r,
                              const OpenState& open) const {
  TRY_ASSIGN(const auto outcomes, Outcomes::open(item_list_file(workshop, r.id)));
  const auto skipped = [&](const std::string& folder, const job::ItemLine& item, const Error& why) {
    outcomes->add({"failed", folder, item.head.id.value, item.label.subject, {}, why.what});
  };
  r.counts = {};
  r.notes.clear();
  if (r.request.target.kind == RestoreTarget::Kind::kPst) {
    job::StateExportOptions o;
    o.folders = r.request.folders;
    o.items = as_set(r.request.items);
    if (r.request.target.max_pst_bytes != 0) o.max_pst_bytes = r.request.target.max_pst_bytes;
    o.progress = &progress, o.cancel = &cancel, o.on_skipped = skipped;
    TRY_ASSIGN(const auto done, job::export_state(*open.state, directory, o));
    r.counts.created = done.items, r.counts.failed = done.skipped;
  } else {
    job::FileExportOptions o;
    o.folders = r.request.folders;
    o.items = as_set(r.request.items);
    o.progress = &progress, o.cancel = &cancel, o.on_skipped = skipped;
    TRY_ASSIGN(const auto done, job::export_files(*open.state, directory, o));
    r.counts.created = done.items, r.counts.failed = done.skipped;
    if (done.incomplete > 0)
      add_note(r, fmt::format("of {} items a part has no place in a file of this form", done.incomplete));
  }
  r.counts.bytes = progress.bytes;
  const std::uint64_t wanted = as_set(r.request.items).size();
  if (wanted > r.counts.created + r.counts.failed)
    r.counts.failed = wanted - r.counts.created;  // those that the point does not have, too
  balance(r.counts);
  return outcomes->finish();
}

Status RestoreWork::take_back(Restore& r) const {
  TRY_ASSIGN(auto of, state.restores().get({static_cast<std::int64_t>(r.request.undo)}));
  const auto& target = of.request.target;
  if (of.request.undo != 0 || of.request.dry_run || !target.is_mailbox())
    return Error{Code::kInvalid, fmt::format("restore {} created nothing in a mailbox", of.id.value)};
  if (!is_over(of.state))
    return Error{Code::kConflict,
                 fmt::format("restore {} is still under way; cancel it before", of.id.value)};
  undo::Restored restored;
  TRY_ASSIGN(restored.items, job::read_restored(journals(of.request.mailbox), journal_name(of)));
  TRY_ASSIGN(restored.folders, job::read_made_folders(journals(of.request.mailbox), journal_name(of)));
  TRY_ASSIGN(const auto connection, state.connections().get(target.connection));
  TRY_ASSIGN(const auto mailbox,
             doors.removable(connection.value, target.mailbox.empty() ? of.request.mailbox : target.mailbox));
  TRY_ASSIGN(const auto outcomes, Outcomes::open(item_list_file(workshop, r.id)));
  undo::UndoOptions o;
  o.dry_run = r.request.dry_run;
  o.progress = &progress, o.cancel = &cancel;
  o.on_event = [&](const undo::UndoEvent& e) {
    outcomes->add({std::string(name_of(e.action)), {}, e.item.source.value, {}, e.item.id.value, e.why});
  };
  o.on_folder = [&](const undo::UndoFolderEvent& e) {
    outcomes->add(
        {e.why.empty() ? "remove-folder" : "leave-folder", e.folder.path, {}, {}, e.folder.id.value, e.why});
  };
  auto report = undo::run_undo(*mailbox, restored, o);
  TRY(outcomes->finish());
  if (!report) return std::move(report).error();
  r.counts = {0, report->removed, 0, report->gone + report->changed, report->failed, 0};
  balance(r.counts);
  if (report->folders_removed + report->folders_left > 0)
    add_note(r, fmt::format("of the folders that the restore made {} {} removed, {} {}",
                            report->folders_removed, r.request.dry_run ? "would be" : "are",
                            report->folders_left, report->folders_left == 1 ? "stays" : "stay"));
  if (report->changed > 0)
    add_note(r, fmt::format("{} items were changed since and are left", report->changed));
  if (of.counts.updated > 0)
    add_note(r, fmt::format("{} items that the restore updated stay as they are", of.counts.updated));
  if (r.request.dry_run || report->failed > 0) return ok;
  of.undone = to_file_time(workshop.clock->now());
  return state.restores().update(of);
}

}  // namespace mk::agent

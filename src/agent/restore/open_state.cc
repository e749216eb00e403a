#include "agent/restore/open_state.h"

#include <algorithm>

#include "agent/restore/vault_catalog.h"
#include "base/safe_name.h"
#include "catalog/query.h"
#include "job/backup_directory.h"
#include "job/chain.h"

namespace mk::agent {
namespace {

Result<OpenState> open_in_directory(const Destination& destination, const std::string& mailbox, FileTime at) {
  TRY_ASSIGN(const auto directory, job::BackupDirectory::open(mailbox_directory(destination, mailbox)));
  TRY_ASSIGN(auto chain, job::Chain::open(directory, at));
  OpenState open;
  open.state = std::make_unique<job::Chain>(std::move(chain));
  return open;
}

Result<OpenState> open_in_vault(const Schedule& schedule, const Destination& destination,
                                const std::string& mailbox, FileTime at, const Workshop& workshop) {
  OpenState open;
  TRY_ASSIGN(open.door, open_door(schedule, destination, workshop));
  const auto points = archive::mail_points(open.door->vault->points(), lower_ascii(mailbox));
  TRY_ASSIGN(const auto point, job::find_mail_point(points, at));
  open.number = point.point.number;
  TRY_ASSIGN(open.state, job::VaultState::open(*open.door->chunks, point));
  return open;
}

PointInfo info_of(const job::Manifest& m) {
  PointInfo info{{}, m.mailbox, m.name, m.kind, m.started, m.finished, 0, {}};
  for (const auto& f : m.folders) info.items += f.held.items + f.held.associated;
  return info;
}

Status list_backup_directory(const std::filesystem::path& path, std::vector<PointInfo>& out) {
  TRY_ASSIGN(const auto directory, job::BackupDirectory::open(path));
  TRY_ASSIGN(const auto names, directory.points());
  for (const auto& name : names) {
    const auto manifest = job::read_manifest(directory.point(name));
    out.push_back(manifest ? info_of(*manifest) : PointInfo{});
    if (manifest) continue;
    out.back().mailbox = directory.mailbox();
    out.back().name = name;
    out.back().problem = manifest.error().what;
  }
  return ok;
}

/// Directories of mailboxes lie beside each other; what is none of them is not ours.
Status list_directory(const Destination& destination, const std::string& mailbox,
                      std::vector<PointInfo>& out) {
  if (!mailbox.empty()) {
    const Status listed = list_backup_directory(mailbox_directory(destination, mailbox), out);
    return !listed && listed.error().code == Code::kNotFound ? ok : listed;
  }
  TRY_ASSIGN(const auto names, job::file_names(destination.place));
  for (const auto& name : names) {
    const Status listed = list_backup_directory(std::filesystem::path(destination.place) / name, out);
    if (!listed && listed.error().code != Code::kInvalid && listed.error().code != Code::kNotFound)
      return listed;
  }
  return ok;
}

Status list_vault(const Schedule& schedule, const Destination& destination, const std::string& mailbox,
                  const Workshop& workshop, std::vector<PointInfo>& out) {
  TRY_ASSIGN(const auto door, open_door(schedule, destination, workshop));
  TRY_ASSIGN(const auto catalog, open_catalog(*door, workshop));
  TRY_ASSIGN(const auto points, catalog::points(catalog->database(), lower_ascii(mailbox)));
  for (const auto& p : points) {
    const bool full = p.kind == archive::PointKind::kFull;
    out.push_back({{},
                   p.mailbox,
                   p.name,
                   full ? job::Kind::kFull : job::Kind::kIncremental,
                   p.started,
                   p.finished,
                   p.items,
                   p.problem});
  }
  return ok;
}

}  // namespace

Result<OpenState> open_state(const Schedule& schedule, const Destination& destination,
                             const std::string& mailbox, FileTime at, const Workshop& workshop) {
  auto open = destination.is_directory() ? open_in_directory(destination, mailbox, at)
                                         : open_in_vault(schedule, destination, mailbox, at, workshop);
  if (!open) return std::move(open).error().in(mailbox + " in " + destination.place);
  open->destination = destination.place;
  return open;
}

Result<OpenState> open_state(const Schedule& schedule, const std::string& place, const std::string& mailbox,
                             FileTime at, const Workshop& workshop) {
  std::optional<Error> first;
  for (const auto& destination : schedule.destinations) {
    if (!place.empty() && destination.place != place) continue;
    auto open = open_state(schedule, destination, mailbox, at, workshop);
    if (open) return open;
    if (!first) first = std::move(open).error();
  }
  if (first) return *first;
  return Error{Code::kNotFound, "schedule " + schedule.name + " has no destination " + place};
}

Result<PointList> list_points(const Schedule& schedule, const std::string& mailbox,
                              const Workshop& workshop) {
  PointList list;
  for (const auto& d : schedule.destinations) {
    std::vector<PointInfo> found;
    const Status listed = d.is_directory() ? list_directory(d, mailbox, found)
                                           : list_vault(schedule, d, mailbox, workshop, found);
    for (auto& point : found) point.destination = d.place;
    std::move(found.begin(), found.end(), std::back_inserter(list.points));
    if (!listed) list.unread.push_back(d.place + ": " + listed.error().what);
  }
  std::stable_sort(list.points.begin(), list.points.end(),
                   [](const auto& a, const auto& b) { return a.name > b.name; });
  return list;
}

}  // namespace mk::agent

#include "agent/retain/held_points.h"

#include "job/backup_directory.h"
#include "job/manifest.h"
#include "job/vault_state.h"

namespace mk::agent {
namespace {

std::uint64_t items_of(const job::Manifest& m) {
  std::uint64_t n = 0;
  for (const auto& f : m.folders) n += job::sum(f.held);
  return n;
}

/// How many were deleted is estimated from below by what there are fewer: a ledger counts no deletions.
HeldPoint held(const job::Manifest& m, std::string base, const HeldPoint* before) {
  HeldPoint p;
  p.name = m.name;
  p.base = std::move(base);
  p.time = std::chrono::floor<std::chrono::seconds>(to_time_point(m.started));
  p.items = items_of(m);
  if (before != nullptr && before->items > p.items) p.deleted = before->items - p.items;
  return p;
}

}  // namespace

Result<std::vector<HeldPoint>> held_points(const std::filesystem::path& path) {
  TRY_ASSIGN(const auto directory, job::BackupDirectory::open(path));
  TRY_ASSIGN(const auto names, directory.points());
  std::vector<HeldPoint> out;
  for (const auto& name : names) {
    TRY_ASSIGN(const auto manifest, job::read_manifest(directory.point(name)));
    out.push_back(held(manifest, manifest.base, out.empty() ? nullptr : &out.back()));
  }
  return out;
}

Result<std::vector<HeldPoint>> held_points(VaultDoor& door, const std::string& mailbox) {
  std::vector<HeldPoint> out;
  for (const auto& point : archive::mail_points(door.vault->points(), mailbox)) {
    TRY_ASSIGN(const auto state, job::VaultState::open(*door.chunks, point));
    const auto& m = state->manifest();
    const bool full = m.kind == job::Kind::kFull || out.empty();
    out.push_back(held(m, full ? "" : out.back().name, out.empty() ? nullptr : &out.back()));
    out.back().name = point.name;
  }
  return out;
}

}  // namespace mk::agent

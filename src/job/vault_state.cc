#include "job/vault_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "archive/item_stream.h"
#include "job/backup_directory.h"
#include "job/spool.h"
#include "job/vault_records.h"

namespace mk::job {
namespace {

constexpr std::size_t kItemsAtOnce = 16'384;  // some 10 MB of them

/// Items that share a chunk come one after the other, so that it is read once.
bool lies_before(const archive::ItemRecord& a, const archive::ItemRecord& b) {
  const auto &x = a.stream.object, &y = b.stream.object;
  return std::tie(x.id, x.offset) < std::tie(y.id, y.offset);
}

}  // namespace

Result<std::unique_ptr<VaultState>> VaultState::open(vault::ChunkSource& chunks,
                                                     const archive::MailPoint& point) {
  const std::string where = fmt::format("restore point {} of {}", point.name, point.mailbox);
  auto opened = archive::RestorePoint::open(chunks, point.point.root);
  if (!opened) return std::move(opened).error().in(where);
  std::unique_ptr<VaultState> state(new VaultState(*std::move(opened)));
  auto manifest = read_manifest(*state->point_);
  if (!manifest) return std::move(manifest).error().in(where);
  state->manifest_ = *std::move(manifest);
  return state;
}

Error damaged_point(const Error& e) {
  const bool is_damage = e.code == Code::kCorrupt || e.code == Code::kTruncated || e.code == Code::kNotFound;
  if (!is_damage) return e;
  return {Code::kCorrupt,
          "the restore point that this run goes on from is damaged; move the pack away that `mailkeep vault "
          "check` "
          "names, and a full with --reread stores anew what was in it: " +
              e.what};
}

Result<std::optional<ItemLine>> VaultState::find(const model::FolderId& folder,
                                                 const model::ItemId& item) const {
  const auto found = point_->find(folder, item);
  if (!found) return damaged_point(found.error());
  return *found ? std::optional(line_of(**found)) : std::nullopt;
}

MailboxState::Held VaultState::held_of(std::size_t folder, const archive::ItemRecord& item) const {
  Held held{folder, line_of(item), item.head.read != item.read_when_stored, 0};
  held.line.folder = static_cast<std::uint32_t>(folder);
  return held;
}

Status VaultState::for_each(const Visit& f, const OnLost& on_lost) const {
  std::vector<archive::ItemRecord> items;  // of one folder
  std::size_t of = 0;
  const auto give = [&]() -> Status {
    std::sort(items.begin(), items.end(), lies_before);
    for (const auto& item : items) TRY(f(held_of(point_->folders()[of].position, item)));
    items.clear();
    return ok;
  };
  const auto visit = [&](std::size_t folder, const archive::ItemRecord& item) -> Status {
    if (folder != of || items.size() == kItemsAtOnce) TRY(give());
    of = folder;
    items.push_back(item);
    return ok;
  };
  TRY(point_->for_each_item(visit, on_lost));
  return give();
}

Status VaultState::for_each_in(const model::FolderId& folder, const Visit& f) const {
  for (const auto& record : point_->folders()) {
    if (record.folder.id != folder) continue;
    const auto visit = [&](const archive::ItemRecord& item) -> Result<bool> {
      TRY(f(held_of(record.position, item)));
      return true;
    };
    TRY(point_->for_each_item(folder, {}, visit));
  }
  return ok;
}

Result<BlobPtr> VaultState::stream(const Held& held) const {
  Spool spool(std::filesystem::temp_directory_path());
  archive::ItemRecord item;
  item.stream = held.line.stored;
  TRY(point_->read(item, spool));
  return spool.finish();
}

Result<archive::MailPoint> find_mail_point(const std::vector<archive::MailPoint>& points, FileTime at) {
  const auto limit = time_file_name(at);
  for (auto p = points.rbegin(); p != points.rend(); ++p)
    if (at.ticks == 0 || p->name.substr(0, limit.size()) <= limit) return *p;
  return Error{Code::kNotFound,
               points.empty() ? "the vault holds no restore point of this mailbox; run a backup first"
                              : fmt::format("the vault holds no restore point at or before {}; `mailkeep "
                                            "points` lists them",
                                            format_utc(at))};
}

}  // namespace mk::job

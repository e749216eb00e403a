#include "job/point_edits.h"

#include <algorithm>
#include <set>

#include "archive/entries.h"
#include "archive/keys.h"
#include "job/lines.h"
#include "job/vault_records.h"

namespace mk::job {
namespace {

constexpr std::size_t kReadBytes = 4096;  // most lines are shorter

std::uint64_t order_of(std::string_view item_key) {
  std::uint64_t order = 0;
  for (const char c : item_key.substr(archive::kItemsPrefixBytes, 8))
    order = order << 8 | static_cast<unsigned char>(c);
  return order;
}

vault::TreeEdit drop(const std::string& prefix) { return {prefix, archive::behind(prefix), {}}; }

/// What the lines of one item say together.
struct ItemChange {
  std::optional<ItemLine> line;  // item or deletion
  std::optional<bool> read;

  Result<std::optional<vault::Entry>> apply(const model::FolderId& folder, const vault::Entry* old) const {
    archive::ItemRecord record;
    if (line && !line->is_item()) return std::optional<vault::Entry>{};
    if (line) {
      record = record_of(*line);
    } else if (old != nullptr) {
      TRY_ASSIGN(record, archive::read_item(*old));
    } else {
      return std::optional<vault::Entry>{};  // the read state of an item that is not held
    }
    if (read) record.head.read = *read;
    TRY_ASSIGN(vault::Entry entry, archive::item_entry(folder, record));
    return std::optional(std::move(entry));
  }
};

}  // namespace

Result<std::unique_ptr<PointEdits>> PointEdits::create(const Manifest& manifest,
                                                       const std::filesystem::path& lines) {
  std::unique_ptr<PointEdits> edits(new PointEdits(manifest));
  TRY_ASSIGN(edits->out_, LineWriter::create(lines));
  TRY_ASSIGN(File file, File::open(lines, File::Mode::kRead));
  edits->file_ = std::make_shared<const File>(std::move(file));
  return edits;
}

PointEdits::PointEdits(const Manifest& manifest) : manifest_(manifest) {}
PointEdits::~PointEdits() = default;

Status PointEdits::add(const ItemLine& line) {
  const auto& folder = manifest_.folders[line.folder].folder.id;
  TRY_ASSIGN(const std::uint64_t at, out_->write(format_line(line)));
  items_[archive::items_prefix(folder)].places.push_back(
      {order_of(archive::item_key(folder, line.head.id)), at});
  return ok;
}

Status PointEdits::close() {
  TRY(out_->finish());
  for (auto& [prefix, folder] : items_) std::sort(folder.places.begin(), folder.places.end());
  folder_at_ = items_.begin();
  return ok;
}

void PointEdits::drop_gone(const Manifest& before) {
  std::set<std::string> there;
  for (const auto& f : manifest_.folders) there.insert(f.folder.id.value);
  for (const auto& f : before.folders)
    if (!there.contains(f.folder.id.value)) items_[archive::items_prefix(f.folder.id)].gone = true;
}

Result<std::optional<vault::TreeEdit>> PointEdits::next() {
  if (!std::exchange(others_cleared_, true))  // a point of version 1 has all in one tree
    return std::optional(
        vault::TreeEdit{std::string(archive::kPointKey), std::string(archive::kItemsKey), {}});
  for (; folder_at_ != items_.end(); ++folder_at_, place_at_ = 0) {
    FolderEdits& folder = folder_at_->second;
    if (std::exchange(folder.gone, false)) return std::optional(drop(folder_at_->first));
    if (place_at_ == folder.places.size()) continue;
    TRY_ASSIGN(vault::TreeEdit edit, take_item(folder));
    return std::optional(std::move(edit));
  }
  return std::optional<vault::TreeEdit>{};
}

Result<ItemLine> PointEdits::line_at(std::uint64_t at) const {
  LineReader in(file_, at, kReadBytes);
  TRY_ASSIGN(const auto json, in.next());
  if (!json) return Error{Code::kInternal, "a line of this run is not where it was written"};
  return parse_line(*json);
}

Result<vault::TreeEdit> PointEdits::take_item(FolderEdits& folder) {
  ItemChange change;
  vault::TreeEdit edit;
  model::FolderId id;
  for (const std::uint64_t order = folder.places[place_at_].order;
       place_at_ < folder.places.size() && folder.places[place_at_].order == order; ++place_at_) {
    TRY_ASSIGN(ItemLine line, line_at(folder.places[place_at_].at));
    id = manifest_.folders[line.folder].folder.id;
    edit.key = archive::item_key(id, line.head.id);
    if (line.kind == ItemLine::Kind::kRead)
      change.read = line.head.read;
    else
      change.line = std::move(line);
  }
  edit.change = [change = std::move(change), id = std::move(id)](const vault::Entry* old) {
    return change.apply(id, old);
  };
  return edit;
}

}  // namespace mk::job

#include "job/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "job/spool.h"
#include "mapi/item_writer.h"
#include "pst/subject_mark.h"

namespace mk::job {

Result<std::unique_ptr<Point>> Point::open(const std::filesystem::path& dir) {
  auto p = std::make_unique<Point>();
  p->dir_ = dir;
  TRY_ASSIGN(p->manifest_, read_manifest(dir));
  TRY_ASSIGN(File items, File::open(dir / "items.jsonl", File::Mode::kRead));
  p->items_ = std::make_shared<const File>(std::move(items));
  TRY_ASSIGN(p->index_, IndexReader::open(dir / "items.index"));
  if (p->manifest_.verbatim) {
    TRY_ASSIGN(p->segment_, SegmentReader::open(dir / "items.segment"));
  }
  return p;
}

Status Point::for_each_line(const std::function<Status(const ItemLine&, std::uint64_t)>& f) const {
  LineReader in(items_);
  for (;;) {
    TRY_ASSIGN(const auto json, in.next());
    if (!json) return ok;
    TRY_ASSIGN(const ItemLine line, parse_line(*json));
    if (line.folder >= manifest_.folders.size())
      return Error{Code::kCorrupt,
                   fmt::format("{}: the line at byte {} names folder {}, there are {}",
                               items_->path().string(), in.line_at(), line.folder, manifest_.folders.size())};
    TRY(f(line, in.line_at()));
  }
}

Result<ItemLine> Point::line_at(std::uint64_t at) const {
  LineReader in(items_, at);
  TRY_ASSIGN(const auto json, in.next());
  if (!json) return Error{Code::kCorrupt, (dir_ / "items.index").string() + " points behind the last line"};
  TRY_ASSIGN(ItemLine line, parse_line(*json));
  if (line.folder < manifest_.folders.size()) return line;
  return Error{Code::kCorrupt, items_->path().string() + " names a folder that is not listed"};
}

Result<Point::Found> Point::find(const model::FolderId& folder, const model::ItemId& item) const {
  TRY_ASSIGN(const auto lines, index_->find(item_key(folder, item)));
  Found found;
  for (const auto at : lines) {
    TRY_ASSIGN(ItemLine line, line_at(at));
    if (line.head.id != item || manifest_.folders[line.folder].folder.id != folder) continue;
    if (line.kind == ItemLine::Kind::kRead)
      found.read = line.head.read;
    else
      found.line = std::move(line);
  }
  return found;
}

Result<model::Item> Point::item_in_pst(const ItemLine& line) const {
  TRY_ASSIGN(const std::string name, manifest_.pst_of(line));
  const std::lock_guard lock(mutex_);
  OpenPst& open = psts_[manifest_.folders[line.folder].set];
  if (open.name != name) {
    TRY_ASSIGN(open.file, pst::PstFile::open(dir_ / name));
    open.name = name;
  }
  TRY_ASSIGN(model::Item item, open.file->read_item(pst::Nid{line.pst}));
  pst::remove_subject_marks(item);
  return item;
}

Result<BlobPtr> Point::stream(const ItemLine& line) const {
  if (segment_ != nullptr && line.segment != 0) {
    TRY_ASSIGN(const SegmentRecord record, segment_->record(line.segment));
    if (record.item != line.head.id || record.folder != manifest_.folders[line.folder].folder.id)
      return Error{Code::kCorrupt, fmt::format("{}: the record at byte {} belongs to another item",
                                               (dir_ / "items.segment").string(), line.segment)};
    return segment_->stream(record);
  }
  TRY_ASSIGN(const model::Item item, item_in_pst(line));
  Spool spool(std::filesystem::temp_directory_path());
  TRY(mapi::write_exported_item(item, spool));
  return spool.finish();
}

Result<Chain> Chain::open(const BackupDirectory& dir, FileTime at) {
  TRY_ASSIGN(auto names, dir.points());
  const auto limit = time_file_name(at);
  if (at.ticks != 0)
    std::erase_if(names, [&](const std::string& n) { return n.substr(0, limit.size()) > limit; });
  if (names.empty())
    return Error{Code::kNotFound,
                 at.ticks == 0
                     ? fmt::format("{} holds no restore point yet; run a backup first", dir.path().string())
                     : fmt::format("{} holds no restore point at or before {}; `mailkeep points` lists them",
                                   dir.path().string(), format_utc(at))};
  Chain chain;
  for (std::string name = names.back(); !name.empty();) {
    auto point = Point::open(dir.point(name));
    if (!point) return std::move(point).error().in("restore point " + name);
    if ((*point)->manifest().name != name)
      return Error{Code::kCorrupt,
                   fmt::format("restore point {} calls itself {}; give its folder that name again", name,
                               (*point)->manifest().name)};
    name = (*point)->manifest().base;
    const bool forward = !name.empty() && name >= (*point)->manifest().name;
    if (forward || ((*point)->manifest().kind == Kind::kIncremental && name.empty()))
      return Error{Code::kCorrupt,
                   fmt::format("restore point {} does not say what it builds on", (*point)->manifest().name)};
    chain.points_.insert(chain.points_.begin(), *std::move(point));
  }
  return chain;
}

Result<std::optional<ItemLine>> Chain::find(const model::FolderId& folder, const model::ItemId& item) const {
  std::optional<bool> read;
  for (auto p = points_.rbegin(); p != points_.rend(); ++p) {
    TRY_ASSIGN(auto found, (*p)->find(folder, item));
    if (!read) read = found.read;
    if (!found.line) continue;
    if (!found.line->is_item()) return std::optional<ItemLine>{};
    if (read) found.line->head.read = *read;
    return std::move(found.line);
  }
  return std::optional<ItemLine>{};
}

Status Chain::for_each(const Visit& f, const OnLost&) const {
  std::map<std::string, std::size_t> now;
  const auto& folders = newest().manifest().folders;
  for (std::size_t i = 0; i < folders.size(); ++i) now.emplace(folders[i].folder.id.value, i);
  IdMap decided, reads;
  for (std::size_t p = points_.size(); p-- > 0;) {
    const auto step = [&](const ItemLine& line, std::uint64_t) -> Status {
      const auto& id = points_[p]->manifest().folders[line.folder].folder.id;
      const std::uint64_t key = item_key(id, line.head.id);
      if (line.kind == ItemLine::Kind::kRead) {
        reads.insert(key, line.head.read ? 1 : 0);
        return ok;
      }
      const auto folder = now.find(id.value);
      if (!decided.insert(key) || !line.is_item() || folder == now.end()) return ok;
      Held held{folder->second, line, false, p};
      if (const auto read = reads.find(key)) {
        held.read_changed = (*read != 0) != line.head.read;
        held.line.head.read = *read != 0;
      }
      return f(held);
    };
    TRY(points_[p]->for_each_line(step));
  }
  return ok;
}

Status Chain::for_each_in(const model::FolderId& folder, const Visit& f) const {
  return for_each([&](const Held& held) {
    return manifest().folders[held.folder].folder.id == folder ? f(held) : Status(ok);
  });
}

Result<BlobPtr> Chain::stream(const Held& held) const { return points_[held.point]->stream(held.line); }

}  // namespace mk::job

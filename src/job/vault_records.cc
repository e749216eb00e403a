#include "job/vault_records.h"

#include <fmt/format.h>

#include <map>

#include "archive/entries.h"
#include "vault/object.h"

namespace mk::job {
namespace {

constexpr std::size_t kMaxFolders = 1 << 20;

Result<FolderRecord> folder_of(const archive::FolderRecord& record) {
  FolderRecord f;
  f.folder = record.folder;
  f.set = record.set;
  f.state = record.state;
  f.held = record.held;
  TRY_ASSIGN(f.row, parse_row(record.ledger));
  return f;
}

Status take_folders(const archive::RestorePoint& point, Manifest& m) {
  for (const auto& record : point.folders()) {
    if (record.position >= kMaxFolders)
      return Error{Code::kCorrupt, fmt::format("FOLDER.position {}: there are not so many", record.position)};
    if (record.position >= m.folders.size()) m.folders.resize(record.position + std::size_t{1});
    TRY_ASSIGN(m.folders[record.position], folder_of(record));
  }
  return ok;
}

Status take_text(const archive::RestorePoint& point, Manifest& m) {
  TRY_ASSIGN(const ByteString text, point.run_text());
  const bool is_whole = point.lost_folders().empty();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const Status applied = apply_line(m, std::string_view(text).substr(at, end - at));
    // an item that was skipped in a folder that is lost
    if (!applied && (is_whole || m.name.empty())) return applied;
    at = end + 1;
  }
  return m.name.empty() ? Status(Error{Code::kCorrupt, "the point does not say what its run was"})
                        : Status(ok);
}

}  // namespace

ItemLine line_of(const archive::ItemRecord& record) {
  ItemLine line;
  line.head = record.head;
  line.label = record.label;
  line.bytes = record.stream.bytes;
  line.hash = record.content_hash;
  line.search_key = record.search_key;
  line.stored = record.stream;
  return line;
}

archive::ItemRecord record_of(const ItemLine& line) {
  archive::ItemRecord record;
  record.head = line.head;
  record.read_when_stored = line.head.read;
  record.label = line.label;
  record.content_hash = line.hash;
  record.search_key = line.search_key;
  record.stream = line.stored;
  return record;
}

archive::FolderRecord record_of(const FolderRecord& folder, std::size_t position) {
  archive::FolderRecord record;
  record.folder = folder.folder;
  record.position = static_cast<std::uint32_t>(position);
  record.set = folder.set;
  record.held = folder.held;
  record.state = folder.state;
  record.ledger = format_row(folder.row);
  return record;
}

archive::PointRecord record_of(const Manifest& m) {
  archive::PointRecord record;
  record.kind = m.kind == Kind::kFull ? archive::PointKind::kFull : archive::PointKind::kIncremental;
  record.mailbox = m.mailbox;
  record.name = m.name;
  record.started = m.started;
  record.finished = m.finished;
  for (const auto& f : m.folders) record.items += sum(f.held);
  return record;
}

std::string run_text(const Manifest& m) {
  std::string text;
  for (const auto& json : format_run(m)) text += json + '\n';
  return text;
}

Result<Manifest> read_manifest(const archive::RestorePoint& point) {
  Manifest m;
  TRY(take_folders(point, m));
  TRY(take_text(point, m));
  for (auto& f : m.folders)
    if (f.set >= static_cast<int>(m.sets.size())) f.set = -1;
  return m;
}

Result<vault::TreeWriter::Root> write_point_tree(const Manifest& m, const archive::PointRecord& record,
                                                 const vault::TreeWriter::Root& items,
                                                 std::vector<vault::Entry> more, const TreeTarget& out) {
  const std::string text = run_text(m);
  const auto source = make_memory_source(as_bytes(text));
  TRY_ASSIGN(const auto run, vault::write_object(*source, out.chunks, out.keys.cut));
  TRY_ASSIGN(vault::Entry point, archive::point_entry(record, run));
  std::map<std::string, vault::Entry> folders;
  for (std::size_t i = 0; i < m.folders.size(); ++i) {
    TRY_ASSIGN(vault::Entry folder,
               archive::folder_entry(record_of(m.folders[i], i), out.chunks, out.keys.cut));
    folders[folder.key] = std::move(folder);
  }
  vault::TreeWriter tree(out.chunks, out.keys.tree_cut);
  TRY(tree.add(std::move(point)));
  for (auto& [key, folder] : folders) TRY(tree.add(std::move(folder)));
  TRY(tree.add(archive::items_entry(items)));
  for (auto& entry : more) TRY(tree.add(std::move(entry)));
  return tree.finish();
}

}  // namespace mk::job

#include "job/pst_put.h"

#include <fmt/format.h>

#include <set>

#include "archive/item_stream.h"
#include "archive/keys.h"
#include "archive/point_names.h"
#include "job/backup_directory.h"
#include "job/fetcher.h"
#include "job/id_map.h"
#include "job/pst_point.h"
#include "job/selection.h"
#include "job/spool.h"
#include "job/vault_records.h"
#include "mapi/item_writer.h"
#include "model/tags.h"
#include "pst/folder_paths.h"
#include "pst/layout.h"
#include "pst/portable_item.h"

namespace mk::job {
namespace {

constexpr std::size_t kIdBytes = 16;

/// One of the files, with the places of its folders in the point.
struct Input {
  std::filesystem::path path;
  std::unique_ptr<pst::PstFile> file;
  pst::FileLayout layout;
  std::vector<model::FolderId> ids;  // by position in layout.folders
};

std::string_view well_known(pst::FolderRole role) {
  if (role == pst::FolderRole::kSubtree) return "msgfolderroot";
  return role == pst::FolderRole::kDeletedItems ? "deleteditems" : "";
}

bool has_items(const pst::PstFile& file, pst::Nid folder) {
  for (const bool associated : {false, true})
    if (const auto ids = file.items(folder, associated); ids && !ids->empty()) return true;
  return false;
}

/// Folders of all files, equal paths once: those of the mailbox, and others that hold anything.
class FolderList {
 public:
  void add(Input& in) {
    std::map<pst::Nid, model::FolderId> ids;
    std::map<std::string, int> n_of_path;
    pst::FolderPaths paths;
    for (const auto& f : in.layout.folders) {
      model::Folder folder;
      folder.name = f.properties.get_text(model::pid::kDisplayName).value_or("");
      folder.folder_class = f.properties.get_text(model::pid::kContainerClass).value_or("");
      folder.well_known = well_known(f.role);
      if (f.role != pst::FolderRole::kRoot)
        folder.id.value = paths.add({f.nid, f.parent, folder.name, {}, 0, 0, {}});
      if (const int n = n_of_path[folder.id.value]++; n > 0) folder.id.value += fmt::format("{}{}", '\0', n);
      if (f.role == pst::FolderRole::kRoot) folder.id.value = "/", folder.name = "Root";
      in.ids.push_back(folder.id);
      const auto parent = ids.find(f.parent);
      const bool is_top = f.role == pst::FolderRole::kSubtree;
      const bool is_below = parent != ids.end() && !is_top;
      if (!is_top && !is_below && !has_items(*in.file, f.nid)) continue;  // searches, views
      if (is_below) folder.parent = parent->second;
      if (f.role != pst::FolderRole::kRoot) ids[f.nid] = folder.id;
      if (seen_.insert(folder.id.value).second) folders_.push_back(std::move(folder));
    }
  }
  std::vector<model::Folder> take() { return std::move(folders_); }

 private:
  std::set<std::string> seen_;
  std::vector<model::Folder> folders_;
};

/// Remembers whether it was the place where an item waits that failed, or the item.
class WatchedSink final : public ByteSink {
 public:
  explicit WatchedSink(ByteSink& out) : out_(out) {}
  Status write(Bytes bytes) override {
    Status written = out_.write(bytes);
    failed_ = failed_ || !written;
    return written;
  }
  bool failed() const { return failed_; }

 private:
  ByteSink& out_;
  bool failed_ = false;
};

class Putter {
 public:
  Putter(VaultPlace& place, const PutOptions& options) : place_(place), options_(options) {}

  Result<PutReport> run() {
    TRY(open_files());
    TRY(plan());
    const auto directory = place_.work_directory / "put";
    TRY(remove_tree(directory));
    TRY(forget_unchecked(place_, m_.mailbox, *options_.clock));
    TRY_ASSIGN(point_, PstPoint::create(
                           place_, m_,
                           {directory, *options_.clock, options_.keep_bytes, {}, nullptr, options_.cancel}));
    for (const Input& in : inputs_) TRY(take(in));
    for (auto& f : m_.folders) f.row.before = f.row.on_server = sum_of(f);
    phase("checking");
    TRY_ASSIGN(auto done, point_->finish());
    TRY(remove_tree(directory));
    return PutReport{std::move(m_), std::move(done.psts), done.vault_bytes};
  }

 private:
  void phase(const char* name) {
    if (options_.progress != nullptr) options_.progress->phase = name;
  }

  static model::FolderCounts sum_of(const FolderRecord& f) {
    return {f.row.stored.items + f.row.skipped.items, f.row.stored.associated + f.row.skipped.associated};
  }

  Status open_files() {
    FolderList folders;
    std::set<std::string> names;
    for (const auto& path : options_.files) {
      if (!names.insert(path.filename().string()).second)
        return Error{
            Code::kInvalid,
            fmt::format("{}: another file has the same name; put it under another --name", path.string())};
      Input& in = inputs_.emplace_back();
      in.path = path;
      TRY_ASSIGN(in.file, pst::PstFile::open(path));
      auto layout = pst::read_layout(*in.file);
      if (!layout) return std::move(layout).error().in(path.string());
      in.layout = *std::move(layout);
      folders.add(in);
    }
    folders_ = folders.take();
    return ok;
  }

  Status plan() {
    m_.mailbox = put_mailbox(options_.name);
    std::vector<std::string> names;
    for (const auto& p : archive::mail_points(place_.vault.points(), m_.mailbox)) names.push_back(p.name);
    m_.started = later_time(names, to_file_time(options_.clock->now()));
    m_.name = fmt::format("{}-{}", time_file_name(m_.started), kind_name(Kind::kFull));
    TRY(select_folders(folders_, {}, m_));
    m_.sets.front().label = options_.name;
    m_.sets.front().files = {pst_file_name(options_.name, {})};
    for (std::size_t i = 0; i < m_.folders.size(); ++i) positions_[m_.folders[i].folder.id.value] = i;
    return ok;
  }

  Status take(const Input& in) {
    phase("storing");
    return point_->take({in.path, *in.file, in.layout, [&](archive::PstItem& item) { return put(in, item); },
                         [&](const pst::FileLayout::Folder&, const Error& e) {
                           m_.notes.push_back(fmt::format("{}: {}", in.path.filename().string(), e.what));
                         }});
  }

  Result<bool> put(const Input& in, archive::PstItem& item) {
    const model::FolderId& folder = in.ids[item.place.folder];
    FolderRecord& record = m_.folders[positions_.at(folder.value)];
    const bool associated = item.place.nid.type() == pst::NidType::kAssocMessage;
    ItemLine line;
    line.folder = static_cast<std::uint32_t>(positions_.at(folder.value));
    line.head.associated = associated;
    const Status stored = store(in, item, line);
    if (!stored && reading_) {
      count(record.row.skipped, associated);
      line.kind = ItemLine::Kind::kSkipped;
      line.head.id.value = fmt::format("{}:{:#x}", in.path.filename().string(), item.place.nid.value);
      line.reason = stored.error().what;
      m_.skipped.push_back(std::move(line));
      return false;
    }
    TRY(Status(stored));
    count(record.row.stored, associated);
    count(record.held, associated);
    if (options_.progress != nullptr) ++options_.progress->items, options_.progress->bytes += line.bytes;
    item.key = archive::item_key(folder, line.head.id);
    TRY(point_->add(line));
    return true;
  }

  static void count(model::FolderCounts& counts, bool associated) {
    ++(associated ? counts.associated : counts.items);
  }

  Status store(const Input& in, archive::PstItem& item, ItemLine& line) {
    reading_ = true;
    std::vector<pst::Nid> nodes;
    TRY_ASSIGN(model::Item read, pst::read_placed_item(*in.file, item.place, nodes));
    nodes.insert(nodes.begin(), item.place.nid);
    const auto key = in.layout.store.get_binary(model::pid::kRecordKey).value_or("");
    item.mark = pst::make_portable(read, nodes, key);
    Spool spool(place_.work_directory);
    WatchedSink sink(spool);
    const Status exported = mapi::write_exported_item(read, sink);
    reading_ = !exported && !sink.failed();
    TRY(Status(exported));
    TRY_ASSIGN(const BlobPtr stream, spool.finish());
    TRY(point_->store(line, *stream));
    describe(read, line);
    line.head.has_attachments = !read.attachments.empty();
    line.head.read =
        (read.properties.get_integer(model::pid::kMessageFlags).value_or(0) & model::kFlagRead) != 0;
    line.head.size_bytes = line.bytes;
    line.head.id = id_of(line);
    reading_ = true;  // properties that no entry can hold are the item's fault too
    TRY(archive::encode(record_of(line)));
    reading_ = false;
    return ok;
  }

  /// By what the item is; the second of two that are equal in one folder counts as such.
  model::ItemId id_of(const ItemLine& line) {
    std::string id = to_hex(Bytes(line.stored.sha256).first(kIdBytes));
    const auto key = item_key(m_.folders[line.folder].folder.id, {id});
    const std::uint32_t n = equal_.find(key).value_or(0);
    equal_.set(key, n + 1);
    if (n > 0) id += fmt::format("-{}", n + 1);
    return {std::move(id)};
  }

  VaultPlace& place_;
  const PutOptions& options_;
  std::vector<Input> inputs_;
  std::vector<model::Folder> folders_;
  Manifest m_;
  std::map<std::string, std::size_t> positions_;  // in m_.folders, by id
  std::unique_ptr<PstPoint> point_;
  IdMap equal_;           // how many of one content
  bool reading_ = false;  // an error now is the item's own
};

}  // namespace

std::string put_mailbox(const std::string& name) { return "pst:" + name; }

Result<PutReport> put_psts(VaultPlace& place, const PutOptions& options) {
  TRY_ASSIGN(const File held, lock_work_directory(place.work_directory));
  return Putter(place, options).run();
}

}  // namespace mk::job

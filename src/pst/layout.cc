#include "pst/layout.h"

#include <algorithm>
#include <map>
#include <set>

#include "model/tags.h"
#include "pst/tree_copier.h"
#include "pst/write/block_file.h"
#include "pst/write/store_nodes.h"

namespace mk::pst {
namespace {

constexpr std::uint16_t kWastebasket = 0x35E3, kCommonViewsId = 0x35E6, kFinder = 0x35E7;  // PidTag...EntryId

bool is_own(const PstFile& file, const FileInfo& info, const std::string& store_name) {
  const auto key = file.store_properties().get_binary(model::pid::kRecordKey);
  return info.format == Format::kUnicode && info.encoding != Encoding::kCyclic &&
         key == write::StoreFacts::of(store_name).record_key;
}

/// By the blocks of their data: folders are written in the order in which they were made.
Status sort_as_made(const PstFile& file, std::vector<FileLayout::Folder>& folders) {
  std::map<Nid, Bid> blocks;
  for (const auto& f : folders) {
    TRY_ASSIGN(blocks[f.nid], file.data_block(f.nid));
  }
  std::stable_sort(folders.begin(), folders.end(),
                   [&](const auto& a, const auto& b) { return blocks[a.nid] < blocks[b.nid]; });
  return ok;
}

}  // namespace

FolderRole role_of(const PstFile& file, const FolderEntry& f, bool first_of_name) {
  const auto& store = file.store_properties();
  const Nid subtree = file.ipm_subtree();
  const bool below_root = f.parent == file.root_folder();
  if (f.nid == subtree) return FolderRole::kSubtree;
  if (below_root && folder_of_entry_id(store, kFinder) == f.nid) return FolderRole::kSearchRoot;
  if (below_root && folder_of_entry_id(store, kCommonViewsId) == f.nid) return FolderRole::kCommonViews;
  if (f.parent != subtree) return FolderRole::kOrdinary;
  // A store that does not name its wastebasket (an OST) has it under the usual name.
  const auto wastebasket = folder_of_entry_id(store, kWastebasket);
  const bool is_usual = f.name == WriterOptions().deleted_items_name && first_of_name;
  return (wastebasket ? *wastebasket == f.nid : is_usual) ? FolderRole::kDeletedItems : FolderRole::kOrdinary;
}

Result<FileLayout> read_layout(const PstFile& file) {
  FileLayout out;
  TRY_ASSIGN(const FileInfo info, file.info());
  out.store = file.store_properties();
  out.store_name = out.store.get_text(model::pid::kDisplayName).value_or(WriterOptions().store_name);
  out.writer = is_own(file, info, out.store_name) ? kWriterVersion : 0;
  out.permute = info.encoding != Encoding::kNone;
  out.names = file.names();
  out.last_indexes = file.last_indexes();
  const Nid root = file.root_folder();
  out.folders.push_back({root, root, FolderRole::kRoot, file.root_entry().properties});
  TRY_ASSIGN(const auto entries, file.folders());
  std::set<std::pair<Nid, std::string>> seen;
  for (const auto& f : entries) {
    const bool is_first = seen.emplace(f.parent, f.name).second;
    out.folders.push_back({f.nid, f.parent, role_of(file, f, is_first), f.properties});
  }
  if (out.writer != 0) TRY(sort_as_made(file, out.folders));
  return out;
}

std::vector<ItemPlace> written_items(
    const PstFile& file, const FileLayout& layout,
    const std::function<void(const FileLayout::Folder&, const Error&)>& lost) {
  std::vector<std::pair<Bid, ItemPlace>> found;
  for (std::uint32_t i = 0; i < layout.folders.size(); ++i)
    for (const bool associated : {false, true}) {
      const auto ids = file.items(layout.folders[i].nid, associated);
      if (!ids) lost(layout.folders[i], ids.error());
      if (!ids) continue;
      for (const Nid id : *ids) {
        const auto block = layout.writer != 0 ? file.data_block(id) : Result<Bid>(Bid());
        found.push_back({block ? *block : Bid(), {id, i, {}}});
      }
    }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<ItemPlace> out;
  out.reserve(found.size());
  for (const auto& [block, place] : found) out.push_back(place);
  return out;
}

Result<model::Item> read_placed_item(const PstFile& file, ItemPlace& place, std::vector<Nid>& embedded) {
  auto item = file.read_item(place.nid, nullptr, &embedded);
  if (place.nid.type() == NidType::kAssocMessage && !embedded.empty()) place.embedded = embedded.front();
  return item;
}

Result<std::unique_ptr<FileRewriter>> FileRewriter::create(const std::filesystem::path& path,
                                                           const FileLayout& layout, unsigned threads) {
  WriterOptions options;
  options.store_name = layout.store_name;
  options.permute = layout.permute;
  options.threads = threads;
  if (layout.writer != 0) options.names = layout.names;
  TRY_ASSIGN(auto writer, PstWriter::create(path, options));
  std::unique_ptr<FileRewriter> out(new FileRewriter(layout, std::move(writer), path));
  TRY(out->writer_->set_store_properties(layout.store));
  TRY(out->add_folders());
  return out;
}

Status FileRewriter::add_folders() {
  std::map<Nid, Nid> places;
  for (const auto& folder : layout_.folders) {
    const auto parent = places.find(folder.parent);
    TRY_ASSIGN(const Nid here,
               folder_here(folder, parent == places.end() ? writer_->root() : parent->second));
    if (folder.role != FolderRole::kOrdinary) TRY(writer_->set_properties(here, folder.properties));
    places[folder.nid] = here;
    here_.push_back(here);
  }
  return ok;
}

Result<Nid> FileRewriter::folder_here(const FileLayout::Folder& folder, Nid parent) {
  switch (folder.role) {
    case FolderRole::kRoot:
      return writer_->root();
    case FolderRole::kSubtree:
      return writer_->ipm_subtree();
    case FolderRole::kSearchRoot:
      return writer_->search_root();
    case FolderRole::kDeletedItems:
      return writer_->deleted_items();
    case FolderRole::kCommonViews:
      return writer_->common_views();
    case FolderRole::kOrdinary:
      break;
  }
  if (layout_.writer != 0 && folder.nid.index() > 0)
    TRY(writer_->skip_ids(Nid(NidType::kNormalFolder, folder.nid.index() - 1)));
  return writer_->add_folder(parent, folder.properties);
}

Status FileRewriter::add(const ItemPlace& place, model::Item item, PstWriter::ItemDone done) {
  if (place.folder >= here_.size())
    return Error{Code::kCorrupt, "an item lies in a folder that the layout does not have"};
  const bool associated = place.nid.type() == NidType::kAssocMessage;
  for (const Nid nid : {place.nid, place.embedded})
    if (layout_.writer != 0 && nid.index() > 0) TRY(writer_->skip_ids(Nid(nid.type(), nid.index() - 1)));
  return writer_->submit_item(here_[place.folder], std::move(item), associated, std::move(done));
}

Result<std::filesystem::path> FileRewriter::seal() {
  TRY(writer_->drain());
  if (layout_.writer != 0)
    for (std::uint32_t type = 0; type < layout_.last_indexes.size(); ++type)
      TRY(writer_->skip_ids(Nid(static_cast<NidType>(type), layout_.last_indexes[type])));
  TRY(writer_->seal());
  return write::partial_path(path_);
}

}  // namespace mk::pst

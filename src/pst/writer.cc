#include "pst/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/hash.h"
#include "model/tags.h"
#include "pst/write/folder_writer.h"
#include "pst/write/item_pipeline.h"
#include "pst/write/store_nodes.h"

namespace mk::pst {

using namespace write;

namespace {

namespace pid = model::pid;

constexpr Nid kSubtree{0x8022}, kSearchRoot{0x8042}, kDeletedItems{0x8062}, kCommonViews{0x8082};

std::filesystem::path spill_directory(const std::filesystem::path& path, const WriterOptions& options) {
  const auto directory = options.spill_directory.empty() ? path.parent_path() : options.spill_directory;
  return directory.empty() ? "." : directory;
}

disk::CryptMethod method_of(const WriterOptions& options) {
  return options.permute ? disk::CryptMethod::kPermute : disk::CryptMethod::kNone;
}

/// What rgnid says in a store without a node: the first indexes that Outlook gives are one higher.
std::array<std::uint32_t, 32> first_indexes() {
  std::array<std::uint32_t, 32> last{};
  last.fill(0x400);
  last[static_cast<std::size_t>(NidType::kSearchFolder)] = 0x4000;
  last[static_cast<std::size_t>(NidType::kNormalMessage)] = 0x10000;
  last[static_cast<std::size_t>(NidType::kAssocMessage)] = 0x8000;
  return last;
}

Fields named(std::string_view utf8) {
  Fields fields;
  fields.set_text(pid::kDisplayName, utf8);
  return fields;
}

}  // namespace

unsigned encoder_threads() {
  constexpr unsigned kEnough = 4;  // reading, in one thread, takes as long as encoding
  const unsigned cores = std::thread::hardware_concurrency();
  return cores > 1 ? std::min(cores - 1, kEnough) : 0;
}

/// Everything that lives as long as the writer. Parts refer to each other, so that it never moves.
struct PstWriter::State {
  using NodeSpill = ItemPipeline::NodeSpill;
  State(std::unique_ptr<BlockFile> f, EmptyTables t, FolderWriter w, NodeSpill m, NodeSpill a,
        const WriterOptions& options)
      : file(std::move(f)),
        tables(std::move(t)),
        folders(std::move(w)),
        messages(std::move(m)),
        associated(std::move(a)),
        store(StoreFacts::of(options.store_name)),
        items({*file, method_of(options), names, tables, folders, messages, associated, last_index,
               store.record_key, [this](std::uint64_t more) { return size_bound(more); }},
              options.threads) {
    tables.use(last_index);
  }

  std::array<std::uint32_t, 32> last_index = first_indexes();
  std::uint32_t row_version = 1;
  std::unique_ptr<BlockFile> file;
  NameMap names;
  EmptyTables tables;
  FolderWriter folders;
  NodeSpill messages, associated;  // their nodes, each in ascending order
  StoreFacts store;
  ItemPipeline items;
  bool has_common_views = false;
  std::filesystem::path path;

  std::uint32_t& last(NidType type) { return last_index[static_cast<std::size_t>(type)]; }
  void count_folder(Nid nid);
  std::uint64_t size_bound(std::uint64_t more) const {
    return file->size_bound(more + folders.closing_bound() + store_bound(store, names));
  }
  Result<bool> next_node(const std::vector<disk::NbtEntry>& nodes, disk::NbtEntry& out);

 private:
  struct Merge {
    disk::NbtEntry message, associated;
    bool begun = false, has_message = false, has_associated = false;
    std::size_t at = 0;
  } merge_;
};

/// A folder's tables have its index, and the counters of their types follow.
void PstWriter::State::count_folder(Nid nid) {
  for (const auto type : {NidType::kNormalFolder, NidType::kHierarchyTable, NidType::kContentsTable,
                          NidType::kAssocContentsTable})
    last(type) = std::max(last(type), nid.index());
}

/// Merges three ascending sequences.
Result<bool> PstWriter::State::next_node(const std::vector<disk::NbtEntry>& nodes, disk::NbtEntry& out) {
  if (!merge_.begun) {
    merge_.begun = true;
    TRY_ASSIGN(merge_.has_message, messages.next(merge_.message));
    TRY_ASSIGN(merge_.has_associated, associated.next(merge_.associated));
  }
  constexpr std::uint64_t kNone = ~std::uint64_t{0};
  const std::uint64_t node = merge_.at < nodes.size() ? nodes[merge_.at].nid : kNone;
  const std::uint64_t message = merge_.has_message ? merge_.message.nid : kNone;
  const std::uint64_t fai = merge_.has_associated ? merge_.associated.nid : kNone;
  const std::uint64_t least = std::min({node, message, fai});
  if (least == kNone) return false;
  if (least == node) {
    out = nodes[merge_.at++];
  } else if (least == message) {
    out = merge_.message;
    TRY_ASSIGN(merge_.has_message, messages.next(merge_.message));
  } else {
    out = merge_.associated;
    TRY_ASSIGN(merge_.has_associated, associated.next(merge_.associated));
  }
  return true;
}

PstWriter::PstWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
PstWriter::~PstWriter() = default;

Result<std::unique_ptr<PstWriter>> PstWriter::create(const std::filesystem::path& path,
                                                     const WriterOptions& options) {
  const auto directory = spill_directory(path, options);
  TRY_ASSIGN(auto file, BlockFile::create(path, directory, method_of(options)));
  auto indexes = first_indexes();
  TRY_ASSIGN(EmptyTables tables, EmptyTables::create(*file, indexes));
  TRY_ASSIGN(FolderWriter folders, FolderWriter::create(directory));
  TRY_ASSIGN(SpillFile messages, SpillFile::create(directory));
  TRY_ASSIGN(SpillFile associated, SpillFile::create(directory));
  auto state = std::make_unique<State>(std::move(file), std::move(tables), std::move(folders),
                                       State::NodeSpill(std::move(messages)),
                                       State::NodeSpill(std::move(associated)), options);
  for (const auto& name : options.names) TRY(state->names.id_of(name));
  state->path = path;
  auto& all = state->folders;
  all.add(nid::kRootFolder, nid::kRootFolder, named(""));
  all.add(nid::kSpamSearchFolder, nid::kRootFolder, named("SPAM Search Folder 2"));
  all.add(kSubtree, nid::kRootFolder, named(options.subtree_name));
  all.add(kSearchRoot, nid::kRootFolder, named("Search Root"));
  all.add(kDeletedItems, kSubtree, named(options.deleted_items_name));
  state->count_folder(kCommonViews);  // kept free
  return std::unique_ptr<PstWriter>(new PstWriter(std::move(state)));
}

Nid PstWriter::root() const { return nid::kRootFolder; }
Nid PstWriter::ipm_subtree() const { return kSubtree; }
Nid PstWriter::search_root() const { return kSearchRoot; }
Nid PstWriter::deleted_items() const { return kDeletedItems; }

Nid PstWriter::common_views() {
  if (!state_->has_common_views)
    state_->folders.add(kCommonViews, nid::kRootFolder, named("IPM_COMMON_VIEWS"));
  state_->has_common_views = true;
  return kCommonViews;
}

Result<Nid> PstWriter::add_folder(Nid parent, const model::PropertyList& properties) {
  TRY(state_->folders.find(parent));
  TRY_ASSIGN(Fields fields,
             Fields::from(properties, Fields::Owner::kFolder, properties.code_page(), state_->names));
  if (!fields.has(pid::kDisplayName)) fields.set_text(pid::kDisplayName, "");
  const Nid nid(NidType::kNormalFolder, state_->last(NidType::kNormalFolder) + 1);
  state_->count_folder(nid);
  state_->folders.add(nid, parent, std::move(fields));
  return nid;
}

Status PstWriter::set_properties(Nid folder, const model::PropertyList& properties) {
  TRY_ASSIGN(FolderState* const state, state_->folders.find(folder));
  TRY_ASSIGN(const Fields fields,
             Fields::from(properties, Fields::Owner::kFolder, properties.code_page(), state_->names));
  state_->folders.set(*state, fields);
  return ok;
}

Status PstWriter::set_store_properties(const model::PropertyList& properties) {
  TRY_ASSIGN(const Fields fields,
             Fields::from(properties, Fields::Owner::kFolder, properties.code_page(), state_->names));
  for (const auto& f : fields) state_->store.fields.set(f.id, f.value);
  return ok;
}

Result<Nid> PstWriter::add_item(Nid folder, const model::Item& item, bool associated) {
  return state_->items.add(folder, item, associated);
}

Result<std::optional<Nid>> PstWriter::add_item_within(std::uint64_t max_bytes, Nid folder,
                                                      const model::Item& item, bool associated) {
  return state_->items.add_within(max_bytes, folder, item, associated);
}

Status PstWriter::submit_item(Nid folder, model::Item item, bool associated, ItemDone done) {
  return state_->items.submit(folder, std::move(item), associated, std::move(done));
}

Status PstWriter::drain() { return state_->items.drain(); }

Status PstWriter::skip_ids(Nid last) {
  constexpr std::uint32_t kHighest = 1 << 26;  // half of all
  if (last.index() > kHighest)
    return Error{Code::kInvalid, fmt::format("node id {:#x}: a PST has no ids behind it", last.value)};
  state_->last(last.type()) = std::max(state_->last(last.type()), last.index());
  return ok;
}

std::uint64_t PstWriter::size_bound() const { return state_->size_bound(0); }

Status PstWriter::finish() {
  TRY(seal());
  return rename_durably(partial_path(state_->path), state_->path);
}

Status PstWriter::seal() {
  State& s = *state_;
  TRY(drain());
  std::vector<disk::NbtEntry> nodes;
  FolderWriter::Output out{*s.file, s.tables, s.last_index, s.row_version, nodes};
  TRY(s.folders.write(out));
  TRY(write_store_nodes(s.store, s.names, s.has_common_views, out));
  s.tables.publish(*s.file);
  std::sort(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) { return a.nid < b.nid; });
  HeaderFacts facts;
  facts.last_index = s.last_index;
  facts.next_row_version = s.row_version;
  return s.file->finish([&](disk::NbtEntry& next) { return s.next_node(nodes, next); }, facts);
}

}  // namespace mk::pst

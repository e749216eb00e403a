#include "archive/entries.h"

#include "archive/keys.h"
#include "vault/object.h"

namespace mk::archive {
namespace {

constexpr std::uint64_t kMaxFolderBytes = 1 << 20;  // eight texts of 64 KiB and what is before them

}  // namespace

Result<vault::Entry> point_entry(const PointRecord& point, const vault::ObjectRef& run) {
  TRY_ASSIGN(ByteString attributes, encode(point));
  return vault::Entry{std::string(kPointKey), std::move(attributes), run};
}

Result<vault::Entry> folder_entry(const FolderRecord& folder, vault::ChunkSink& out,
                                  const SecretString& cut_key) {
  TRY_ASSIGN(ByteString record, encode(folder));
  vault::Entry entry{folder_key(folder.folder.id), {}, {}};
  if (record.size() <= vault::kMaxAttributeBytes) {
    entry.attributes = std::move(record);
    return entry;
  }
  const auto source = make_memory_source(as_bytes(record));
  TRY_ASSIGN(entry.object, vault::write_object(*source, out, cut_key));
  return entry;
}

vault::Entry items_entry(const vault::TreeWriter::Root& items) {
  return {std::string(kItemsKey), {}, vault::tree_object(items)};
}

Result<vault::Entry> item_entry(const model::FolderId& folder, const ItemRecord& item) {
  TRY_ASSIGN(ByteString attributes, encode(item));
  return vault::Entry{item_key(folder, item.head.id), std::move(attributes), item.stream.object};
}

Result<FolderRecord> read_folder(vault::ChunkSource& chunks, const vault::Entry& entry) {
  if (!entry.attributes.empty()) return decode_folder(as_bytes(entry.attributes));
  const auto object = vault::open_object(chunks, entry.object);
  TRY_ASSIGN(const ByteString record, read_all(*object, kMaxFolderBytes));
  return decode_folder(as_bytes(record));
}

Result<ItemRecord> read_item(const vault::Entry& entry) {
  return decode_item(as_bytes(entry.attributes), entry.object);
}

}  // namespace mk::archive

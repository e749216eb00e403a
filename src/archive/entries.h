#pragma once
#include "archive/records.h"
#include "base/io.h"

namespace mk::archive {

/// Entries of a restore point's tree.  docs/formats/archive.md, "Keys"

/// `run` is what job keeps beside: see "The run's text".
Result<vault::Entry> point_entry(const PointRecord& point, const vault::ObjectRef& run);
/// A folder that is too long for attributes is put into `out`.
Result<vault::Entry> folder_entry(const FolderRecord& folder, vault::ChunkSink& out,
                                  const SecretString& cut_key);
/// The tree of all items.
vault::Entry items_entry(const vault::TreeWriter::Root& items);
/// Errors: kUnsupported  ids too long for an entry
Result<vault::Entry> item_entry(const model::FolderId& folder, const ItemRecord& item);

/// Errors: kCorrupt, kTruncated  damaged, or not an entry of this kind
Result<FolderRecord> read_folder(vault::ChunkSource& chunks, const vault::Entry& entry);
Result<ItemRecord> read_item(const vault::Entry& entry);

}  // namespace mk::archive

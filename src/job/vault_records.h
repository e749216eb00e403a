#pragma once
#include "archive/restore_point.h"
#include "job/manifest.h"

namespace mk::job {

/// Lines and manifests as a vault keeps them (docs/formats/archive.md), and back.

ItemLine line_of(const archive::ItemRecord& record);
archive::ItemRecord record_of(const ItemLine& line);
archive::FolderRecord record_of(const FolderRecord& folder, std::size_t position);
archive::PointRecord record_of(const Manifest& m);

struct TreeTarget {
  vault::ChunkSink& chunks;
  const vault::Keys& keys;
};
/// The tree of a point: its record, folders, the tree of items, and what else it has, in the order of the
/// keys.
Result<vault::TreeWriter::Root> write_point_tree(const Manifest& m, const archive::PointRecord& record,
                                                 const vault::TreeWriter::Root& items,
                                                 std::vector<vault::Entry> more, const TreeTarget& out);

/// "The run's text".
std::string run_text(const Manifest& m);
/// Folders that cannot be read are left as empty ones, so that positions hold.
/// Errors: kCorrupt  the text or a folder is not what it should be; those of reading
Result<Manifest> read_manifest(const archive::RestorePoint& point);

}  // namespace mk::job

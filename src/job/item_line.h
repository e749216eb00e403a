#pragma once
#include <string>

#include "archive/records.h"
#include "model/mailbox.h"

namespace mk::job {

/// What the chain of points before this one holds of an id.
enum class Was { kNothing = 0, kNormal = 1, kAssociated = 2 };

/// One line of items.jsonl or of the journal (docs/formats/backup-directory.md).
struct ItemLine {
  enum class Kind { kItem, kDeleted, kRead, kSkipped };
  Kind kind = Kind::kItem;
  std::uint32_t folder = 0;  // position in the manifest's folders
  model::ItemHead head;      // kDeleted: only the id; kRead: id and read
  Was was = Was::kNothing;
  model::ItemLabel label;
  std::uint64_t bytes = 0;       // of the stream
  std::uint64_t segment = 0;     // offset of the record, 0: not in a segment
  archive::StoredStream stored;  // in a vault, size 0: not in one
  std::uint32_t pst = 0;         // node id, 0: not in the PST
  std::uint32_t part = 1;        // of the PST, as PstSet::files counts from 1
  std::string pst_error;         // why not
  ByteString hash;               // content hash; kDeleted: of what was held
  ByteString search_key;
  std::string reason;            // kSkipped
  model::FolderId moved_folder;  // where it came from or went to, when that was recognised
  model::ItemId moved_item;

  bool is_item() const { return kind == Kind::kItem; }
};

std::string format_line(const ItemLine& line);
/// Errors: kCorrupt  not one of the known kinds
Result<ItemLine> parse_line(std::string_view json);

}  // namespace mk::job

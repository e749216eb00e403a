#pragma once
#include <functional>

#include "archive/records.h"
#include "pst/layout.h"

namespace mk::archive {

/// A PST that is kept as its items, and what makes the file of them again.
/// docs/formats/archive.md, "PST files"

/// What can be had again of it: the same bytes by writing it anew, the same bytes because they are kept too,
/// or the same content.
enum class PstKept : std::uint8_t { kRegenerated = 1, kBytes = 2, kContent = 3 };

struct PstRecord {
  PstKept kept = PstKept::kContent;
  std::uint32_t writer = 0;  // version of the writer that made it; 0: of other origin
  std::uint64_t bytes = 0;   // of the file, and its SHA-256
  Sha256Digest sha256{};
  std::uint64_t items = 0, lost = 0;  // kept; those that could not be read
  std::string file;                   // its name, a label
};

/// An item where the file has it.
struct PstItem {
  pst::ItemPlace place;
  std::uint16_t mark = 0;  // see pst::make_portable()
  std::string key;         // item_key() in the point
};

/// Errors: kInvalid  a name or property that is too long
Result<ByteString> encode(const PstRecord& record);
Result<ByteString> encode(const pst::FileLayout& layout);
void encode_to(ByteString& out, const PstItem& item);
/// Errors: kCorrupt, kTruncated  not such a record; kUnsupported  of a newer format
Result<PstRecord> decode_pst(Bytes in);
/// `writer`: of the record.
Result<pst::FileLayout> decode_layout(Bytes in, std::uint32_t writer);
inline constexpr std::size_t kPstItemBytes = 48;
/// Errors: kCorrupt, kTruncated
Result<PstItem> decode_pst_item(Bytes in);

/// A PST of a point.
struct StoredPst {
  std::uint32_t n = 0;
  PstRecord record;
  vault::ObjectRef layout, order, bytes;  // bytes.depth is kEmptyObject where they are not kept
};
/// Errors: kCorrupt, kNotFound  a node or record is damaged or missing
Result<std::vector<StoredPst>> stored_psts(vault::ChunkSource& chunks, const vault::TreeWriter::Root& root);
Result<pst::FileLayout> read_layout(vault::ChunkSource& chunks, const StoredPst& pst);
/// Items in the order in which the file has them.
Status for_each_item(vault::ChunkSource& chunks, const StoredPst& pst,
                     const std::function<Status(const PstItem&)>& visit);

}  // namespace mk::archive

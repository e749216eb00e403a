#pragma once
#include "base/hash.h"
#include "model/mailbox.h"
#include "vault/node.h"

namespace mk::archive {

/// What entries of a restore point's tree say.  docs/formats/archive.md, "Records"

enum class PointKind : std::uint8_t { kFull = 1, kIncremental = 2 };
/// kPstFiles: its run made PST files, which can be had again (pst_layout.h).
enum class PointForm : std::uint8_t { kItems = 0, kPstFiles = 1 };

struct PointRecord {
  PointKind kind = PointKind::kFull;
  std::string mailbox, name;
  FileTime started, finished;
  std::uint64_t items = 0;  // that it holds
  bool items_apart = true;  // in a tree of their own; version 1: in the point's
  PointForm form = PointForm::kItems;
};

struct FolderRecord {
  model::Folder folder;  // ids, names, class, readability; counts are those of `held`
  std::uint32_t position = 0;
  std::int32_t set = -1;
  model::FolderCounts held;
  model::SyncState state;
  std::string ledger;  // text of job
};

/// The stream of an item, and where its bytes lie.
struct StoredStream {
  vault::ObjectRef object;
  std::uint64_t bytes = 0;  // of the stream as it came
  Sha256Digest sha256{};
};

struct ItemRecord {
  model::ItemHead head;  // `read` as it is now
  bool read_when_stored = false;
  model::ItemLabel label;
  ByteString content_hash, search_key;
  StoredStream stream;
};

/// Errors: kInvalid  a text of more than 65,535 bytes
Result<ByteString> encode(const PointRecord& record);
Result<ByteString> encode(const FolderRecord& record);
/// Labels are cut to 512 bytes. Errors: kUnsupported  ids too long for an entry
Result<ByteString> encode(const ItemRecord& record);

/// Errors of all: kCorrupt, kTruncated  not such a record; kUnsupported  of a newer format
Result<PointRecord> decode_point(Bytes in);
Result<FolderRecord> decode_folder(Bytes in);
/// `object` is the entry's.
Result<ItemRecord> decode_item(Bytes in, const vault::ObjectRef& object);

/// A stored stream in hexadecimal digits, for journals. Errors: kCorrupt
std::string format_stream(const StoredStream& stream);
Result<StoredStream> parse_stream(std::string_view text);

}  // namespace mk::archive

#pragma once
#include <memory>

#include "base/file.h"
#include "model/mailbox.h"

namespace mk::job {

/// What stands before a stream in a segment.
struct SegmentRecord {
  model::FolderId folder;
  model::ItemId item;
  model::ChangeKey change_key;
  bool associated = false;
  std::uint64_t stream_at = 0;  // offset of the stream in the file
  std::uint64_t stream_bytes = 0;
  std::uint64_t next = 0;  // offset of the next record
};

/// Appends verbatim streams to items.segment.
///
/// Format:  docs/formats/backup-directory.md, "items.segment"
class SegmentWriter {
 public:
  static Result<std::unique_ptr<SegmentWriter>> create(const std::filesystem::path& path);
  /// Continues at `length`, cutting what is behind.  Errors: kTruncated  the file is shorter; kCorrupt  not a
  /// segment
  static Result<std::unique_ptr<SegmentWriter>> resume(const std::filesystem::path& path,
                                                       std::uint64_t length);
  /// Gives the offset of the record.
  Result<std::uint64_t> append(const SegmentRecord& head, const Blob& stream);
  /// Everything appended so far is on the medium when this returns; gives the length.
  Result<std::uint64_t> sync();

 private:
  explicit SegmentWriter(File file, std::uint64_t at) : file_(std::move(file)), sink_(file_, at) {}
  File file_;
  FileSink sink_;
};

/// Reads records by their offset.
///
/// Errors:  kCorrupt, kTruncated  a header that does not match its checksum, a record beyond the end
/// Threads: any number
class SegmentReader {
 public:
  static Result<std::unique_ptr<SegmentReader>> open(const std::filesystem::path& path);
  Result<SegmentRecord> record(std::uint64_t offset) const;
  /// The stream of a record, checked against its SHA-256 first.
  Result<BlobPtr> stream(const SegmentRecord& record) const;

 private:
  explicit SegmentReader(std::shared_ptr<const File> file, std::uint64_t size)
      : file_(std::move(file)), size_(size) {}
  Error bad(std::uint64_t offset, std::string_view what) const;
  std::shared_ptr<const File> file_;
  std::uint64_t size_;
};

}  // namespace mk::job

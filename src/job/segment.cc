#include "job/segment.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/wire.h"

namespace mk::job {
namespace {

constexpr std::string_view kMagic = "MKSEGM01";
constexpr std::string_view kRecordMagic = "MKIR";
constexpr std::size_t kFixedBytes = 24, kCheckBytes = 8, kDigestBytes = 32;
constexpr std::uint32_t kAssociated = 1;
constexpr std::size_t kMaxIdBytes = 0xFFFF;

ByteString fixed_part(const SegmentRecord& r, std::uint64_t stream_bytes) {
  ByteString out(kRecordMagic);
  append_le(out, r.associated ? kAssociated : 0U);
  append_le(out, static_cast<std::uint16_t>(r.folder.value.size()));
  append_le(out, static_cast<std::uint16_t>(r.item.value.size()));
  append_le(out, static_cast<std::uint16_t>(r.change_key.value.size()));
  append_le(out, std::uint16_t{0});
  append_le(out, stream_bytes);
  return out;
}

ByteString check_of(const ByteString& fixed, std::string_view ids) {
  Sha256 h;
  h.update(as_bytes(fixed));
  h.update(as_bytes(ids));
  const auto digest = h.finish();
  return ByteString(as_chars(Bytes(digest).first(kCheckBytes)));
}

}  // namespace

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::create(const std::filesystem::path& path) {
  TRY_ASSIGN(File file, File::open(path, File::Mode::kCreate));
  TRY(file.write_at(0, as_bytes(kMagic)));
  return std::unique_ptr<SegmentWriter>(new SegmentWriter(std::move(file), kMagic.size()));
}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::resume(const std::filesystem::path& path,
                                                             std::uint64_t length) {
  TRY(SegmentReader::open(path));
  TRY_ASSIGN(File file, File::open(path, File::Mode::kReadWrite));
  TRY_ASSIGN(const std::uint64_t size, file.size());
  if (size < length || length < kMagic.size())
    return Error{Code::kTruncated,
                 fmt::format("{} has {} bytes, the journal says {}", path.string(), size, length)};
  TRY(file.truncate(length));
  return std::unique_ptr<SegmentWriter>(new SegmentWriter(std::move(file), length));
}

Result<std::uint64_t> SegmentWriter::append(const SegmentRecord& head, const Blob& stream) {
  if (std::max({head.folder.value.size(), head.item.value.size(), head.change_key.value.size()}) >
      kMaxIdBytes)
    return Error{Code::kUnsupported, "an id of more than 65,535 bytes"};
  const std::uint64_t at = sink_.offset();
  const ByteString fixed = fixed_part(head, stream.size());
  const std::string ids = head.folder.value + head.item.value + head.change_key.value;
  TRY(sink_.write(as_bytes(fixed + check_of(fixed, ids) + ids)));
  TRY_ASSIGN(auto in, stream.open());
  Sha256 hash;
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(stream.size(), 64 * 1024)));
  for (std::uint64_t left = stream.size(); left > 0;) {
    TRY_ASSIGN(const std::size_t n, in->read(buffer));
    if (n == 0 || n > left) return Error{Code::kInternal, "a spooled stream changed its length"};
    hash.update(Bytes(buffer).first(n));
    TRY(sink_.write(Bytes(buffer).first(n)));
    left -= n;
  }
  const auto digest = hash.finish();
  TRY(sink_.write(digest));
  return at;
}

Result<std::uint64_t> SegmentWriter::sync() {
  TRY(sink_.flush());
  TRY(file_.sync());
  return sink_.offset();
}

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(const std::filesystem::path& path) {
  TRY_ASSIGN(File file, File::open(path, File::Mode::kRead));
  std::array<std::byte, 8> magic{};
  TRY_ASSIGN(const std::size_t n, file.read_some_at(0, magic));
  if (n != magic.size() || as_chars(magic) != kMagic)
    return Error{Code::kCorrupt, path.string() + " is not a mailkeep segment (its first 8 bytes differ)"};
  TRY_ASSIGN(const std::uint64_t size, file.size());
  return std::unique_ptr<SegmentReader>(
      new SegmentReader(std::make_shared<const File>(std::move(file)), size));
}

Error SegmentReader::bad(std::uint64_t offset, std::string_view what) const {
  return {Code::kCorrupt, fmt::format("{}: the record at byte {} {}", file_->path().string(), offset, what)};
}

Result<SegmentRecord> SegmentReader::record(std::uint64_t offset) const {
  std::array<std::byte, kFixedBytes + kCheckBytes> head{};
  if (offset > size_ || size_ - offset < head.size()) return bad(offset, "lies beyond the end of the file");
  TRY(file_->read_at(offset, head));
  const Bytes fixed = Bytes(head).first(kFixedBytes);
  const std::size_t lengths[] = {load_le<std::uint16_t>(&head[8]), load_le<std::uint16_t>(&head[10]),
                                 load_le<std::uint16_t>(&head[12])};
  const std::size_t n_ids = lengths[0] + lengths[1] + lengths[2];
  const std::uint64_t left = size_ - offset - head.size();
  if (as_chars(fixed.first(4)) != kRecordMagic || n_ids > left)
    return bad(offset, "does not begin as a record does");
  std::string ids(n_ids, '\0');
  TRY(file_->read_at(offset + head.size(), std::as_writable_bytes(std::span(ids.data(), ids.size()))));
  if (check_of(ByteString(as_chars(fixed)), ids) != as_chars(Bytes(head).subspan(kFixedBytes)))
    return bad(offset, "has a head that does not match its checksum");
  SegmentRecord r;
  r.folder.value = ids.substr(0, lengths[0]);
  r.item.value = ids.substr(lengths[0], lengths[1]);
  r.change_key.value = ids.substr(lengths[0] + lengths[1]);
  r.associated = (load_le<std::uint32_t>(&head[4]) & kAssociated) != 0;
  r.stream_bytes = load_le<std::uint64_t>(&head[16]);
  r.stream_at = offset + head.size() + n_ids;
  if (size_ - r.stream_at < kDigestBytes || r.stream_bytes > size_ - r.stream_at - kDigestBytes)
    return bad(offset, "is cut by the end of the file");
  r.next = r.stream_at + r.stream_bytes + kDigestBytes;
  return r;
}

Result<BlobPtr> SegmentReader::stream(const SegmentRecord& r) const {
  auto blob = make_file_blob(file_, r.stream_at, r.stream_bytes);
  TRY_ASSIGN(auto in, blob->open());
  Sha256 hash;
  std::vector<std::byte> buffer(64 * 1024);
  for (;;) {
    TRY_ASSIGN(const std::size_t n, in->read(buffer));
    if (n == 0) break;
    hash.update(Bytes(buffer).first(n));
  }
  std::array<std::byte, kDigestBytes> stored{};
  TRY(file_->read_at(r.stream_at + r.stream_bytes, stored));
  if (hash.finish() != stored) return bad(r.stream_at, "holds a stream that does not match its SHA-256");
  return blob;
}

}  // namespace mk::job

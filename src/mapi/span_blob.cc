#include "mapi/span_blob.h"

#include <algorithm>

namespace mk::mapi {
namespace {

/// The next `left` bytes of another source; that they are fewer is an error.
class LimitedSource final : public ByteSource {
 public:
  LimitedSource(std::unique_ptr<ByteSource> in, std::uint64_t left) : in_(std::move(in)), left_(left) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(left_, out.size()));
    if (want == 0) return std::size_t{0};
    TRY_ASSIGN(const std::size_t n, in_->read(out.first(want)));
    if (n == 0)
      return Error{Code::kTruncated, "a value of the FastTransfer stream: the data under it became shorter"};
    left_ -= n;
    return n;
  }

 private:
  std::unique_ptr<ByteSource> in_;
  std::uint64_t left_;
};

Status skip(ByteSource& in, std::uint64_t n) {
  std::array<std::byte, 16384> buffer;
  while (n > 0) {
    TRY_ASSIGN(const std::size_t got,
               in.read(std::span(buffer).first(std::min<std::uint64_t>(n, buffer.size()))));
    if (got == 0)
      return Error{Code::kTruncated, "a value of the FastTransfer stream: the data under it became shorter"};
    n -= got;
  }
  return ok;
}

class Slice final : public Blob {
 public:
  Slice(BlobPtr stream, std::uint64_t offset, std::uint64_t size)
      : stream_(std::move(stream)), offset_(offset), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override {
    offset = std::min(offset, size_);
    TRY_ASSIGN(auto in, stream_->open(offset_ + offset));
    return std::unique_ptr<ByteSource>(std::make_unique<LimitedSource>(std::move(in), size_ - offset));
  }

 private:
  BlobPtr stream_;
  std::uint64_t offset_, size_;
};

/// A RecordReader that owns what it reads.
class OwningRecords final : public ByteSource {
 public:
  OwningRecords(std::unique_ptr<ByteSource> in, const RecordPlace& place)
      : in_(std::move(in)), records_(*in_, place) {}
  Result<std::size_t> read(std::span<std::byte> out) override { return records_.read(out); }

 private:
  std::unique_ptr<ByteSource> in_;
  RecordReader records_;
};

class FramedSlice final : public Blob {
 public:
  FramedSlice(BlobPtr framed, const RecordPlace& place, std::uint64_t size)
      : framed_(std::move(framed)), place_(place), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override {
    offset = std::min(offset, size_);
    TRY_ASSIGN(auto raw, framed_->open(place_.at));
    auto in = std::make_unique<OwningRecords>(std::move(raw), place_);
    TRY(skip(*in, offset));
    return std::unique_ptr<ByteSource>(std::make_unique<LimitedSource>(std::move(in), size_ - offset));
  }

 private:
  BlobPtr framed_;
  RecordPlace place_;
  std::uint64_t size_;
};

}  // namespace

BlobPtr make_slice(BlobPtr stream, std::uint64_t offset, std::uint64_t size) {
  return std::make_shared<Slice>(std::move(stream), offset, size);
}
BlobPtr make_framed_slice(BlobPtr framed, const RecordPlace& place, std::uint64_t size) {
  return std::make_shared<FramedSlice>(std::move(framed), place, size);
}

}  // namespace mk::mapi

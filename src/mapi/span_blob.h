#pragma once
#include "base/io.h"
#include "mapi/records.h"

namespace mk::mapi {

/// Makes blobs of values that stay where they lie in the stream being read.
class SpanMaker {
 public:
  virtual ~SpanMaker() = default;
  /// `offset` counts in the (inner) FastTransfer stream and was passed lately.
  virtual BlobPtr span(std::uint64_t offset, std::uint64_t size) const = 0;
};

/// `size` bytes of `stream` from `offset`.
BlobPtr make_slice(BlobPtr stream, std::uint64_t offset, std::uint64_t size);
/// `size` bytes of the inner stream of a framed one.
BlobPtr make_framed_slice(BlobPtr framed, const RecordPlace& place, std::uint64_t size);

/// Spans of a stream without framing.
class BareSpans final : public SpanMaker {
 public:
  explicit BareSpans(const BlobPtr& stream) : stream_(stream) {}
  BlobPtr span(std::uint64_t offset, std::uint64_t size) const override {
    return make_slice(stream_, offset, size);
  }

 private:
  const BlobPtr& stream_;
};

/// Spans of the stream that `records` reads.
class FramedSpans final : public SpanMaker {
 public:
  FramedSpans(const BlobPtr& stream, const RecordReader& records) : stream_(stream), records_(records) {}
  BlobPtr span(std::uint64_t offset, std::uint64_t size) const override {
    return make_framed_slice(stream_, records_.place_of(offset), size);
  }

 private:
  const BlobPtr& stream_;
  const RecordReader& records_;
};

}  // namespace mk::mapi

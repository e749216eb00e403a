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

}  // namespace mk::mapi

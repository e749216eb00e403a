#pragma once
#include <memory>

#include "base/bytes.h"

namespace mk {

/// Bytes that can be pulled, in pieces of the puller's choice.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Reads up to out.size() bytes; 0 means the end (when out is not empty). May give fewer than asked for.
  virtual Result<std::size_t> read(std::span<std::byte> out) = 0;
};

/// Bytes that can be pushed.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status write(Bytes bytes) = 0;
};

/// A large value that stays where it is (a file, a PST) until somebody reads it. Immutable; may be opened
/// many times, also from several threads at once. Held by shared_ptr (docs/adr/0002).
class Blob {
 public:
  virtual ~Blob() = default;
  virtual std::uint64_t size() const = 0;
  /// Reads from `offset` to the end.  Errors: kCorrupt, kTruncated  the place it lies in is damaged
  virtual Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset = 0) const = 0;
};
using BlobPtr = std::shared_ptr<const Blob>;

BlobPtr make_memory_blob(ByteString bytes);
/// The beginning of another blob, at most `bytes`.
BlobPtr make_head_blob(BlobPtr whole, std::uint64_t bytes);
std::unique_ptr<ByteSource> make_memory_source(Bytes bytes);  // does not own the bytes

/// Reads exactly out.size() bytes, fewer only at the end; returns how many.
Result<std::size_t> read_full(ByteSource& in, std::span<std::byte> out);
/// Reads all that is left. Errors: kExhausted  more than `max_bytes`
Result<ByteString> read_all(ByteSource& in, std::uint64_t max_bytes);
/// Moves all that is left; returns the number of bytes.
Result<std::uint64_t> copy(ByteSource& in, ByteSink& out);

/// A sink that appends to a string it does not own.
class StringSink final : public ByteSink {
 public:
  explicit StringSink(ByteString& out) : out_(out) {}
  Status write(Bytes bytes) override {
    out_.append(as_chars(bytes));
    return ok;
  }

 private:
  ByteString& out_;
};

}  // namespace mk

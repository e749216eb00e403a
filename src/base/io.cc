#include "base/io.h"

#include <algorithm>
#include <vector>

namespace mk {
namespace {

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(Bytes in) : in_(in) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    const std::size_t n = std::min(out.size(), in_.size());
    std::copy_n(in_.begin(), n, out.begin());
    in_ = in_.subspan(n);
    return n;
  }

 private:
  Bytes in_;
};

class MemoryBlob final : public Blob {
 public:
  explicit MemoryBlob(ByteString bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override {
    const Bytes all = as_bytes(bytes_);
    return make_memory_source(all.subspan(std::min<std::uint64_t>(offset, all.size())));
  }

 private:
  ByteString bytes_;
};

class HeadSource final : public ByteSource {
 public:
  HeadSource(std::unique_ptr<ByteSource> in, std::uint64_t left) : in_(std::move(in)), left_(left) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    if (left_ == 0) return std::size_t{0};
    TRY_ASSIGN(const std::size_t n, in_->read(out.first(std::min<std::uint64_t>(out.size(), left_))));
    left_ -= n;
    return n;
  }

 private:
  std::unique_ptr<ByteSource> in_;
  std::uint64_t left_;
};

class HeadBlob final : public Blob {
 public:
  HeadBlob(BlobPtr whole, std::uint64_t size)
      : whole_(std::move(whole)), size_(std::min(size, whole_->size())) {}
  std::uint64_t size() const override { return size_; }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override {
    TRY_ASSIGN(auto in, whole_->open(offset));
    return std::unique_ptr<ByteSource>(new HeadSource(std::move(in), size_ - std::min(offset, size_)));
  }

 private:
  BlobPtr whole_;
  std::uint64_t size_;
};

constexpr std::size_t kCopyBytes = 64 * 1024;

}  // namespace

BlobPtr make_memory_blob(ByteString bytes) { return std::make_shared<MemoryBlob>(std::move(bytes)); }
BlobPtr make_head_blob(BlobPtr whole, std::uint64_t bytes) {
  return std::make_shared<HeadBlob>(std::move(whole), bytes);
}
std::unique_ptr<ByteSource> make_memory_source(Bytes bytes) { return std::make_unique<MemorySource>(bytes); }

Result<std::size_t> read_full(ByteSource& in, std::span<std::byte> out) {
  std::size_t n = 0;
  while (n < out.size()) {
    TRY_ASSIGN(const std::size_t got, in.read(out.subspan(n)));
    if (got == 0) break;
    n += got;
  }
  return n;
}

Result<ByteString> read_all(ByteSource& in, std::uint64_t max_bytes) {
  ByteString out;
  std::vector<std::byte> buffer(kCopyBytes);
  for (;;) {
    TRY_ASSIGN(const std::size_t n, in.read(buffer));
    if (n == 0) return out;
    if (out.size() + n > max_bytes)
      return Error{Code::kExhausted,
                   "a value of more than " + std::to_string(max_bytes) + " bytes is not held in memory"};
    out.append(as_chars(Bytes(buffer).first(n)));
  }
}

Result<std::uint64_t> copy(ByteSource& in, ByteSink& out) {
  std::vector<std::byte> buffer(kCopyBytes);
  std::uint64_t total = 0;
  for (;;) {
    TRY_ASSIGN(const std::size_t n, in.read(buffer));
    if (n == 0) return total;
    TRY(out.write(Bytes(buffer).first(n)));
    total += n;
  }
}

}  // namespace mk

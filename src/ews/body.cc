#include "ews/body.h"

#include <algorithm>

namespace mk::ews {
namespace {

class Concatenation final : public Blob {
 public:
  explicit Concatenation(std::vector<BlobPtr> parts) : parts_(std::move(parts)) {
    for (const auto& part : parts_) size_ += part->size();
  }
  std::uint64_t size() const override { return size_; }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override;

 private:
  std::vector<BlobPtr> parts_;
  std::uint64_t size_ = 0;
};

class PartsSource final : public ByteSource {
 public:
  PartsSource(std::vector<BlobPtr> parts, std::uint64_t offset) : parts_(std::move(parts)), offset_(offset) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    for (; !out.empty() && next_ <= parts_.size();) {
      if (open_ != nullptr) {
        TRY_ASSIGN(const std::size_t n, open_->read(out));
        if (n > 0) return n;
        open_.reset();
      }
      if (next_ == parts_.size()) break;
      TRY(open_next());
    }
    return std::size_t{0};
  }

 private:
  Status open_next() {
    const BlobPtr& part = parts_[next_++];
    if (offset_ >= part->size()) {
      offset_ -= part->size();
      return ok;
    }
    TRY_ASSIGN(open_, part->open(std::exchange(offset_, 0)));
    return ok;
  }

  std::vector<BlobPtr> parts_;
  std::uint64_t offset_;  // still to be skipped
  std::size_t next_ = 0;
  std::unique_ptr<ByteSource> open_;
};

Result<std::unique_ptr<ByteSource>> Concatenation::open(std::uint64_t offset) const {
  return std::unique_ptr<ByteSource>(std::make_unique<PartsSource>(parts_, offset));
}

class Base64Blob final : public Blob {
 public:
  explicit Base64Blob(BlobPtr bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return (bytes_->size() + 2) / 3 * 4; }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override;

 private:
  BlobPtr bytes_;
};

class Base64Source final : public ByteSource {
 public:
  /// `skip`: characters of the first group to leave out.
  Base64Source(BlobPtr keep, std::unique_ptr<ByteSource> bytes, std::size_t skip)
      : keep_(std::move(keep)), bytes_(std::move(bytes)), at_(skip), skip_(skip) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    if (at_ >= text_.size() && !ended_) TRY(refill());
    const std::string_view rest = std::string_view(text_).substr(std::min(at_, text_.size()));
    const std::size_t n = std::min(rest.size(), out.size());
    std::copy_n(as_bytes(rest).begin(), n, out.begin());
    at_ += n;
    return n;
  }

 private:
  static constexpr std::size_t kPieceBytes = 48 * 1024;  // a multiple of three: no padding inside
  Status refill() {
    ByteString piece(kPieceBytes, '\0');
    TRY_ASSIGN(const std::size_t n, read_full(*bytes_, std::as_writable_bytes(std::span(piece))));
    ended_ = n < kPieceBytes;
    text_ = to_base64(as_bytes(std::string_view(piece).substr(0, n)));
    at_ = std::exchange(skip_, 0);
    return ok;
  }

  BlobPtr keep_;
  std::unique_ptr<ByteSource> bytes_;
  std::string text_;
  std::size_t at_, skip_;
  bool ended_ = false;
};

Result<std::unique_ptr<ByteSource>> Base64Blob::open(std::uint64_t offset) const {
  TRY_ASSIGN(auto bytes, bytes_->open(offset / 4 * 3));
  return std::unique_ptr<ByteSource>(
      std::make_unique<Base64Source>(bytes_, std::move(bytes), static_cast<std::size_t>(offset % 4)));
}

}  // namespace

BlobPtr concatenate(std::vector<BlobPtr> parts) { return std::make_shared<Concatenation>(std::move(parts)); }
BlobPtr base64_text(BlobPtr blob) { return std::make_shared<Base64Blob>(std::move(blob)); }

}  // namespace mk::ews

#include "sim/base64_source.h"

#include <array>

namespace mk::sim {
namespace {

// Two characters for each 12 bits: twice as fast as one for each 6.
struct Table {
  std::array<std::array<char, 2>, 4096> pairs{};
  Table() {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kDigits[i >> 6], kDigits[i & 63]};
  }
};

void encode(const unsigned char* in, std::size_t n, ByteString& out) {
  static const Table table;
  const std::size_t had = out.size(), groups = n / 3;
  out.resize(had + groups * 4);
  char* to = out.data() + had;
  for (std::size_t i = 0; i < groups; ++i, in += 3, to += 4) {
    const unsigned bits = static_cast<unsigned>(in[0]) << 16 | static_cast<unsigned>(in[1]) << 8 | in[2];
    std::memcpy(to, table.pairs[bits >> 12].data(), 2);
    std::memcpy(to + 2, table.pairs[bits & 4095].data(), 2);
  }
  if (n % 3 != 0) out += to_base64(Bytes(reinterpret_cast<const std::byte*>(in), n % 3));
}

class Base64Source final : public ByteSource {
 public:
  explicit Base64Source(BlobPtr blob) : blob_(std::move(blob)) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    if (at_ == ready_.size()) TRY(refill());
    const std::size_t n = std::min(out.size(), ready_.size() - at_);
    std::memcpy(out.data(), ready_.data() + at_, n);
    at_ += n;
    return n;
  }

 private:
  Status refill() {
    constexpr std::size_t kStep = 3 * 16 * 1024;
    if (!in_) {
      TRY_ASSIGN(in_, blob_->open());
    }
    raw_.resize(kStep);
    TRY_ASSIGN(const std::size_t n, read_full(*in_, std::as_writable_bytes(std::span(raw_))));
    ready_.clear();
    at_ = 0;
    encode(reinterpret_cast<const unsigned char*>(raw_.data()), n, ready_);
    return ok;
  }

  BlobPtr blob_;
  std::unique_ptr<ByteSource> in_;
  ByteString raw_, ready_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> make_base64_source(BlobPtr blob) {
  return std::make_unique<Base64Source>(std::move(blob));
}

}  // namespace mk::sim

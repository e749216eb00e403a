#include "source/record_watch.h"

#include <algorithm>

namespace mk::source {
namespace {

constexpr std::int32_t kConfig = 1, kHighestOpcode = 17;

}  // namespace

Status RecordWatch::write(Bytes bytes) {
  const Bytes all = bytes;
  while (framed_ && !bytes.empty()) {
    if (payload_left_ > 0) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, bytes.size()));
      payload_left_ -= n;
      n_bytes_ += n;
      bytes = bytes.subspan(n);
      continue;
    }
    header_[n_header_++] = bytes[0];
    ++n_bytes_;
    bytes = bytes.subspan(1);
    if (n_header_ < header_.size()) continue;
    n_header_ = 0;
    const auto opcode = load_le<std::int32_t>(header_.data()),
               length = load_le<std::int32_t>(header_.data() + 4);
    const bool first = n_bytes_ == header_.size();
    framed_ = opcode >= kConfig && opcode <= kHighestOpcode && length >= 0 && (!first || opcode == kConfig);
    payload_left_ = framed_ ? static_cast<std::uint64_t>(length) : 0;
  }
  auto status = to_->write(all);
  if (!status) error_ = status.error();
  return status;
}

bool RecordWatch::looks_cut() const {
  return framed_ && (n_bytes_ == 0 || n_header_ > 0 || payload_left_ > 0);
}

}  // namespace mk::source

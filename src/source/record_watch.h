#pragma once
#include <array>
#include <optional>

#include "base/io.h"

namespace mk::source {

/// Looks at an exported item while it passes by: does it end where a record of its framing ends? It keeps
/// nothing.
///
/// Shape: int32 opcode, int32 length, payload, repeated ([MS-OXWSBTRF]); the first opcode is
/// 1 (Config)
class RecordWatch final : public ByteSink {
 public:
  void start(ByteSink& to) {
    *this = {};
    to_ = &to;
  }
  Status write(Bytes bytes) override;
  /// The item began as the framing does, or is too short for it, and does not end with a record. Data of
  /// another shape is not suspicious: what it is worth is for the receiver to say.
  bool looks_cut() const;
  /// What the sink behind it failed with.
  const std::optional<Error>& error() const { return error_; }

 private:
  ByteSink* to_ = nullptr;
  std::array<std::byte, 8> header_{};
  std::size_t n_header_ = 0;
  std::uint64_t payload_left_ = 0, n_bytes_ = 0;
  bool framed_ = true;
  std::optional<Error> error_;
};

}  // namespace mk::source

#pragma once
#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace mk::pst::check {

/// How much may be done for a file, so that none takes longer than its bytes deserve, whatever leads where.
///
/// Units: about what looking at one byte costs. A sound file takes less than twenty for each of its bytes
class Work {
 public:
  /// Bytes of the file that are seen for the first time.
  void grant(std::uint64_t bytes) {
    if (left_ > 0) left_ += kForEachByte * bytes;
  }
  /// False, for ever, when there is no more.
  bool spend(std::uint64_t units) {
    spent_ += std::min(units, left_);
    left_ -= std::min(units, left_);
    return left_ > 0;
  }
  bool exhausted() const { return left_ == 0; }
  std::uint64_t spent() const { return spent_; }

 private:
  static constexpr std::uint64_t kForEachByte = 64, kForAnyFile = std::uint64_t{16} << 20;
  std::uint64_t left_ = kForAnyFile, spent_ = 0;
};

/// Pages that were met.
///
/// Bounds: one bit for each page, in pieces of 4 KiB where there are any
class PageSet {
 public:
  /// False when it is there already.
  bool insert(std::uint64_t page) {
    std::vector<bool>& piece = pieces_[page / kPiece];
    piece.resize(kPiece);
    const bool fresh = !piece[page % kPiece];
    piece[page % kPiece] = true;
    return fresh;
  }
  void clear() { pieces_.clear(); }

 private:
  static constexpr std::uint64_t kPiece = 32768;
  std::unordered_map<std::uint64_t, std::vector<bool>> pieces_;
};

}  // namespace mk::pst::check

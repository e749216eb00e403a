#pragma once
#include <functional>
#include <memory>

#include "pst/check/findings.h"
#include "pst/disk/layout.h"
#include "pst/ndb/storage.h"

namespace mk::pst::check {

/// The file and what its header says, whatever is wrong with it.
struct Medium {
  std::shared_ptr<const ndb::Storage> storage;
  disk::Layout layout;
  disk::Header header;
  std::uint64_t size = 0;  // of the file
  bool is_ost = false;

  bool ansi() const { return layout.form == disk::Form::kAnsi; }
  bool is_4k() const { return layout.form == disk::Form::kUnicode4K; }
  bool holds(std::uint64_t at, std::uint64_t bytes) const { return at <= size && bytes <= size - at; }
  /// Number of AMaps, and where one is.
  std::uint64_t intervals() const;
  std::uint64_t interval_at(std::uint64_t k) const {
    return layout.first_amap_at + k * layout.amap_interval();
  }
  /// Exactly n bytes; nothing when they are not there or cannot be read.
  bool read(std::uint64_t at, std::size_t n, ByteString& out) const;
};

/// Reads the header and says what is wrong with it alone.
///
/// Errors: kCorrupt  nothing in the first bytes is a PST's
///         kTruncated  there is no whole header; those of the storage
Result<Medium> check_header(std::shared_ptr<const ndb::Storage> storage, Findings& findings);

/// What only a walk over the file can compare with the header.
struct Totals {
  std::uint64_t amap_free = 0;  // bytes
  std::uint64_t greatest_block_bid = 0, greatest_page_bid = 0;
  std::uint32_t greatest_row_version = 0;
  std::array<std::uint32_t, 32> greatest_index{};  // by nidType
};
void check_totals(const Medium& medium, const Totals& totals, Findings& findings);

}  // namespace mk::pst::check

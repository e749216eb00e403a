#include "pst/write/page_tree.h"

namespace mk::pst::write {

std::size_t PageTreeWriter::entry_bytes(std::size_t level) const {
  if (level > 0) return wire_size<disk::BtEntry>();
  return type_ == disk::PageType::kNBT ? wire_size<disk::NbtEntry>() : wire_size<disk::BbtEntry>();
}

Status PageTreeWriter::add_to(std::size_t level, std::uint64_t key, Bytes entry) {
  MK_CHECK(entry.size() == entry_bytes(level));
  if (levels_[level].n == disk::kBtEntriesBytes / entry.size()) {
    TRY_ASSIGN(const disk::BtEntry page, write_page(level));
    if (level + 1 == levels_.size()) levels_.emplace_back();
    TRY(add_to(level + 1, page.btkey, as_bytes(encode(page))));
  }
  Level& l = levels_[level];
  if (l.n == 0) l.first_key = key;
  l.entries.append(as_chars(entry));
  ++l.n;
  return ok;
}

Result<disk::BtEntry> PageTreeWriter::write_page(std::size_t level) {
  Level& l = levels_[level];
  disk::BtPageTail tail;
  tail.cEnt = static_cast<std::uint8_t>(l.n);
  tail.cbEnt = static_cast<std::uint8_t>(entry_bytes(level));
  tail.cEntMax = static_cast<std::uint8_t>(disk::kBtEntriesBytes / entry_bytes(level));
  tail.cLevel = static_cast<std::uint8_t>(level);
  tail.pageTrailer.ptype = tail.pageTrailer.ptypeRepeat = type_;
  TRY_ASSIGN(const disk::Bref where, file_.append_page(std::move(l.entries), tail));
  const disk::BtEntry entry{l.first_key, where};
  l = {};
  return entry;
}

Result<disk::Bref> PageTreeWriter::finish() {
  for (std::size_t level = 0;; ++level) {
    TRY_ASSIGN(const disk::BtEntry page,
               write_page(level));  // a level above the first has an entry: never empty
    if (level + 1 == levels_.size()) return page.BREF;
    TRY(add_to(level + 1, page.btkey, as_bytes(encode(page))));
  }
}

}  // namespace mk::pst::write

#include "pst/check/references.h"

namespace mk::pst::check {

Status References::add(Bid bid, std::uint64_t owner, bool owner_is_block) {
  if (bid.is_null()) return ok;
  const Where where{nullptr, owner_is_block ? "block" : "node", owner, "BID"};
  const RuleId rule = owner_is_block ? RuleId("bid.reference-bit") : RuleId("bid.reserved-bit");
  out_.expect((bid.value & 1) == 0, rule, where, "bit 0 clear", bid.value);
  return sorted_.add({bid.key(), owner, owner_is_block});
}

Status References::begin() {
  TRY(sorted_.sort());
  return advance();
}

Status References::advance() {
  TRY_ASSIGN(next_, sorted_.next());
  return ok;
}

void References::missing(const Reference& r) {
  out_.add("bid.missing", {nullptr, r.owner_is_block ? "block" : "node", r.owner, ""}, "a block in the BBT",
           "BID " + std::to_string(r.bid));
}

Status References::entry(const disk::BbtEntry& e) {
  const std::uint64_t key = Bid(e.BREF.bid).key();
  for (; next_ && next_->bid < key;) {
    missing(*next_);
    TRY(advance());
  }
  std::uint64_t n = 0;
  for (; next_ && next_->bid == key; ++n) TRY(advance());
  const Where where{nullptr, "block", e.BREF.bid, ""};
  if (n == 0 && e.cRef <= 1)
    out_.add("bbt.pending-free", where, "a reference to it", "none");
  else
    out_.equal("bbt.reference-count", where, e.cRef, n + 1);
  return ok;
}

Status References::end() {
  while (next_) {
    missing(*next_);
    TRY(advance());
  }
  return ok;
}

}  // namespace mk::pst::check

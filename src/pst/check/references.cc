#include "pst/check/references.h"

namespace mk::pst::check {

Status References::add(Bid bid, BlockKind kind, std::uint64_t owner, bool owner_is_block) {
  if (bid.is_null() || left_ == 0) return ok;
  --left_;
  const Where where{nullptr, owner_is_block ? "block" : "node", owner, "BID"};
  const RuleId rule = owner_is_block ? RuleId("bid.reference-bit") : RuleId("bid.reserved-bit");
  out_.expect((bid.value & 1) == 0, rule, where, "bit 0 clear", bid.value);
  return sorted_.add({bid.key(), 1, kind, owner_is_block, owner});
}

Status References::is(Bid bid, BlockKind kind) { return sorted_.add({bid.key(), 0, kind, 0, 0}); }

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

void References::check_kind(const Reference& r, BlockKind kind) {
  if (r.kind == BlockKind::kAny || kind == BlockKind::kAny) return;
  const char* const expected = r.kind == BlockKind::kData ? "a tree of blocks" : "a tree of subnodes";
  const char* const found = kind == BlockKind::kData ? "a tree of blocks" : "a tree of subnodes";
  out_.expect(r.kind == kind, "bid.kind", {nullptr, r.owner_is_block ? "block" : "node", r.owner, ""},
              expected, found);
}

Status References::entry(const disk::BbtEntry& e) {
  const std::uint64_t key = Bid(e.BREF.bid).key();
  for (; next_ && next_->bid < key;) {
    if (next_->is_other != 0) missing(*next_);
    TRY(advance());
  }
  std::uint64_t n = 0;
  BlockKind kind = BlockKind::kAny;
  for (; next_ && next_->bid == key;) {
    if (next_->is_other == 0) {
      kind = next_->kind;
    } else {
      ++n;
      check_kind(*next_, kind);
    }
    TRY(advance());
  }
  if (!complete()) return ok;
  const Where where{nullptr, "block", e.BREF.bid, ""};
  if (n == 0 && e.cRef == 1)
    out_.add("bbt.pending-free", where, "a reference to it", "none");
  else
    out_.equal("bbt.reference-count", where, e.cRef, n + 1);
  return ok;
}

Status References::end() {
  while (next_) {
    if (next_->is_other != 0) missing(*next_);
    TRY(advance());
  }
  return ok;
}

}  // namespace mk::pst::check

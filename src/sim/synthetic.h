#pragma once
#include "sim/load.h"

namespace mk::sim {

/// Items made from a seed, for benchmarks: the same seed gives the same bytes, and none are stored.
///
/// An item's stream is written by the simulator's own small writer: unique properties, a text body, for
/// larger ones an attachment, both cut out of a pool that all items share; of attachments the bytes are
/// masked, so that no compressor finds one in another. Sizes: half 0.1 of the mean, a quarter 0.5, 15 % 1.5,
/// 10 % 6 times it, each give or take half. SHARED percent of the attachments are documents that mailboxes
/// have in common, whatever their seed: of 500 with one to five times the mean each time the same bytes.
struct SyntheticSpec {
  std::uint64_t items = 0, mean_bytes = 50'000, seed = 1, folders = 10, shared_percent = 0;
};
/// `N:MEANBYTES:SEED[:FOLDERS[:SHARED]]`.  Errors: kInvalid
Result<SyntheticSpec> parse_synthetic(std::string_view text);

class SyntheticItems {
 public:
  explicit SyntheticItems(const SyntheticSpec& spec);
  ItemFacts facts(std::uint64_t index) const;
  /// Keeps the pools alive.
  BlobPtr bytes(std::uint64_t index) const;

  struct Pools;  // private to synthetic.cc

 private:
  SyntheticSpec spec_;
  std::shared_ptr<const Pools> pools_;
};

LoadReport load_synthetic(Mailbox& mailbox, const SyntheticSpec& spec);

}  // namespace mk::sim

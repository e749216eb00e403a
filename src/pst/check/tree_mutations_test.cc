#include <gtest/gtest.h>

#include "pst/check/mutations.h"

namespace mk::pst::check {
namespace {

template <class T>
Change xx_block(std::size_t plus, T v) {
  return [=](Kit& k) { k.block(payload_tree(k), plus, v); };
}
template <class T>
Change first_x_block(std::size_t plus, T v) {
  return [=](Kit& k) { k.block(k.word(payload_tree(k), 8), plus, v); };
}
template <class T>
Change si_block(std::size_t plus, T v) {
  return [=](Kit& k) { k.block(k.sub(kMany), plus, v); };
}
void swap_words(Kit& k, Bid block, std::size_t one, std::size_t two, std::size_t words = 1) {
  ByteString b = k.plain(block);
  std::swap_ranges(b.begin() + static_cast<std::ptrdiff_t>(one),
                   b.begin() + static_cast<std::ptrdiff_t>(one + 8 * words),
                   b.begin() + static_cast<std::ptrdiff_t>(two));
  k.store(block, b);
}

/// Fields of the blocks above others, which only large values and many subnodes need.
// clang-format off
const std::vector<Mutation>& tree_mutations() {
  static const std::vector<Mutation> all = {
      {"xblock.type", xx_block<std::uint8_t>(0, 3)},
      {"xblock.child", xx_block<std::uint8_t>(1, 1)},
      {"xblock.type", xx_block<std::uint8_t>(1, 3)},
      {"xblock.count", xx_block<std::uint16_t>(2, 0)},
      {"xblock.single", xx_block<std::uint16_t>(2, 1)},
      {"xblock.size", xx_block<std::uint16_t>(2, 3)},
      {"xblock.total", xx_block<std::uint32_t>(4, 9'000'001)},
      {"xblock.child", xx_block<std::uint64_t>(8, 4)},
      {"bid.missing", xx_block<std::uint64_t>(16, 0x7777772)},
      {"xblock.child", [](Kit& k) { k.block(payload_tree(k), 8, payload_tree(k).value); }},
      {"xblock.leaf-size", [](Kit& k) { swap_words(k, payload_tree(k), 8, 16); }},
      {"bbt.reference-count", [](Kit& k) { k.block(payload_tree(k), 16, k.word(payload_tree(k), 8).value); }},
      {"xblock.child", first_x_block<std::uint8_t>(1, 2)},
      {"xblock.size", first_x_block<std::uint16_t>(2, 1020)},
      {"xblock.total", first_x_block<std::uint32_t>(4, 1)},
      {"bid.missing", first_x_block<std::uint64_t>(8, 0x7777770)},
      {"xblock.child", first_x_block<std::uint64_t>(8, 0)},
      {"xblock.type", si_block<std::uint8_t>(1, 2)},
      {"slblock.count", si_block<std::uint16_t>(2, 0)},
      {"slblock.size", si_block<std::uint16_t>(2, 1)},
      {"slblock.padding", si_block<std::uint32_t>(4, 1)},
      {"slblock.nid-high", si_block<std::uint32_t>(12, 1)},
      {"siblock.key", si_block<std::uint32_t>(8, 0x672)},
      {"slblock.order", [](Kit& k) { swap_words(k, k.sub(kMany), 8, 24, 2); }},
      {"slblock.order", [](Kit& k) { swap_words(k, k.word(k.sub(kMany), 16), 8, 32, 3); }},
      {"slblock.level", si_block<std::uint64_t>(16, 4)},
      {"bid.missing", si_block<std::uint64_t>(16, 0x7777772)},
      {"slblock.level", [](Kit& k) { k.block(k.sub(kMany), 16, k.sub(kMany).value); }},
  };
  return all;
}

// clang-format on

TEST(Checker, NamesFaultsInTreesOfBlocks) { expect_named(tree_mutations(), large_base()); }

}  // namespace
}  // namespace mk::pst::check

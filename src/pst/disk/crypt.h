#pragma once
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "pst/disk/header.h"

namespace mk::pst::disk {

// What PST files call encryption is an encoding without a key. Both work in place, on the cb bytes of a
// block.

/// Permutative encoding.  [MS-PST] 5.1
void encode_permute(std::span<std::byte> data);
void decode_permute(std::span<std::byte> data);
/// Cyclic encoding, its own reverse; the key is the lower half of the block's id.  [MS-PST] 5.2
void code_cyclic(std::span<std::byte> data, std::uint32_t key);

/// By the file's bCryptMethod; internal blocks are never encoded, the caller knows.
void encode_block(CryptMethod method, std::uint64_t bid, std::span<std::byte> data);
void decode_block(CryptMethod method, std::uint64_t bid, std::span<std::byte> data);

}  // namespace mk::pst::disk

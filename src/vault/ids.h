#pragma once
#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>

#include "base/bytes.h"
#include "base/hash.h"

namespace mk::vault {

/// 32 bytes that name something; the tag keeps ids of different things apart.
template <class Tag>
struct Id {
  static constexpr char kName[] = "id";
  std::array<std::uint8_t, 32> bytes{};
  static constexpr void fields(auto& io, auto& t) { io("id", t.bytes); }
  auto operator<=>(const Id&) const = default;

  static Id of(const Sha256Digest& digest) {
    Id id;
    std::copy_n(reinterpret_cast<const std::uint8_t*>(digest.data()), 32, id.bytes.begin());
    return id;
  }
  Bytes view() const { return std::as_bytes(std::span(bytes)); }
  bool is_zero() const { return *this == Id{}; }
  std::string hex() const { return to_hex(view()); }
  std::string brief() const { return hex().substr(0, 12); }
};

/// Errors: kInvalid  not 64 hexadecimal digits
template <class Tag>
Result<Id<Tag>> parse_id(std::string_view hex) {
  TRY_ASSIGN(const ByteString bytes, from_hex(hex));
  Id<Tag> id;
  if (bytes.size() != id.bytes.size())
    return Error{Code::kInvalid, std::string(hex) + ": an id has 64 hexadecimal digits"};
  std::copy_n(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), id.bytes.begin());
  return id;
}

/// For hash tables; ids are hashes already.
struct IdHash {
  template <class Tag>
  std::size_t operator()(const Id<Tag>& id) const {
    return static_cast<std::size_t>(load_le<std::uint64_t>(id.bytes.data() + 8));
  }
};

using ChunkId = Id<struct ChunkTag>;  // keyed; of a data chunk or a metadata node
using PackId = Id<struct PackTag>;    // SHA-256 of the pack
using LogHash = Id<struct LogTag>;    // SHA-256 of a log record

/// Which vault this is; random.
struct VaultId {
  static constexpr char kName[] = "vault";
  std::array<std::uint8_t, 16> bytes{};
  static constexpr void fields(auto& io, auto& t) { io("vault", t.bytes); }
  auto operator<=>(const VaultId&) const = default;
  Bytes view() const { return std::as_bytes(std::span(bytes)); }
  std::string hex() const { return to_hex(view()); }
};

/// The number of a log record; a commit's number is the number of its restore point.
struct LogNumber {
  static constexpr char kName[] = "number";
  std::uint64_t value = 0;
  static constexpr void fields(auto& io, auto& t) { io("number", t.value); }
  auto operator<=>(const LogNumber&) const = default;
};

}  // namespace mk::vault

#include "archive/item_group.h"

#include "vault/crypto.h"

namespace mk::archive {
namespace {

constexpr std::size_t kMinBytes = 32 * 1024, kMeanBehindMin = 32 * 1024, kMaxBytes = 256 * 1024;

}  // namespace

Status ItemGroup::add(const PackedStream& stream, vault::ObjectRef& place) {
  place = {stream.bytes.size(), 0, {}, static_cast<std::uint32_t>(bytes_.size())};
  places_.push_back(&place);
  bytes_ += stream.bytes;
  return ends_after(stream) ? finish() : Status(ok);
}

/// A long stream is as likely to end the group as the short ones that it has the length of.
bool ItemGroup::ends_after(const PackedStream& stream) const {
  if (bytes_.size() < kMinBytes) return false;
  if (bytes_.size() >= kMaxBytes) return true;
  const auto mac = vault::hmac(as_bytes(cut_key_.reveal()), {as_bytes("group"), Bytes(stream.sha256)});
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < sizeof hash; ++i) hash = hash << 8 | static_cast<std::uint8_t>(mac[i]);
  return std::uint64_t{hash} * kMeanBehindMin < std::uint64_t{stream.bytes.size()} << 32;
}

Status ItemGroup::finish() {
  if (places_.empty()) return ok;
  TRY_ASSIGN(const vault::ChunkId id, out_.put(vault::ChunkKind::kData, {}, as_bytes(bytes_)));
  for (vault::ObjectRef* place : places_) place->id = id;
  places_.clear();
  bytes_.clear();
  return ok;
}

}  // namespace mk::archive

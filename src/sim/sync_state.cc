#include "sim/sync_state.h"

#include "base/hash.h"

namespace mk::sim {
namespace {

constexpr std::size_t kChecksumBytes = 16;
constexpr std::string_view kMagic = "MKSS";

ByteString checksum(std::string_view body, const std::string& secret) {
  Sha256 hash;
  hash.update(as_bytes(secret));
  hash.update(as_bytes(body));
  const auto digest = hash.finish();
  return ByteString(as_chars(digest).substr(0, kChecksumBytes));
}

struct Packed {
  Guid mailbox;
  std::uint64_t folder, since, until, after;
  std::uint8_t kind, associated_too, phase, zero[5];
};
static_assert(sizeof(Packed) == 56 && std::is_trivially_copyable_v<Packed>);

}  // namespace

std::string format_sync_state(const SyncPoint& p, const std::string& secret) {
  const Packed packed{p.mailbox,
                      p.folder,
                      p.since,
                      p.until,
                      p.after,
                      static_cast<std::uint8_t>(p.kind),
                      static_cast<std::uint8_t>(p.associated_too),
                      static_cast<std::uint8_t>(p.phase),
                      {}};
  ByteString out(kMagic);
  append_le(out, packed);
  out += checksum(out, secret);
  return to_base64(as_bytes(out));
}

std::optional<SyncPoint> parse_sync_state(std::string_view text, const std::string& secret) {
  if (text.size() > 1024) return {};
  const auto raw = from_base64(text);
  if (!raw || raw->size() != kMagic.size() + sizeof(Packed) + kChecksumBytes || !raw->starts_with(kMagic))
    return {};
  const std::string_view body = std::string_view(*raw).substr(0, raw->size() - kChecksumBytes);
  if (checksum(body, secret) != raw->substr(body.size())) return {};
  const auto packed = load_le<Packed>(body.data() + kMagic.size());
  SyncPoint p;
  p.kind = static_cast<SyncPoint::Kind>(packed.kind);
  p.associated_too = packed.associated_too != 0;
  p.mailbox = packed.mailbox;
  p.folder = packed.folder;
  p.since = packed.since;
  p.until = packed.until;
  p.phase = static_cast<SyncPoint::Phase>(packed.phase);
  p.after = packed.after;
  return p;
}

}  // namespace mk::sim

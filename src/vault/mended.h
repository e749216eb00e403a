#pragma once
// For tests and fuzzers only: bytes that were changed, with checksums and macs that fit again, so that what
// lies behind these is reached.
#include "vault/log.h"
#include "vault/pack.h"

namespace mk::vault {

/// A pack with the checksums of its records and entries, as far as it has any; its name is another.
inline ByteString mended_pack(ByteString pack) {
  constexpr std::size_t kHeader = wire_size<PackHeader>(), kTrailer = wire_size<PackTrailer>();
  const auto xxh3_of = [&](std::size_t at, std::size_t n) { return xxh3(as_bytes(pack).subspan(at, n)); };
  if (pack.size() < kHeader + kTrailer) return pack;
  const std::size_t trailer_at = pack.size() - kTrailer;
  PackTrailer t = *decode<PackTrailer>(as_bytes(pack).subspan(trailer_at));
  const std::size_t entries_at = std::min<std::size_t>(t.entries_at, trailer_at);
  for (std::size_t at = kHeader; at < entries_at;) {
    const auto head = decode<RecordHead>(as_bytes(pack).first(entries_at).subspan(at));
    if (!head) break;
    const std::size_t n = wire_size<RecordHead>() + std::size_t{head->n_refs} * 32 + head->sealed_bytes;
    if (n + 8 > entries_at - at) break;
    const std::uint64_t sum = xxh3_of(at, n);
    std::memcpy(pack.data() + at + n, &sum, sizeof sum);
    at += n + sizeof sum;
  }
  t.entries_xxh3 = xxh3_of(entries_at, trailer_at - entries_at);
  return pack.replace(trailer_at, kTrailer, encode(t));
}

/// A log record (LogHead) or checkpoint (CheckpointHead) whose bytes at the place of the sealed ones are
/// taken for their plaintext, sealed, with a mac; as it is where there is no such place. For AES-256-GCM.
template <class Head>
ByteString sealed_anew(ByteString bytes, const Keys& keys) {
  const auto head = decode<Head>(as_bytes(bytes));
  const std::size_t tag = sealed_bytes(keys.technique, 0);
  if (!head || head->sealed_bytes < tag ||
      bytes.size() < wire_size<Head>() + std::size_t{head->sealed_bytes} + sizeof(Mac))
    return bytes;
  const std::size_t at = bytes.size() - sizeof(Mac) - head->sealed_bytes;
  const ByteString plain = bytes.substr(at, head->sealed_bytes - tag);
  bytes.resize(at);
  bytes += seal(keys.technique, keys.log_seal, head->nonce, as_bytes(bytes), as_bytes(plain));
  const Mac mac = hmac(as_bytes(keys.log_mac.reveal()), {as_bytes(bytes)});
  return bytes.append(reinterpret_cast<const char*>(mac.data()), mac.size());
}

/// The other way round: `bytes` are good, and of what is sealed the plaintext lies there.
template <class Head>
ByteString with_plain(ByteString bytes, const Keys& keys) {
  const auto head = decode<Head>(as_bytes(bytes));
  const std::size_t at = bytes.size() - sizeof(Mac) - head->sealed_bytes;
  const auto plain = unseal(keys.technique, keys.log_seal, head->nonce, as_bytes(bytes).first(at),
                            as_bytes(bytes).subspan(at, head->sealed_bytes));
  MK_CHECK(plain);
  return bytes.replace(at, plain->size(), *plain);
}

}  // namespace mk::vault

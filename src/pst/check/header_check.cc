#include <algorithm>
#include <optional>

#include "pst/check/medium.h"
#include "pst/disk/crc.h"

namespace mk::pst::check {
namespace {

constexpr Where kHeader{nullptr, "", 0, "HEADER"};

Where field(const char* name) { return {&kHeader, "", 0, name}; }

bool is_client(std::uint16_t v) { return v == disk::kMagicClientPst || v == disk::kMagicClientOst; }

/// The form by wVer; of an unknown version the one whose sentinel and magic are in place.
std::optional<disk::Form> form_of(const disk::HeaderStart& front, Bytes raw) {
  const bool magic = front.dwMagic == disk::kMagic, client = is_client(front.wMagicClient);
  const bool known = front.wVer == 14 || front.wVer == 15 || front.wVer == 23 || front.wVer == 36;
  if (magic + client + known < 2) return {};
  if (front.wVer == 14 || front.wVer == 15) return disk::Form::kAnsi;
  if (front.wVer == 36) return disk::Form::kUnicode4K;
  constexpr std::size_t kAnsiSentinelAt = 460, kSentinelAt = 512;
  const auto is_sentinel = [&](std::size_t at) { return raw[at] == std::byte{disk::kSentinel}; };
  return !known && is_sentinel(kAnsiSentinelAt) && !is_sentinel(kSentinelAt) ? disk::Form::kAnsi
                                                                             : disk::Form::kUnicode;
}

void check_identity(const disk::Header& h, const Medium& m, Findings& out) {
  out.equal("header.magic", field("dwMagic"), h.dwMagic, disk::kMagic);
  out.expect(is_client(h.wMagicClient), "header.client", field("wMagicClient"), "SM or SO", h.wMagicClient);
  const auto v = h.wVer;
  out.expect(v == 14 || v == 15 || v == 23 || v == 36, "header.version", field("wVer"), "14, 15, 23 or 36",
             v);
  constexpr std::uint16_t kPst = 19, kOst = 12;
  out.equal("header.client-version", field("wVerClient"), h.wVerClient, m.is_ost ? kOst : kPst);
  out.equal("header.platform", field("bPlatformCreate"), h.bPlatformCreate, 1);
  out.equal("header.platform", field("bPlatformAccess"), h.bPlatformAccess, 1);
  out.equal("header.sentinel", field("bSentinel"), h.bSentinel, disk::kSentinel);
  out.expect(static_cast<unsigned>(h.bCryptMethod) <= 2, "header.crypt", field("bCryptMethod"), "0, 1 or 2",
             static_cast<unsigned>(h.bCryptMethod));
}

void check_sums(const disk::Header& h, const Medium& m, Bytes raw, Findings& out) {
  constexpr std::size_t kFrom = 8, kPartial = 471, kFull = 516;
  out.equal("header.crc-partial", field("dwCRCPartial"), h.dwCRCPartial,
            disk::crc(raw.subspan(kFrom, kPartial)));
  if (!m.ansi())
    out.equal("header.crc-full", field("dwCRCFull"), h.dwCRCFull, disk::crc(raw.subspan(kFrom, kFull)));
}

void check_size(const Medium& m, Findings& out) {
  const disk::Root& root = m.header.root;
  out.equal("header.file-eof", field("ROOT.ibFileEof"), root.ibFileEof, m.size);
  const std::uint64_t first = m.layout.first_amap_at, interval = m.layout.amap_interval();
  const bool ends_well = root.ibFileEof > first && (root.ibFileEof - first) % interval == 0;
  out.expect(ends_well, "header.file-end", field("ROOT.ibFileEof"), "the end of an AMap's interval",
             root.ibFileEof);
  const std::uint64_t n = root.ibFileEof > first ? (root.ibFileEof - first + interval - 1) / interval : 0;
  if (n > 0) out.equal("header.amap-last", field("ROOT.ibAMapLast"), root.ibAMapLast, m.interval_at(n - 1));
  out.equal("header.pmap-free", field("ROOT.cbPMapFree"), root.cbPMapFree, 0);
  const auto valid = root.fAMapValid;
  if (valid == 1)
    out.add("header.amap-valid-old", field("ROOT.fAMapValid"), "2", "1");
  else
    out.equal("header.amap-invalid", field("ROOT.fAMapValid"), valid, 2);
}

bool all(const auto& bytes, std::uint8_t value) {
  return std::all_of(bytes.begin(), bytes.end(), [value](auto b) { return b == value; });
}

void check_reserved(const Medium& m, Findings& out) {
  const disk::Header& h = m.header;
  out.expect(all(h.rgbFM, 0xFF), "header.free-maps", field("rgbFM"), "all 0xFF", "other bytes");
  out.expect(all(h.rgbFP, 0xFF), "header.free-maps", field("rgbFP"), "all 0xFF", "other bytes");
  out.expect(all(h.rgbReserved, 0), "header.reserved", field("rgbReserved"), "all 0", "other bytes");
  out.expect(all(h.rgbReserved2, 0), "header.unused", field("rgbReserved2"), "all 0", "other bytes");
  out.expect(all(h.ansiReserved, 0), "header.unused", field("ullReserved"), "all 0", "other bytes");
  out.equal("header.bid-unused", field("bidUnused"), h.bidUnused, 0);
  out.equal("header.unused", field("dwReserved1"), h.dwReserved1, 0);
  out.equal("header.unused", field("dwReserved2"), h.dwReserved2, 0);
  out.equal("header.unused", field("qwUnused"), h.qwUnused, 0);
  out.equal("header.unused", field("dwAlign"), h.dwAlign, 0);
  out.equal("header.unused", field("ROOT.dwReserved"), h.root.dwReserved, 0);
  out.equal("header.unused", field("ROOT.bReserved"), h.root.bReserved, 0);
  out.equal("header.unused", field("ROOT.wReserved"), h.root.wReserved, 0);
}

/// Outlook before 2007 SP2 allocated from PMaps: it left both marks, so that damage to one does not tell.
bool is_old(const disk::Header& h) { return h.root.cbPMapFree != 0 && !all(h.rgbFM, 0xFF); }

bool is_counter(std::size_t type) { return type != 6 && type != 7 && type != 0x10; }

void check_counters(const Medium& m, Findings& out) {
  for (std::size_t t = 0; t < m.header.rgnid.size(); ++t) {
    const std::uint32_t first = t == 3 ? 0x4000 : t == 4 ? 0x10000 : t == 8 ? 0x8000 : 0x400;
    const Where where{&kHeader, "rgnid", t, ""};
    out.expect(m.header.rgnid[t] >= first || !is_counter(t), "header.first-nid", where,
               "at least where this type begins", m.header.rgnid[t]);
  }
  constexpr std::uint64_t kReservedBits = 3;
  out.expect((m.header.bidNextB & kReservedBits) == 0, "header.bid-next-block", field("bidNextB"),
             "a multiple of 4", m.header.bidNextB);
}

}  // namespace

std::uint64_t Medium::intervals() const {
  const std::uint64_t end = std::min(header.root.ibFileEof, size);
  return end <= layout.first_amap_at
             ? 0
             : (end - layout.first_amap_at + layout.amap_interval() - 1) / layout.amap_interval();
}

bool Medium::read(std::uint64_t at, std::size_t n, ByteString& out) const {
  if (!holds(at, n)) return false;
  out.resize(n);
  return static_cast<bool>(storage->read_at(at, std::as_writable_bytes(std::span(out))));
}

Result<Medium> check_header(std::shared_ptr<const ndb::Storage> storage, Findings& findings) {
  Medium m;
  m.size = storage->size();
  m.storage = std::move(storage);
  constexpr std::size_t kBytes = wire_size<disk::Header>();  // the longest of the forms
  ByteString raw(std::min<std::uint64_t>(kBytes, m.size), '\0');
  TRY(m.storage->read_at(0, std::as_writable_bytes(std::span(raw))));
  const auto front = decode<disk::HeaderStart>(as_bytes(raw));
  constexpr const char* kNoPst = "not a PST file: it does not begin with !BDN, SM and a known version";
  if (!front) return Error{Code::kCorrupt, kNoPst};
  raw.resize(kBytes, '\0');
  const auto form = form_of(*front, as_bytes(raw));
  if (!form) return Error{Code::kCorrupt, kNoPst};
  if (m.size < kBytes) return Error{Code::kTruncated, "the file ends within its header"};
  m.layout = disk::layout_of(*form);
  TRY_ASSIGN(m.header, disk::decode_as<disk::Header>(*form, as_bytes(raw)));
  m.is_ost = m.header.wMagicClient == disk::kMagicClientOst;
  findings.set_kind(m.is_ost, is_old(m.header));
  check_identity(m.header, m, findings);
  check_sums(m.header, m, as_bytes(raw), findings);
  check_size(m, findings);
  check_reserved(m, findings);
  check_counters(m, findings);
  return m;
}

void check_totals(const Medium& m, const Totals& totals, Findings& out) {
  const disk::Header& h = m.header;
  out.equal("header.amap-free", field("ROOT.cbAMapFree"), h.root.cbAMapFree, totals.amap_free);
  if (h.bidNextB <= totals.greatest_block_bid)
    out.add("header.bid-next-block", field("bidNextB"), "above " + std::to_string(totals.greatest_block_bid),
            std::to_string(h.bidNextB));
  if (h.bidNextP <= totals.greatest_page_bid)
    out.add("header.bid-next-page", field("bidNextP"), "above " + std::to_string(totals.greatest_page_bid),
            std::to_string(h.bidNextP));
  if (h.dwUnique <= totals.greatest_row_version)
    out.add("header.unique", field("dwUnique"), "above " + std::to_string(totals.greatest_row_version),
            std::to_string(h.dwUnique));
  for (std::size_t t = 0; t < h.rgnid.size(); ++t)
    if (is_counter(t) && h.rgnid[t] < totals.greatest_index[t])
      out.add("header.last-nid", {&kHeader, "rgnid", t, ""},
              "at least " + std::to_string(totals.greatest_index[t]), std::to_string(h.rgnid[t]));
}

}  // namespace mk::pst::check

#include "mime/lzfu.h"

#include <fmt/format.h>

#include <array>

#include "base/wire.h"

namespace mk::mime {
namespace {

constexpr std::uint32_t kLzfu = 0x75465A4C, kMela = 0x414C454D;
constexpr std::uint32_t kMaxRawBytes = 64 << 20;
constexpr std::size_t kDictionaryBytes = 4096;

/// Header of PidTagRtfCompressed.  [MS-OXRTFCP] 2.1.3.1.1
struct Header {
  static constexpr char kName[] = "RTFCOMPRESSED";
  std::uint32_t COMPSIZE = 0;  // of what follows this field
  std::uint32_t RAWSIZE = 0;
  std::uint32_t COMPTYPE = 0;
  std::uint32_t CRC = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("COMPSIZE", t.COMPSIZE), io("RAWSIZE", t.RAWSIZE), io("COMPTYPE", t.COMPTYPE), io("CRC", t.CRC);
  }
};
constexpr std::size_t kHeaderBytes = wire_size<Header>();

/// What the dictionary holds before the first byte.  [MS-OXRTFCP] 2.1.2.1
constexpr std::string_view kPrefilled =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    "\\fdecor MS "
    "Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    "\\pard\\plain\\f0\\fs20\\b"
    "\\i\\u\\tab\\tx";
static_assert(kPrefilled.size() == 207);

/// CRC-32 of the usual polynomial, but starting at 0 and not inverted.  [MS-OXRTFCP] 3.1.3.2
std::uint32_t crc_of(Bytes bytes) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t c = i;
      for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? 0xEDB88320 ^ c >> 1 : c >> 1;
      table[i] = c;
    }
    return table;
  }();
  std::uint32_t crc = 0;
  for (const std::byte b : bytes) crc = kTable[(crc ^ static_cast<std::uint32_t>(b)) & 0xFF] ^ crc >> 8;
  return crc;
}

class Expander {
 public:
  explicit Expander(std::uint32_t raw_size) : raw_size_(raw_size) {
    std::ranges::copy(kPrefilled, dictionary_.begin());
  }

  /// Runs of eight tokens, each run behind a byte that tells literals (0) from references (1), lowest bit
  /// first.
  ByteString expand(std::string_view in) {
    while (!in.empty()) {
      unsigned control = static_cast<unsigned char>(in.front());
      in.remove_prefix(1);
      for (int i = 0; i < 8 && !in.empty(); ++i, control >>= 1) {
        if ((control & 1) == 0) {
          put(in.front());
          in.remove_prefix(1);
        } else if (!take_reference(in)) {
          return std::move(out_);
        }
        if (out_.size() > raw_size_) return std::move(out_);  // longer than promised: the caller refuses it
      }
    }
    return std::move(out_);
  }

 private:
  void put(char c) {
    out_ += c;
    dictionary_[at_] = c;
    at_ = (at_ + 1) % kDictionaryBytes;
  }
  /// False at the end: a reference to the place that is written next.
  bool take_reference(std::string_view& in) {
    if (in.size() < 2) return false;
    const unsigned token =
        static_cast<unsigned>(static_cast<unsigned char>(in[0])) << 8 | static_cast<unsigned char>(in[1]);
    in.remove_prefix(2);
    std::size_t from = token >> 4;
    if (from == at_) return false;
    for (unsigned n = (token & 15) + 2; n > 0; --n, from = (from + 1) % kDictionaryBytes)
      put(dictionary_[from]);
    return true;
  }

  std::uint32_t raw_size_;
  std::array<char, kDictionaryBytes> dictionary_{};
  std::size_t at_ = kPrefilled.size();
  ByteString out_;
};

Error bad(Code code, std::string what) { return {code, "PidTagRtfCompressed: " + std::move(what)}; }

}  // namespace

Result<ByteString> decompress_rtf(Bytes compressed) {
  TRY_ASSIGN(const Header header, decode<Header>(compressed));
  const Bytes rest = compressed.subspan(kHeaderBytes);
  if (header.COMPSIZE < 12 || header.COMPSIZE - 12 > rest.size())
    return bad(Code::kTruncated, fmt::format("RTFCOMPRESSED.COMPSIZE {} but {} bytes follow", header.COMPSIZE,
                                             rest.size() + 12));
  if (header.RAWSIZE > kMaxRawBytes)
    return bad(Code::kExhausted,
               fmt::format("RTFCOMPRESSED.RAWSIZE {} is above {}", header.RAWSIZE, kMaxRawBytes));
  const Bytes contents = rest.first(header.COMPSIZE - 12);
  if (header.COMPTYPE == kMela) {
    if (header.RAWSIZE > contents.size())
      return bad(Code::kTruncated, fmt::format("RTFCOMPRESSED.RAWSIZE {} but {} bytes follow", header.RAWSIZE,
                                               contents.size()));
    return ByteString(as_chars(contents.first(header.RAWSIZE)));
  }
  if (header.COMPTYPE != kLzfu)
    return bad(Code::kCorrupt,
               fmt::format("RTFCOMPRESSED.COMPTYPE {:#010x} is neither LZFu nor MELA", header.COMPTYPE));
  if (const std::uint32_t crc = crc_of(contents); crc != header.CRC)
    return bad(Code::kCorrupt,
               fmt::format("RTFCOMPRESSED.CRC {:#010x} but the contents give {:#010x}", header.CRC, crc));
  ByteString raw = Expander(header.RAWSIZE).expand(as_chars(contents));
  // Some writers end before the promised size by a trailing NUL; anything else is damage.
  if (raw.size() > header.RAWSIZE || raw.size() + 1 < header.RAWSIZE)
    return bad(Code::kCorrupt,
               fmt::format("RTFCOMPRESSED.RAWSIZE {} but {} bytes came out", header.RAWSIZE, raw.size()));
  return raw;
}

ByteString wrap_rtf(std::string_view rtf) {
  const auto size = static_cast<std::uint32_t>(rtf.size());
  ByteString out = encode(Header{size + 12, size, kMela, 0});
  out.append(rtf);
  return out;
}

}  // namespace mk::mime

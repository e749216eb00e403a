#pragma once
#include <deque>
#include <memory>

#include "base/guid.h"
#include "base/io.h"

namespace mk::mapi {

/// Opcodes of the records that frame a stream in EWS ExportItems and Graph exportItems data.
/// docs/formats/fasttransfer.md, "Record framing"
enum class RecordOp : std::int32_t {
  kConfig = 1,
  kTransferBuffer = 2,
  kIsInterfaceOk = 3,
  kTellPartnerVersion = 4
};

/// Head of every record; `length` bytes follow.
struct RecordHead {
  static constexpr char kName[] = "Record";
  RecordOp opcode{};
  std::int32_t length = 0;
  static constexpr void fields(auto& io, auto& t) { io("opcode", t.opcode), io("length", t.length); }
};

struct Config {
  static constexpr char kName[] = "Config";
  std::uint32_t flags = 0;
  std::uint32_t transferMethod = 1;  // CopyTo
  static constexpr void fields(auto& io, auto& t) {
    io("flags", t.flags), io("transferMethod", t.transferMethod);
  }
};

struct IsInterfaceOk {
  static constexpr char kName[] = "IsInterfaceOk";
  std::uint32_t transferMethod = 1;
  Guid refiid{0x00020307, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};  // IID_IMessage
  std::uint32_t flags = 0x80002400;
  static constexpr void fields(auto& io, auto& t) {
    io("transferMethod", t.transferMethod), io("refiid", t.refiid), io("flags", t.flags);
  }
};

/// Version of the server that wrote the stream, normalised as in [MS-OXCRPC] 3.1.4.1.3.1.
struct TellPartnerVersion {
  static constexpr char kName[] = "TellPartnerVersion";
  std::uint16_t major_minor = 0, build = 0, revision = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("major_minor", t.major_minor), io("build", t.build), io("revision", t.revision);
  }
};

/// The longest TransferBuffer that servers write, and that we do.
inline constexpr std::size_t kMaxTransferBuffer = 31680;

/// No server writes a longer record.
inline constexpr std::int32_t kMaxRecordBytes = 16 << 20;

/// Where a byte of the inner stream lies in the framed one.
struct RecordPlace {
  std::uint64_t record_at = 0;  // the head of its record
  std::uint64_t at = 0;         // the byte itself
  std::uint64_t left = 0;  // bytes of the record from there on; 0: it is the first byte of the next record
};

/// Gives the inner stream of a framed one: the payloads of its TransferBuffer records, one after the other.
///
/// Shape:   in: Config, IsInterfaceOk, TellPartnerVersion, then TransferBuffer records to the last byte
/// Errors:  kTruncated  the data ends inside a record, or before TellPartnerVersion; names record and offset
///          kCorrupt    another order, opcode, length or interface; names record and offset
/// Bounds:  records of at most 16 MiB, streamed; remembers places of the last 128 KiB only
class RecordReader final : public ByteSource {
 public:
  explicit RecordReader(ByteSource& in) : in_(in) {}
  /// Continues inside a TransferBuffer; `in` stands at place.at of the framed stream. place.skip is left to
  /// the caller.
  RecordReader(ByteSource& in, const RecordPlace& place)
      : in_(in), at_(place.at), left_(place.left), stage_(kPreamble) {}

  Result<std::size_t> read(std::span<std::byte> out) override;
  /// The place of a byte that was read lately (within the last 128 KiB).
  RecordPlace place_of(std::uint64_t inner_offset) const;

  std::uint64_t records() const { return records_; }
  std::uint64_t last_buffer() const { return last_buffer_; }  // length of the last TransferBuffer
  std::uint64_t inner_bytes() const { return inner_at_; }     // given so far
  std::uint64_t framed_bytes() const { return at_; }          // taken so far
  const TellPartnerVersion& version() const { return version_; }

 private:
  static constexpr int kPreamble = 3;  // records before the first TransferBuffer

  Result<bool> next_record();  // false: the end
  Status read_preamble(const RecordHead& head, std::uint64_t head_at);
  template <class T>
  Result<T> read_payload(const RecordHead& head);
  Status take(const char* what, std::span<std::byte> out);
  void remember();

  struct Mark {
    std::uint64_t inner, at, length;  // of a TransferBuffer: offsets of its first payload byte, and how many
  };
  ByteSource& in_;
  std::uint64_t at_ = 0;        // in the framed stream
  std::uint64_t inner_at_ = 0;  // in the inner stream
  std::uint64_t left_ = 0;      // of the current TransferBuffer
  std::uint64_t records_ = 0;
  std::uint64_t last_buffer_ = 0;
  int stage_ = 0;
  TellPartnerVersion version_;
  std::deque<Mark> marks_;
};

/// True when the data begins as record framing does (and as no bare stream can).
bool looks_framed(Bytes head);

/// Bytes that must stay in one buffer, and bytes that may be cut anywhere.
class PieceSink {
 public:
  virtual ~PieceSink() = default;
  virtual Status whole(Bytes bytes) = 0;
  virtual Status cuttable(Bytes bytes) = 0;
  /// Everything was written.
  virtual Status finish() = 0;
};

/// Writes a stream without framing.
std::unique_ptr<PieceSink> make_bare_sink(ByteSink& out);
/// Writes a stream in record framing. A whole() piece longer than a buffer is cut all the same.
std::unique_ptr<PieceSink> make_record_sink(ByteSink& out, const TellPartnerVersion& version);

}  // namespace mk::mapi

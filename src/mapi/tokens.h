#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "model/property.h"

namespace mk::mapi {

/// Tags that stand alone and give a FastTransfer stream its structure.  [MS-OXCFXICS] 2.2.4.1.4
enum class Marker : std::uint32_t {
  kNone = 0,
  kNewAttach = 0x40000003,
  kStartEmbed = 0x40010003,
  kEndEmbed = 0x40020003,
  kStartRecip = 0x40030003,
  kEndToRecip = 0x40040003,
  kStartTopFld = 0x40090003,
  kStartSubFld = 0x400A0003,
  kEndFolder = 0x400B0003,
  kStartMessage = 0x400C0003,
  kEndMessage = 0x400D0003,
  kEndAttach = 0x400E0003,
  kStartFAIMsg = 0x40100003,
  kIncrSyncChg = 0x40120003,
  kIncrSyncDel = 0x40130003,
  kIncrSyncEnd = 0x40140003,
  kIncrSyncMessage = 0x40150003,
  kFXErrorInfo = 0x40180003,
  kIncrSyncRead = 0x402F0003,
  kIncrSyncStateBegin = 0x403A0003,
  kIncrSyncStateEnd = 0x403B0003,
  kIncrSyncProgressMode = 0x4074000B,    // typed Boolean, yet without a value
  kIncrSyncProgressPerMsg = 0x4075000B,  // as above
  kIncrSyncGroupInfo = 0x407B0102,       // typed Binary, yet without a value
  kIncrSyncChgPartial = 0x407D0003
};

/// kNone when the tag is that of a property.
Marker marker_of(std::uint32_t tag);
/// The specification's name: `StartRecip`.
std::string_view marker_name(Marker marker);

/// Properties that speak about the stream, not about an object.  [MS-OXCFXICS] 2.2.4.1.5, 2.2.1.1
namespace meta {
inline constexpr std::uint32_t kDnPrefix = 0x4008001E;  // read as an ordinary property
inline constexpr std::uint32_t kEcWarning = 0x400F0003;
inline constexpr std::uint32_t kNewFXFolder = 0x40110102;
inline constexpr std::uint32_t kFXDelProp = 0x40160003;
inline constexpr std::uint32_t kIdsetGiven = 0x40170003;  // typed Integer32, yet with a length and bytes
inline constexpr std::uint32_t kIncrementalSyncMessagePartial = 0x407A0003;
inline constexpr std::uint32_t kIncrSyncGroupId = 0x407C0003;
}  // namespace meta

/// How the value that follows a tag is written.  [MS-OXCFXICS] 2.2.4.1.1
enum class Shape {
  kUnknown,      // a type that no stream may hold
  kFixed,        // fixed_size() bytes
  kVariable,     // length, bytes
  kManyFixed,    // count, elements of fixed_size() bytes
  kManyVariable  // count, then for each element length, bytes
};
Shape shape_of(model::PropTag tag);
/// Bytes of the value, or of one element of an array, of a fixed type.
std::size_t element_size(model::PropTag tag);
/// Bytes of the terminating NUL of strings of this type (2 or 1); 0 for other types.
std::size_t terminator_size(model::PropTag tag);

/// `0x0037001F`, as error messages and the canonical JSON name a property.
std::string format_tag(model::PropTag tag);

}  // namespace mk::mapi

#include "mapi/tokens.h"

#include <fmt/format.h>

namespace mk::mapi {
namespace {

using model::PropTag;
using model::PropType;

struct Row {
  Marker marker;
  std::string_view name;
};

constexpr Row kMarkers[] = {{Marker::kNewAttach, "NewAttach"},
                            {Marker::kStartEmbed, "StartEmbed"},
                            {Marker::kEndEmbed, "EndEmbed"},
                            {Marker::kStartRecip, "StartRecip"},
                            {Marker::kEndToRecip, "EndToRecip"},
                            {Marker::kStartTopFld, "StartTopFld"},
                            {Marker::kStartSubFld, "StartSubFld"},
                            {Marker::kEndFolder, "EndFolder"},
                            {Marker::kStartMessage, "StartMessage"},
                            {Marker::kEndMessage, "EndMessage"},
                            {Marker::kEndAttach, "EndAttach"},
                            {Marker::kStartFAIMsg, "StartFAIMsg"},
                            {Marker::kIncrSyncChg, "IncrSyncChg"},
                            {Marker::kIncrSyncDel, "IncrSyncDel"},
                            {Marker::kIncrSyncEnd, "IncrSyncEnd"},
                            {Marker::kIncrSyncMessage, "IncrSyncMessage"},
                            {Marker::kFXErrorInfo, "FXErrorInfo"},
                            {Marker::kIncrSyncRead, "IncrSyncRead"},
                            {Marker::kIncrSyncStateBegin, "IncrSyncStateBegin"},
                            {Marker::kIncrSyncStateEnd, "IncrSyncStateEnd"},
                            {Marker::kIncrSyncProgressMode, "IncrSyncProgressMode"},
                            {Marker::kIncrSyncProgressPerMsg, "IncrSyncProgressPerMsg"},
                            {Marker::kIncrSyncGroupInfo, "IncrSyncGroupInfo"},
                            {Marker::kIncrSyncChgPartial, "IncrSyncChgPartial"}};

/// Restrictions and rule actions are not listed in the specification as stream types; where they occur they
/// are counted bytes like every other type without a fixed size.
bool is_variable(PropType type) {
  switch (type) {
    case PropType::kObject:
    case PropType::kString8:
    case PropType::kString:
    case PropType::kServerId:
    case PropType::kRestriction:
    case PropType::kRuleAction:
    case PropType::kBinary:
      return true;
    default:
      return false;
  }
}

}  // namespace

Marker marker_of(std::uint32_t tag) {
  if (tag >> 24 != 0x40) return Marker::kNone;  // all markers lie there: most properties end here
  for (const Row& row : kMarkers)
    if (static_cast<std::uint32_t>(row.marker) == tag) return row.marker;
  return Marker::kNone;
}

std::string_view marker_name(Marker marker) {
  for (const Row& row : kMarkers)
    if (row.marker == marker) return row.name;
  return "no marker";
}

Shape shape_of(PropTag tag) {
  if (tag.value == meta::kIdsetGiven) return Shape::kVariable;
  const PropType type = tag.element_type();
  if (model::fixed_size(type) != 0) return tag.is_multiple() ? Shape::kManyFixed : Shape::kFixed;
  if (is_variable(type)) return tag.is_multiple() ? Shape::kManyVariable : Shape::kVariable;
  return Shape::kUnknown;
}

std::size_t element_size(PropTag tag) { return model::fixed_size(tag.element_type()); }

std::size_t terminator_size(PropTag tag) {
  switch (tag.element_type()) {
    case PropType::kString:
      return 2;
    case PropType::kString8:
      return 1;
    default:
      return 0;
  }
}

std::string format_tag(PropTag tag) { return fmt::format("0x{:08X}", tag.value); }

}  // namespace mk::mapi

#include "model/tags.h"

#include <algorithm>
#include <array>

namespace mk::model {
namespace {

struct Row {
  std::uint16_t id;
  std::string_view name;
};

constexpr Row kRows[] = {{pid::kImportance, "PidTagImportance"},
                         {pid::kMessageClass, "PidTagMessageClass"},
                         {pid::kSensitivity, "PidTagSensitivity"},
                         {pid::kSubject, "PidTagSubject"},
                         {pid::kClientSubmitTime, "PidTagClientSubmitTime"},
                         {pid::kSubjectPrefix, "PidTagSubjectPrefix"},
                         {pid::kSentRepresentingName, "PidTagSentRepresentingName"},
                         {pid::kConversationTopic, "PidTagConversationTopic"},
                         {pid::kConversationIndex, "PidTagConversationIndex"},
                         {pid::kTransportMessageHeaders, "PidTagTransportMessageHeaders"},
                         {pid::kRecipientType, "PidTagRecipientType"},
                         {pid::kSenderName, "PidTagSenderName"},
                         {pid::kSenderEmailAddress, "PidTagSenderEmailAddress"},
                         {pid::kDisplayBcc, "PidTagDisplayBcc"},
                         {pid::kDisplayCc, "PidTagDisplayCc"},
                         {pid::kDisplayTo, "PidTagDisplayTo"},
                         {pid::kMessageDeliveryTime, "PidTagMessageDeliveryTime"},
                         {pid::kMessageFlags, "PidTagMessageFlags"},
                         {pid::kMessageSize, "PidTagMessageSize"},
                         {pid::kMessageStatus, "PidTagMessageStatus"},
                         {pid::kNormalizedSubject, "PidTagNormalizedSubject"},
                         {pid::kAttachSize, "PidTagAttachSize"},
                         {pid::kAttachNumber, "PidTagAttachNumber"},
                         {pid::kBody, "PidTagBody"},
                         {pid::kRtfCompressed, "PidTagRtfCompressed"},
                         {pid::kBodyHtml, "PidTagHtml"},
                         {pid::kNativeBody, "PidTagNativeBody"},
                         {pid::kInternetMessageId, "PidTagInternetMessageId"},
                         {pid::kDisplayName, "PidTagDisplayName"},
                         {pid::kAddressType, "PidTagAddressType"},
                         {pid::kEmailAddress, "PidTagEmailAddress"},
                         {pid::kCreationTime, "PidTagCreationTime"},
                         {pid::kLastModificationTime, "PidTagLastModificationTime"},
                         {pid::kSearchKey, "PidTagSearchKey"},
                         {pid::kContentCount, "PidTagContentCount"},
                         {pid::kContentUnreadCount, "PidTagContentUnreadCount"},
                         {pid::kSubfolders, "PidTagSubfolders"},
                         {pid::kContainerClass, "PidTagContainerClass"},
                         {pid::kAttachDataBinary, "PidTagAttachDataBinary"},
                         {pid::kAttachFilename, "PidTagAttachFilename"},
                         {pid::kAttachMethod, "PidTagAttachMethod"},
                         {pid::kAttachLongFilename, "PidTagAttachLongFilename"},
                         {pid::kRenderingPosition, "PidTagRenderingPosition"},
                         {pid::kAttachMimeTag, "PidTagAttachMimeTag"},
                         {pid::kAttachContentId, "PidTagAttachContentId"},
                         {pid::kInternetCodepage, "PidTagInternetCodepage"},
                         {pid::kMessageCodepage, "PidTagMessageCodepage"},
                         {pid::kSourceKey, "PidTagSourceKey"},
                         {pid::kChangeKey, "PidTagChangeKey"},
                         {pid::kEntryId, "PidTagEntryId"},
                         {pid::kRecordKey, "PidTagRecordKey"},
                         {pid::kObjectType, "PidTagObjectType"},
                         {pid::kSmtpAddress, "PidTagSmtpAddress"}};

}  // namespace

std::string_view tag_name(std::uint16_t id) {
  const auto it = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.id == id; });
  return it == std::end(kRows) ? std::string_view{} : it->name;
}

}  // namespace mk::model

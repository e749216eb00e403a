#pragma once
#include <cstdint>
#include <string_view>

#include "model/property.h"

namespace mk::model {

/// Property ids that we name in code.  [MS-OXPROPS] 2
namespace pid {
inline constexpr std::uint16_t kImportance = 0x0017, kMessageClass = 0x001A, kOriginalSensitivity = 0x002E,
                               kSensitivity = 0x0036, kSubject = 0x0037, kClientSubmitTime = 0x0039,
                               kSubjectPrefix = 0x003D, kSentRepresentingName = 0x0042,
                               kSentRepresentingAddressType = 0x0064, kSentRepresentingEmailAddress = 0x0065,
                               kConversationTopic = 0x0070, kConversationIndex = 0x0071,
                               kTransportMessageHeaders = 0x007D, kRecipientType = 0x0C15,
                               kSenderName = 0x0C1A, kSenderAddressType = 0x0C1E,
                               kSenderEmailAddress = 0x0C1F, kDisplayBcc = 0x0E02, kDisplayCc = 0x0E03,
                               kDisplayTo = 0x0E04, kMessageDeliveryTime = 0x0E06, kMessageFlags = 0x0E07,
                               kMessageSize = 0x0E08, kMessageStatus = 0x0E17, kMessageRecipients = 0x0E12,
                               kMessageAttachments = 0x0E13, kHasAttachments = 0x0E1B,
                               kNormalizedSubject = 0x0E1D, kAttachSize = 0x0E20, kAttachNumber = 0x0E21,
                               kBody = 0x1000, kRtfCompressed = 0x1009, kBodyHtml = 0x1013,
                               kNativeBody = 0x1016, kInternetMessageId = 0x1035, kInReplyToId = 0x1042,
                               kInternetReferences = 0x1039, kDisplayName = 0x3001, kAddressType = 0x3002,
                               kEmailAddress = 0x3003, kCreationTime = 0x3007, kLastModificationTime = 0x3008,
                               kSearchKey = 0x300B, kFolderType = 0x3601, kContentCount = 0x3602,
                               kContentUnreadCount = 0x3603, kSubfolders = 0x360A, kContainerClass = 0x3613,
                               kAssociatedContentCount = 0x3617, kAttachDataBinary = 0x3701,
                               kAttachEncoding = 0x3702, kAttachExtension = 0x3703, kAttachFilename = 0x3704,
                               kAttachMethod = 0x3705, kAttachLongFilename = 0x3707,
                               kRenderingPosition = 0x370B, kAttachMimeTag = 0x370E,
                               kAttachContentId = 0x3712, kAttachContentLocation = 0x3713,
                               kAttachFlags = 0x3714, kAttachmentHidden = 0x7FFE, kSmtpAddress = 0x39FE,
                               kInternetCodepage = 0x3FDE, kMessageCodepage = 0x3FFD,
                               kMessageLocaleId = 0x3FF1, kSourceKey = 0x65E0, kChangeKey = 0x65E2,
                               kEntryId = 0x0FFF, kRecordKey = 0x0FF9, kObjectType = 0x0FFE, kRead = 0x0E69,
                               kResponsibility = 0x0E0F, kDisplayType = 0x3900, kRowId = 0x3000;
}  // namespace pid

/// PidTagMessageFlags.  [MS-OXCMSG] 2.2.1.6
inline constexpr std::int32_t kFlagRead = 0x01, kFlagUnsent = 0x08, kFlagHasAttach = 0x10,
                              kFlagAssociated = 0x40;
/// PidTagAttachMethod.  [MS-OXCMSG] 2.2.2.9
inline constexpr std::int32_t kAttachByValue = 1, kAttachEmbedded = 5, kAttachOle = 6;

/// Property sets.  [MS-OXPROPS] 1.3.2
namespace pset {
inline constexpr Guid kMapi{0x00020328, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
inline constexpr Guid kPublicStrings{0x00020329, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
inline constexpr Guid kInternetHeaders{0x00020386, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
inline constexpr Guid kAppointment{0x00062002, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
inline constexpr Guid kTask{0x00062003, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
inline constexpr Guid kAddress{0x00062004, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
inline constexpr Guid kCommon{0x00062008, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
}  // namespace pset

/// `PidTagSubject` for an id we know, else empty.
std::string_view tag_name(std::uint16_t id);

}  // namespace mk::model

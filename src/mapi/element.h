#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "mapi/tokens.h"

namespace mk::mapi {

/// What a whole stream is.  [MS-OXCFXICS] 2.2.4.2
enum class Root {
  kMessageContent,
  kAttachmentContent,
  kFolderContent,
  kMessageList,
  kTopFolder,
  kContentsSync,
  kHierarchySync,
  kState
};
/// `messageContent`
std::string_view root_name(Root root);
std::optional<Root> parse_root(std::string_view name);

/// The parts that a stream is made of, as the grammar reports them. Most are elements of the specification
/// under their own name; messageChangeFull and messageChangePartial are one kMessageChange with the parts
/// below.
enum class Element {
  kMessageContent,
  kAttachmentContent,
  kFolderContent,
  kMessageList,
  kContentsSync,
  kHierarchySync,
  kTopFolder,
  kSubFolder,
  kMessage,
  kAssociatedMessage,
  kRecipient,
  kAttachment,
  kEmbeddedMessage,
  kMessageChange,
  kChangeHeader,    // IncrSyncChg and messageChangeHeader; a whole folderChange
  kChangeMessage,   // IncrSyncMessage and what follows it
  kPartialHeader,   // IncrSyncChgPartial and messageChangeHeader
  kPartialMessage,  // the rest of messageChangePartial
  kGroupInfo,
  kProgressTotal,
  kProgressPerMessage,
  kDeletions,
  kReadStateChanges,
  kState,
  kErrorInfo
};
/// The markers that open and close an element; kNone where there is none.
struct ElementMarkers {
  Marker start = Marker::kNone;
  Marker end = Marker::kNone;
};
ElementMarkers markers_of(Element element);
std::string_view element_name(Element element);
/// The element that a whole stream of this root is.
Element element_of(Root root);

}  // namespace mk::mapi

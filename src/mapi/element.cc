#include "mapi/element.h"

#include "base/result.h"

namespace mk::mapi {
namespace {

struct Row {
  Element element;
  std::string_view name;
  Marker start = Marker::kNone, end = Marker::kNone;
};

constexpr Row kElements[] = {
    {Element::kMessageContent, "messageContent"},
    {Element::kAttachmentContent, "attachmentContent"},
    {Element::kFolderContent, "folderContent"},
    {Element::kMessageList, "messageList"},
    {Element::kContentsSync, "contentsSync", Marker::kNone, Marker::kIncrSyncEnd},
    {Element::kHierarchySync, "hierarchySync", Marker::kNone, Marker::kIncrSyncEnd},
    {Element::kTopFolder, "topFolder", Marker::kStartTopFld, Marker::kEndFolder},
    {Element::kSubFolder, "subFolder", Marker::kStartSubFld, Marker::kEndFolder},
    {Element::kMessage, "message", Marker::kStartMessage, Marker::kEndMessage},
    {Element::kAssociatedMessage, "message (associated)", Marker::kStartFAIMsg, Marker::kEndMessage},
    {Element::kRecipient, "recipient", Marker::kStartRecip, Marker::kEndToRecip},
    {Element::kAttachment, "attachment", Marker::kNewAttach, Marker::kEndAttach},
    {Element::kEmbeddedMessage, "embeddedMessage", Marker::kStartEmbed, Marker::kEndEmbed},
    {Element::kMessageChange, "messageChange"},
    {Element::kChangeHeader, "messageChangeHeader", Marker::kIncrSyncChg},
    {Element::kChangeMessage, "messageChangeFull", Marker::kIncrSyncMessage},
    {Element::kPartialHeader, "messageChangeHeader", Marker::kIncrSyncChgPartial},
    {Element::kPartialMessage, "messageChangePartial"},
    {Element::kGroupInfo, "groupInfo", Marker::kIncrSyncGroupInfo},
    {Element::kProgressTotal, "progressTotal", Marker::kIncrSyncProgressMode},
    {Element::kProgressPerMessage, "progressPerMessage", Marker::kIncrSyncProgressPerMsg},
    {Element::kDeletions, "deletions", Marker::kIncrSyncDel},
    {Element::kReadStateChanges, "readStateChanges", Marker::kIncrSyncRead},
    {Element::kState, "state", Marker::kIncrSyncStateBegin, Marker::kIncrSyncStateEnd},
    {Element::kErrorInfo, "errorInfo", Marker::kFXErrorInfo}};

struct RootRow {
  Root root;
  Element element;
};

constexpr RootRow kRoots[] = {{Root::kMessageContent, Element::kMessageContent},
                              {Root::kAttachmentContent, Element::kAttachmentContent},
                              {Root::kFolderContent, Element::kFolderContent},
                              {Root::kMessageList, Element::kMessageList},
                              {Root::kTopFolder, Element::kTopFolder},
                              {Root::kContentsSync, Element::kContentsSync},
                              {Root::kHierarchySync, Element::kHierarchySync},
                              {Root::kState, Element::kState}};

const Row& row_of(Element element) {
  for (const Row& row : kElements)
    if (row.element == element) return row;
  check_failed("an element without a row", __FILE__, __LINE__);
}

}  // namespace

ElementMarkers markers_of(Element element) {
  const Row& row = row_of(element);
  return {row.start, row.end};
}

std::string_view element_name(Element element) { return row_of(element).name; }

Element element_of(Root root) {
  for (const RootRow& row : kRoots)
    if (row.root == root) return row.element;
  check_failed("a root without a row", __FILE__, __LINE__);
}

std::string_view root_name(Root root) { return element_name(element_of(root)); }

std::optional<Root> parse_root(std::string_view name) {
  for (const RootRow& row : kRoots)
    if (element_name(row.element) == name) return row.root;
  return {};
}

}  // namespace mk::mapi

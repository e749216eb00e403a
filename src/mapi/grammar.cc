#include "mapi/grammar.h"

#include <fmt/format.h>

namespace mk::mapi {
namespace {

/// One function per element. `token_` is the token looked at next; take() moves on.
class Grammar {
 public:
  Grammar(Lexer& lexer, Visitor& visitor) : lexer_(lexer), visitor_(visitor) {}
  Status run(Root root);

 private:
  Status take();
  Error unexpected(Element in) const;
  Status enter(Element e);
  Status leave(Element e);

  bool at(Marker m) const { return token_.kind == Token::kMarker && token_.marker == m; }
  bool at_property() const { return token_.kind == Token::kProperty; }
  bool at_property(std::uint32_t tag) const { return at_property() && lexer_.head().tag.value == tag; }

  Status prop_list();
  Status prop_list_until(std::uint32_t tag);
  Status meta_properties(std::uint32_t tag);
  Status error_info();
  Status marked_prop_list(Element e);

  Status message_content();
  Status message_children();
  Status recipient();
  Status attachment();
  Status attachment_content();
  Status embedded_message();
  Status message(Element e);
  Status message_list();
  Status folder(Element e);
  Status folder_content();

  Status contents_sync();
  Status message_change();
  Status message_change_partial();
  Status hierarchy_sync();
  Status sync_tail();
  Status state();
  Status root_content(Root root);

  Lexer& lexer_;
  Visitor& visitor_;
  Token token_;
  int embedding_ = 0;
  int folders_ = 0;
};

Status Grammar::take() {
  TRY_ASSIGN(token_, lexer_.next());
  return ok;
}

Error Grammar::unexpected(Element in) const {
  if (token_.kind == Token::kEnd)
    return {Code::kTruncated, fmt::format("FastTransfer stream: {} at offset {}: the stream ends inside it",
                                          element_name(in), token_.at)};
  const std::string what =
      at_property() ? "property " + format_tag(lexer_.head().tag) : std::string(marker_name(token_.marker));
  return {Code::kCorrupt, fmt::format("FastTransfer stream: {} at offset {} is not allowed in {}", what,
                                      token_.at, element_name(in))};
}

/// Reports the element and steps over its start marker, which the caller has seen.
Status Grammar::enter(Element e) {
  TRY(visitor_.begin(e, token_.at));
  if (markers_of(e).start != Marker::kNone) TRY(take());
  return ok;
}

Status Grammar::leave(Element e) {
  const Marker end = markers_of(e).end;
  if (end != Marker::kNone && !at(end)) return unexpected(e);
  TRY(visitor_.end(e, token_.at));
  if (end != Marker::kNone) TRY(take());
  return ok;
}

/// propList = *propValue; an errorInfo may stand between any two of them.
Status Grammar::prop_list() { return prop_list_until(0); }

/// As prop_list(), but stops before the property `tag`.
Status Grammar::prop_list_until(std::uint32_t tag) {
  for (;;) {
    if (at(Marker::kFXErrorInfo)) {
      TRY(error_info());
    } else if (at_property() && (tag == 0 || !at_property(tag))) {
      TRY(visitor_.property(lexer_));
      TRY(take());
    } else {
      return ok;
    }
  }
}

/// *( MetaTag... ), where only this one may stand.
Status Grammar::meta_properties(std::uint32_t tag) {
  while (at_property(tag) || at(Marker::kFXErrorInfo)) {
    if (at(Marker::kFXErrorInfo)) {
      TRY(error_info());
    } else {
      TRY(visitor_.property(lexer_));
      TRY(take());
    }
  }
  return ok;
}

/// errorInfo = FXErrorInfo propList. It may interrupt any list, so its own ends with the properties of id 0
/// that the specification gives it.  [MS-OXCFXICS] 2.2.4.3.4
Status Grammar::error_info() {
  TRY(enter(Element::kErrorInfo));
  while (at_property() && lexer_.head().tag.id() == 0) {
    TRY(visitor_.property(lexer_));
    TRY(take());
  }
  return leave(Element::kErrorInfo);
}

Status Grammar::marked_prop_list(Element e) {
  TRY(enter(e));
  TRY(prop_list());
  return leave(e);
}

/// messageContent = propList messageChildren
Status Grammar::message_content() {
  TRY(prop_list());
  return message_children();
}

/// messageChildren = [ MetaTagFXDelProp ] [ *recipient ] [ MetaTagFXDelProp ] [ *attachment ]
Status Grammar::message_children() {
  TRY(meta_properties(meta::kFXDelProp));
  while (at(Marker::kStartRecip)) {
    TRY(recipient());
    TRY(meta_properties(meta::kFXDelProp));
  }
  while (at(Marker::kNewAttach)) {
    TRY(attachment());
    TRY(meta_properties(meta::kFXDelProp));
  }
  return ok;
}

/// recipient = StartRecip propList EndToRecip
Status Grammar::recipient() { return marked_prop_list(Element::kRecipient); }

/// attachment = NewAttach PidTagAttachNumber attachmentContent EndAttach
Status Grammar::attachment() {
  TRY(enter(Element::kAttachment));
  TRY(attachment_content());
  return leave(Element::kAttachment);
}

/// attachmentContent = propList [ embeddedMessage ]
Status Grammar::attachment_content() {
  TRY(prop_list());
  if (at(Marker::kStartEmbed)) TRY(embedded_message());
  return meta_properties(meta::kFXDelProp);
}

/// embeddedMessage = StartEmbed messageContent EndEmbed
Status Grammar::embedded_message() {
  if (embedding_ >= kMaxEmbedding)
    return Error{
        Code::kCorrupt,
        fmt::format("FastTransfer stream: StartEmbed at offset {}: messages embedded more than {} deep",
                    token_.at, kMaxEmbedding)};
  ++embedding_;
  TRY(enter(Element::kEmbeddedMessage));
  TRY(message_content());
  TRY(leave(Element::kEmbeddedMessage));
  --embedding_;
  return ok;
}

/// message = ( StartMessage / StartFAIMsg ) messageContent EndMessage
Status Grammar::message(Element e) {
  TRY(enter(e));
  TRY(message_content());
  return leave(e);
}

/// messageList = *( [ MetaTagEcWarning ] message ), with the MetaTagFXDelProp of folderMessages allowed in
/// between
Status Grammar::message_list() {
  for (;;) {
    if (at(Marker::kStartMessage))
      TRY(message(Element::kMessage));
    else if (at(Marker::kStartFAIMsg))
      TRY(message(Element::kAssociatedMessage));
    else if (at_property(meta::kEcWarning))
      TRY(meta_properties(meta::kEcWarning));
    else if (at_property(meta::kFXDelProp) || at(Marker::kFXErrorInfo))
      TRY(meta_properties(meta::kFXDelProp));
    else
      return ok;
  }
}

/// topFolder = StartTopFld folderContentNoDelProps EndFolder; subFolder = StartSubFld folderContent EndFolder
Status Grammar::folder(Element e) {
  if (folders_ >= kMaxFolderDepth)
    return Error{Code::kCorrupt,
                 fmt::format("FastTransfer stream: {} at offset {}: folders more than {} deep",
                             marker_name(token_.marker), token_.at, kMaxFolderDepth)};
  ++folders_;
  TRY(enter(e));
  TRY(folder_content());
  TRY(leave(e));
  --folders_;
  return ok;
}

/// folderContent = propList ( MetaTagNewFXFolder / folderMessages ) [ MetaTagFXDelProp *subFolder ]
/// The first meta-properties are read with the propList, to which they are alike.
Status Grammar::folder_content() {
  TRY(prop_list());
  TRY(message_list());
  while (at(Marker::kStartSubFld)) {
    TRY(folder(Element::kSubFolder));
    TRY(meta_properties(meta::kFXDelProp));
  }
  return ok;
}

/// contentsSync = [ progressTotal ] *( [ progressPerMessage ] messageChange ) [ deletions ] [
/// readStateChanges ]
///                state IncrSyncEnd
Status Grammar::contents_sync() {
  if (at(Marker::kIncrSyncProgressMode)) TRY(marked_prop_list(Element::kProgressTotal));
  for (;;) {
    if (at(Marker::kFXErrorInfo))
      TRY(error_info());
    else if (at(Marker::kIncrSyncProgressPerMsg) || at(Marker::kIncrSyncChg) ||
             at(Marker::kIncrSyncGroupInfo) || at(Marker::kIncrSyncChgPartial) ||
             at_property(meta::kIncrSyncGroupId))
      TRY(message_change());
    else
      break;
  }
  return sync_tail();
}

/// messageChange = messageChangeFull / messageChangePartial
/// messageChangeFull = IncrSyncChg messageChangeHeader IncrSyncMessage propList messageChildren
Status Grammar::message_change() {
  TRY(enter(Element::kMessageChange));
  if (at(Marker::kIncrSyncProgressPerMsg)) TRY(marked_prop_list(Element::kProgressPerMessage));
  if (!at(Marker::kIncrSyncChg)) {
    TRY(message_change_partial());
    return leave(Element::kMessageChange);
  }
  TRY(marked_prop_list(Element::kChangeHeader));
  if (!at(Marker::kIncrSyncMessage)) return unexpected(Element::kMessageChange);
  TRY(enter(Element::kChangeMessage));
  TRY(message_content());
  TRY(leave(Element::kChangeMessage));
  return leave(Element::kMessageChange);
}

/// messageChangePartial = groupInfo MetaTagIncrSyncGroupId IncrSyncChgPartial messageChangeHeader
///                        *( MetaTagIncrementalSyncMessagePartial propList ) messageChildren
Status Grammar::message_change_partial() {
  if (at(Marker::kIncrSyncGroupInfo)) {
    TRY(enter(Element::kGroupInfo));
    TRY(prop_list_until(meta::kIncrSyncGroupId));
    TRY(leave(Element::kGroupInfo));
  }
  TRY(meta_properties(meta::kIncrSyncGroupId));
  if (!at(Marker::kIncrSyncChgPartial)) return unexpected(Element::kMessageChange);
  TRY(enter(Element::kPartialHeader));
  TRY(prop_list_until(meta::kIncrementalSyncMessagePartial));
  TRY(leave(Element::kPartialHeader));
  TRY(enter(Element::kPartialMessage));
  TRY(message_content());
  return leave(Element::kPartialMessage);
}

/// hierarchySync = *folderChange [ deletions ] state IncrSyncEnd;  folderChange = IncrSyncChg propList
Status Grammar::hierarchy_sync() {
  while (at(Marker::kIncrSyncChg)) TRY(marked_prop_list(Element::kChangeHeader));
  return sync_tail();
}

/// [ deletions ] [ readStateChanges ] state
Status Grammar::sync_tail() {
  if (at(Marker::kIncrSyncDel)) TRY(marked_prop_list(Element::kDeletions));
  if (at(Marker::kIncrSyncRead)) TRY(marked_prop_list(Element::kReadStateChanges));
  return state();
}

/// state = IncrSyncStateBegin propList IncrSyncStateEnd
Status Grammar::state() {
  if (!at(Marker::kIncrSyncStateBegin)) return unexpected(Element::kState);
  return marked_prop_list(Element::kState);
}

Status Grammar::root_content(Root root) {
  switch (root) {
    case Root::kMessageContent:
      return message_content();
    case Root::kAttachmentContent:
      return attachment_content();
    case Root::kFolderContent:
      return folder_content();
    case Root::kMessageList:
      return message_list();
    case Root::kContentsSync:
      return contents_sync();
    case Root::kHierarchySync:
      return hierarchy_sync();
    case Root::kTopFolder:
    case Root::kState:
      break;  // they begin with a marker: run()
  }
  return ok;
}

Status Grammar::run(Root root) {
  const Element e = element_of(root);
  TRY(take());
  if (root == Root::kState) {
    TRY(state());
  } else if (root == Root::kTopFolder) {
    if (!at(Marker::kStartTopFld)) return unexpected(e);
    TRY(folder(e));
  } else {
    TRY(enter(e));
    TRY(root_content(root));
    TRY(leave(e));
  }
  return token_.kind == Token::kEnd ? Status(ok) : Status(unexpected(e));
}

}  // namespace

Status parse(Lexer& lexer, Root root, Visitor& visitor) { return Grammar(lexer, visitor).run(root); }

}  // namespace mk::mapi

#include "sim/call.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::sim {
namespace {

struct Text {
  std::string_view code, text;
};

constexpr Text kTexts[] = {
    {"ErrorAccessDenied", "Access is denied. Check credentials and try again."},
    {"ErrorAttachmentNestLevelLimitExceeded", "The attachments are nested too deeply."},
    {"ErrorCannotDeleteObject", "The object could not be deleted."},
    {"ErrorCorruptData", "The data in the item is corrupt."},
    {"ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted."},
    {"ErrorFolderExists", "A folder with the specified name already exists."},
    {"ErrorFolderNotFound", "The specified folder could not be found in the store."},
    {"ErrorImpersonateUserDenied", "The account does not have permission to impersonate the requested user."},
    {"ErrorInvalidAttachmentId", "The attachment id is invalid."},
    {"ErrorInvalidChangeKey", "The change key is invalid."},
    {"ErrorInvalidId", "The ID is invalid."},
    {"ErrorInvalidIdMalformed", "Id is malformed."},
    {"ErrorInvalidOperation", "The operation is not valid."},
    {"ErrorInvalidPropertyForOperation", "Property is not valid for this operation."},
    {"ErrorInvalidPropertyRequest", "The property request is invalid."},
    {"ErrorInvalidPropertySet", "The property cannot be set."},
    {"ErrorInvalidSyncStateData", "Synchronization state data is corrupt or otherwise invalid."},
    {"ErrorItemCorrupt", "The item is corrupt."},
    {"ErrorItemNotFound", "The specified object was not found in the store."},
    {"ErrorItemSave", "The item could not be saved."},
    {"ErrorMimeContentInvalid", "The MIME content is invalid."},
    {"ErrorMoveCopyFailed", "The move or copy operation failed."},
    {"ErrorNameResolutionMultipleResults", "Multiple results were found."},
    {"ErrorNameResolutionNoResults", "No results were found."},
    {"ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it."},
    {"ErrorParentFolderNotFound", "The specified parent folder could not be found."},
    {"ErrorRequiredPropertyMissing", "Required property is missing."},
    {"ErrorSyncFolderNotFound", "The folder to be synchronized could not be found."},
    {"ErrorUnsupportedPathForQuery", "The property can not be used with this type of restriction."},
    {"ErrorUnsupportedPathForSortGroup", "The property can not be used for sorting."},
    {"ErrorUnsupportedTypeForConversion", "The type is not supported for conversion."},
};

// DistinguishedFolderIdNameType of the 2013 SP1 schema
constexpr std::string_view kDistinguished[] = {"calendar",
                                               "contacts",
                                               "deleteditems",
                                               "drafts",
                                               "inbox",
                                               "journal",
                                               "notes",
                                               "outbox",
                                               "sentitems",
                                               "tasks",
                                               "msgfolderroot",
                                               "publicfoldersroot",
                                               "root",
                                               "junkemail",
                                               "searchfolders",
                                               "voicemail",
                                               "recoverableitemsroot",
                                               "recoverableitemsdeletions",
                                               "recoverableitemsversions",
                                               "recoverableitemspurges",
                                               "archiveroot",
                                               "archivemsgfolderroot",
                                               "archivedeleteditems",
                                               "archiveinbox",
                                               "archiverecoverableitemsroot",
                                               "archiverecoverableitemsdeletions",
                                               "archiverecoverableitemsversions",
                                               "archiverecoverableitemspurges",
                                               "syncissues",
                                               "conflicts",
                                               "localfailures",
                                               "serverfailures",
                                               "recipientcache",
                                               "quickcontacts",
                                               "conversationhistory",
                                               "adminauditlogs",
                                               "todosearch",
                                               "mycontacts",
                                               "directory",
                                               "imcontactlist",
                                               "peopleconnect",
                                               "favorites"};

constexpr std::string_view kTypes = "http://schemas.microsoft.com/exchange/services/2006/types";
constexpr std::string_view kMessages = "http://schemas.microsoft.com/exchange/services/2006/messages";

std::string version_header(const World& world) {
  const auto& v = world.server_version();
  std::string out = fmt::format(
      "<s:Header><h:ServerVersionInfo MajorVersion=\"{}\" MinorVersion=\"{}\" MajorBuildNumber=\"{}\" "
      "MinorBuildNumber=\"{}\"",
      v.major, v.minor, v.build, v.revision);
  if (v.version >= Version::k2007Sp1) out += fmt::format(" Version=\"{}\"", v.name);
  return out + fmt::format(" xmlns:h=\"{}\"/></s:Header>", kTypes);
}

constexpr std::string_view kEnvelope =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope "
    "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">";

}  // namespace

Problem problem(std::string_view code) {
  for (const auto& t : kTexts)
    if (t.code == code) return {std::string(code), std::string(t.text)};
  return {std::string(code), "An internal server error occurred. The operation failed."};
}

SoapFault schema_fault(std::string_view why) {
  return {"ErrorSchemaValidation", fmt::format("The request failed schema validation: {}", why)};
}

SoapFault missing_child(std::string_view element, std::string_view expected) {
  return schema_fault(
      fmt::format("The element '{}' in namespace '{}' has incomplete content. List of possible elements "
                  "expected: '{}' in namespace '{}'.",
                  element, kMessages, expected, kMessages));
}

SoapFault bad_enumeration(std::string_view attribute, std::string_view value, std::string_view type) {
  return schema_fault(
      fmt::format("The '{}' attribute is invalid - The value '{}' is invalid according to its datatype "
                  "'{}:{}' - The Enumeration constraint failed.",
                  attribute, value, kTypes, type));
}

std::string fault_envelope(const World& world, const SoapFault& fault) {
  const std::string text = escape_xml(fault.text);
  std::string detail = fmt::format(
      "<e:ResponseCode "
      "xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">{0}</e:ResponseCode>"
      "<e:Message xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">{1}</e:Message>",
      fault.code, text);
  if (fault.back_off_ms >= 0)
    detail += fmt::format(
        "<t:MessageXml xmlns:t=\"{}\"><t:Value Name=\"BackOffMilliseconds\">{}</t:Value></t:MessageXml>",
        kTypes, fault.back_off_ms);
  return fmt::format(
      "{}{}<s:Body><s:Fault><faultcode xmlns:a=\"{}\">a:{}</faultcode><faultstring "
      "xml:lang=\"en-US\">{}</faultstring>"
      "<detail>{}</detail></s:Fault></s:Body></s:Envelope>",
      kEnvelope, version_header(world), kTypes, fault.code, text, detail);
}

void open_envelope(const World& world, std::string_view operation, Answer& out) {
  out.raw(kEnvelope);
  out.raw(version_header(world));
  out.raw("<s:Body>");
  out.raw(fmt::format("<m:{}Response xmlns:m=\"{}\" xmlns:t=\"{}\"><m:ResponseMessages>", operation,
                      kMessages, kTypes));
}

void close_envelope(std::string_view operation, Answer& out) {
  out.raw(fmt::format("</m:ResponseMessages></m:{}Response></s:Body></s:Envelope>", operation));
}

void Call::begin_message() {
  out.raw(fmt::format(
      "<m:{}ResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>", operation));
}

void Call::begin_warning(const Problem& p) {
  out.raw(
      fmt::format("<m:{}ResponseMessage ResponseClass=\"Warning\"><m:MessageText>{}</m:MessageText>"
                  "<m:ResponseCode>{}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>",
                  operation, escape_xml(p.text), p.code));
}

void Call::end_message() { out.raw(fmt::format("</m:{}ResponseMessage>", operation)); }

void Call::error_message(const Problem& p, std::string_view rest) {
  ++count.errors;
  out.raw(
      fmt::format("<m:{}ResponseMessage ResponseClass=\"Error\"><m:MessageText>{}</m:MessageText>"
                  "<m:ResponseCode>{}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{}",
                  operation, escape_xml(p.text), p.code, rest));
  end_message();
}

std::vector<Fault> Call::faults(std::initializer_list<FaultKind> kinds, const FaultPlace& place) {
  if (world.faults.empty()) return {};
  FaultPlace full = place;
  full.operation = operation;
  if (full.mailbox.empty() && self != nullptr) full.mailbox = self->address();
  auto out_faults = world.faults.fire(full, kinds);
  count.faults += out_faults.size();
  return out_faults;
}

bool may_access(const Call& call, const Mailbox& mailbox) {
  if (&mailbox == call.self) return true;
  if (call.impersonated) return false;  // the impersonated user has only the own mailbox
  return call.user.full.contains(mailbox.address()) || call.user.full.contains("*");
}

bool is_distinguished_name(std::string_view name) {
  return std::find(std::begin(kDistinguished), std::end(kDistinguished), name) != std::end(kDistinguished);
}

namespace {

Outcome<FolderPlace> find_distinguished(Call& call, pugi::xml_node id) {
  const std::string address = xml::text(xml::child(id, "Mailbox"), "EmailAddress");
  Mailbox* mailbox = address.empty() ? call.self : call.world.mailbox(address);
  if (mailbox == nullptr) return problem("ErrorNonExistentMailbox");
  if (!may_access(call, *mailbox)) return problem("ErrorAccessDenied");
  Folder* folder = mailbox->well_known(xml::attribute(id, "Id"));
  if (folder == nullptr) return problem("ErrorFolderNotFound");
  return FolderPlace{mailbox, folder};
}

Problem no_such_mailbox(const Guid& guid) {
  Problem p = problem("ErrorNonExistentMailbox");
  p.text = fmt::format("No mailbox with such guid ({}).", format_guid(guid));
  return p;
}

}  // namespace

Outcome<FolderPlace> find_folder(Call& call, pugi::xml_node id) {
  if (xml::local_name(id) == "DistinguishedFolderId") return find_distinguished(call, id);
  const auto ref = parse_folder_id(xml::attribute(id, "Id"));
  if (!ref) return problem("ErrorInvalidIdMalformed");
  Mailbox* mailbox = call.world.mailbox(ref->mailbox);
  if (mailbox == nullptr) return no_such_mailbox(ref->mailbox);
  if (!may_access(call, *mailbox)) return problem("ErrorAccessDenied");
  Folder* folder = mailbox->folder(ref->folder);
  if (folder == nullptr) return problem("ErrorItemNotFound");
  return FolderPlace{mailbox, folder};
}

Outcome<ItemPlace> find_item(Call& call, std::string_view id, std::string_view change_key) {
  const auto ref = parse_item_id(id);
  if (!ref) return problem("ErrorInvalidIdMalformed");
  Mailbox* mailbox = call.world.mailbox(ref->mailbox);
  if (mailbox == nullptr) return no_such_mailbox(ref->mailbox);
  if (!may_access(call, *mailbox)) return problem("ErrorAccessDenied");
  Item* item = mailbox->item(ref->item);
  if (item == nullptr || item->folder != ref->folder) return problem("ErrorItemNotFound");
  if (!change_key.empty() && !parse_change_key(change_key)) return problem("ErrorInvalidChangeKey");
  return ItemPlace{mailbox, item};
}

Outcome<ItemPlace> find_item(Call& call, pugi::xml_node id) {
  return find_item(call, xml::attribute(id, "Id"), xml::attribute(id, "ChangeKey"));
}

}  // namespace mk::sim

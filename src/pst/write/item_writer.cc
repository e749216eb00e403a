#include "pst/write/item_writer.h"

#include <set>

#include "base/hash.h"
#include "model/tags.h"
#include "pst/write/cells.h"
#include "pst/write/subject.h"

namespace mk::pst::write {
namespace {

namespace pid = model::pid;
using model::PropType;

constexpr auto kObject = static_cast<std::uint16_t>(PropType::kObject);
/// The stream of an OLE attachment is a subnode of this type in files made by Outlook.
constexpr auto kOleStream = static_cast<NidType>(0x09);
constexpr std::uint32_t kRecipientTo = 1;
constexpr std::uint32_t kNotRendered = 0xFFFFFFFF;
/// Stands in where an item says nothing of when it was made: 2000-01-01.
constexpr FileTime kNoTime{125911584000000000};

/// All attachments are inline pictures that Outlook does not show as attachments.
bool all_hidden(const model::Item& item) {
  for (const auto& a : item.attachments)
    if (a.properties.get_integer(pid::kAttachmentHidden).value_or(0) == 0) return false;
  return true;
}

std::uint32_t message_flags(const Fields& fields, const model::Item& item, bool associated) {
  const bool unread = item.properties.get_integer(pid::kRead).value_or(1) == 0;
  std::uint32_t flags = fields.integer_or(pid::kMessageFlags, unread ? 0 : model::kFlagRead);
  if (item.attachments.empty())
    flags &= ~static_cast<std::uint32_t>(model::kFlagHasAttach);
  else if (!all_hidden(item))
    flags |= model::kFlagHasAttach;
  if (associated) flags |= model::kFlagAssociated;
  return flags;
}

/// The best time that the item itself gives.
FileTime creation_time(const model::PropertyList& list) {
  for (const auto id :
       {pid::kCreationTime, pid::kMessageDeliveryTime, pid::kClientSubmitTime, pid::kLastModificationTime})
    if (const auto t = list.get_time(id)) return *t;
  return kNoTime;
}

/// The columns of this message's recipients: the template's and whatever else they have.
std::vector<std::uint32_t> recipient_columns(const std::vector<Fields>& recipients) {
  const TableLayout& standard = template_layout(TableKind::kRecipients);
  std::set<std::uint32_t> extra;
  for (const auto& r : recipients)
    for (const auto& f : r)
      if (f.value.type != kObject && f.value.size() > 0 && standard.find(f.tag()) == nullptr)
        extra.insert(f.tag());
  const auto tags = template_columns(TableKind::kRecipients);
  std::vector<std::uint32_t> columns(tags.begin(), tags.end());
  constexpr std::size_t kColumnsMax = 255;
  for (const auto tag : extra)
    if (columns.size() < kColumnsMax) columns.push_back(tag);
  return columns;
}

}  // namespace

ByteString made_search_key(const ByteString& seed, Nid item) {
  const auto digest = sha256(as_bytes(seed + le_bytes(item.value)));
  return ByteString(as_chars(digest).substr(0, 16));
}

Result<WrittenMessage> ItemWriter::write_message(const model::Item& item, Nid nid, bool associated,
                                                 int depth) {
  if (depth > model::kMaxEmbeddingDepth) return Error{Code::kCorrupt, "messages embedded more than 32 deep"};
  const unsigned code_page = item.properties.code_page();
  TRY_ASSIGN(Fields fields, Fields::from(item.properties, Fields::Owner::kMessage, code_page, names_));
  complete(fields, item, nid, associated);
  Node node(last_index_);
  TRY(write_attachments(item, code_page, depth, node));
  TRY(write_recipients(item, code_page, node));
  PropertyContextBuilder pc(file_, node.subnodes, node.ids);
  for (const auto& f : fields) TRY(pc.add(f.id, f.value));
  TRY_ASSIGN(const NodeRef written, pc.finish(PropertyContextBuilder::SizeRule::kNode, pid::kMessageSize));
  fields.set_integer(pid::kMessageSize,
                     static_cast<std::uint32_t>(std::min<std::uint64_t>(written.bytes, 0x7FFFFFFF)));
  return WrittenMessage{written, std::move(fields)};
}

void ItemWriter::complete(Fields& fields, const model::Item& item, Nid nid, bool associated) const {
  mark_subject_prefix(fields);
  for (const auto id : {pid::kDisplayTo, pid::kDisplayCc, pid::kDisplayBcc})
    if (const Field* f = fields.find(id); f != nullptr && f->value.size() == 0) fields.remove(id);
  fields.set_integer(pid::kMessageFlags, message_flags(fields, item, associated));
  fields.set_integer(pid::kMessageSize, 0);  // known at the end
  if (!fields.has(pid::kMessageClass)) fields.set_text(pid::kMessageClass, "IPM.Note");
  const FileTime created = creation_time(item.properties);
  for (const auto id : {pid::kCreationTime, pid::kLastModificationTime})
    if (!fields.has(id)) fields.set_time(id, created);
  if (!fields.has(pid::kSearchKey)) fields.set_binary(pid::kSearchKey, made_search_key(seed_, nid));
}

Status ItemWriter::write_recipients(const model::Item& item, unsigned code_page, Node& node) {
  const Nid nid = template_nid(TableKind::kRecipients);
  if (item.recipients.empty()) {
    TRY_ASSIGN(const NodeRef table, share_recipients_());
    node.subnodes.add(nid, table);
    return ok;
  }
  std::vector<Fields> recipients;
  for (const auto& r : item.recipients) {
    TRY_ASSIGN(Fields fields, Fields::from(r, Fields::Owner::kRecipient, code_page, names_));
    if (!fields.has(pid::kRecipientType)) fields.set_integer(pid::kRecipientType, kRecipientTo);
    recipients.push_back(std::move(fields));
  }
  const auto columns = recipient_columns(recipients);
  const TableLayout& standard = template_layout(TableKind::kRecipients);
  std::optional<TableLayout> wider;  // making one takes as long as writing a row or two
  if (columns.size() > standard.columns().size()) wider.emplace(columns);
  const TableLayout& layout = wider ? *wider : standard;
  SubnodeIds ids(last_index_);
  TableBuilder table(file_, layout, ids);
  std::uint32_t row = 0;
  for (const auto& r : recipients) {
    ++row;
    TRY(table.begin_row(row, row));
    TRY(set_cells(table, layout, r));
    TRY(table.end_row());
  }
  TRY_ASSIGN(const NodeRef written, table.finish());
  node.subnodes.add(nid, written);
  return ok;
}

Status ItemWriter::write_attachments(const model::Item& item, unsigned code_page, int depth, Node& node) {
  if (item.attachments.empty()) return ok;
  const TableLayout& layout = template_layout(TableKind::kAttachments);
  SubnodeIds ids(last_index_);
  TableBuilder table(file_, layout, ids);
  std::uint32_t row = 0;
  for (const auto& a : item.attachments) {
    const Nid nid = node.ids.next(NidType::kAttachment);
    auto fields = write_attachment(a, code_page, depth, nid, node);
    if (!fields) return std::move(fields).error().in("attachment " + std::to_string(row + 1));
    TRY(table.begin_row(nid.value, ++row));
    TRY(set_cells(table, layout, *fields));
    TRY(table.end_row());
  }
  TRY_ASSIGN(const NodeRef written, table.finish());
  node.subnodes.add(template_nid(TableKind::kAttachments), written);
  return ok;
}

Result<Fields> ItemWriter::write_attachment(const model::Attachment& attachment, unsigned code_page,
                                            int depth, Nid nid, Node& message) {
  TRY_ASSIGN(Fields fields,
             Fields::from(attachment.properties, Fields::Owner::kAttachment, code_page, names_));
  if (attachment.embedded)
    fields.set_integer(pid::kAttachMethod, model::kAttachEmbedded);
  else if (!fields.has(pid::kAttachMethod))
    fields.set_integer(pid::kAttachMethod, fields.has(pid::kAttachDataBinary) ? model::kAttachByValue : 0);
  if (!fields.has(pid::kRenderingPosition)) fields.set_integer(pid::kRenderingPosition, kNotRendered);
  fields.set_integer(pid::kAttachSize, 0);  // known at the end
  Node node(last_index_);
  PropertyContextBuilder pc(file_, node.subnodes, node.ids);
  for (const auto& f : fields)
    if (f.id != pid::kAttachDataBinary) TRY(pc.add(f.id, f.value));
  TRY(add_payload(attachment, fields, depth, node, pc));
  const std::uint64_t size = pc.logical_bytes();
  TRY_ASSIGN(const NodeRef written, pc.finish(PropertyContextBuilder::SizeRule::kLogical, pid::kAttachSize));
  message.subnodes.add(nid, written);
  fields.set_integer(pid::kAttachSize, static_cast<std::uint32_t>(std::min<std::uint64_t>(size, 0x7FFFFFFF)));
  return fields;
}

Status ItemWriter::add_payload(const model::Attachment& attachment, const Fields& fields, int depth,
                               Node& node, PropertyContextBuilder& pc) {
  if (attachment.embedded) {
    const Nid nid(NidType::kNormalMessage, ++last_index_[static_cast<std::size_t>(NidType::kNormalMessage)]);
    TRY_ASSIGN(const WrittenMessage written, write_message(*attachment.embedded, nid, false, depth + 1));
    node.subnodes.add(nid, written.node);
    return pc.add_object(pid::kAttachDataBinary, nid, written.node.bytes);
  }
  const Field* data = fields.find(pid::kAttachDataBinary);
  if (data == nullptr) return ok;
  if (!data->value.is_object()) return pc.add(data->id, data->value);
  const Nid nid = node.ids.next(kOleStream);
  DataTreeBuilder tree(file_);
  if (data->value.blob) {
    TRY_ASSIGN(auto in, data->value.blob->open());
    TRY(tree.copy_from(*in));
  } else {
    TRY(tree.write(as_bytes(data->value.bytes)));
  }
  TRY_ASSIGN(const DataRef stream, tree.finish());
  node.subnodes.add(nid, stream);
  return pc.add_object(pid::kAttachDataBinary, nid, stream.bytes);
}

}  // namespace mk::pst::write

#include "pst/message_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::pst {
namespace {

std::vector<Nid> attachments_among(const ndb::Subnodes& subnodes) {
  std::vector<Nid> out;
  for (const auto& s : subnodes)
    if (s.nid.type() == NidType::kAttachment) out.push_back(s.nid);
  return out;
}

}  // namespace

Result<model::Item> MessageReader::read(const ndb::Node& node) {
  TRY_ASSIGN(model::Item item, read_message(node, 0));
  mark_code_page(item, code_page_);
  return item;
}

Result<model::Item> MessageReader::read_message(const ndb::Node& node, int depth) {
  if (depth > model::kMaxEmbeddingDepth) return Error{Code::kCorrupt, "messages embedded more than 32 deep"};
  TRY(budget_.charge(sizeof(model::Item)));
  TRY_ASSIGN(auto context, ltp::read_property_context(db_, node, budget_, losses_));
  model::Item item;
  item.properties = std::move(context.properties);
  names_.resolve(item.properties);
  TRY(read_parts(context, item, depth));
  return item;
}

Status MessageReader::read_parts(const ltp::PropertyContext& context, model::Item& item, int depth) {
  if (const ndb::Node* table = context.subnodes.find(nid::kRecipientTable)) {
    auto recipients = read_recipients(*table);
    if (recipients)
      item.recipients = *std::move(recipients);
    else
      TRY(ndb::tolerate(losses_, std::move(recipients).error(), "recipient table"));
  }
  auto ids = attachment_ids(context.subnodes);
  if (!ids) {
    TRY(ndb::tolerate(losses_, std::move(ids).error(), "attachment table"));
    ids = attachments_among(context.subnodes);
  }
  for (const Nid id : *ids)
    if (Status s = add_attachment(context.subnodes, id, item, depth); !s)
      TRY(ndb::tolerate(losses_, std::move(s), fmt::format("attachment {:#x}", id.value)));
  return ok;
}

Result<std::vector<model::PropertyList>> MessageReader::read_recipients(const ndb::Node& node) {
  TRY_ASSIGN(auto table, ltp::Table::open(db_, node, losses_));
  TRY_ASSIGN(const auto rows, table.rows());
  std::vector<model::PropertyList> out;
  for (const auto& r : rows) {
    auto row = table.row(r.dwRowIndex, budget_);
    if (!row) {
      TRY(ndb::tolerate(losses_, std::move(row).error(), "recipient"));
      continue;
    }
    names_.resolve(*row);
    out.push_back(*std::move(row));
  }
  return out;
}

/// The table says which there are and in which order; without a table, the subnodes do.
Result<std::vector<Nid>> MessageReader::attachment_ids(const ndb::Subnodes& subnodes) {
  const ndb::Node* node = subnodes.find(nid::kAttachmentTable);
  if (node == nullptr) return attachments_among(subnodes);
  TRY_ASSIGN(auto table, ltp::Table::open(db_, *node, losses_));
  TRY_ASSIGN(const auto rows, table.rows());
  std::vector<Nid> out;
  for (const auto& r : rows) out.emplace_back(r.dwRowID);
  return out;
}

Status MessageReader::add_attachment(const ndb::Subnodes& subnodes, Nid id, model::Item& item, int depth) {
  const ndb::Node* there = subnodes.find(id);
  if (there == nullptr) return Error{Code::kCorrupt, "the message has no such subnode"};
  TRY_ASSIGN(auto attachment, read_attachment(*there, depth));
  item.attachments.push_back(std::move(attachment));
  return ok;
}

Result<model::Attachment> MessageReader::read_attachment(const ndb::Node& node, int depth) {
  TRY(budget_.charge(sizeof(model::Attachment)));
  TRY_ASSIGN(auto context, ltp::read_property_context(db_, node, budget_, losses_));
  model::Attachment out;
  out.properties = std::move(context.properties);
  names_.resolve(out.properties);
  if (!context.embedded) return out;
  embedded_.push_back(context.embedded->nid);
  auto embedded = read_message(*context.embedded, depth + 1);
  if (!embedded) return std::move(embedded).error().in("embedded message");
  out.embedded = std::make_unique<model::Item>(*std::move(embedded));
  return out;
}

}  // namespace mk::pst

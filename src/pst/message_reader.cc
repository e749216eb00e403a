#include "pst/message_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::pst {
namespace {

template <class T>
Error in(Result<T>&& failed, std::string_view where) {
  return std::move(failed).error().in(where);
}

}  // namespace

Result<model::Item> MessageReader::read_message(const ndb::Node& node, int depth) {
  if (depth > model::kMaxEmbeddingDepth) return Error{Code::kCorrupt, "messages embedded more than 32 deep"};
  TRY(budget_.charge(sizeof(model::Item)));
  TRY_ASSIGN(auto context, ltp::read_property_context(db_, node, budget_));
  model::Item item;
  item.properties = std::move(context.properties);
  names_.resolve(item.properties);
  if (const ndb::Node* table = context.subnodes.find(nid::kRecipientTable)) {
    auto recipients = read_recipients(*table);
    if (!recipients) return in(std::move(recipients), "recipient table");
    item.recipients = *std::move(recipients);
  }
  auto ids = attachment_ids(context.subnodes);
  if (!ids) return in(std::move(ids), "attachment table");
  for (const Nid id : *ids) {
    const ndb::Node* there = context.subnodes.find(id);
    if (there == nullptr)
      return Error{Code::kCorrupt, fmt::format("attachment table: no subnode {:#x}", id.value)};
    auto attachment = read_attachment(*there, depth);
    if (!attachment) return in(std::move(attachment), fmt::format("attachment {:#x}", id.value));
    item.attachments.push_back(*std::move(attachment));
  }
  return item;
}

Result<std::vector<model::PropertyList>> MessageReader::read_recipients(const ndb::Node& node) {
  TRY_ASSIGN(auto table, ltp::Table::open(db_, node));
  TRY_ASSIGN(const auto rows, table.rows());
  std::vector<model::PropertyList> out;
  for (const auto& r : rows) {
    TRY_ASSIGN(auto row, table.row(r.dwRowIndex, budget_));
    names_.resolve(row);
    out.push_back(std::move(row));
  }
  return out;
}

/// The table says which there are and in which order; without a table, the subnodes do.
Result<std::vector<Nid>> MessageReader::attachment_ids(const ndb::Subnodes& subnodes) {
  std::vector<Nid> out;
  const ndb::Node* node = subnodes.find(nid::kAttachmentTable);
  if (node == nullptr) {
    for (const auto& s : subnodes)
      if (s.nid.type() == NidType::kAttachment) out.push_back(s.nid);
    return out;
  }
  TRY_ASSIGN(auto table, ltp::Table::open(db_, *node));
  TRY_ASSIGN(const auto rows, table.rows());
  for (const auto& r : rows) out.emplace_back(r.dwRowID);
  return out;
}

Result<model::Attachment> MessageReader::read_attachment(const ndb::Node& node, int depth) {
  TRY(budget_.charge(sizeof(model::Attachment)));
  TRY_ASSIGN(auto context, ltp::read_property_context(db_, node, budget_));
  model::Attachment out;
  out.properties = std::move(context.properties);
  names_.resolve(out.properties);
  if (!context.embedded) return out;
  auto embedded = read_message(*context.embedded, depth + 1);
  if (!embedded) return in(std::move(embedded), "embedded message");
  out.embedded = std::make_unique<model::Item>(*std::move(embedded));
  return out;
}

}  // namespace mk::pst

#include "pst/check/search_check.h"

namespace mk::pst::check {
namespace {

constexpr std::uint16_t kInteger = 0x03, kCount = 0x3602, kUnread = 0x3603, kFlags = 0x660B;
constexpr std::uint32_t kMessageFlagsTag = 0x0E070003, kParentTag = 0x67F10003;
/// Name and id of the folder that the message is in, what is of the row alone, 0E2A and the conversation.
constexpr std::uint16_t kRowOnly[] = {0x0E05, 0x0E17, 0x0E2A, 0x3013, 0x67F1, 0x67F2, 0x67F3};

}  // namespace

Status SearchCheck::run(Nid nid, const std::optional<Properties>& pc, const Where& where) {
  const auto queue = blocks_.find_node(nid.sibling(NidType::kSearchUpdateQueue));
  const auto contents = blocks_.find_node(nid.sibling(NidType::kSearchContentsTable));
  out_.expect(queue.has_value(), "search.node", where, "an update queue", "none");
  out_.expect(contents.has_value(), "search.node", where, "a contents table", "none");
  TRY(check_criteria(nid, where));
  if (!contents) return ok;
  TRY_ASSIGN(const auto counts, check_contents(*contents));
  if (!counts || !pc) return ok;
  out_.equal("search.count", {&where, "property", kCount, ""}, pc->integer(kCount), counts->rows);
  out_.equal("search.count", {&where, "property", kUnread, ""}, pc->integer(kUnread), counts->unread);
  return ok;
}

Status SearchCheck::check_criteria(Nid nid, const Where& where) {
  const auto criteria = blocks_.find_node(nid.sibling(NidType::kSearchCriteriaObject));
  out_.expect(criteria.has_value(), "search.node", where, "criteria", "none");
  if (!criteria) return ok;
  const Where at{nullptr, "node", criteria->nid.value, ""};
  TRY_ASSIGN(const auto pc, Properties::read(blocks_, criteria->data, criteria->sub, out_, at));
  if (!pc || !check_property(*pc, kFlags, kInteger, 4, "search.criteria", out_, at)) return ok;
  if (nid == nid::kSpamSearchFolder) out_.equal("search.spam-flags", at, pc->integer(kFlags), 0);
  return ok;
}

/// Nothing when there is no table.
Result<std::optional<SearchCheck::Counts>> SearchCheck::check_contents(const NodeRef& node) {
  const Where at{nullptr, "node", node.nid.value, ""};
  if (client_of(blocks_, node.data) == disk::HeapClient::kSearchResult) {  // what is in it is not known
    out_.add("search.contents-kind", at, "a table", "a heap of kind 0xac");
    static_cast<void>(Heap::open(blocks_, node.data, disk::HeapClient::kSearchResult, out_, at));
    return std::optional<Counts>();
  }
  auto table = Table::open(blocks_, node.data, node.sub, out_, at);
  if (!table) return std::optional<Counts>();
  check_columns(*table, NidType::kSearchContentsTable, "table.columns", blocks_.medium(), out_, at);
  Counts counts;
  const auto take = [&](std::uint32_t id, Bytes row, const Where& row_at) -> Status {
    ++counts.rows;
    counts.unread += (table->integer(kMessageFlagsTag, row).value_or(0) & 1) == 0 ? 1 : 0;
    return check_row(*table, Nid(id), row, row_at);
  };
  TRY(table->visit(take, at));
  return std::optional<Counts>(counts);
}

Status SearchCheck::check_row(Table& table, Nid nid, Bytes row, const Where& where) {
  const auto message = blocks_.find_node(nid);
  out_.expect(message.has_value(), "search.row", where, "a message", nid.value);
  if (!message) return ok;
  out_.equal("search.parent", where, table.integer(kParentTag, row).value_or(0), message->parent.value);
  Findings silent({}, nullptr);  // the message itself is checked in its folder
  TRY_ASSIGN(const auto pc, Properties::read(blocks_, message->data, message->sub, silent, where));
  if (pc) check_cells(blocks_, table, row, *pc, {"search.cell", "search.cell", kRowOnly}, out_, where);
  return ok;
}

}  // namespace mk::pst::check

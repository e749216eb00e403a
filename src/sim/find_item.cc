#include <fmt/format.h>

#include <algorithm>

#include "sim/operations.h"
#include "sim/restriction.h"

namespace mk::sim {
namespace {

struct Query {
  Shape shape;
  bool associated = false;
  std::size_t offset = 0, limit = 1000;  // EWSFindCountLimit
  bool from_end = false;
  pugi::xml_node restriction;
  std::vector<std::pair<Path, bool>> order;  // descending?
};

struct ParsedQuery {
  Query query;
  OpResult fault;
  std::optional<Problem> problem;
};

void parse_view(pugi::xml_node request, ParsedQuery& out) {
  const auto view = xml::child(request, "IndexedPageItemView");
  if (!view) return;
  const auto offset = xml::number(xml::attribute(view, "Offset"));
  if (!offset) out.fault = schema_fault("The required attribute 'Offset' is missing.");
  out.query.offset = offset.value_or(0);
  out.query.from_end = xml::attribute(view, "BasePoint") == "End";
  const std::string most = xml::attribute(view, "MaxEntriesReturned");
  if (most.empty()) return;
  const auto n = xml::number(most);
  if (!n || *n == 0)
    out.problem = {"ErrorInvalidPagingMaxRows", "The number of rows is invalid."};
  else
    out.query.limit = std::min<std::size_t>(out.query.limit, *n);
}

void parse_order(pugi::xml_node request, ParsedQuery& out) {
  const auto orders = xml::child(request, "SortOrder");
  for (auto n = xml::first(orders); n; n = xml::next(n)) {
    auto path = parse_path(xml::first(n));
    if (!path)
      out.problem = problem("ErrorUnsupportedPathForSortGroup");
    else
      out.query.order.emplace_back(*std::move(path), xml::attribute(n, "Order") == "Descending");
  }
}

ParsedQuery parse_query(Call& call) {
  ParsedQuery out;
  auto shape = parse_shape(call.request, "ItemShape");
  out.fault = std::move(shape.fault);
  out.problem = std::move(shape.problem);
  out.query.shape = std::move(shape.shape);
  if (out.query.shape.mime_content || out.query.shape.wants("item:Body") ||
      out.query.shape.wants("item:Attachments"))
    out.problem = problem("ErrorInvalidPropertyForOperation");
  const std::string traversal = xml::attribute(call.request, "Traversal");
  if (traversal != "Shallow" && traversal != "SoftDeleted" && traversal != "Associated")
    out.fault = bad_enumeration("Traversal", traversal, "ItemQueryTraversalType");
  out.query.associated = traversal == "Associated";
  parse_view(call.request, out);
  parse_order(call.request, out);
  out.query.restriction = xml::first(xml::child(call.request, "Restriction"));
  if (xml::child(call.request, "QueryString"))
    out.problem = {"ErrorInvalidOperation",
                   "QueryString needs a content index, which this server does not have."};
  return out;
}

using Row = std::pair<std::vector<std::optional<Comparable>>, const Item*>;

bool before(const Query& query, const Row& a, const Row& b) {
  for (std::size_t i = 0; i < query.order.size(); ++i) {
    const auto &x = a.first[i], &y = b.first[i];
    const int c =
        x && y ? compare(*x, *y) : static_cast<int>(x.has_value()) - static_cast<int>(y.has_value());
    if (c != 0) return query.order[i].second ? c > 0 : c < 0;
  }
  return false;
}

/// The newest first, as Exchange gives them when nothing else is asked for.
void sort_by_default(std::vector<const Item*>& items) {
  std::stable_sort(items.begin(), items.end(),
                   [](const Item* a, const Item* b) { return a->facts.received > b->facts.received; });
}

Outcome<std::vector<const Item*>> sorted(const Query& query, Mailbox& mailbox,
                                         std::vector<const Item*> items) {
  if (query.order.empty()) {
    sort_by_default(items);
    return items;
  }
  std::vector<Row> rows;
  for (const Item* item : items) {
    ItemView view(mailbox, *item);
    Row row{{}, item};
    for (const auto& [path, descending] : query.order) {
      auto v = value_of(path, view);
      if (!v) return problem("ErrorUnsupportedPathForSortGroup");
      row.first.push_back(*v);
    }
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return before(query, a, b); });
  std::transform(rows.begin(), rows.end(), items.begin(), [](const Row& r) { return r.second; });
  return items;
}

Outcome<std::vector<const Item*>> select(const Query& query, const FolderPlace& place) {
  std::vector<const Item*> out;
  for (const auto& [number, item] : place.folder->items) {
    if (item->associated != query.associated) continue;
    if (query.restriction) {
      ItemView view(*place.mailbox, *item);
      auto r = matches(query.restriction, view);
      if (!r) return r.why;
      if (!*r) continue;
    }
    out.push_back(item);
  }
  return sorted(query, *place.mailbox, std::move(out));
}

void write_rows(Call& call, Mailbox& mailbox, const std::vector<const Item*>& rows, const Query& query) {
  std::size_t from = std::min(query.offset, rows.size()), to = std::min(rows.size(), from + query.limit);
  if (query.from_end) {
    to = rows.size() - from;
    from = to > query.limit ? to - query.limit : 0;
  }
  const bool last = query.from_end ? from == 0 : to == rows.size();
  call.begin_message();
  call.out.open("m:RootFolder",
                {{"IndexedPagingOffset", std::to_string(query.from_end ? query.offset + to - from : to)},
                 {"TotalItemsInView", std::to_string(rows.size())},
                 {"IncludesLastItemInRange", last ? "true" : "false"}});
  call.out.open("t:Items");
  for (std::size_t i = from; i < to; ++i) {
    ItemView view(mailbox, *rows[i]);
    ++call.count.items;
    if (write_item(call.out, view, query.shape, false)) continue;
    // an item that cannot be read is listed by its id alone
    if (const auto s = write_item(call.out, view, Shape{.base = Shape::Base::kIdOnly}, false); !s)
      ++call.count.errors;
  }
  call.out.close("t:Items");
  call.out.close("m:RootFolder");
  call.end_message();
}

}  // namespace

OpResult find_items(Call& call) {
  const ParsedQuery parsed = parse_query(call);
  if (parsed.fault) return parsed.fault;
  const auto parents = xml::child(call.request, "ParentFolderIds");
  if (!xml::first(parents)) return missing_child("FindItem", "ParentFolderIds");
  for (auto id = xml::first(parents); id; id = xml::next(id)) {
    auto place = find_folder(call, id);
    if (parsed.problem) place = *parsed.problem;
    if (!place) {
      call.error_message(place.why);
      continue;
    }
    auto rows = select(parsed.query, *place);
    if (rows)
      write_rows(call, *place->mailbox, *rows, parsed.query);
    else
      call.error_message(rows.why);
  }
  return {};
}

}  // namespace mk::sim

#include "sim/restriction.h"

#include <algorithm>
#include <cstdlib>

#include "model/tags.h"

namespace mk::sim {
namespace {

namespace pid = model::pid;
using Value = std::optional<Comparable>;
constexpr int kMaxDepth = 32;

Value text(std::string t) { return Comparable{std::move(t), Comparable::Kind::kText, {}}; }
Value number(std::uint64_t n) { return Comparable{std::to_string(n), Comparable::Kind::kNumber, {}}; }
Value boolean(bool b) { return text(b ? "true" : "false"); }
Value time(FileTime t) { return t.ticks == 0 ? Value{} : text(format_utc(t)); }

Value text_if_any(const std::string& t) { return t.empty() ? Value{} : text(t); }

Outcome<Value> field_value(const std::string& uri, ItemView& view) {
  const ItemFacts& f = view.facts();
  if (uri == "item:Subject") return text(f.subject);
  if (uri == "item:ItemClass") return text(f.message_class);
  if (uri == "item:DateTimeReceived") return time(f.received);
  if (uri == "item:DateTimeSent") return time(f.sent);
  if (uri == "item:DateTimeCreated") return time(f.created);
  if (uri == "item:LastModifiedTime") return time(f.modified);
  if (uri == "item:Size") return number(view.item.bytes->size());
  if (uri == "item:HasAttachments") return boolean(f.has_attachments);
  if (uri == "item:IsAssociated") return boolean(view.item.associated);
  if (uri == "item:Importance")
    return text(f.importance == 0 ? "Low" : f.importance == 1 ? "Normal" : "High");
  if (uri == "item:DisplayTo") return text(f.display_to);
  if (uri == "item:DisplayCc") return text(f.display_cc);
  if (uri == "message:IsRead") return boolean(f.read());
  if (uri == "message:InternetMessageId") return text_if_any(f.internet_message_id);
  if (uri == "message:From" || uri == "message:Sender") return text_if_any(f.sender_name);
  return problem("ErrorUnsupportedPathForQuery");
}

Value property_value(const model::Property& p, unsigned code_page) {
  const auto type = p.tag.element_type();
  Comparable out;
  if (p.value.is_multiple()) {
    for (const auto& e : p.value.elements())
      out.elements.push_back(format_value(type, as_bytes(e), code_page));
    return out;
  }
  const auto bytes = p.value.load();
  if (!bytes) return {};
  out.text = format_value(type, as_bytes(*bytes), code_page);
  const bool is_number = type == model::PropType::kInteger16 || type == model::PropType::kInteger32 ||
                         type == model::PropType::kInteger64;
  if (is_number) out.kind = Comparable::Kind::kNumber;
  return out;
}

/// Names are in the table when they are text; everything else needs the item itself.
Value extended_value(const ExtendedPath& path, ItemView& view) {
  if (path.key.index() == 0 && std::get<0>(path.key) == pid::kSearchKey)
    return view.facts().search_key.empty() ? Value{} : text(to_base64(as_bytes(view.facts().search_key)));
  if (path.key.index() == 0 && std::get<0>(path.key) == pid::kMessageFlags)
    return number(static_cast<std::uint32_t>(view.facts().flags));
  if (path.key.index() == 0 && std::get<0>(path.key) == pid::kMessageClass)
    return text(view.facts().message_class);
  if (path.key.index() == 1 && !std::get<1>(path.key).is_lid()) {
    if (const auto* p = path.find(view.facts().named)) return property_value(*p, 1252);
    if (view.facts().named_complete) return {};
  }
  const auto full = view.full();
  if (!full) return {};
  const auto* p = path.find((*full)->properties);
  return p == nullptr ? Value{} : property_value(*p, (*full)->properties.code_page());
}

bool is_path(pugi::xml_node n) { return xml::local_name(n).ends_with("FieldURI"); }

/// The constant, in the form that the path's value has.
Comparable constant(const Path& path, const Comparable& like, const std::string& given) {
  Comparable out{given, like.kind, {}};
  if (const auto* e = std::get_if<ExtendedPath>(&path)) {
    if (const auto raw = parse_value(e->type, given)) out.text = format_value(e->type, as_bytes(*raw), 1252);
  } else if (const auto t = parse_utc(given); t && given.size() > 10) {
    out.text = format_utc(*t);
  }
  return out;
}

struct Matcher {
  ItemView& view;

  Outcome<bool> all(pugi::xml_node node, bool want, int depth) {
    for (auto n = xml::first(node); n; n = xml::next(n)) {
      auto r = match(n, depth + 1);
      if (!r || *r != want) return r;
    }
    return want;
  }

  Outcome<Value> value(pugi::xml_node node, Path& path) {
    pugi::xml_node n = xml::first(node);
    auto parsed = is_path(n) ? parse_path(n) : std::nullopt;
    if (!parsed) return problem("ErrorInvalidRestriction");
    path = *std::move(parsed);
    return value_of(path, view);
  }

  Outcome<bool> compared(pugi::xml_node node, std::string_view op) {
    Path path;
    auto v = value(node, path);
    if (!v) return v.why;
    const auto other = xml::child(node, "FieldURIOrConstant");
    Value right;
    if (const auto c = xml::child(other, "Constant")) {
      right = constant(path, *v ? **v : Comparable{}, c.attribute("Value").value());
    } else {
      Path other_path;
      auto r = value(other, other_path);
      if (!r) return r.why;
      right = *r;
    }
    if (!*v || !right) return op == "IsNotEqualTo";
    if (!(*v)->elements.empty()) {
      const bool has =
          std::find((*v)->elements.begin(), (*v)->elements.end(), right->text) != (*v)->elements.end();
      return has == (op == "IsEqualTo");
    }
    const int c = compare(**v, *right);
    if (op == "IsEqualTo") return c == 0;
    if (op == "IsNotEqualTo") return c != 0;
    if (op == "IsGreaterThan") return c > 0;
    if (op == "IsGreaterThanOrEqualTo") return c >= 0;
    return op == "IsLessThan" ? c < 0 : c <= 0;
  }

  Outcome<bool> contains(pugi::xml_node node) {
    Path path;
    auto v = value(node, path);
    if (!v) return v.why;
    if (!*v) return false;
    std::string part = xml::child(node, "Constant").attribute("Value").value(), whole = (*v)->text;
    if (xml::attribute(node, "ContainmentComparison").find("IgnoreCase") != std::string::npos) {
      part = lower_case(part);
      whole = lower_case(whole);
    }
    const std::string mode = xml::attribute(node, "ContainmentMode");
    if (mode == "FullString") return whole == part;
    if (mode == "Prefixed" || mode == "PrefixOnWords") return whole.starts_with(part);
    return whole.find(part) != std::string::npos;
  }

  Outcome<bool> excludes(pugi::xml_node node) {
    Path path;
    auto v = value(node, path);
    if (!v) return v.why;
    const auto mask = xml::number(xml::child(node, "Bitmask").attribute("Value").value());
    const auto n = *v ? xml::number((*v)->text) : std::nullopt;
    if (!mask) return problem("ErrorInvalidRestriction");
    return n && (*n & *mask) == 0;
  }

  Outcome<bool> match(pugi::xml_node node, int depth) {
    if (depth > kMaxDepth) return problem("ErrorInvalidRestriction");
    const auto op = xml::local_name(node);
    if (op == "And") return all(node, true, depth);
    if (op == "Or") return all(node, false, depth);
    if (op == "Contains") return contains(node);
    if (op == "Excludes") return excludes(node);
    if (op == "Not") {
      auto r = match(xml::first(node), depth + 1);
      if (r) r.value = !*r;
      return r;
    }
    if (op == "Exists") {
      Path path;
      auto v = value(node, path);
      if (!v) return v.why;
      return v->has_value();
    }
    if (op.starts_with("Is")) return compared(node, op);
    return problem("ErrorInvalidRestriction");
  }
};

}  // namespace

Outcome<std::optional<Comparable>> value_of(const Path& path, ItemView& view) {
  if (const auto* uri = std::get_if<std::string>(&path)) return field_value(*uri, view);
  return extended_value(std::get<ExtendedPath>(path), view);
}

Outcome<bool> matches(pugi::xml_node restriction, ItemView& view) {
  return Matcher{view}.match(restriction, 0);
}

int compare(const Comparable& a, const Comparable& b) {
  if (a.kind == Comparable::Kind::kNumber && b.kind == Comparable::Kind::kNumber) {
    const auto x = std::strtoll(a.text.c_str(), nullptr, 10), y = std::strtoll(b.text.c_str(), nullptr, 10);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  return a.text.compare(b.text);
}

}  // namespace mk::sim

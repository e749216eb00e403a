#include "mapi/canonical_json.h"

#include <fmt/format.h>

#include "base/json.h"
#include "mapi/canonical_value.h"
#include "mapi/json_text.h"

namespace mk::mapi {
namespace {

using model::Property;
using model::PropType;

bool is_message(Element e) { return e == Element::kMessage || e == Element::kAssociatedMessage; }

class Printer {
 public:
  explicit Printer(ByteSink& out) : out_(out) {}
  Status stream(const PartialTree& stream);

 private:
  /// Text that needs no escaping.
  void raw(std::string_view text) { text_ += text; }
  void key(std::string_view name) { text_ += fmt::format("\"{}\":", name); }
  Status flush(std::size_t above);

  Status property(const Property& p);
  Status properties(const Node& node);
  Status keyed_properties(std::string_view name, const Node& node);
  void deleted(const Node& node);
  Status message(const Node& node);
  Status attachment(const Node& node);
  Status folder(const Node& node);
  Status messages(const Node& node);
  Status change(const Node& node);
  Status sync_sections(const Node& node);
  Status contents_sync(const Node& node);
  Status folder_change(const Node& node);
  Status hierarchy_sync(const Node& node);
  Status content(const Node& node);
  Status oddities(const Node& tree);
  Status errors(const Node& tree);

  /// Prints those children for which `want` holds, as a list; `print` prints one.
  template <class Want, class Print>
  Status list(const Node& node, Want want, Print print) {
    raw("[");
    bool first = true;
    for (const Part& part : node.parts) {
      const Node* child = std::get_if<Node>(&part);
      if (child == nullptr || !want(child->element)) continue;
      if (!first) raw(",");
      first = false;
      TRY(print(*child));
    }
    raw("]");
    return ok;
  }
  template <class Print>
  Status list(const Node& node, Element want, Print print) {
    return list(node, [&](Element e) { return e == want; }, print);
  }

  ByteSink& out_;
  std::string text_;
};

const Node* child(const Node& node, Element element) {
  for (const Part& part : node.parts)
    if (const Node* n = std::get_if<Node>(&part); n != nullptr && n->element == element) return n;
  return nullptr;
}

/// Calls `visit` for every property of the tree, in stream order.
template <class Visit>
Status walk_properties(const Node& node, Visit visit) {
  for (const Part& part : node.parts) {
    if (const auto* p = std::get_if<Property>(&part))
      TRY(visit(*p));
    else
      TRY(walk_properties(std::get<Node>(part), visit));
  }
  return ok;
}

void find_errors(const Node& node, std::vector<const Node*>& out) {
  if (node.element == Element::kErrorInfo) out.push_back(&node);
  for (const Part& part : node.parts)
    if (const Node* n = std::get_if<Node>(&part)) find_errors(*n, out);
}

bool has_property(const Node& node, std::uint32_t tag) {
  for (const Part& part : node.parts)
    if (const auto* p = std::get_if<Property>(&part); p != nullptr && p->tag.value == tag) return true;
  return false;
}

Status Printer::flush(std::size_t above) {
  if (text_.size() <= above) return ok;
  TRY(out_.write(as_bytes(text_)));
  text_.clear();
  return ok;
}

Status Printer::property(const Property& p) {
  TRY_ASSIGN(const std::string json, canonical_property(p));
  raw("\n");
  raw(json);
  return flush(64 * 1024);
}

/// The properties of an object itself, as a list.
Status Printer::properties(const Node& node) {
  raw("[");
  bool first = true;
  for (const Part& part : node.parts) {
    const Property* p = std::get_if<Property>(&part);
    if (p == nullptr || p->tag.value == meta::kFXDelProp) continue;
    if (!first) raw(",");
    first = false;
    TRY(property(*p));
  }
  raw("]");
  return ok;
}

Status Printer::keyed_properties(std::string_view name, const Node& node) {
  key(name);
  return properties(node);
}

/// The values of MetaTagFXDelProp: tags of what the receiver shall empty first.
void Printer::deleted(const Node& node) {
  key("fxdelprop");
  std::string_view separator = "[";
  for (const Part& part : node.parts) {
    const Property* p = std::get_if<Property>(&part);
    if (p == nullptr || p->tag.value != meta::kFXDelProp) continue;
    raw(separator);
    raw(fmt::format("\"{}\"", format_tag(model::PropTag(load_le<std::uint32_t>(p->value.bytes().data())))));
    separator = ",";
  }
  raw(separator == "[" ? "[]" : "]");
}

/// Without the brace that opens it, so that keys can come before.
Status Printer::message(const Node& node) {
  TRY(keyed_properties("properties", node));
  raw(",");
  deleted(node);
  raw(",");
  key("recipients");
  TRY(list(node, Element::kRecipient, [&](const Node& n) { return properties(n); }));
  raw(",");
  key("attachments");
  TRY(list(node, Element::kAttachment, [&](const Node& n) { return attachment(n); }));
  raw("}");
  return ok;
}

Status Printer::attachment(const Node& node) {
  raw("{");
  TRY(keyed_properties("properties", node));
  raw(",");
  deleted(node);
  if (const Node* embedded = child(node, Element::kEmbeddedMessage)) {
    raw(",");
    key("embedded");
    raw("{");
    TRY(message(*embedded));
  }
  raw("}");
  return ok;
}

Status Printer::messages(const Node& node) {
  return list(node, is_message, [&](const Node& n) {
    raw("{");
    key("associated");
    raw(n.element == Element::kAssociatedMessage ? "true," : "false,");
    return message(n);
  });
}

Status Printer::folder(const Node& node) {
  raw("{");
  TRY(keyed_properties("properties", node));
  raw(",");
  deleted(node);
  raw(",");
  key("messages");
  TRY(messages(node));
  raw(",");
  key("folders");
  TRY(list(node, Element::kSubFolder, [&](const Node& n) { return folder(n); }));
  raw("}");
  return ok;
}

/// The parts of a change, as far as they are there.
Status Printer::change(const Node& node) {
  constexpr std::pair<Element, std::string_view> kLists[] = {{Element::kProgressPerMessage, "progress"},
                                                             {Element::kGroupInfo, "group_info"},
                                                             {Element::kChangeHeader, "header"},
                                                             {Element::kPartialHeader, "header"}};
  constexpr std::pair<Element, std::string_view> kMessages[] = {{Element::kChangeMessage, "message"},
                                                                {Element::kPartialMessage, "partial"}};
  std::string_view separator = "{";
  const auto begin = [&](std::string_view name) {
    raw(separator);
    separator = ",";
    key(name);
  };
  if (has_property(node, meta::kIncrSyncGroupId)) {
    begin("group");
    TRY(properties(node));
  }
  for (const auto& [element, name] : kLists)
    if (const Node* n = child(node, element)) {
      begin(name);
      TRY(properties(*n));
    }
  for (const auto& [element, name] : kMessages)
    if (const Node* n = child(node, element)) {
      begin(name);
      raw("{");
      TRY(message(*n));
    }
  raw(separator == "{" ? "{}" : "}");
  return ok;
}

/// The parts behind the changes, as far as they are there.
Status Printer::sync_sections(const Node& node) {
  constexpr std::pair<Element, std::string_view> kSections[] = {
      {Element::kProgressTotal, "progress_total"},
      {Element::kDeletions, "deletions"},
      {Element::kReadStateChanges, "read_state_changes"},
      {Element::kState, "state"}};
  for (const auto& [element, name] : kSections) {
    const Node* section = child(node, element);
    if (section == nullptr) continue;
    raw(",");
    TRY(keyed_properties(name, *section));
  }
  raw("}");
  return ok;
}

Status Printer::contents_sync(const Node& node) {
  raw("{");
  key("changes");
  TRY(list(node, Element::kMessageChange, [&](const Node& n) { return change(n); }));
  return sync_sections(node);
}

Status Printer::folder_change(const Node& node) {
  raw("{");
  TRY(keyed_properties("header", node));
  raw("}");
  return ok;
}

Status Printer::hierarchy_sync(const Node& node) {
  raw("{");
  key("changes");
  TRY(list(node, Element::kChangeHeader, [&](const Node& n) { return folder_change(n); }));
  return sync_sections(node);
}

Status Printer::content(const Node& node) {
  switch (node.element) {
    case Element::kMessageContent:
      raw("{");
      return message(node);
    case Element::kAttachmentContent:
      return attachment(node);
    case Element::kFolderContent:
    case Element::kTopFolder:
      return folder(node);
    case Element::kMessageList:
      return messages(node);
    case Element::kContentsSync:
      return contents_sync(node);
    case Element::kHierarchySync:
      return hierarchy_sync(node);
    default:
      return properties(node);
  }
}

/// Counts what a reader has to survive, in the order in which it first occurs.
struct OddityCounts {
  std::vector<std::pair<std::string_view, std::uint64_t>> rows;

  void add(std::string_view what) {
    for (auto& [name, n] : rows)
      if (name == what) return void(++n);
    rows.emplace_back(what, 1);
  }
  Status look_at(const Property& p) {
    if (p.tag.value == meta::kIdsetGiven) add("IdsetGiven tagged Integer32 with a binary value");
    if (p.tag.type() == PropType::kObject) add("Object value");
    if (p.tag.element_type() != PropType::kString8 || (p.tag.raw_type() & model::kCodePageString) != 0)
      return ok;
    TRY_ASSIGN(const bool above, has_bytes_above_ascii(p));
    if (above) add("String8 with bytes above 0x7F");
    return ok;
  }
};

Status Printer::oddities(const Node& tree) {
  OddityCounts counts;
  TRY(walk_properties(tree, [&](const Property& p) { return counts.look_at(p); }));
  key("oddities");
  std::string_view separator = "{";
  for (const auto& [name, n] : counts.rows) {
    raw(fmt::format("{}\"{}\":{}", separator, name, n));
    separator = ",";
  }
  raw(counts.rows.empty() ? "{}" : "}");
  return ok;
}

/// What a server reports inside the stream; keys that are absent where it reports nothing.
Status Printer::errors(const Node& tree) {
  std::vector<const Node*> found;
  find_errors(tree, found);
  if (!found.empty()) {
    key("errors");
    std::string_view separator = "[";
    for (const Node* n : found) {
      raw(separator);
      TRY(properties(*n));
      separator = ",";
    }
    raw("],");
  }
  if (tree.element != Element::kMessageList || !has_property(tree, meta::kEcWarning)) return ok;
  TRY(keyed_properties("warnings", tree));
  raw(",");
  return ok;
}

Status Printer::stream(const PartialTree& stream) {
  const Node& tree = stream.tree;
  raw(fmt::format(R"({{"root":"{}","bytes":{},)", element_name(tree.element), stream.bytes));
  if (stream.damage) {
    key("damage");
    raw(json_quote(stream.damage->what));
    raw(",");
  }
  TRY(oddities(tree));
  raw(",");
  TRY(errors(tree));
  key("content");
  TRY(content(tree));
  raw("}\n");
  return flush(0);
}

}  // namespace

Status write_canonical_json(const PartialTree& stream, ByteSink& out) { return Printer(out).stream(stream); }

}  // namespace mk::mapi

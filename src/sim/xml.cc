#include "sim/xml.h"

#include <charconv>

namespace mk::sim::xml {

std::string_view local_name(pugi::xml_node node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(pugi::xml_node node, std::string_view name) {
  for (pugi::xml_node n = first(node); n; n = next(n))
    if (local_name(n) == name) return n;
  return {};
}

pugi::xml_node first(pugi::xml_node node) {
  pugi::xml_node n = node.first_child();
  while (n && n.type() != pugi::node_element) n = n.next_sibling();
  return n;
}

pugi::xml_node next(pugi::xml_node node) {
  do node = node.next_sibling();
  while (node && node.type() != pugi::node_element);
  return node;
}

std::string own_text(pugi::xml_node node) {
  std::string_view t = node.text().get();
  constexpr std::string_view kSpace = " \t\r\n";
  const auto from = t.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return std::string(t.substr(from, t.find_last_not_of(kSpace) - from + 1));
}

std::string text(pugi::xml_node node, std::string_view child_name) {
  return own_text(child(node, child_name));
}

bool flag(pugi::xml_node node, std::string_view child_name, bool otherwise) {
  const std::string t = text(node, child_name);
  return t.empty() ? otherwise : t == "true" || t == "1";
}

std::optional<std::uint64_t> number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
  return out;
}

std::string attribute(pugi::xml_node node, const char* name) { return node.attribute(name).value(); }

}  // namespace mk::sim::xml

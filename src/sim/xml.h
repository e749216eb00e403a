#pragma once
// Private to sim: the only header that knows pugixml.
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace mk::sim::xml {

/// Name without its prefix.
std::string_view local_name(pugi::xml_node node);
/// The first child element of that local name; an empty node when there is none.
pugi::xml_node child(pugi::xml_node node, std::string_view name);
/// The first child element, and the next one.
pugi::xml_node first(pugi::xml_node node);
pugi::xml_node next(pugi::xml_node node);
/// Text of that child, trimmed; empty when absent.
std::string text(pugi::xml_node node, std::string_view child_name);
std::string own_text(pugi::xml_node node);
bool flag(pugi::xml_node node, std::string_view child_name, bool otherwise);
/// Decimal, or hexadecimal with 0x.
std::optional<std::uint64_t> number(std::string_view text);
std::string attribute(pugi::xml_node node, const char* name);

}  // namespace mk::sim::xml

#pragma once
// Private to sim.
#include <optional>
#include <variant>

#include "model/item.h"
#include "sim/answer.h"
#include "sim/xml.h"

namespace mk::sim {

/// t:ExtendedFieldURI: a MAPI property by tag or name, with the type the client wants.
struct ExtendedPath {
  std::variant<std::uint16_t, model::PropertyName> key;
  model::PropType type = model::PropType::kString;
  bool multiple = false;
  /// As the client gave it; it is echoed.
  std::string attributes;

  const model::Property* find(const model::PropertyList& in) const;
  model::PropTag tag() const;  // named ones get the id 0x8000
  bool operator==(const ExtendedPath& o) const { return key == o.key; }
};

/// t:FieldURI, t:IndexedFieldURI or t:ExtendedFieldURI. In `uri` an indexed one is
/// "contacts:EmailAddress/EmailAddress1".
using Path = std::variant<std::string, ExtendedPath>;

/// Nothing when the attributes contradict each other or are not known.
std::optional<ExtendedPath> parse_extended_path(pugi::xml_node node);
std::optional<Path> parse_path(pugi::xml_node node);

/// <t:ExtendedProperty> with the value, when it can be given in that type.
void write_extended(Answer& out, const ExtendedPath& path, const model::Property& p, unsigned code_page);
/// The value of t:ExtendedProperty or a t:Constant, in wire form.
std::optional<model::Property> parse_extended_value(const ExtendedPath& path, pugi::xml_node with_value);
/// Text form of one value, as EWS writes it; empty when the type has none.
std::string format_value(model::PropType type, Bytes bytes, unsigned code_page);
/// Wire form of one value.
std::optional<ByteString> parse_value(model::PropType type, const std::string& text);

}  // namespace mk::sim

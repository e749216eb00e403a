#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/element.h"
#include "model/mailbox.h"

namespace mk::ews {

/// A folder by id, or by its distinguished name (`msgfolderroot`, `inbox` ...) in a mailbox.
struct FolderRef {
  model::FolderId id;  // when this is empty, the next two count
  std::string distinguished;
  std::string mailbox;  // SMTP address; empty: the mailbox of the user or of the impersonated one
};

/// A MAPI property as EWS names it.  [MS-OXWSXPROP] 2.1.5
struct ExtendedField {
  std::optional<std::uint16_t> id;  // by property id, else by name
  std::optional<model::PropertyName> name;
  std::string type;  // Integer, Long, String, Binary, Boolean, SystemTime ...
};
inline ExtendedField tagged_field(std::uint16_t id, std::string type) { return {id, {}, std::move(type)}; }
inline ExtendedField named_field(model::PropertyName name, std::string type) {
  return {{}, std::move(name), std::move(type)};
}

/// What a listing shall say beside ids.
struct Fields {
  std::vector<std::string> uris;  // item:Size, folder:DisplayName ...
  std::vector<ExtendedField> extended;
};

/// The first ExtendedProperty of `owner` (an item or folder element) that is this field; its value's text.
std::optional<std::string> extended_value(const Element& owner, const ExtendedField& field);

}  // namespace mk::ews

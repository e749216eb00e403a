#pragma once
#include <string>
#include <string_view>

#include "model/item.h"

namespace mk::mime {

/// The body of an item as text: PidTagBody, else what the HTML or the RTF says. Empty when there is none, or
/// none that can be read. Above 64 MiB it is left out.
std::string plain_text(const model::PropertyList& properties);

/// What a reader of the HTML sees, with line breaks where blocks end.
std::string text_of_html(std::string_view html);

}  // namespace mk::mime

#pragma once
#include <string>
#include <string_view>

namespace mk::agent {

/// docs/api.json, as it was when the program was built.
std::string_view api_document();
/// The same for people: one page without scripts, made from the document.
std::string api_page(std::string_view document);
/// The header Content-Security-Policy that goes with the page: nothing but its own style.
std::string api_page_policy();

}  // namespace mk::agent

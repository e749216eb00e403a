#include "ews/element.h"

#include <algorithm>
#include <charconv>

namespace mk::ews {

const Element* Element::child(std::string_view path) const {
  const std::size_t slash = path.find('/');
  const std::string_view first = path.substr(0, slash);
  const auto found =
      std::find_if(children.begin(), children.end(), [&](const Element& e) { return e.name == first; });
  if (found == children.end()) return nullptr;
  return slash == std::string_view::npos ? &*found : found->child(path.substr(slash + 1));
}

std::string_view Element::text_of(std::string_view path) const {
  const Element* e = child(path);
  return e == nullptr ? std::string_view{} : std::string_view(e->text);
}

std::string_view Element::attribute(std::string_view attribute_name) const {
  for (const auto& [name_, value] : attributes)
    if (name_ == attribute_name) return value;
  return {};
}

std::optional<std::uint64_t> to_unsigned(std::string_view text) {
  std::uint64_t v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return v;
}

bool to_bool(std::string_view text) { return text == "true" || text == "1"; }

Status ElementBuilder::grow(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes_ <= kMaxTreeBytes) return ok;
  return Error{Code::kCorrupt,
               "an element of the answer holds more than " + std::to_string(kMaxTreeBytes) + " bytes"};
}

Status ElementBuilder::start(std::string_view name, const XmlAttributes& attributes) {
  std::size_t bytes = sizeof(Element) + name.size();
  for (const auto& a : attributes) bytes += a.name.size() + a.value.size() + 2 * sizeof(std::string);
  if (path_.empty()) bytes_ = 0, root_ = {};
  TRY(grow(bytes));
  // a parent gets its next child only after the former one was closed, so that path_ stays valid
  path_.push_back(path_.empty() ? &root_ : &top().children.emplace_back());
  top().name = name;
  for (const auto& a : attributes) top().attributes.emplace_back(a.name, a.value);
  return ok;
}

Status ElementBuilder::text(std::string_view text) {
  TRY(grow(text.size()));
  top().text += text;
  return ok;
}

bool ElementBuilder::end() {
  // white space between children is layout; SOAP has no mixed content
  if (!top().children.empty()) top().text.clear();
  path_.pop_back();
  return path_.empty();
}

Element ElementBuilder::take() { return std::exchange(root_, {}); }

}  // namespace mk::ews

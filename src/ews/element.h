#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ews/xml_reader.h"

namespace mk::ews {

/// One XML element with all that is in it, names without prefixes. For the small parts of answers; an item's
/// data never becomes one.
struct Element {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;  // of the element itself, its children's left out
  std::vector<Element> children;

  /// The first child of that name, or nullptr. A path `a/b` goes down.
  const Element* child(std::string_view path) const;
  /// The text of that descendant, empty when there is none.
  std::string_view text_of(std::string_view path) const;
  /// An attribute's value, empty when there is none.
  std::string_view attribute(std::string_view attribute_name) const;
};

/// Values of XML Schema in answers; nothing when malformed.
std::optional<std::uint64_t> to_unsigned(std::string_view text);
bool to_bool(std::string_view text);  // `true` and `1`; anything else is false

/// Builds one Element from events.
///
/// Bounds:  an element with all it holds <= kMaxTreeBytes (counted with what each element costs in memory)
/// Errors:  kCorrupt  larger
class ElementBuilder {
 public:
  static constexpr std::size_t kMaxTreeBytes = 32 << 20;
  Status start(std::string_view name, const XmlAttributes& attributes);
  Status text(std::string_view text);
  /// True when the outermost element was closed; take() it then.
  bool end();
  Element take();
  bool building() const { return !path_.empty(); }
  /// What has come of the outermost element so far.
  const Element& so_far() const { return root_; }

 private:
  Status grow(std::size_t bytes);
  Element& top() { return *path_.back(); }
  Element root_;
  std::vector<Element*> path_;
  std::size_t bytes_ = 0;
};

}  // namespace mk::ews

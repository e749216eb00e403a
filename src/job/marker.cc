#include "job/marker.h"

#include "base/hash.h"
#include "base/text.h"
#include "model/tags.h"

namespace mk::job {

const model::PropertyName& marker_name() {
  static const model::PropertyName name = model::string_name(model::pset::kPublicStrings, "mailkeep-source");
  return name;
}

std::string marker_value(const std::string& mailbox, const model::FolderId& folder, const ItemLine& line) {
  const auto who = sha256(as_bytes(mailbox + '\0' + folder.value + '\0' + line.head.id.value));
  // Items without a hash (text in an unknown code page) are told apart by their change key.
  const auto what =
      line.hash.empty() ? to_hex(sha256(as_bytes(line.head.change_key.value))) : to_hex(as_bytes(line.hash));
  return to_hex(Bytes(who).first(16)) + ":" + what;
}

std::string copy_marker(const std::string& marker, const std::string& run) {
  const auto digest = sha256(as_bytes(run));
  return marker + ":" + to_hex(Bytes(digest).first(8));
}

std::string_view marker_of_original(std::string_view marker) {
  const auto who_end = marker.find(':');
  return who_end == std::string_view::npos ? marker : marker.substr(0, marker.find(':', who_end + 1));
}

model::Property marker_property(const std::string& value) {
  model::Property p;
  p.tag = model::PropTag(0x8000, model::PropType::kString);
  p.name = marker_name();
  p.value = model::Value::of_bytes(utf16_from_utf8(value));
  return p;
}

}  // namespace mk::job

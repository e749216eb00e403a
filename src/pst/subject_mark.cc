#include "pst/subject_mark.h"

#include "model/tags.h"

namespace mk::pst {

void remove_subject_marks(model::Item& item) {
  const auto* subject = item.properties.find(model::pid::kSubject);
  if (subject != nullptr) {
    const bool is_wide = subject->tag.type() == model::PropType::kString;
    const Bytes text = subject->value.bytes();
    const std::size_t mark = is_wide ? 4 : 2;
    const bool is_marked =
        text.size() >= mark && text[0] == std::byte{1} && (!is_wide || text[1] == std::byte{0});
    if (is_marked && (is_wide || subject->tag.type() == model::PropType::kString8)) {
      model::Property plain = *subject;
      plain.value = model::Value::of_bytes(ByteString(as_chars(text.subspan(mark))));
      item.properties.set(std::move(plain));
    }
  }
  for (auto& a : item.attachments)
    if (a.embedded) remove_subject_marks(*a.embedded);
}

}  // namespace mk::pst

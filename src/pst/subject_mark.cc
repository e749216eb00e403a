#include "pst/subject_mark.h"

#include "model/tags.h"

namespace mk::pst {

void remove_subject_marks(model::Item& item) {
  constexpr std::size_t kMarkBytes = 4;
  const auto* subject = item.properties.find(model::pid::kSubject);
  if (subject != nullptr && subject->tag.type() == model::PropType::kString) {
    const Bytes text = subject->value.bytes();
    if (text.size() >= kMarkBytes && load_le<std::uint16_t>(text.data()) == 1) {
      model::Property plain = *subject;
      plain.value = model::Value::of_bytes(ByteString(as_chars(text.subspan(kMarkBytes))));
      item.properties.set(std::move(plain));
    }
  }
  for (auto& a : item.attachments)
    if (a.embedded) remove_subject_marks(*a.embedded);
}

}  // namespace mk::pst

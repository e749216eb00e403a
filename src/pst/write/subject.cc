#include "pst/write/subject.h"

#include "model/tags.h"

namespace mk::pst::write {
namespace {

constexpr std::uint16_t kText = static_cast<std::uint16_t>(model::PropType::kString);

std::string_view text_of(const Fields& fields, std::uint16_t id) {
  const Field* f = fields.find(id);
  return f == nullptr || f->value.type != kText || f->value.blob ? std::string_view()
                                                                 : std::string_view(f->value.bytes);
}

char16_t unit(std::string_view text, std::size_t i) { return load_le<char16_t>(text.data() + 2 * i); }

/// "RE: ", "Fwd: ", in any language with three letters or less.
std::size_t prefix_by_rule(std::string_view subject) {
  const std::size_t n = subject.size() / 2;
  for (std::size_t i = 0; i < 4 && i + 1 < n; ++i) {
    const char16_t c = unit(subject, i);
    if (c >= u'0' && c <= u'9') return 0;
    if (c == u':') return i > 0 && unit(subject, i + 1) == u' ' ? 2 * (i + 2) : 0;
  }
  return 0;
}

/// Bytes of the prefix at the beginning of `subject`.
std::size_t prefix_bytes(const Fields& fields, std::string_view subject) {
  if (const auto* f = fields.find(model::pid::kSubjectPrefix); f != nullptr) {
    const auto prefix = text_of(fields, model::pid::kSubjectPrefix);
    if (subject.starts_with(prefix)) return prefix.size();
  }
  if (fields.has(model::pid::kNormalizedSubject)) {
    const auto rest = text_of(fields, model::pid::kNormalizedSubject);
    if (subject.ends_with(rest)) return subject.size() - rest.size();
  }
  return prefix_by_rule(subject);
}

}  // namespace

void mark_subject_prefix(Fields& fields) {
  const Field* f = fields.find(model::pid::kSubject);
  if (f == nullptr || f->value.type != kText || f->value.blob) return;
  const std::string_view subject = f->value.bytes;
  if (subject.size() < 2 || unit(subject, 0) == 1) return;
  const std::size_t units = prefix_bytes(fields, subject) / 2;
  ByteString marked;
  append_le(marked, char16_t{1});
  append_le(marked, static_cast<char16_t>(units < 0xFFFE ? units + 1 : 1));
  marked += subject;
  fields.set(model::pid::kSubject, {kText, std::move(marked), nullptr});
}

}  // namespace mk::pst::write

#include "pst/portable_item.h"

#include <algorithm>
#include <map>

#include "model/tags.h"
#include "pst/write/item_writer.h"
#include "pst/write/subject.h"

namespace mk::pst {
namespace {

namespace pid = model::pid;
using model::PropertyList;

constexpr std::uint32_t kFirstNamed = 0x8000, kMaxNames = 0x7FFE;
constexpr std::size_t kMarkBytes = 4;

/// The second unit of a marked subject.
std::uint16_t mark_of(std::string_view text) {
  const bool is_marked = text.size() >= kMarkBytes && load_le<char16_t>(text.data()) == 1;
  return is_marked ? load_le<std::uint16_t>(text.data() + 2) : std::uint16_t{0};
}

/// What the writer makes of the subject as it is.
std::uint16_t mark_made(const PropertyList& list) {
  write::Fields fields;
  for (const auto id : {pid::kSubject, pid::kSubjectPrefix, pid::kNormalizedSubject})
    if (const auto* p = list.find(id); p != nullptr)
      fields.set(id, {p->tag.raw_type(), ByteString(as_chars(p->value.bytes())),
                      p->value.is_blob() ? p->value.blob() : nullptr});
  write::mark_subject_prefix(fields);
  return mark_of(fields.find(pid::kSubject)->value.bytes);
}

std::uint16_t take_mark(PropertyList& list) {
  const auto* subject = list.find(pid::kSubject);
  if (subject == nullptr || subject->tag.type() != model::PropType::kString || subject->value.is_blob())
    return 0;
  const std::string_view text = as_chars(subject->value.bytes());
  const std::uint16_t mark = mark_of(text);
  if (mark == 0) return 0;
  model::Property plain = *subject;
  plain.value = model::Value::of_bytes(ByteString(text.substr(kMarkBytes)));
  list.set(std::move(plain));
  return mark_made(list) == mark ? std::uint16_t{0} : mark;
}

void take_keys(model::Item& item, std::span<const Nid>& nodes, const ByteString& record_key) {
  if (nodes.empty()) return;
  const auto key = item.properties.get_binary(pid::kSearchKey);
  if (key && *key == write::made_search_key(record_key, nodes.front()))
    item.properties.remove(pid::kSearchKey);
  nodes = nodes.subspan(1);
  for (auto& a : item.attachments)
    if (a.embedded) take_keys(*a.embedded, nodes, record_key);
}

template <class Visit>
void each_list(model::Item& item, const Visit& visit) {
  visit(item.properties);
  for (auto& r : item.recipients) visit(r);
  for (auto& a : item.attachments) {
    visit(a.properties);
    if (a.embedded) each_list(*a.embedded, visit);
  }
}

void give_ids(model::Item& item) {
  std::map<model::PropertyName, std::uint32_t> ids;
  each_list(item, [&](PropertyList& list) {
    for (const auto& p : list)
      if (p.name) ids.emplace(*p.name, 0);
  });
  if (ids.size() > kMaxNames) return;
  std::uint32_t next = kFirstNamed;
  for (auto& [name, id] : ids) id = next++;
  each_list(item, [&](PropertyList& list) {
    for (auto& p : list)
      if (p.name) p.tag = model::PropTag(ids.at(*p.name) << 16 | p.tag.raw_type());
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.tag.id() < b.tag.id(); });
  });
}

void take_inner_marks(model::Item& item) {
  for (auto& a : item.attachments) {
    if (!a.embedded) continue;
    if (const auto mark = take_mark(a.embedded->properties); mark != 0) mark_subject(*a.embedded, mark);
    take_inner_marks(*a.embedded);
  }
}

}  // namespace

std::uint16_t make_portable(model::Item& item, std::span<const Nid> nodes, const ByteString& record_key) {
  take_keys(item, nodes, record_key);
  take_inner_marks(item);
  give_ids(item);
  return take_mark(item.properties);
}

void mark_subject(model::Item& item, std::uint16_t mark) {
  const auto* subject = item.properties.find(pid::kSubject);
  if (subject == nullptr) return;
  model::Property marked = *subject;
  marked.value = model::Value::of_bytes(le_bytes(char16_t{1}) + le_bytes(mark) +
                                        ByteString(as_chars(subject->value.bytes())));
  item.properties.set(std::move(marked));
}

}  // namespace mk::pst

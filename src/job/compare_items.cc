#include "job/compare_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/tags.h"
#include "pst/subject_mark.h"

namespace mk::job {
namespace {

namespace pid = model::pid;
using model::PropType;

/// What the PST writer does not take over (docs/formats/pst-writer.md, "What is not taken over").
constexpr auto kLeftOut = std::to_array<std::uint16_t>(
    {0x0E02, 0x0E03, 0x0E04, 0x0E08, 0x0E09, 0x0E12, 0x0E13, 0x0E17, 0x0E20, 0x0E21, 0x0E30, 0x0E33, 0x0E34,
     0x0E38, 0x0E3C, 0x0E3D, 0x0FF4, 0x0FF5, 0x0FF7, 0x0FF8, 0x0FF9, 0x0FFA, 0x0FFB, 0x0FFE, 0x0FFF, 0x3000,
     0x3602, 0x3603, 0x360A, 0x360E, 0x360F, 0x3610, 0x3611, 0x3617, 0x6635, 0x6636, 0x67F2, 0x67F3});

bool may_be_missing(const model::Property& p) {
  if (p.tag.is_named()) return !p.name;
  const auto type = p.tag.type();
  if (type == PropType::kUnspecified || type == PropType::kNull || type == PropType::kErrorCode) return true;
  return std::find(kLeftOut.begin(), kLeftOut.end(), p.tag.id()) != kLeftOut.end();
}

const model::Property* find_same(const model::PropertyList& list, const model::Property& p) {
  return p.name ? list.find(*p.name) : p.tag.is_named() ? nullptr : list.find(p.tag.id());
}

std::string name_of(const model::Property& p) {
  if (p.name) return model::format_name(*p.name);
  const auto known = model::tag_name(p.tag.id());
  return known.empty() ? fmt::format("property 0x{:04X}", p.tag.id()) : std::string(known);
}

/// Keeps of both lists what both have. Rows of tables have no cells for empty values. Gives the name of a
/// property that the PST should have and has not.
std::string reduce(model::PropertyList& stream, model::PropertyList& pst, bool is_row = false) {
  model::PropertyList from_stream, from_pst;
  std::string missing;
  for (auto& p : stream) {
    if (find_same(from_stream, p) != nullptr) continue;  // of two with one id a PST keeps the first
    const auto* other = find_same(pst, p);
    if (other != nullptr) {
      from_pst.add(*other);
      from_stream.add(p);
    } else if (!may_be_missing(p) && !(is_row && p.value.size() == 0) && missing.empty()) {
      missing = name_of(p);
    }
  }
  stream = std::move(from_stream);
  pst = std::move(from_pst);
  return missing;
}

std::string reduce_item(model::Item& stream, model::Item& pst, int depth) {
  if (depth > model::kMaxEmbeddingDepth) return "messages embedded more than 32 deep";
  if (stream.recipients.size() != pst.recipients.size())
    return fmt::format("{} recipients instead of {}", pst.recipients.size(), stream.recipients.size());
  if (stream.attachments.size() != pst.attachments.size())
    return fmt::format("{} attachments instead of {}", pst.attachments.size(), stream.attachments.size());
  std::string missing = reduce(stream.properties, pst.properties);
  for (std::size_t i = 0; i < stream.recipients.size() && missing.empty(); ++i)
    missing = reduce(stream.recipients[i], pst.recipients[i], true);
  for (std::size_t i = 0; i < stream.attachments.size() && missing.empty(); ++i) {
    auto &s = stream.attachments[i], &p = pst.attachments[i];
    if ((s.embedded == nullptr) != (p.embedded == nullptr))
      return "an embedded message became something else";
    missing = reduce(s.properties, p.properties);
    if (s.embedded && missing.empty()) missing = reduce_item(*s.embedded, *p.embedded, depth + 1);
  }
  return missing;
}

}  // namespace

Result<std::string> difference(model::Item stream, model::Item pst) {
  pst::remove_subject_marks(stream);  // streams that were made from a PST may carry the mark too
  pst::remove_subject_marks(pst);
  const auto missing = reduce_item(stream, pst, 0);
  if (!missing.empty()) return missing;
  TRY_ASSIGN(const auto in_stream, model::content_hash(stream));
  TRY_ASSIGN(const auto in_pst, model::content_hash(pst));
  return in_stream == in_pst ? std::string() : std::string("a value differs");
}

}  // namespace mk::job

#include "mime/named.h"

#include "model/tags.h"

namespace mk::mime {
namespace {

using model::PropType;

/// The bytes of a property that is there with this type and this many bytes.
const std::byte* fixed(const model::Property* p, PropType type, std::size_t n) {
  return p != nullptr && p->tag.type() == type && p->value.bytes().size() == n ? p->value.bytes().data()
                                                                               : nullptr;
}

}  // namespace

std::optional<std::string> named_text(const model::PropertyList& list, const Guid& set, std::uint32_t lid) {
  const model::Property* p = list.find(model::lid_name(set, lid));
  if (p == nullptr || (p->tag.type() != PropType::kString && p->tag.type() != PropType::kString8)) return {};
  return model::text_of(*p, list.code_page());
}

std::optional<FileTime> named_time(const model::PropertyList& list, const Guid& set, std::uint32_t lid) {
  const std::byte* b = fixed(list.find(model::lid_name(set, lid)), PropType::kTime, 8);
  constexpr FileTime kNoDate{0x0CB34557A3DD4000};
  if (b == nullptr || FileTime{load_le<std::uint64_t>(b)} == kNoDate) return {};
  return FileTime{load_le<std::uint64_t>(b)};
}

std::optional<std::int64_t> named_integer(const model::PropertyList& list, const Guid& set,
                                          std::uint32_t lid) {
  const model::Property* p = list.find(model::lid_name(set, lid));
  if (const std::byte* b = fixed(p, PropType::kInteger32, 4)) return load_le<std::int32_t>(b);
  if (p != nullptr && p->tag.type() == PropType::kBoolean && !p->value.bytes().empty())
    return p->value.bytes()[0] != std::byte{0};
  return {};
}

std::optional<double> named_number(const model::PropertyList& list, const Guid& set, std::uint32_t lid) {
  const std::byte* b = fixed(list.find(model::lid_name(set, lid)), PropType::kFloating64, 8);
  if (b == nullptr) return {};
  return load_le<double>(b);
}

std::optional<ByteString> named_binary(const model::PropertyList& list, const Guid& set, std::uint32_t lid) {
  const model::Property* p = list.find(model::lid_name(set, lid));
  if (p == nullptr || p->tag.type() != PropType::kBinary) return {};
  auto bytes = p->value.load(1 << 20);
  if (!bytes) return {};
  return *std::move(bytes);
}

}  // namespace mk::mime

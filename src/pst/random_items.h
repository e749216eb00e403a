#pragma once
// For tests only: items of all shapes.
#include <random>

#include "model/item.h"
#include "model/tags.h"

namespace mk::pst {

/// Makes items of all shapes and sizes from a fixed seed.
class RandomItems {
 public:
  model::Item next(int depth = 0) {
    model::Item item;
    fill(item.properties, 60);
    item.properties.set_text(model::pid::kMessageClass, "IPM.Note");
    item.properties.set_time(model::pid::kCreationTime, {pick(~std::uint64_t{0} >> 1)});
    item.properties.set_binary(model::pid::kSearchKey, bytes(16));
    for (auto n = pick(5); n > 0; --n) {
      model::PropertyList all;
      fill(all, 8);
      auto& r = item.recipients.emplace_back();
      for (const auto& p : all)
        if (p.value.size() > 0) r.add(p);  // an empty value of a recipient makes no cell
      r.set_integer32(model::pid::kRecipientType, static_cast<std::int32_t>(pick(4)));
    }
    for (auto n = pick(4); n > 0; --n) add_attachment(item, depth);
    return item;
  }

 private:
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  ByteString bytes(std::size_t n) {
    ByteString out(n, '\0');
    for (char& c : out) c = static_cast<char>(random_());
    return out;
  }
  /// Around the places where a value changes its home: inline, heap, subnode, data tree.
  std::size_t length() {
    constexpr std::size_t kEdges[] = {0, 1, 4, 8, 100, 3578, 3580, 3582, 8176, 8178, 40000};
    return kEdges[pick(std::size(kEdges))] / 2 * 2;
  }
  ByteString element(model::PropType type) {
    if (type == model::PropType::kBoolean) return le_bytes(static_cast<std::uint16_t>(pick(2)));
    if (const auto n = model::fixed_size(type); n != 0) return bytes(n);
    return bytes(length());
  }
  void fill(model::PropertyList& list, std::uint64_t up_to) {
    constexpr model::PropType kTypes[] = {
        model::PropType::kInteger16, model::PropType::kInteger32, model::PropType::kFloating64,
        model::PropType::kBoolean,   model::PropType::kInteger64, model::PropType::kString,
        model::PropType::kTime,      model::PropType::kGuid,      model::PropType::kBinary};
    const auto n = pick(up_to);
    for (std::uint64_t i = 0; i < n; ++i) {
      const model::PropType type = kTypes[pick(std::size(kTypes))];
      model::Property p;
      const bool is_array = type != model::PropType::kBoolean && pick(8) == 0;
      const auto id = static_cast<std::uint16_t>(0x4100 + i);
      p.tag = model::PropTag(std::uint32_t{id} << 16 | static_cast<std::uint32_t>(type) |
                             (is_array ? model::kMultiple : 0u));
      if (pick(3) == 0) {
        p.tag = model::PropTag((p.tag.value & 0xFFFF) | (0x8000u + id) << 16);
        p.name = model::lid_name(model::pset::kTask, 0x8000 + static_cast<std::uint32_t>(i));
      }
      std::vector<ByteString> elements(1 + pick(3));
      for (auto& e : elements) e = element(type);
      p.value = is_array ? model::Value::of_elements(elements) : model::Value::of_bytes(elements[0]);
      list.add(std::move(p));
    }
  }
  void add_attachment(model::Item& item, int depth) {
    auto& a = item.attachments.emplace_back();
    fill(a.properties, 10);
    a.properties.set_integer32(model::pid::kRenderingPosition, -1);
    if (depth < 3 && pick(2) == 0) {
      a.properties.set_integer32(model::pid::kAttachMethod, model::kAttachEmbedded);
      a.embedded = std::make_unique<model::Item>(next(depth + 1));
      return;
    }
    a.properties.set_integer32(model::pid::kAttachMethod, model::kAttachByValue);
    a.properties.set_binary(model::pid::kAttachDataBinary, bytes(length() * 3));
  }

  std::mt19937_64 random_{20261122};
};

}  // namespace mk::pst

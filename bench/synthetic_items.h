#pragma once
#include <optional>
#include <string_view>

#include "model/item.h"

namespace mk::bench {

/// What a mailbox is made of in a measurement. The sizes are those of the values of one item.
enum class Shape { kSmall, kMedium, kAttachments, kLarge };  // 2-7 KB, about 27 KB, 60 KB, 10 MB
std::optional<Shape> parse_shape(std::string_view name);

/// Item number `n` of a mailbox: the same for the same number, everywhere.
model::Item synthetic_item(Shape shape, std::uint64_t n);

/// An item with an attachment of `bytes` bytes and one of none. Large values are made when they are read.
model::Item huge_item(std::uint64_t bytes);

}  // namespace mk::bench

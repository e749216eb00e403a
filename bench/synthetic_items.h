#pragma once
#include <optional>
#include <string_view>

#include "model/item.h"

namespace mk::bench {

/// What a mailbox is made of in a measurement. The sizes are those of the values of one item.
enum class Shape { kSmall, kMedium, kAttachments };  // 2-7 KB, about 27 KB, about 60 KB
std::optional<Shape> parse_shape(std::string_view name);

/// Item number `n` of a mailbox: the same for the same number, everywhere.
model::Item synthetic_item(Shape shape, std::uint64_t n);

/// An item with an attachment of `bytes` bytes, which are made when they are read, and one of none.
model::Item huge_item(std::uint64_t bytes);

}  // namespace mk::bench

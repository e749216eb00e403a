#pragma once
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace mk {

/// `20GB`, `500 MB`, `2MiB`, `1048576`: KB, MB, GB count by 1000, KiB, MiB, GiB by 1024; whole numbers only.
/// Errors: kInvalid  names the text and the forms taken
Result<std::uint64_t> parse_size(std::string_view text);

}  // namespace mk

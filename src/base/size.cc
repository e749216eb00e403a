#include "base/size.h"

#include <array>
#include <charconv>
#include <limits>

#include "base/safe_name.h"

namespace mk {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Unit, 8> kUnits = {{{"", 1},
                                         {"b", 1},
                                         {"kb", 1000},
                                         {"mb", 1000 * 1000},
                                         {"gb", 1000 * 1000 * 1000},
                                         {"kib", 1 << 10},
                                         {"mib", 1 << 20},
                                         {"gib", 1 << 30}}};

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t n = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  const std::string wanted = lower_ascii(unit);
  for (const Unit& u : kUnits)
    if (failed == std::errc() && wanted == u.name && n <= std::numeric_limits<std::uint64_t>::max() / u.bytes)
      return n * u.bytes;
  return Error{Code::kInvalid, "'" + std::string(text) +
                                   "' is no size; write a whole number and a unit, as 20GB, 500MB or 2GiB"};
}

}  // namespace mk

#include "mime/recurrence.h"

#include <cstddef>
#include <cstdint>

#include "mime/time_zone.h"

/// The same bytes as series and as both forms of a time zone; what is read can be written and used.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mk::mime;
  const mk::Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
  static_cast<void>(parse_task_recurrence(bytes));
  if (const auto r = parse_appointment_recurrence(bytes, 1252); r && is_gregorian(*r)) {
    MK_CHECK(r->exceptions.size() * 14 <= size);
    MK_CHECK(recurrence_rule(*r).starts_with("FREQ="));
    MK_CHECK(first_day(*r) >= std::chrono::floor<std::chrono::days>(r->start_date));
  }
  for (const auto& zone : {parse_time_zone_struct(bytes), parse_time_zone_definition(bytes)}) {
    if (!zone) continue;
    for (const std::uint32_t m : {0u, 212'000'000u, 223'000'000u}) {
      const LocalTime local = local_time(m);
      if (!zone->has_daylight()) MK_CHECK(m == 0 || zone->to_local(zone->to_utc(local)) == local);
    }
  }
  return 0;
}

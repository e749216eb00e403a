// Schedules, connections and ledgers: what can be read can be written, and reads again as the same.
#include "agent/state/schedule_json.h"
#include "agent/state/signed_ledger.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mk;
  using namespace mk::agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto schedule = parse_schedule(text))
    MK_CHECK(*parse_schedule(format_json(*schedule)) == *schedule);
  if (const auto connection = parse_connection(text))
    MK_CHECK(*parse_connection(format_json(*connection)) == *connection);
  if (const auto ledger = parse_ledger(text)) {
    const std::string once = ledger_json(*ledger);
    MK_CHECK(ledger_json(*parse_ledger(once)) == once);
  }
  return 0;
}

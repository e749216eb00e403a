// Lines of items.jsonl, of a journal and of a manifest, without their checks: no fuzzer would get past them.
// What can be read can be written, reads again as the same, and writes as the same text.
#include "job/manifest.h"

namespace {

using namespace mk;
using namespace mk::job;

void check_item_line(std::string_view json) {
  const auto line = parse_line(json);
  if (!line) return;
  const std::string once = format_line(*line);
  const auto again = parse_line(once);
  MK_CHECK(again && format_line(*again) == once);
}

void check_head(const Manifest& m) {
  if (m.name.empty()) return;
  const auto head = format_head(m);
  Manifest again;
  for (const auto& json : head) MK_CHECK(apply_line(again, json));
  MK_CHECK(format_head(again) == head);
  MK_CHECK(again.ledger().rows.size() == m.ledger().rows.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Manifest manifest;
  while (!rest.empty()) {
    const std::string_view json = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), json.size() + 1));
    check_item_line(json);
    static_cast<void>(apply_line(manifest, json));
  }
  check_head(manifest);
  return 0;
}

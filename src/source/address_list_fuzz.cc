#include "source/address_list.h"

/// Whatever a file holds, what is taken from it is addresses, and every fault has a line of the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto list = mk::source::parse_address_list(text);
  std::size_t lines = 1;
  for (const char c : text) lines += c == '\n' ? 1u : 0u;
  for (const auto& person : list.people) MK_CHECK(mk::source::is_address(person.address));
  for (const auto& fault : list.faults)
    MK_CHECK(fault.line >= 1 && fault.line <= lines && !fault.why.empty());
  MK_CHECK(list.faults.size() <= list.n_faults && list.people.size() + list.n_faults <= lines);
  return 0;
}

#include "run_options.h"

#include <map>
#include <string>

namespace mk::app {
namespace {

/// An option that is one of some names; `value` is what goes without it.
template <class T>
void add_choice(CLI::App& command, const std::string& option, T& value,
                const std::map<std::string, T>& choices, const std::string& what) {
  std::string standard;
  for (const auto& [name, choice] : choices)
    if (choice == value) standard = name;
  command
      .add_option_function<std::string>(
          option, [&value, choices](const std::string& name) { value = choices.at(name); }, what)
      ->check(CLI::IsMember(choices))
      ->default_str(standard);
}

}  // namespace

void add_compression_option(CLI::App& command, vault::Compression& compression) {
  using enum vault::Compression;
  add_choice<vault::Compression>(
      command, "--compression", compression, {{"none", kOff}, {"normal", kNormal}, {"maximum", kMaximum}},
      "How hard what is new in a vault is compressed: normal is zstd 3, maximum zstd 19, many times slower");
}

void add_cpu_option(CLI::App& command, CpuUse& cpu) {
  add_choice<CpuUse>(
      command, "--cpu", cpu, {{"low", CpuUse::kLow}, {"medium", CpuUse::kMedium}, {"high", CpuUse::kHigh}},
      "What the run may take from other work: connections, priority of its threads and of their I/O");
}

}  // namespace mk::app

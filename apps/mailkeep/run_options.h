#pragma once
#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "base/cpu_use.h"
#include "vault/compress.h"

namespace mk::app {

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

/// Adds --compression none|normal|maximum.
void add_compression_option(CLI::App& command, vault::Compression& compression);
/// Adds --cpu low|medium|high.
void add_cpu_option(CLI::App& command, CpuUse& cpu);

}  // namespace mk::app

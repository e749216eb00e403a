#pragma once
#include <CLI/CLI.hpp>

#include "base/cpu_use.h"
#include "vault/compress.h"

namespace mk::app {

/// Adds --compression none|normal|maximum.
void add_compression_option(CLI::App& command, vault::Compression& compression);
/// Adds --cpu low|medium|high.
void add_cpu_option(CLI::App& command, CpuUse& cpu);

}  // namespace mk::app

#include "run_options.h"

namespace mk::app {
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

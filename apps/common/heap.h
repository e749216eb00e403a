#pragma once

namespace mk::app {

/// Sets up glibc's heap for long runs with large buffers; first of all in main() (docs/benchmarks.md).
void settle_heap();

}  // namespace mk::app

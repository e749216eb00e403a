#include "heap.h"

#include <malloc.h>

namespace mk::app {

void settle_heap() {
  // Left to itself glibc raises this limit with each larger buffer it frees; they then lie among small ones
  // that outlive them, and the process grows for as long as it runs (docs/benchmarks.md). Chunks of a vault
  // and records around them, 4 MiB at most, stay below it: mapped anew each time, they cost more than opening
  // them does. And each thread keeps a heap of its own, though items are made by one and freed by another.
  ::mallopt(M_MMAP_THRESHOLD, 5 * 1024 * 1024);
  ::mallopt(M_ARENA_MAX, 2);
  // A limit that is set keeps this one small: the end of the heap would go back to the kernel after nearly
  // every item and be asked for, zeroed and mapped again for the next.
  ::mallopt(M_TRIM_THRESHOLD, 32 * 1024 * 1024);
}

}  // namespace mk::app

#include "heap.h"

#include <malloc.h>

namespace mk::app {

void settle_heap() {
  // Left to itself glibc raises this limit with the first large buffer it frees; large buffers then lie among
  // small ones that outlive them, and the process grows for as long as it runs (docs/benchmarks.md). And each
  // thread keeps a heap of its own, though items are made by one and freed by another.
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  ::mallopt(M_ARENA_MAX, 2);
  // A limit that is set keeps this one small: the end of the heap would go back to the kernel after nearly
  // every item and be asked for, zeroed and mapped again for the next.
  ::mallopt(M_TRIM_THRESHOLD, 32 * 1024 * 1024);
}

}  // namespace mk::app

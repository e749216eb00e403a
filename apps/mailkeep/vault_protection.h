#pragma once
#include <cstdio>

#include "vault/key_ring.h"

namespace mk::app {

/// What everybody who meets a vault should be told of how it is protected.

/// One line, red where `out` is a terminal.
void warn_not_encrypted(std::FILE* out);
/// Why not to take this one; nothing of a technique that is not legacy.
void warn_legacy(const vault::Technique& technique);
/// The technique and the warnings that go with it, on standard output.
void print_protection(const vault::Technique& technique, const vault::SlotList& slots);

}  // namespace mk::app

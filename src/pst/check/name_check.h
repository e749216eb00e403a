#pragma once
#include "pst/check/message_check.h"

namespace mk::pst::check {

/// Checks the name-to-id map, and tells which named properties there are.
///
/// Spec:   [MS-PST] 2.4.7
/// Errors: those of the storage
/// Bounds: 64 MiB of names, 32,768 entries
Status check_name_map(Blocks& blocks, Names& names, Findings& out);

}  // namespace mk::pst::check

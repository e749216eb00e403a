#pragma once
#include "pst/check/columns.h"

namespace mk::pst::check {

/// Compares PidTagConversationId in a message's row with what its properties give.  [MS-PST] 5.4
void check_conversation(Blocks& blocks, Table& table, Bytes row, const Properties& message, Findings& out,
                        const Where& where);

}  // namespace mk::pst::check

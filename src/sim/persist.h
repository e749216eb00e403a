#pragma once
#include <filesystem>

#include "sim/mailbox.h"

namespace mk::sim {

/// A mailbox in two files: ADDRESS.json (folders, numbers, history) and ADDRESS.items (the items' bytes, one
/// after the other). Both are written anew when the simulator ends; ids, change keys and sync states stay
/// valid.
Status save_mailbox(const Mailbox& mailbox, const std::filesystem::path& directory);
bool is_saved(const std::string& address, const std::filesystem::path& directory);
/// Errors: kCorrupt  the JSON is not ours; of reading
Status load_mailbox(Mailbox& mailbox, const std::filesystem::path& directory);

}  // namespace mk::sim

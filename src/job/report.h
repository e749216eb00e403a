#pragma once
#include "job/backup.h"
#include "job/restore.h"
#include "job/verify.h"

namespace mk::job {

/// Reports as people read them, several lines, and as one line of JSON.
std::string format_text(const BackupReport& report);
std::string format_json(const BackupReport& report);
std::string format_text(const RestoreReport& report);
std::string format_json(const RestoreReport& report);
std::string format_text(const VerifyReport& report);
std::string format_json(const VerifyReport& report);
/// `skipped "Subject" in Inbox: reason (id ...)`, `create ...`, `present ...`
std::string format_event(const RestoreEvent& event);

/// How a backup ended.
enum class Outcome { kBalanced, kSkipped, kUnbalanced };
Outcome outcome_of(const BackupReport& report);

}  // namespace mk::job

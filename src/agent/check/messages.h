#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mk::agent {

/// What can be told of a run, a check or a place: a code that stays the same for ever, what it means, and
/// what to do.
struct Message {
  std::string_view code, title, cause, solution;
};

/// The catalogue that command line, API, mails and docs/guides/messages.md share; in the order of its codes.
/// A code that is no longer used stays; none gets another meaning.
std::span<const Message> messages();
/// nullptr: there is none of that code.
const Message* find_message(std::string_view code);

/// The codes that our own code names.
namespace message {
inline constexpr std::string_view kComplete = "MK-RUN-001", kNothingNew = "MK-RUN-002",
                                  kSkipped = "MK-RUN-003", kUnbalanced = "MK-RUN-004",
                                  kCountDrop = "MK-RUN-005", kMissed = "MK-RUN-006",
                                  kRetriesExhausted = "MK-RUN-007", kInterrupted = "MK-RUN-008",
                                  kCancelled = "MK-RUN-009", kNoFull = "MK-RUN-010", kOtherRun = "MK-RUN-011",
                                  kDumpFailed = "MK-RUN-012", kInvalid = "MK-RUN-013",
                                  kInternal = "MK-RUN-014", kSourceDamaged = "MK-RUN-015",
                                  kRetrying = "MK-RUN-016", kAgentDirectory = "MK-RUN-017";
inline constexpr std::string_view kUnknownHost = "MK-SRV-001", kUnreachable = "MK-SRV-002",
                                  kCertificate = "MK-SRV-003", kCertificateExpired = "MK-SRV-004",
                                  kCertificateExpires = "MK-SRV-005", kBadLogin = "MK-SRV-006",
                                  kForbidden = "MK-SRV-007", kNotEws = "MK-SRV-008", kTooOld = "MK-SRV-009",
                                  kBusy = "MK-SRV-010", kNoMailbox = "MK-SRV-011", kNoRights = "MK-SRV-012",
                                  kNoImpersonation = "MK-SRV-013", kArchive = "MK-SRV-014",
                                  kClockSkew = "MK-SRV-015", kNotVerified = "MK-SRV-016",
                                  kNotFound = "MK-SRV-017", kTooLarge = "MK-SRV-018",
                                  kNotListed = "MK-SRV-019", kNotEncrypted = "MK-SRV-020";
inline constexpr std::string_view kNoDestination = "MK-DST-001", kDestinationFull = "MK-DST-002",
                                  kDestinationDenied = "MK-DST-003", kVaultDamaged = "MK-DST-004",
                                  kNoVault = "MK-DST-005", kForeignDirectory = "MK-DST-006",
                                  kStoreUnreachable = "MK-DST-007", kStoreDenied = "MK-DST-008",
                                  kLittleRoom = "MK-DST-009", kVaultTooNew = "MK-DST-010",
                                  kNewDestination = "MK-DST-011", kNoLocks = "MK-DST-012",
                                  kAnotherLock = "MK-DST-013";
inline constexpr std::string_view kTemporaryFull = "MK-TMP-001", kNoTemporary = "MK-TMP-002",
                                  kTemporaryLittleRoom = "MK-TMP-003", kNewTemporary = "MK-TMP-004";
inline constexpr std::string_view kWrongKey = "MK-KEY-001", kNoKey = "MK-KEY-002",
                                  kKeyCheckDue = "MK-KEY-003";
inline constexpr std::string_view kNotNotified = "MK-NTF-001";
}  // namespace message

/// What was being done when an error came; the same error of a server and of a disk is not the same message.
/// kAgent: in the agent's own directory
enum class Context { kRun, kServer, kDestination, kTemporary, kAgent };
/// The message that belongs to an error. Never empty.
std::string_view message_code(const Error& error, Context context);

/// docs/guides/messages.md, all of it.
std::string messages_markdown();
/// [{"code": ..., "title": ..., "cause": ..., "solution": ...}, ...]
std::string messages_json();

}  // namespace mk::agent

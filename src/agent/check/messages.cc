#include "agent/check/messages.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "job/pst_output.h"

namespace mk::agent {
namespace {

constexpr Message kMessages[] = {
    // runs
    {"MK-RUN-001", "The run is complete",
     "Everything that the server lists is stored or was stored before; the ledger balances.",
     "Nothing to do."},
    {"MK-RUN-002", "Nothing new or modified",
     "The incremental found no change since the restore point before it. This is a success: that a dump "
     "failed "
     "is said by MK-RUN-012 only.",
     "Nothing to do."},
    {"MK-RUN-003", "Complete with skipped items",
     "Some items could not be read from the server, or are damaged there. The ledger names each with its "
     "reason.",
     "Look at the reasons in the run's ledger. The next incremental tries these items again."},
    {"MK-RUN-004", "The ledger does not balance",
     "The server counts items in a folder that its listing did not give, so the run cannot say that all is "
     "stored. It is never shown as a success.",
     "Run the schedule again. If it stays, the listing of that folder is not to be trusted: let Exchange "
     "repair "
     "the mailbox (New-MailboxRepairRequest)."},
    {"MK-RUN-005", "Far fewer items than before",
     "The newest restore point holds so many fewer items than the one before that something may be wrong: a "
     "mailbox that was emptied or moved, a lost right, an attack. No older restore point was deleted.",
     "Compare the two restore points. If the drop is right, allow the deletion once for this schedule."},
    {"MK-RUN-006", "A run was missed",
     "The time of a run passed while the agent did not run, or while another run of this schedule lasted.",
     "See that the agent's machine is on at that time, or choose another time. Calendar schedules run at "
     "their "
     "next time; interval schedules have run at the start of the agent."},
    {"MK-RUN-007", "The last retry failed too",
     "The run failed, and so did each retry that the schedule allows.",
     "The message of the last try has the cause. When it is mended, use Run now: the run goes on where it "
     "stopped."},
    {"MK-RUN-008", "The run was interrupted",
     "The agent or its machine stopped in the midst of the run. What was stored stays.",
     "Nothing to do: the next run goes on where this one stopped."},
    {"MK-RUN-009", "The run was cancelled", "Somebody asked the run to stop. What was stored stays.",
     "Use Run now to go on where it stopped."},
    {"MK-RUN-010", "There is no full backup to build on",
     "An incremental needs a full backup of the same mailbox in the same destination; there is none, or it "
     "is "
     "gone.",
     "Run a full backup of this schedule."},
    {"MK-RUN-011", "Another run works in the same place",
     "Two runs must not write the same restore point; another program or schedule holds the destination.",
     "Wait until it ends, or give each schedule a destination of its own."},
    {"MK-RUN-012", "Error while dumping: the PST file could not be made",
     "Items were read, but their PST file could not be written. Their verbatim streams are not affected.",
     "The message names file and cause. Mend it (something else of that name, a damaged disk, a size for one "
     "file that its folders alone exceed) and run the schedule again: it goes on where it stopped."},
    {"MK-RUN-013", "The configuration does not fit",
     "A name, path or option of the schedule does not exist or contradicts another: a folder that is not in "
     "the "
     "mailbox, a directory that holds something else.",
     "The message names what is wrong; change it in the schedule."},
    {"MK-RUN-014", "An internal error",
     "A fault of mailkeep, or of the system in a way that nobody can act on.",
     "Run the schedule again. If it stays, report it with the run's log."},
    {"MK-RUN-015", "The server's data is damaged or cut",
     "An answer of the server could not be read to its end, again and again.",
     "Run the schedule again. If it stays, look for a proxy between agent and server that changes or cuts "
     "answers."},
    {"MK-RUN-016", "The run failed and will be tried again",
     "A failure that may pass: network, a busy server. The schedule allows another try.",
     "Nothing to do now; the next try goes on where this one stopped."},
    {"MK-RUN-017", "The agent's own directory cannot be written",
     "The agent keeps its state, the journals of runs and what it knows of vaults in a directory of its own "
     "(--state). There is no free space left, or the agent's user may not write there.",
     "Free space there, or give the user mailkeep the right to write. The run is tried again and goes on "
     "where "
     "it stopped."},
    // servers
    {"MK-SRV-001", "The server's name is unknown",
     "The name cannot be resolved: it is misspelled, or the agent's machine has no working DNS.",
     "Check the name in the connection, and DNS: getent hosts NAME."},
    {"MK-SRV-002", "The server cannot be reached",
     "Nothing answers at that address and port, or the connection breaks: the server is down, a firewall is "
     "in "
     "between, or the port is wrong.",
     "Check host, port and firewall from the agent's machine: curl -v URL."},
    {"MK-SRV-003", "The server's certificate is not trusted",
     "It was made by an authority that this machine does not know, or for another name.",
     "Use the name in the certificate, or give the certificate of its authority in the connection."},
    {"MK-SRV-004", "The server's certificate has expired",
     "Its last day of validity is over (or its first has not come: check this machine's clock).",
     "Renew the certificate on the server."},
    {"MK-SRV-005", "The server's certificate expires soon",
     "Fewer than 30 days are left; then no backup will run.", "Renew the certificate on the server."},
    {"MK-SRV-006", "Wrong user, password or token",
     "The server refuses the login: the password has changed, the token has expired, or this way to log in "
     "is "
     "not allowed.",
     "Check user and password (try DOMAIN\\user), and that the server allows Basic authentication for EWS: "
     "Set-WebServicesVirtualDirectory -BasicAuthentication $true."},
    {"MK-SRV-007", "EWS is forbidden for this user",
     "The login is right, but EWS is switched off for the user or for this program.",
     "Set-CASMailbox USER -EwsEnabled $true; check EwsApplicationAccessPolicy of the organisation."},
    {"MK-SRV-008", "What answers is not EWS",
     "The URL leads to a web page, a login page, a proxy or a redirection.",
     "Give the URL of EWS: Get-WebServicesVirtualDirectory | fl InternalUrl,ExternalUrl. Usually it is "
     "https://HOST/EWS/Exchange.asmx."},
    {"MK-SRV-009", "The server is too old",
     "Items can be exported from Exchange 2010 SP1 on; this server is older, or speaks none of the versions "
     "that mailkeep knows.",
     "Update Exchange. There is no way over EWS with that version."},
    {"MK-SRV-010", "The server is busy",
     "It limits requests, or moves or fails over the mailbox, for longer than the retries of one request "
     "last.",
     "The run is tried again later. If it stays, run at another time, with fewer mailboxes at once, or give "
     "the "
     "account a throttling policy of its own."},
    {"MK-SRV-011", "There is no such mailbox",
     "The mailbox that was accessed does not exist on this Exchange server, or the address is not one of its "
     "own.",
     "Check the address: Get-Mailbox ADDRESS."},
    {"MK-SRV-012", "Mailbox folders cannot be expanded",
     "The account that makes the backup has not the rights to read this mailbox.",
     "Give it the right: Add-MailboxPermission MAILBOX -User ACCOUNT -AccessRights FullAccess, or use "
     "impersonation."},
    {"MK-SRV-013", "The account may not impersonate",
     "The role ApplicationImpersonation is missing, or its scope leaves this mailbox out.",
     "New-ManagementRoleAssignment -Role ApplicationImpersonation -User ACCOUNT."},
    {"MK-SRV-014", "The archive mailbox cannot be read",
     "The mailbox has an archive, but the account has no rights on it, or it lies on a server that this one "
     "cannot reach.",
     "Give the account Full Access; check where the archive lies: Get-Mailbox MAILBOX | fl ArchiveGuid, "
     "ArchiveDatabase."},
    {"MK-SRV-015", "Clocks differ",
     "The clocks of this machine and of the server, or of the store, are more than 5 minutes apart. "
     "Certificates, signatures, tokens and the times of restore points go wrong.",
     "Set both clocks by NTP: timedatectl set-ntp true."},
    {"MK-SRV-016", "The certificate is not verified",
     "The connection is configured to take any certificate: anybody in between can read the password.",
     "Give the certificate of the server's authority in the connection and switch the verification on."},
    {"MK-SRV-017", "A folder or item is not there any more",
     "It was deleted or moved on the server while the run went on, or the schedule names a folder that is "
     "gone.",
     "Select the folder anew in the schedule."},
    {"MK-SRV-018", "Too large for the server", "A request or item is larger than the server's limits allow.",
     "Raise maxAllowedContentLength and maxReceivedMessageSize in the web.config of EWS."},
    {"MK-SRV-019", "Mailboxes are not listed",
     "The server's address list does not give all mailboxes: some are hidden from it, the account's address "
     "book policy leaves them out, or more than the server names at once begin alike.",
     "Give the missing addresses in a CSV file, or name them in the schedule."},
    {"MK-SRV-020", "The connection is not encrypted",
     "The URL begins with http: anybody in between can read the password and the mail.",
     "Use the https URL of EWS."},
    // destinations
    {"MK-DST-001", "The destination cannot be made or reached",
     "The directory does not exist and cannot be made: a drive that is not mounted, a parent that is a file.",
     "See that the drive is mounted and that the path is right."},
    {"MK-DST-002", "The destination is full", "There is no free space (or no quota) left for the backup.",
     "Free space, enlarge the drive, or keep fewer restore points."},
    {"MK-DST-003", "No right to write to the destination",
     "The agent's user may not write there, or the file system is mounted read-only.",
     "Give the user mailkeep the right to write (chown), and name the path in ReadWritePaths= of the systemd "
     "unit."},
    {"MK-DST-004", "The vault is damaged",
     "Something in the vault does not match its checksum, or is missing; or the vault was set back to an "
     "older "
     "state than the agent has seen, so that deleting could take what is newer.",
     "mailkeep vault check VAULT names the damage and what it costs. Check the drive. Of a vault that was "
     "set "
     "back, bring the newer state back, or remove the file that the message names."},
    {"MK-DST-005", "There is no vault", "The place is empty, or holds something else than a vault.",
     "Make one with mailkeep vault init, or correct the place."},
    {"MK-DST-006", "The directory holds other backups",
     "It belongs to another mailbox or to another program.", "Choose a directory of its own."},
    {"MK-DST-007", "The store cannot be reached",
     "The S3 service does not answer, or is busy for longer than the retries last.",
     "Check endpoint, network and firewall. The run is tried again later."},
    {"MK-DST-008", "The store refuses access",
     "The access key is wrong, or has not the rights that are needed on the bucket.",
     "Check the access key and its policy; docs/guides/s3.md lists the rights."},
    {"MK-DST-009", "The destination has little room left",
     "Less than 1 GB, or less than the next full backup is likely to need, is free.",
     "Free space before the next run, or keep fewer restore points."},
    {"MK-DST-010", "The format of the destination is not supported",
     "A newer mailkeep has written it, or a feature is used that this version does not have.",
     "Update mailkeep."},
    {"MK-DST-011", "The destination does not exist yet",
     "The first run will make the directory. Or it lies on a drive that is not mounted: then the backup "
     "would "
     "fill the drive of the system.",
     "If it lies on a drive of its own, mount that first; else there is nothing to do."},
    {"MK-DST-012", "The store cannot lock what is kept there",
     "The schedule wants its points locked (lock_days). Only a bucket that was made with object lock can do "
     "that; "
     "this one was made without, or the access key may not ask it (GetBucketObjectLockConfiguration).",
     "Name a bucket with object lock, give the access key that right, or take lock_days out of the schedule; "
     "docs/guides/s3.md says how such a bucket is made."},
    {"MK-DST-013", "The vault's lock is not that of the schedule",
     "The vault says for how many days new points are locked, and the schedule wants other ones. With fewer "
     "days "
     "than the schedule's no backup is made; with more it is, and costs more. The agent locks only a vault "
     "that "
     "it makes.",
     "Change the vault with its recovery key (mailkeep vault lock VAULT --days N --recovery-file FILE), or "
     "lock_days in the schedule."},
    // dump location
    {"MK-TMP-001", "The dump location does not have enough space",
     "The temporary location of this schedule has not enough free space to hold the PST files.",
     "Free space there, choose another temporary location, or let the schedule upload while it "
     "dumps."},
    {"MK-TMP-002", "The dump location cannot be made",
     "The temporary location of this schedule is not accessible, or the agent's user may not write there.",
     "See that the drive exists and that the user mailkeep may write to it; name the path in ReadWritePaths= "
     "of "
     "the systemd unit."},
    {"MK-TMP-003", "The dump location has little room left", "Less than 1 GB is free there.",
     "Free space there, or choose another temporary location."},
    {"MK-TMP-004", "The dump location does not exist yet",
     "The first run will make the directory. Or it lies on a drive that is not mounted.",
     "If it lies on a drive of its own, mount that first; else there is nothing to do."},
    // keys
    {"MK-KEY-001", "The key does not open the vault",
     "Password or key file is not one of this vault's, or was removed from it.",
     "Give the right one, or the recovery key: mailkeep key recover."},
    {"MK-KEY-002", "A key or password is missing",
     "The schedule protects its backups, but its key, password or key file is not there.",
     "Enter it again in the schedule; the recovery key opens the vault too."},
    {"MK-KEY-003", "Can you still open it?",
     "It is more than a month ago that somebody showed that the recovery key of this vault is at hand.",
     "Type the recovery key in once (mailkeep key check), to be sure before it is needed."},
    // notifications
    {"MK-NTF-001", "A notification could not be sent",
     "The mail server or the webhook did not take it; the reason is in the log.",
     "Send a test notification and follow its message."},
};

/// Which message an error is. The first row that fits counts; empty words fit any text. Where one code of an
/// error stands for several causes, our own wording of the error tells them apart.
struct Rule {
  Context context;
  Code code;
  std::string_view words, message;
};
using enum Context;
constexpr Rule kRules[] = {
    {kServer, Code::kDenied, "has expired", message::kCertificateExpired},
    {kServer, Code::kDenied, "certificate is not yet valid", message::kCertificateExpired},
    {kServer, Code::kDenied, "certificate is not trusted", message::kCertificate},
    {kServer, Code::kDenied, "HTTP 401", message::kBadLogin},
    {kServer, Code::kDenied, "HTTP 403", message::kForbidden},
    {kServer, Code::kDenied, "may not act as", message::kNoImpersonation},
    {kServer, Code::kDenied, "ErrorImpersonat", message::kNoImpersonation},
    {kServer, Code::kDenied, "", message::kNoRights},
    {kServer, Code::kUnavailable, "unknown host", message::kUnknownHost},
    {kServer, Code::kUnavailable, "Error", message::kBusy},
    {kServer, Code::kUnavailable, "(HTTP", message::kBusy},
    {kServer, Code::kUnavailable, "", message::kUnreachable},
    {kServer, Code::kNotFound, "mailbox", message::kNoMailbox},
    {kServer, Code::kNotFound, "", message::kNotFound},
    {kServer, Code::kUnsupported, "", message::kTooOld},
    {kServer, Code::kInvalid, "instead of EWS", message::kNotEws},
    {kServer, Code::kInvalid, "redirects to", message::kNotEws},
    {kServer, Code::kInvalid, "not a web server", message::kNotEws},
    {kServer, Code::kInvalid, "not a URL", message::kNotEws},
    {kServer, Code::kExhausted, "", message::kTooLarge},
    {kServer, Code::kCorrupt, "", message::kSourceDamaged},
    {kServer, Code::kTruncated, "", message::kSourceDamaged},

    {kDestination, Code::kDenied, "does not open the vault", message::kWrongKey},
    {kDestination, Code::kDenied, "clocks of this machine", message::kClockSkew},
    {kDestination, Code::kDenied, "the vault is not encrypted", message::kInvalid},
    {kDestination, Code::kDenied, "the vault locks new points", message::kAnotherLock},
    {kDestination, Code::kDenied, "the store", message::kStoreDenied},
    {kDestination, Code::kDenied, "", message::kDestinationDenied},
    {kDestination, Code::kExhausted, "ead-only", message::kDestinationDenied},
    {kDestination, Code::kExhausted, "", message::kDestinationFull},
    {kDestination, Code::kNotFound, "no full backup", message::kNoFull},
    {kDestination, Code::kNotFound, "no vault", message::kNoVault},
    {kDestination, Code::kNotFound, "no readable key", message::kVaultDamaged},
    {kDestination, Code::kNotFound, "", message::kNoDestination},
    {kDestination, Code::kUnavailable, "", message::kStoreUnreachable},
    {kDestination, Code::kCorrupt, "", message::kVaultDamaged},
    {kDestination, Code::kTruncated, "", message::kVaultDamaged},
    {kDestination, Code::kUnsupported, "cannot lock objects", message::kNoLocks},
    {kDestination, Code::kUnsupported, "", message::kVaultTooNew},
    {kDestination, Code::kConflict, "", message::kOtherRun},
    {kDestination, Code::kInvalid, "holds", message::kForeignDirectory},
    {kDestination, Code::kInvalid, "no such bucket", message::kNoDestination},
    {kDestination, Code::kInvalid, "is not a directory", message::kNoDestination},

    {kTemporary, Code::kExhausted, "ead-only", message::kNoTemporary},
    {kTemporary, Code::kExhausted, "", message::kTemporaryFull},
    {kTemporary, Code::kDenied, "", message::kNoTemporary},
    {kTemporary, Code::kNotFound, "", message::kNoTemporary},
    {kTemporary, Code::kInvalid, "", message::kNoTemporary},

    {kAgent, Code::kExhausted, "", message::kAgentDirectory},
    {kAgent, Code::kDenied, "", message::kAgentDirectory},
    {kAgent, Code::kNotFound, "", message::kAgentDirectory},

    {kRun, Code::kCancelled, "", message::kCancelled},
    {kRun, Code::kConflict, "", message::kOtherRun},
    {kRun, Code::kNotFound, "no full backup", message::kNoFull},
    {kRun, Code::kNotFound, "", message::kInvalid},
    {kRun, Code::kInvalid, "", message::kInvalid},
    {kRun, Code::kUnsupported, "", message::kInvalid},
    {kRun, Code::kExhausted, "", message::kDestinationFull},
    {kRun, Code::kCorrupt, "", message::kSourceDamaged},
    {kRun, Code::kTruncated, "", message::kSourceDamaged},
    {kRun, Code::kUnavailable, "", message::kUnreachable},
};

/// Headings of the document, by the middle part of the codes.
struct Group {
  std::string_view name, heading;
};
constexpr Group kGroups[] = {{"RUN", "Runs"},         {"SRV", "Exchange servers and mailboxes"},
                             {"DST", "Destinations"}, {"TMP", "Dump location"},
                             {"KEY", "Keys"},         {"NTF", "Notifications"}};

bool fits(const Rule& rule, const Error& error) {
  return rule.code == error.code && error.what.find(rule.words) != std::string::npos;
}

}  // namespace

std::span<const Message> messages() { return kMessages; }

const Message* find_message(std::string_view code) {
  const auto it = std::find_if(std::begin(kMessages), std::end(kMessages),
                               [&](const Message& m) { return m.code == code; });
  return it == std::end(kMessages) ? nullptr : it;
}

std::string_view message_code(const Error& error, Context context) {
  if (error.what.find(job::kDumpFailed) != std::string::npos) return message::kDumpFailed;
  for (const Context c : {context, kRun})
    for (const Rule& rule : kRules)
      if (rule.context == c && fits(rule, error)) return rule.message;
  return message::kInternal;
}

std::string messages_markdown() {
  std::string out =
      "# Messages\n\n"
      "Every run, check and notification names what happened by a code of this list, which the command line, "
      "the API and mails\nshare. A code never changes its meaning. Made by `mailkeepd messages --markdown`; "
      "a "
      "test compares this page with the code.\n";
  for (const Group& group : kGroups) {
    out += fmt::format("\n## {}\n", group.heading);
    for (const Message& m : kMessages)
      if (m.code.substr(3, 3) == group.name)
        out += fmt::format("\n### {}: {}\n\n**Cause**: {}\n\n**Solution**: {}\n", m.code, m.title, m.cause,
                           m.solution);
  }
  return out;
}

std::string messages_json() {
  std::string out = "[";
  for (const Message& m : kMessages)
    out +=
        fmt::format(R"({}{{"code":{},"title":{},"cause":{},"solution":{}}})", out.size() == 1 ? "\n" : ",\n",
                    json_quote(m.code), json_quote(m.title), json_quote(m.cause), json_quote(m.solution));
  return out + "\n]\n";
}

}  // namespace mk::agent

#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "job/if_present.h"

namespace mk::agent {

/// Where a restore puts what it takes.
struct RestoreTarget {
  enum class Kind {
    kOriginal,  // the mailbox and the folders that it came from
    kMailbox,   // any mailbox, its own folders or below one
    kPst,       // PST files
    kFiles      // .eml, .ics and .vcf
  };
  Kind kind = Kind::kOriginal;
  std::string connection;           // kMailbox: must be; kOriginal: when the schedule has several
  std::string mailbox;              // kMailbox; empty: the one that was backed up
  std::string folder;               // kMailbox: path or id:...; empty: the folders that correspond
  std::string directory;            // kPst, kFiles: a name below the restore root; empty: restore-NUMBER
  std::uint64_t max_pst_bytes = 0;  // kPst: of one file; 0: the default of 20 GB
  bool is_mailbox() const { return kind == Kind::kOriginal || kind == Kind::kMailbox; }
  bool operator==(const RestoreTarget&) const = default;
};

using job::IfPresent;

/// What somebody wants restored.  As JSON: docs/api.json, RestoreRequest
struct RestoreRequest {
  std::string point;        // SCHEDULE@TIME
  std::string destination;  // its place; empty: the first one of the schedule that has the point
  std::string mailbox;
  std::vector<std::string> folders;  // paths or id:..., with all below; empty: all
  std::vector<std::string> items;    // ids of items, in these folders; empty: all
  RestoreTarget target;
  IfPresent if_present = IfPresent::kSkip;  // another one: mailboxes only
  bool dry_run = false;
  /// The number of an earlier restore: what it created is removed. Then nothing else is set but `dry_run`.
  std::uint64_t undo = 0;
  bool operator==(const RestoreRequest&) const = default;
};

/// Errors: kInvalid  names the field, what it is and what is allowed
std::string format_json(const RestoreRequest& request);
Result<RestoreRequest> parse_restore_request(std::string_view json);
/// What makes sense by itself; schedules and mailboxes need not be there.
Status check(const RestoreRequest& request);

/// A name of one directory, which never leads out of the one above it: no separators, not `.` or `..`, no
/// control characters, at most 200 bytes.  Errors: kInvalid
Status check_directory_name(std::string_view name);

}  // namespace mk::agent

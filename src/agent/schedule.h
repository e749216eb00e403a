#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/plan/timing.h"
#include "base/cpu_use.h"
#include "store/open_store.h"
#include "vault/compress.h"

namespace mk::agent {

/// What an administrator configures: what is backed up, where to, how, when, and what is kept.
/// As JSON: docs/api.json, Schedule.

/// Mailboxes of one connection. A mailbox that is named is taken, even when a pattern excludes it.
struct Source {
  struct Mailbox {
    std::string address;
    std::vector<std::string> folders;  // paths or id:...; empty: all of it
    bool operator==(const Mailbox&) const = default;
  };
  std::string connection;
  std::vector<Mailbox> mailboxes;
  std::vector<std::string> include, exclude;  // patterns of addresses with * and ?; `*`: all, future ones too
  bool operator==(const Source&) const = default;
};

enum class Form { kItems, kPst };

/// A place where copies are kept: a plain directory (below it one for each mailbox), `vault:DIR`, `s3://...`.
struct Destination {
  std::string place;
  std::string s3_endpoint, s3_region, s3_credentials_file, s3_ca_file;  // of s3://, as the command line's
  unsigned lock_days = 0;  // of s3://: nobody can delete a point for so many days from its commit; 0: no lock
  bool is_directory() const { return !store::is_vault_place(place); }
  bool operator==(const Destination&) const = default;
};

/// How vaults of this schedule are encrypted. A plain directory never is.
struct Encryption {
  enum class Mode { kOff, kSystem, kCustom, kDefaultPassword };
  Mode mode = Mode::kSystem;
  std::string technique = "aes-256-gcm";  // or blowfish, triple-des: legacy
  unsigned key_bits = 0;                  // of blowfish, 64 to 448; 0: the technique's own
  std::string secret;                     // kCustom: name of the sealed secret that holds the password
  bool operator==(const Encryption&) const = default;
};

using vault::Compression;

struct RetryRule {
  bool enabled = true;
  std::chrono::minutes every{5};  // 5, 10, 15, 20, 25 or 30
  unsigned times = 5;             // 1 to 5; 0: without limit
  bool operator==(const RetryRule&) const = default;
};

/// What is kept; 0 everywhere: everything. All rules together: what any of them keeps, stays.
struct Retention {
  unsigned max_fulls = 0;          // with their incrementals
  unsigned max_points = 0;         // versions
  unsigned days = 0;               // points younger than that
  unsigned deleted_days = 0;       // points with items deleted from the mailbox since; only keeps
  unsigned max_drop_percent = 50;  // so many fewer items than in the point before stop deletions; 0: never
  bool operator==(const Retention&) const = default;
};

struct Schedule {
  std::string name;  // unique
  bool paused = false;
  std::vector<Source> sources;
  Form form = Form::kItems;
  std::vector<Destination> destinations;
  std::string temporary;  // of PST dumps; empty: the agent's own
  bool upload_while_dumping = true;
  Encryption encryption;
  Compression compression = Compression::kNormal;
  CpuUse cpu = CpuUse::kMedium;
  std::uint64_t bytes_per_second = 0;  // to and from Exchange, all mailboxes together; 0: no limit
  std::uint64_t max_pst_bytes = 0;     // 0: the default of 20 GB
  std::string time_zone = "UTC";       // a name of the tz database
  Timing full;
  std::optional<Timing> incremental;
  bool run_after_saving = false;
  RetryRule retry;
  Retention retention;
  bool operator==(const Schedule&) const = default;
};

}  // namespace mk::agent

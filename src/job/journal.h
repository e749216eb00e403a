#pragma once
#include <filesystem>
#include <functional>
#include <memory>

#include "base/file.h"
#include "job/item_line.h"

namespace mk::job {

/// Ends a group of lines: what is true once they are durable.
struct Commit {
  std::size_t folder = 0;
  model::SyncState state;  // empty while a folder is listed anew
  std::uint64_t segment = 0;
};

/// Appends groups to journal.jsonl (docs/formats/backup-directory.md, "the crash argument").
class Journal {
 public:
  /// Begins with the run's head (format_head()), durable on return.
  static Result<std::unique_ptr<Journal>> create(const std::filesystem::path& path,
                                                 const std::vector<std::string>& head);
  /// Continues behind `length` bytes, cutting the rest.
  static Result<std::unique_ptr<Journal>> resume(const std::filesystem::path& path, std::uint64_t length);
  /// Keeps the group in memory until sync().
  void append(const std::vector<ItemLine>& lines, const Commit& commit);
  Status sync();
  /// Of what is synced.
  std::uint64_t bytes() const { return at_; }

 private:
  Journal(File file, std::uint64_t at) : file_(std::move(file)), at_(at) {}
  File file_;
  std::uint64_t at_;
  std::string pending_;
};

struct JournalVisitor {
  std::function<Status(std::string_view json)> on_head;
  std::function<Status(const std::vector<ItemLine>& lines, const Commit& commit)> on_group;
};
/// Visits all whole groups; gives the length of what is whole, 0 when not even the head is.
/// Errors: kNotFound; those of the visitor. Damage ends the reading like the end of the file.
Result<std::uint64_t> read_journal(const std::filesystem::path& path, const JournalVisitor& visitor);

}  // namespace mk::job

#pragma once
#include <memory>

#include "base/file.h"

namespace mk::agent {

/// What became of each item of a restore: lines of JSON,
/// {"action","folder","item","subject","created","why"}; fields that say nothing are left out.
struct ItemOutcome {
  std::string action;  // create, update, present, too-large, failed; of an undo remove, gone, changed,
                       // failed; of folders remove-folder, leave-folder
  std::string folder, item, subject;
  std::string created;  // id in the target of what was created
  std::string why;
};

/// Appends to the list of a restore.  Threads: one at a time
class ItemListWriter {
 public:
  /// Goes on behind what an interrupted attempt wrote.
  static Result<std::unique_ptr<ItemListWriter>> open(const std::filesystem::path& file);
  Status add(const ItemOutcome& outcome);
  Status finish() { return sink_.flush(); }

 private:
  ItemListWriter(File file, std::uint64_t size) : file_(std::move(file)), sink_(file_, size) {}
  File file_;
  FileSink sink_;
};

/// Some lines of a list, from byte `from` on.
struct ItemListPage {
  std::vector<std::string> lines;  // JSON objects
  std::uint64_t next = 0;          // where the next page begins; 0: there is none
};
/// Bounds: `limit` lines, 1 MiB. A list that is not there is empty
Result<ItemListPage> read_item_list(const std::filesystem::path& file, std::uint64_t from, std::size_t limit);

}  // namespace mk::agent

#pragma once
#include <filesystem>
#include <functional>
#include <optional>

#include "job/item_line.h"
#include "model/item.h"

namespace mk::job {

/// What became of an item that was to be fetched.
struct Fetched {
  enum class Outcome { kWhole, kVanished, kSkipped };
  Outcome outcome = Outcome::kSkipped;
  ItemLine line;                    // kSkipped: with the reason; kWhole: all but segment and pst
  BlobPtr stream;                   // kWhole
  std::optional<model::Item> item;  // kWhole
  std::uint64_t bytes() const { return stream ? stream->size() : 0; }
};

/// Labels, search key, class and content hash of an item, where `line` has none yet.
void describe(const model::Item& item, ItemLine& line);
/// Describes a whole stream: labels, search key, content hash. `head` is what the server said.
/// Errors: kCorrupt, kTruncated  the stream cannot be read
Result<Fetched> describe_item(const model::ItemHead& head, BlobPtr stream);

/// Fetches items and judges them: an item is whole, or vanished, or is tried once more alone and then
/// skipped.
///
/// Errors:  of the connection, the temporary directory and `done`, never of an item
/// Threads: one
Status fetch_items(model::MailboxSource& source, const std::vector<model::ItemHead>& heads,
                   const std::filesystem::path& temporary, const std::function<Status(Fetched)>& done);

}  // namespace mk::job

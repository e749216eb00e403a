#pragma once
#include <optional>

#include "ews/export_items.h"
#include "source/record_watch.h"
#include "source/retry.h"

namespace mk::source {

/// Fetches items in batches chosen by bytes, and sees to it that each ends in end() or fail() of the
/// receiver.
///
/// An answer that is cut in its midst (broken connection, `=== Truncated Data ===`, framing that ends inside
/// a record) costs nothing of what came whole before; the others are asked for again one by one, with pauses.
/// An item that breaks every answer while the server answers other requests is given up alone. Data whose
/// framing stays cut is handed over as it is: whether an item is whole is for the receiver to say. Errors: of
/// the connection after all retries, and of the receiver
class Fetcher final : private model::ItemReceiver {
 public:
  static constexpr std::size_t kMaxBatchItems = 10;
  static constexpr std::uint64_t kMaxBatchBytes = 8 << 20;

  Fetcher(ews::Session& session, Retry& retry, model::ItemReceiver& receiver)
      : session_(session), retry_(retry), receiver_(receiver) {}
  Status fetch(const std::vector<model::ItemHead>& items);

 private:
  using Ids = std::vector<model::ItemId>;
  /// Fetching a single item often fails because of the item: then fewer tries must do.
  static constexpr int kItemRetries = 4;

  Status fetch_batch(const Ids& ids);
  Status fetch_one(const model::ItemId& id);
  Status give_up(const model::ItemId& id, Error why, bool of_item);
  /// One request; what is left of `ids` is in left_.
  Status ask(const Ids& ids);
  bool server_answers();
  bool may_be_of_an_item(const Error& why) const;

  Result<ByteSink*> begin(const model::ItemId& id) override;
  Status end(const model::ItemId& id) override;
  Status fail(const model::ItemId& id, Error why) override;
  Status checked(Status status);

  ews::Session& session_;
  Retry& retry_;
  model::ItemReceiver& receiver_;
  RecordWatch watch_;
  std::optional<Error> receiver_error_;
  std::optional<Error> item_error_;  // the last that an item of the request under way had and that may pass
  std::size_t n_begun_ = 0;          // items of the request under way whose data began to come
  std::size_t n_next_ = 0;           // its first item without end() or fail()
  Ids again_;                        // its items that had an end, but are to be asked for again
  Ids left_;
  bool last_try_ = false;
};

}  // namespace mk::source

#include "ews/export_items.h"

#include <fmt/format.h>

#include <algorithm>

#include "ews/request.h"

namespace mk::ews {
namespace {

/// An answer is as large as its items, which may be of any size; this only stops a server that never ends.
constexpr std::uint64_t kMaxReplyBytes = std::uint64_t{1} << 40;

class ExportHandler final : public MessageHandler {
 public:
  ExportHandler(const std::vector<model::ItemId>& items, model::ItemReceiver& receiver)
      : items_(items), receiver_(receiver) {}

  bool streams_data() const override { return true; }

  Status begin_data(const Element& so_far) override {
    TRY(end_item());
    if (next_ >= items_.size()) return too_many();
    if (so_far.attribute("ResponseClass") == "Error") return ok;
    decoder_ = {};
    open_ = has_data_ = true;
    TRY_ASSIGN(sink_, receiver_.begin(items_[next_]));
    return ok;
  }

  Status data(std::string_view base64) override {
    if (!open_) return ok;
    bytes_.clear();
    if (auto status = decoder_.feed(base64, bytes_); !status) return cut(status.error());
    return bytes_.empty() ? Status(ok) : sink_->write(as_bytes(bytes_));
  }

  Status end_data() override {
    if (!open_) return ok;
    const auto status = decoder_.finish();
    return status ? Status(ok) : cut(status.error());
  }

  Status message(const Element& m) override {
    // an item with data ends when the next one comes, or when the whole answer has proved good
    if (std::exchange(has_data_, false)) return ok;
    TRY(end_item());
    if (next_ >= items_.size()) return too_many();
    auto status = status_of(m);
    Error why = status ? Error{Code::kCorrupt, "the server gave no data"} : std::move(status).error();
    return receiver_.fail(items_[next_++], std::move(why).in("ExportItems"));
  }

  /// The item whose data came last: that there was no mark of truncation behind it is known only now.
  Status end_item() {
    if (!std::exchange(open_, false)) return ok;
    return receiver_.end(items_[next_++]);
  }
  std::size_t answered() const { return next_; }

 private:
  Error cut(const Error& why) const {
    return {Code::kTruncated, fmt::format("the data of an item is cut: {}", why.what)};
  }
  Error too_many() const {
    return {Code::kCorrupt, fmt::format("the server answers with more than {} items", items_.size())};
  }

  const std::vector<model::ItemId>& items_;
  model::ItemReceiver& receiver_;
  std::size_t next_ = 0;   // the item whose answer comes or came last
  bool open_ = false;      // it has had begin() and not yet end()
  bool has_data_ = false;  // the message under way has m:Data
  ByteSink* sink_ = nullptr;
  Base64Decoder decoder_;
  ByteString bytes_;
};

}  // namespace

Status export_items(Session& session, const std::vector<model::ItemId>& items,
                    model::ItemReceiver& receiver) {
  const std::string xml = "<m:ExportItems><m:ItemIds>" + item_ids_xml(items) + "</m:ItemIds></m:ExportItems>";
  ExportHandler handler(items, receiver);
  TRY(call(
      session,
      {.operation = "ExportItems", .body = make_request(session, xml), .max_reply_bytes = kMaxReplyBytes},
      handler));
  TRY(handler.end_item());
  if (handler.answered() == items.size()) return ok;
  return Error{Code::kTruncated, fmt::format("ExportItems: the server answered {} of {} items",
                                             handler.answered(), items.size())};
}

}  // namespace mk::ews

#include "job/fetcher.h"

#include <fmt/format.h>

#include <map>

#include "job/spool.h"
#include "mapi/item_reader.h"
#include "mapi/verdict.h"
#include "model/tags.h"

namespace mk::job {
namespace {

constexpr std::size_t kMaxLabelBytes = 2000;  // subjects are listed in manifests, bodies in disguise are not

std::string label_text(const model::PropertyList& p, std::initializer_list<std::uint16_t> ids) {
  for (const auto id : ids) {
    auto text = p.get_text(id);
    if (!text || text->empty()) continue;
    if (text->size() > 2 && (*text)[0] == 1) text->erase(0, 2);  // the mark of a PST, [MS-PST] 2.5.3.1.1.1
    if (text->size() > kMaxLabelBytes) text->resize(kMaxLabelBytes);
    return *text;
  }
  return {};
}

mapi::ServerFacts facts_of(const model::ItemHead& head) {
  mapi::ServerFacts facts;
  if (head.size_bytes != 0) facts.size_bytes = head.size_bytes;
  facts.has_attachments = head.has_attachments;
  return facts;
}

/// Takes one round of items; what is not had goes into `again` with its reason.
class Round final : public model::ItemReceiver {
 public:
  Round(const std::vector<model::ItemHead>& heads, const std::filesystem::path& temporary,
        const std::function<Status(Fetched)>& done)
      : temporary_(temporary), done_(done) {
    for (const auto& h : heads) waiting_.emplace(h.id.value, h);
  }

  Result<ByteSink*> begin(const model::ItemId& id) override {
    spool_.emplace(temporary_);
    spooled_ = id;
    return static_cast<ByteSink*>(&*spool_);
  }

  Status end(const model::ItemId& id) override {
    const auto it = waiting_.find(id.value);
    if (it == waiting_.end() || !spool_ || spooled_ != id) return ok;  // an item that nobody asked for
    TRY_ASSIGN(BlobPtr stream, spool_->finish());
    spool_.reset();
    TRY_ASSIGN(const auto in, stream->open());
    const auto verdict = mapi::check_exported_item(*in, facts_of(it->second));
    if (verdict.wholeness != mapi::Wholeness::kWhole) {
      reasons_[id.value] = fmt::format("the server's data is {}: {}", mapi::wholeness_name(verdict.wholeness),
                                       verdict.evidence);
      return ok;
    }
    auto described = describe_item(it->second, std::move(stream));
    if (!described) {
      reasons_[id.value] = "the item cannot be read: " + described.error().what;
      return ok;
    }
    waiting_.erase(it);
    return done_(*std::move(described));
  }

  Status fail(const model::ItemId& id, Error why) override {
    const auto it = waiting_.find(id.value);
    if (it == waiting_.end()) return ok;
    if (spooled_ == id) spool_.reset();
    if (why.code != Code::kNotFound) {
      reasons_[id.value] = std::move(why.what);
      return ok;
    }
    Fetched vanished;
    vanished.outcome = Fetched::Outcome::kVanished;
    vanished.line.kind = ItemLine::Kind::kDeleted;
    vanished.line.head.id = id;
    waiting_.erase(it);
    return done_(std::move(vanished));
  }

  /// What is left after the round.
  const std::map<std::string, model::ItemHead>& waiting() const { return waiting_; }
  std::string reason(const std::string& id) const {
    const auto it = reasons_.find(id);
    return it == reasons_.end() ? "the server gave no answer for it" : it->second;
  }

 private:
  const std::filesystem::path& temporary_;
  const std::function<Status(Fetched)>& done_;
  std::map<std::string, model::ItemHead> waiting_;
  std::map<std::string, std::string> reasons_;
  std::optional<Spool> spool_;
  model::ItemId spooled_;
};

Status skip(model::MailboxSource& source, const model::ItemHead& head, std::string reason,
            const std::function<Status(Fetched)>& done) {
  Fetched skipped;
  skipped.line.kind = ItemLine::Kind::kSkipped;
  skipped.line.head = head;
  skipped.line.reason = std::move(reason);
  const auto labels = source.labels({head.id});
  if (!labels && labels.error().code != Code::kNotFound && labels.error().code != Code::kCorrupt)
    return labels.error();
  if (labels && !labels->empty()) skipped.line.label = labels->front();
  return done(std::move(skipped));
}

}  // namespace

void describe(const model::Item& item, ItemLine& line) {
  const auto& p = item.properties;
  if (line.head.item_class.empty()) line.head.item_class = label_text(p, {model::pid::kMessageClass});
  line.label.subject =
      label_text(p, {model::pid::kSubject, model::pid::kNormalizedSubject, model::pid::kDisplayName});
  line.label.sender = label_text(
      p, {model::pid::kSentRepresentingName, model::pid::kSenderName, model::pid::kSenderEmailAddress});
  line.label.received = p.get_time(model::pid::kMessageDeliveryTime)
                            .value_or(p.get_time(model::pid::kClientSubmitTime).value_or(FileTime{}));
  line.search_key = p.get_binary(model::pid::kSearchKey).value_or(ByteString{});
  // Text in a code page that this system does not know has no hash; the bytes are kept all the same.
  if (auto hash = model::content_hash(item)) line.hash = *std::move(hash);
}

Result<Fetched> describe_item(const model::ItemHead& head, BlobPtr stream) {
  Fetched f;
  TRY_ASSIGN(model::Item item, mapi::read_exported_item(stream));
  f.outcome = Fetched::Outcome::kWhole;
  f.line.head = head;
  describe(item, f.line);
  f.line.bytes = stream->size();
  f.stream = std::move(stream);
  f.item = std::move(item);
  return f;
}

Status fetch_items(model::MailboxSource& source, const std::vector<model::ItemHead>& heads,
                   const std::filesystem::path& temporary, const std::function<Status(Fetched)>& done) {
  Round round(heads, temporary, done);
  TRY(source.fetch(heads, round));
  for (const auto& [id, head] : round.waiting()) {
    Round alone({head}, temporary, done);
    TRY(source.fetch({head}, alone));
    if (!alone.waiting().empty()) TRY(skip(source, head, alone.reason(id), done));
  }
  return ok;
}

}  // namespace mk::job

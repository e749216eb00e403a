#include "store/s3_store.h"

#include <fmt/format.h>

#include <charconv>
#include <tuple>

#include "base/back_off.h"
#include "base/hash.h"
#include "store/s3_answer.h"
#include "store/s3_undelete.h"
#include "store/s3_upload.h"
#include "vault/crypto.h"

namespace mk::store {
namespace {

constexpr char kFactsKey[] = "store.txt";
constexpr std::size_t kMaxFactsBytes = 4096, kMaxPageBytes = std::size_t{8} * 1024 * 1024;
constexpr int kMaxEmptyPages = 16, kClaimTries = 8;
constexpr std::chrono::milliseconds kFirstPause{400}, kLongestPause{60'000};

constexpr char kCompliance[] = "COMPLIANCE";

std::string range_of(std::uint64_t offset, std::uint64_t length) {
  return fmt::format("bytes={}-{}", offset, offset + length - 1);
}

/// `unknown` may have them: then the store says so when it is asked.
bool has_locks(const S3Facts& facts) { return facts.object_lock != "off"; }

Error taken(const std::string& name) { return {Code::kConflict, name + ": there is such an object already"}; }

class S3Store final : public vault::Store {
 public:
  explicit S3Store(S3Options options) : client_(std::move(options)) {}

  Status put(const std::string& name, Bytes bytes) override { return put_object({name, bytes, {}}); }

  Result<ByteString> get(const std::string& name, std::uint64_t offset, std::uint64_t length) override {
    TRY(vault::check_name(name));
    if (length == 0 || offset + length < offset) return get_nothing(name, offset, length);
    S3Client::Request request{"GET", name, {}, {{"Range", range_of(offset, length)}}};
    request.max_reply_bytes = length;
    auto reply = client_.call(request);
    if (!reply) return std::move(reply).error();
    const std::size_t n = reply->body.size();
    if (reply->head.status != 206 && (offset != 0 || n != length))
      return Error{Code::kUnsupported, name + ": the store ignores ranges; it is not fit for a vault"};
    if (n == length) return std::move(reply->body);
    return Error{Code::kTruncated,
                 fmt::format("{}: {} bytes from {}, {} were wanted", name, n, offset, length)};
  }

  Result<std::uint64_t> head(const std::string& name) override {
    TRY(vault::check_name(name));
    auto size = size_of(name);
    if (size || size.error().code == Code::kUnavailable) return size;
    // an answer to HEAD has no body that could say why
    const auto why = client_.call({"GET", name, {}, {{"Range", range_of(0, 1)}}});
    return why ? std::move(size).error() : why.error();
  }

  Status list(const std::string& prefix, const Visitor& visit) override {
    return list_keys(prefix, [&](const S3ListPage::Object& o) -> Status {
      if (!vault::check_name(o.key)) return ok;
      return visit(o.key, o.bytes);
    });
  }

  Status remove(const std::string& name) override {
    TRY(vault::check_name(name));
    return remove_key(name);
  }

  Status put_locked(const std::string& name, Bytes bytes, FileTime until) override {
    TRY_ASSIGN(const S3Facts facts, known_facts());
    if (!has_locks(facts)) return Store::put_locked(name, bytes, until);
    return put_object({name, bytes, until});
  }

  /// Dates that are later already, as by a default retention of the bucket, are left alone.
  Status lock(const std::string& name, FileTime until) override {
    TRY(vault::check_name(name));
    TRY_ASSIGN(const S3Facts facts, known_facts());
    if (!has_locks(facts)) return Store::lock(name, until);
    const std::string document = lock_document(until);
    auto request = put_request({name, as_bytes(document), {}}, facts);
    request.query = {{"retention", ""}};
    const auto done = client_.call(request);
    if (done) return ok;
    if (done.error().code != Code::kDenied && done.error().code != Code::kInvalid) return done.error();
    const auto there = retention_of(name);
    if (there && there->mode == kCompliance && there->until >= until) return ok;
    return done.error();
  }

  Result<bool> can_lock() override {
    TRY_ASSIGN(const S3Facts now, ask_bucket(client_));
    return has_locks(now) ? Result<bool>(now.object_lock != "unknown") : Store::can_lock();
  }

  Result<FileTime> locked_until(const std::string& name) override {
    TRY(vault::check_name(name));
    TRY_ASSIGN(const S3Facts facts, known_facts());
    if (!has_locks(facts)) return FileTime{};
    const auto there = retention_of(name);
    if (there) return there->until;
    return there.error().code == Code::kUnsupported ? Result<FileTime>(FileTime{}) : there.error();
  }

  Status undelete(const std::function<void(const std::string&)>& visit) override {
    return S3Undelete(client_).run(visit);
  }

  Result<std::vector<std::string>> describe() override {
    const S3Address& a = client_.options().address;
    std::vector<std::string> lines{fmt::format("bucket {} at {}, region {}", a.bucket, a.url, a.region)};
    TRY_ASSIGN(const auto facts, stored_facts());
    if (!facts) {
      lines.emplace_back("not probed yet: the first write does it");
      return lines;
    }
    std::string text = format_facts(*facts);
    text.erase(0, text.find('\n') + 1);
    for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1))
      lines.push_back(text.substr(0, end));
    return lines;
  }

 private:
  Status put_object(const Parcel& parcel) {
    const auto& [name, bytes, locked_until] = parcel;
    TRY(vault::check_name(name));
    TRY_ASSIGN(const S3Facts facts, known_facts());
    if (facts.conditional_put && !in_parts(bytes)) {
      TRY(put_if_free(parcel, facts));
    } else if (is_named_by_content(name, bytes)) {
      TRY(refuse_taken(name));
      TRY(write(parcel, facts));
    } else {
      TRY(put_claimed(parcel, facts));
    }
    return verify(name, bytes, facts);
  }

  Result<S3Retention> retention_of(const std::string& name) {
    TRY_ASSIGN(const S3Reply reply, client_.call({"GET", name, {{"retention", ""}}}));
    return read_retention(as_bytes(reply.body));
  }

  /// The store is found fit once for each process; where it is another one than was probed, or its versioning
  /// has changed since, it is probed again, since what it does with conditions may have changed with it.
  Result<S3Facts> known_facts() {
    const std::lock_guard lock(mutex_);
    if (facts_) return *facts_;
    TRY_ASSIGN(const S3Facts now, ask_bucket(client_));
    TRY_ASSIGN(auto facts, stored_facts());
    const auto of_it = [](const S3Facts& f) { return std::tie(f.place, f.versioning, f.object_lock); };
    if (!facts || of_it(*facts) != of_it(now)) {
      TRY_ASSIGN(facts, probe_store(client_, now));
      const std::string text = format_facts(*facts);
      TRY(client_.call(put_request({kFactsKey, as_bytes(text), {}}, *facts)));
    }
    facts_ = facts;
    return *facts_;
  }

  Result<std::optional<S3Facts>> stored_facts() {
    S3Client::Request request{"GET", kFactsKey};
    request.max_reply_bytes = kMaxFactsBytes;
    auto reply = client_.call(request);
    if (reply) return parse_facts(reply->body);
    if (reply.error().code == Code::kNotFound) return std::optional<S3Facts>();
    return std::move(reply).error();
  }

  Result<std::uint64_t> size_of(const std::string& key) {
    TRY_ASSIGN(const S3Reply reply, client_.call({"HEAD", key}));
    const std::string text(reply.head.header("content-length"));
    std::uint64_t n = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
    if (read.ec == std::errc() && read.ptr == text.data() + text.size() && !text.empty()) return n;
    return Error{Code::kUnsupported, key + ": the store does not say how long an object is"};
  }

  /// A range without bytes, or one that no object reaches.
  Result<ByteString> get_nothing(const std::string& name, std::uint64_t offset, std::uint64_t length) {
    TRY_ASSIGN(const std::uint64_t size, head(name));
    if (length == 0 && offset <= size) return ByteString();
    return Error{Code::kTruncated,
                 fmt::format("{}: {} bytes, {} were wanted from {}", name, size, length, offset)};
  }

  Status refuse_taken(const std::string& name) {
    const auto size = size_of(name);
    if (size) return taken(name);
    if (size.error().code == Code::kNotFound) return ok;
    return size.error();
  }

  bool in_parts(Bytes bytes) const { return bytes.size() > client_.options().parts_above; }

  /// Whatever is there is replaced.
  Status write(const Parcel& parcel, const S3Facts& facts, bool* maybe_done = nullptr) {
    bool unused = false;
    if (maybe_done == nullptr) maybe_done = &unused;
    if (!in_parts(parcel.body)) {
      TRY(client_.call(put_request(parcel, facts), maybe_done));
      return ok;
    }
    Status done = upload_in_parts(client_, parcel, facts, maybe_done);
    const bool is_gone = !done && done.error().code == Code::kNotFound;  // the upload: it was completed
    if (is_gone && *maybe_done && holds(parcel.key, parcel.body)) return ok;
    return done;
  }

  Status put_if_free(const Parcel& parcel, const S3Facts& facts) {
    const auto& [name, bytes, locked_until] = parcel;
    auto request = put_request(parcel, facts);
    request.headers.emplace_back("If-None-Match", "*");
    bool maybe_done = false;
    const auto done = client_.call(request, &maybe_done);
    if (done) return ok;
    if (done.error().code != Code::kConflict) return done.error();
    if (maybe_done && holds(name, bytes)) return ok;  // it was us, and the answer was lost
    return taken(name);
  }

  /// For stores that replace whatever the condition: whoever wants a name puts up a claim first and looks
  /// whether others did. Of two writers each puts up before it looks, so that at most one sees none but its
  /// own; and who has finished is seen by his object. Reading must see all that was written before, as S3
  /// promises.
  Status put_claimed(const Parcel& parcel, const S3Facts& facts) {
    const std::string& name = parcel.key;
    TRY_ASSIGN(const std::string claim, claim_name(name, facts));
    bool maybe_done = false;
    Status done = refuse_taken(name);  // since the claim others are kept out, but one may just have finished
    const bool is_free = static_cast<bool>(done);
    if (is_free) done = write(parcel, facts, &maybe_done);
    // a request that is still under way must not replace what somebody else writes meanwhile
    if (!done && is_free && maybe_done)
      return std::move(done).error().in("whether it was written is not known");
    static_cast<void>(remove_key(claim));  // the name is taken now: nobody asks for claims any more
    return done;
  }

  Result<std::string> claim_name(const std::string& name, const S3Facts& facts) {
    const std::string folder = "claims.tmp/" + name + "/";
    const std::string mine = folder + to_hex(as_bytes(vault::random_bytes(8)));
    std::vector<std::string> others;
    BackOff back_off(kFirstPause, kLongestPause);
    for (int tries = 1; tries <= kClaimTries; ++tries) {
      TRY(refuse_taken(name));
      TRY(client_.call(put_request({mine, as_bytes("mailkeep"), {}}, facts)));
      auto found = claims_below(folder, mine);
      if (found && found->empty()) return mine;
      TRY(remove_key(mine));
      if (!found) return std::move(found).error();
      others = *std::move(found);
      if (client_.options().take_over)
        for (const auto& other : others) TRY(remove_key(other));
      else
        client_.clock().sleep_for(back_off.after(tries));
    }
    return Error{
        Code::kUnavailable,
        fmt::format("{}: another writer has claimed it and has not finished ({}); run it again later, or, "
                    "if that writer was killed and no other one is at work, with --s3-take-over",
                    name, others.front())};
  }

  Result<std::vector<std::string>> claims_below(const std::string& folder, const std::string& mine) {
    std::vector<std::string> others;
    TRY(list_keys(folder, [&](const S3ListPage::Object& o) -> Status {
      if (o.key != mine) others.push_back(o.key);
      return ok;
    }));
    return others;
  }

  /// That it is there, and, where the store does not look at what arrives, that it is what was sent.
  Status verify(const std::string& name, Bytes bytes, const S3Facts& facts) {
    auto size = size_of(name);
    if (!size) return std::move(size).error().in("after it was written");
    if (*size == bytes.size() && (facts.checks_hash || holds(name, bytes))) return ok;
    return Error{Code::kCorrupt,
                 fmt::format("{}: what the store keeps is not what was written; it has {} of {} "
                             "bytes. This store loses data",
                             name, *size, bytes.size())};
  }

  bool holds(const std::string& name, Bytes bytes) {
    const auto size = size_of(name);
    if (!size || *size != bytes.size()) return false;
    const auto there = get(name, 0, bytes.size());
    return there && *there == as_chars(bytes);
  }

  Status remove_key(const std::string& key) {
    const auto done = client_.call({"DELETE", key});
    if (done || done.error().code == Code::kNotFound) return ok;
    return done.error();
  }

  Status list_keys(const std::string& prefix, const std::function<Status(const S3ListPage::Object&)>& visit) {
    const std::string below = client_.options().address.prefix;
    std::string token, last;
    std::size_t n = 0;
    for (int empty_pages = 0; empty_pages < kMaxEmptyPages;) {
      TRY_ASSIGN(S3ListPage page, list_page(below + prefix, token));
      for (auto& o : page.objects) {
        if (!o.key.starts_with(below + prefix) || (!last.empty() && o.key <= last))
          return Error{Code::kCorrupt, fmt::format("listing '{}': the store does not list by name", prefix)};
        if (++n > client_.options().max_listed)
          return Error{Code::kExhausted, fmt::format("listing '{}': more than {} names, which no vault has",
                                                     prefix, client_.options().max_listed)};
        last = o.key;
        o.key.erase(0, below.size());
        TRY(visit(o));
      }
      if (!page.is_truncated) return ok;
      empty_pages = page.objects.empty() ? empty_pages + 1 : 0;
      token = std::move(page.next_token);
    }
    return Error{Code::kCorrupt, fmt::format("listing '{}': the store goes on without an end", prefix)};
  }

  Result<S3ListPage> list_page(const std::string& prefix, const std::string& token) {
    const std::string page_size = std::to_string(client_.options().page);
    S3Client::Request request{"GET", "", {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", prefix}}};
    request.query.emplace_back("max-keys", page_size);
    if (!token.empty()) request.query.emplace_back("continuation-token", token);
    request.of_bucket = true;
    request.max_reply_bytes = kMaxPageBytes;
    TRY_ASSIGN(const S3Reply reply, client_.call(request));
    auto page = read_list_page(as_bytes(reply.body));
    if (!page) return std::move(page).error().in(fmt::format("listing '{}'", prefix));
    return page;
  }

  S3Client client_;
  std::mutex mutex_;
  std::optional<S3Facts> facts_;
};

}  // namespace

std::unique_ptr<vault::Store> make_s3_store(S3Options options) {
  return std::make_unique<S3Store>(std::move(options));
}

}  // namespace mk::store

#include "store/s3_facts.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/hash.h"
#include "base/text.h"
#include "store/s3_answer.h"
#include "vault/crypto.h"

namespace mk::store {
namespace {

constexpr std::string_view kTitle = "mailkeep-s3 1";
constexpr std::size_t kMaxValue = 400;
constexpr std::size_t kNameOfContent = 16;  // hexadecimal digits of a hash that make a name its own
constexpr std::uint64_t kMaxAnswerBytes = 65'536;

bool passes(const Error& e) { return e.code == Code::kUnavailable; }

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

/// The answer to a question about the bucket; nothing when the store does not say.
Result<std::optional<ByteString>> ask(S3Client& client, const std::string& what) {
  auto reply = client.call({"GET", "", {{what, ""}}, {}, {}, kMaxAnswerBytes, true});
  if (reply) return std::optional(std::move(reply->body));
  if (passes(reply.error())) return std::move(reply).error();
  return std::optional<ByteString>();
}

Result<std::string> ask_versioning(S3Client& client) {
  TRY_ASSIGN(const auto xml, ask(client, "versioning"));
  const auto status = xml ? read_versioning(as_bytes(*xml)) : Result<std::string>("unknown");
  if (!status) return std::string("unknown");
  return status->empty() ? "off" : lower(printable(status->substr(0, kMaxValue)));
}

/// A bucket without locks has no such configuration, which most stores say by an error.
Result<std::string> ask_object_lock(S3Client& client) {
  auto reply = client.call({"GET", "", {{"object-lock", ""}}, {}, {}, kMaxAnswerBytes, true});
  if (!reply && passes(reply.error())) return std::move(reply).error();
  if (!reply) return std::string(reply.error().code == Code::kDenied ? "unknown" : "off");
  const auto lock = read_object_lock(as_bytes(reply->body));
  if (!lock) return std::string("unknown");
  if (!lock->enabled) return std::string("off");
  if (lock->mode.empty()) return std::string("on");
  return printable((lock->mode + " " + lock->retention).substr(0, kMaxValue));
}

std::string md5_base64(Bytes body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned n = 0;
  MK_CHECK(EVP_Digest(body.data(), body.size(), out.data(), &n, EVP_md5(), nullptr) == 1);
  return to_base64(std::as_bytes(std::span(out)).first(n));
}

/// Not before `t`.
std::string whole_seconds(FileTime t) {
  constexpr std::uint64_t kTicks = 10'000'000;
  return format_utc({(t.ticks + kTicks - 1) / kTicks * kTicks});
}

/// One object that comes and goes.
class Probe {
 public:
  Probe(S3Client& client, S3Facts facts)
      : client_(client),
        facts_(std::move(facts)),
        key_("probe.tmp/" + to_hex(as_bytes(vault::random_bytes(8)))) {}

  Result<S3Facts> run() {
    const Status found = find_out();
    const auto removed = client_.call({"DELETE", key_});
    TRY(found);
    if (!removed) return removed.error();
    return facts_;
  }

 private:
  Status find_out() {
    auto first = put("first", true);
    const bool understood = first || first.error().code == Code::kDenied || passes(first.error());
    if (!understood) first = put("first", false);  // it takes no conditions at all
    TRY(std::move(first));
    facts_.conditional_put = false;
    if (understood) TRY(try_to_replace());
    return try_to_forge();
  }

  Status try_to_replace() {
    const auto second = put("second", true);
    if (!second && passes(second.error())) return second.error();
    TRY_ASSIGN(const bool kept, holds("first"));
    facts_.conditional_put = !second && second.error().code == Code::kConflict && kept;
    return kept ? Status(ok) : put("first", false);
  }

  Status try_to_forge() {
    auto forged = put_request({key_, as_bytes("third"), {}}, facts_);
    forged.claimed_sha256 = to_hex(sha256(as_bytes("another")));
    forged.once = true;
    const auto third = client_.call(forged);
    if (!third && passes(third.error())) return third.error();
    TRY_ASSIGN(const bool kept, holds("first"));
    facts_.checks_hash = !third && kept;
    return ok;
  }

  Status put(std::string_view text, bool if_free) {
    auto request = put_request({key_, as_bytes(text), {}}, facts_);
    if (if_free) request.headers.emplace_back("If-None-Match", "*");
    TRY(client_.call(request));
    return ok;
  }
  Result<bool> holds(std::string_view text) {
    TRY_ASSIGN(const S3Reply reply, client_.call({"GET", key_}));
    return reply.body == text;
  }

  S3Client& client_;
  S3Facts facts_;
  std::string key_;
};

}  // namespace

std::string format_facts(const S3Facts& f) {
  const auto yes = [](bool b) { return b ? "yes" : "no"; };
  return fmt::format(
      "{}\nprobed {}\nplace {}\nchecks-hash {}\nconditional-put {}\nversioning {}\nobject-lock {}\n", kTitle,
      f.probed, f.place, yes(f.checks_hash), yes(f.conditional_put), f.versioning, f.object_lock);
}

std::optional<S3Facts> parse_facts(std::string_view text) {
  S3Facts f;
  if (!text.starts_with(kTitle)) return std::nullopt;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const auto name = line.substr(0, space);
    const std::string value = printable(line.substr(space + 1).substr(0, kMaxValue));
    if (name == "probed") f.probed = value;
    if (name == "place") f.place = value;
    if (name == "checks-hash") f.checks_hash = value == "yes";
    if (name == "conditional-put") f.conditional_put = value == "yes";
    if (name == "versioning") f.versioning = value;
    if (name == "object-lock") f.object_lock = value;
  }
  if (f.versioning.empty() || f.object_lock.empty()) return std::nullopt;
  return f;
}

Result<S3Facts> ask_bucket(S3Client& client) {
  S3Facts f;
  TRY_ASSIGN(f.versioning, ask_versioning(client));
  TRY_ASSIGN(f.object_lock, ask_object_lock(client));
  const S3Address& address = client.options().address;
  f.place = printable(address.url + "/" + address.bucket).substr(0, kMaxValue);
  f.probed = format_utc(to_file_time(client.clock().now())).substr(0, 19) + "Z";
  return f;
}

Result<S3Facts> probe_store(S3Client& client, S3Facts facts) {
  auto probed = Probe(client, std::move(facts)).run();
  if (!probed) return std::move(probed).error().in("finding out what the store can do");
  return probed;
}

S3Client::Request put_request(const Parcel& parcel, const S3Facts& facts) {
  S3Client::Request r{"PUT", parcel.key, {}, lock_headers(parcel.locked_until), parcel.body};
  if (facts.object_lock != "off") r.headers.emplace_back("Content-MD5", md5_base64(parcel.body));
  return r;
}

bool is_named_by_content(const std::string& name, Bytes bytes) {
  const std::string last = name.substr(name.rfind('/') + 1);
  return last.size() >= kNameOfContent && to_hex(sha256(bytes)).starts_with(last);
}

NameValues lock_headers(FileTime until) {
  if (until == FileTime{}) return {};
  return {{"x-amz-object-lock-mode", "COMPLIANCE"},
          {"x-amz-object-lock-retain-until-date", whole_seconds(until)}};
}

std::string lock_document(FileTime until) {
  return fmt::format("<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>{}</RetainUntilDate></Retention>",
                     whole_seconds(until));
}

}  // namespace mk::store

#include "store/s3_upload.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/back_off.h"
#include "store/s3_answer.h"

namespace mk::store {
namespace {

constexpr std::size_t kMaxParts = 10'000;
constexpr int kCompletions = 5;
constexpr std::chrono::seconds kFirstPause{1}, kLongestPause{10};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return out;
}

class Upload {
 public:
  Upload(S3Client& client, std::string key, S3Facts facts)
      : client_(client), key_(std::move(key)), facts_(std::move(facts)) {}

  Status begin(FileTime locked_until) {
    auto request = post({{"uploads", ""}}, {});
    for (auto& header : lock_headers(locked_until)) request.headers.push_back(std::move(header));
    TRY_ASSIGN(const S3Reply reply, client_.call(request));
    TRY_ASSIGN(id_, read_upload_id(as_bytes(reply.body)));
    return ok;
  }

  Status send(Bytes body) {
    const std::size_t part =
        std::max(client_.options().part_bytes, (body.size() + kMaxParts - 1) / kMaxParts);
    for (int n = 1; !body.empty(); ++n) {
      const Bytes piece = body.first(std::min(part, body.size()));
      auto request = put_request({key_, piece, {}}, facts_);
      request.query = {{"partNumber", std::to_string(n)}, {"uploadId", id_}};
      TRY_ASSIGN(const S3Reply reply, client_.call(request));
      list_ += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", n,
                           escaped(reply.head.header("etag")));
      body = body.subspan(piece.size());
    }
    return ok;
  }

  /// A store may begin to answer before it knows how it ends: an error comes with status 200 too.
  Status complete(bool* maybe_done) {
    const std::string xml = "<CompleteMultipartUpload>" + list_ + "</CompleteMultipartUpload>";
    BackOff back_off(kFirstPause, kLongestPause);
    for (int tries = 1;; ++tries) {
      TRY_ASSIGN(const S3Reply reply, client_.call(post({{"uploadId", id_}}, as_bytes(xml)), maybe_done));
      const auto fault = read_fault(as_bytes(reply.body));
      if (!fault) return read_completion(as_bytes(reply.body));
      *maybe_done = true;
      const std::string what = fmt::format("{}: the parts were not put together: {} {} (status 200)", key_,
                                           fault->code, fault->message);
      if (tries == kCompletions) return Error{Code::kUnavailable, what};
      client_.clock().sleep_for(back_off.after(tries));
    }
  }

  void give_up() { static_cast<void>(client_.call({"DELETE", key_, {{"uploadId", id_}}})); }

 private:
  S3Client::Request post(NameValues query, Bytes body) const {
    return {"POST", key_, std::move(query), {{"Content-Type", "application/xml"}}, body};
  }
  S3Client& client_;
  std::string key_;
  S3Facts facts_;
  std::string id_, list_;
};

}  // namespace

Status upload_in_parts(S3Client& client, const Parcel& parcel, const S3Facts& facts, bool* maybe_done) {
  Upload upload(client, parcel.key, facts);
  TRY(upload.begin(parcel.locked_until));
  Status done = upload.send(parcel.body);
  if (done) done = upload.complete(maybe_done);
  if (!done) upload.give_up();  // the first error counts
  return done;
}

}  // namespace mk::store

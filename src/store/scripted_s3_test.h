#pragma once
// For tests only: an S3 service in this process, as small as can be, whose answers a test can replace.
#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>

#include "base/hash.h"
#include "net/http_server.h"
#include "store/s3_store.h"

namespace mk::store {

/// A clock that stands still but for its sleepers.
class FakeClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000) + slept());
  }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(slept());
  }
  void sleep_for(std::chrono::milliseconds d) override { slept_ += d.count(); }
  std::chrono::milliseconds slept() const { return std::chrono::milliseconds(slept_.load()); }

 private:
  std::atomic<std::int64_t> slept_ = 0;
};

inline net::HttpReply s3_answer(unsigned status, const std::string& xml) {
  net::HttpReply reply;
  reply.status = status;
  reply.content_type = "application/xml";
  reply.body = xml;
  return reply;
}
inline net::HttpReply s3_fault(unsigned status, const std::string& code, const std::string& more = "") {
  return s3_answer(status, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code +
                               "</Code><Message>message</Message>" + more + "</Error>");
}

/// What a request asks for, by the names that tests use: PUT, GET, HEAD, DELETE, LIST, VERSIONS, VERSIONING,
/// OBJECT-LOCK, LOCK, LOCKED, BEGIN, PART, COMPLETE, ABORT.
struct S3Call {
  std::string what, key;
  std::map<std::string, std::string> query;
  net::HttpRequest request;
};

class ScriptedS3 {
 public:
  using Hook = std::function<std::optional<net::HttpReply>(const S3Call&)>;
  struct Manner {
    bool conditional_put = true, checks_hash = true, ranges = true;
    std::string versioning, object_lock;  // documents; empty: none
    std::string region = "us-east-1";
    std::size_t page = 3;
  };
  static Manner manner() { return {}; }
  /// A bucket with versions and object lock.
  static Manner locking() {
    Manner how;
    how.versioning = "<Status>Enabled</Status>";
    how.object_lock =
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
    return how;
  }

  explicit ScriptedS3(Manner how = manner(), net::HttpServerOptions options = {}) : how_(std::move(how)) {
    options.threads = 4;
    options.max_body_bytes = 1ULL << 30;
    is_tls_ = !options.certificate_pem.empty();
    auto started = net::HttpServer::start(std::move(options),
                                          [this](net::HttpRequest r) { return serve(std::move(r)); });
    MK_CHECK(started);
    server_ = *std::move(started);
  }

  /// Answered instead of doing what was asked; and after having done it.
  Hook before, after;

  std::string endpoint() const {
    return (is_tls_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(server_->port());
  }
  S3Options options(const std::string& url = "s3://bucket/some prefix") const {
    S3Options o;
    auto address = parse_s3_address(url, endpoint(), "us-east-1", S3Style::kAuto);
    MK_CHECK(address);
    o.address = *address;
    o.credentials = who_;
    o.clock = &clock;
    o.timeout = std::chrono::seconds(2);
    return o;
  }
  mutable FakeClock clock;

  std::map<std::string, std::string> objects() const {
    const std::lock_guard lock(mutex_);
    return objects_;
  }
  std::string object(const std::string& key) const { return objects()[key]; }
  void set_object(const std::string& key, const std::string& value) {
    const std::lock_guard lock(mutex_);
    store_version(key, {{}, value, false, {}});
  }
  /// What somebody does who has the account, without anything of ours: removes an object, or one version of
  /// it; false when the store refuses.
  bool remove(const std::string& key, const std::string& version = {}) {
    const std::lock_guard lock(mutex_);
    return remove_version(key, version);
  }
  struct Version {
    std::string id, bytes;
    bool is_marker = false;
    FileTime until;
  };
  /// In a bucket with versions: all, the oldest first.
  std::map<std::string, std::vector<Version>> versions() const {
    const std::lock_guard lock(mutex_);
    return versions_;
  }
  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  void forget_calls() {
    const std::lock_guard lock(mutex_);
    calls_.clear();
  }
  Manner& how() { return how_; }

 private:
  static std::string decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto byte =
          text[i] == '%' ? from_hex(text.substr(i + 1, 2)) : Result<ByteString>(std::string(1, text[i]));
      out += *byte;
      i += text[i] == '%' ? 2 : 0;
    }
    return out;
  }

  static S3Call read(net::HttpRequest request) {
    S3Call c;
    for (std::string_view rest = request.query; !rest.empty();) {
      const auto part = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
      c.query[decode(part.substr(0, part.find('=')))] =
          part.find('=') == std::string_view::npos ? "" : decode(part.substr(part.find('=') + 1));
    }
    const std::string path = decode(request.path);
    c.key = path.size() > 8 ? path.substr(8) : "";  // behind /bucket/
    c.what = request.method;
    const auto has = [&](const char* name) { return c.query.contains(name); };
    if (has("list-type")) c.what = "LIST";
    if (has("versions")) c.what = "VERSIONS";
    if (has("retention")) c.what = c.what == "PUT" ? "LOCK" : "LOCKED";
    if (has("versioning")) c.what = "VERSIONING";
    if (has("object-lock")) c.what = "OBJECT-LOCK";
    if (has("uploads")) c.what = "BEGIN";
    if (has("uploadId")) c.what = c.what == "PUT" ? "PART" : c.what == "POST" ? "COMPLETE" : "ABORT";
    c.request = std::move(request);
    return c;
  }

  net::HttpReply serve(net::HttpRequest request) {
    const S3Call call = read(std::move(request));
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(call.what + " " + call.key);
    }
    if (before)
      if (auto instead = before(call)) return *std::move(instead);
    net::HttpReply reply = refuse(call).value_or(net::HttpReply{});
    if (reply.status == 200) reply = carry_out(call);
    if (after)
      if (auto instead = after(call)) return *std::move(instead);
    return reply;
  }

  /// The same signer as the client's: it shows that what is signed is what is sent, nothing more.
  std::optional<net::HttpReply> refuse(const S3Call& c) const {
    const auto& r = c.request;
    const std::string got(r.header("authorization"));
    const auto between = [&](const std::string& from, const std::string& to) {
      const auto at = got.find(from) + from.size();
      return got.substr(at, got.find(to, at) - at);
    };
    SigV4Request signed_request{r.method,
                                r.path,
                                {c.query.begin(), c.query.end()},
                                {},
                                std::string(r.header("x-amz-content-sha256"))};
    for (std::string names = between("SignedHeaders=", ",") + ";"; !names.empty();
         names.erase(0, names.find(';') + 1)) {
      const std::string name = names.substr(0, names.find(';'));
      signed_request.headers.emplace_back(name, r.header(name));
    }
    const std::string time(r.header("x-amz-date"));
    if (between("Credential=", "/") != who_.access_key_id) return s3_fault(403, "InvalidAccessKeyId");
    if (got.find("/" + how_.region + "/s3/") == std::string::npos)
      return s3_fault(400, "AuthorizationHeaderMalformed", "<Region>" + how_.region + "</Region>");
    if (got != authorization(signed_request, {time, how_.region}, who_))
      return s3_fault(403, "SignatureDoesNotMatch");
    if (!r.path.starts_with("/bucket/")) return s3_fault(404, "NoSuchBucket");
    if (how_.checks_hash && to_hex(sha256(as_bytes(r.body))) != signed_request.body_sha256)
      return s3_fault(400, "XAmzContentSHA256Mismatch");
    return std::nullopt;
  }

  net::HttpReply carry_out(const S3Call& c) {
    const std::lock_guard lock(mutex_);
    if (c.what == "LIST") return list(c);
    if (c.what == "VERSIONING")
      return s3_answer(200, "<VersioningConfiguration>" + how_.versioning + "</VersioningConfiguration>");
    if (c.what == "OBJECT-LOCK")
      return how_.object_lock.empty() ? s3_fault(404, "ObjectLockConfigurationNotFoundError")
                                      : s3_answer(200, how_.object_lock);
    if (c.what == "BEGIN") parts_locked_until_ = lock_of(c);
    if (c.what == "BEGIN")
      return s3_answer(
          200, "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>");
    if (c.what == "PART") return put_part(c);
    if (c.what == "COMPLETE") return complete(c);
    if (c.what == "PUT") return put(c);
    if (c.what == "VERSIONS") return list_versions(c);
    if (c.what == "LOCK" || c.what == "LOCKED") return retention(c);
    if (c.what == "DELETE" && !remove_version(c.key, version_of(c))) return s3_fault(403, "AccessDenied");
    if (c.what == "ABORT") parts_.clear();
    if (c.what == "DELETE" || c.what == "ABORT") return s3_answer(204, "");
    return get(c);
  }

  static std::string version_of(const S3Call& c) {
    const auto found = c.query.find("versionId");
    return found == c.query.end() ? "" : found->second;
  }
  bool is_versioned() const { return how_.versioning.find("Enabled") != std::string::npos; }

  void store_version(const std::string& key, Version version) {
    if (is_versioned()) {
      version.id = "v" + std::to_string(++n_versions_);
      versions_[key].push_back(version);
    }
    if (version.is_marker)
      objects_.erase(key);
    else
      objects_[key] = version.bytes;
  }
  bool remove_version(const std::string& key, const std::string& id) {
    if (!is_versioned() || id.empty()) {
      if (is_versioned())
        store_version(key, {{}, {}, true, {}});
      else
        objects_.erase(key);
      return true;
    }
    auto& all = versions_[key];
    const auto found = std::find_if(all.begin(), all.end(), [&](const Version& v) { return v.id == id; });
    if (found == all.end()) return true;
    if (found->until > to_file_time(clock.now())) return false;
    all.erase(found);
    objects_.erase(key);
    if (!all.empty() && !all.back().is_marker) objects_[key] = all.back().bytes;
    return true;
  }

  net::HttpReply retention(const S3Call& c) {
    if (how_.object_lock.empty()) return s3_fault(400, "InvalidRequest");
    if (!objects_.contains(c.key)) return s3_fault(404, "NoSuchKey");
    Version& v = versions_[c.key].back();
    if (c.what == "LOCKED" && v.until == FileTime{}) return s3_fault(404, "NoSuchObjectLockConfiguration");
    if (c.what == "LOCKED")
      return s3_answer(200, "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>" + format_utc(v.until) +
                                "</RetainUntilDate></Retention>");
    const std::string head = "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>", &body = c.request.body;
    const auto until = parse_utc(body.substr(head.size(), body.find('<', head.size()) - head.size()));
    if (!body.starts_with(head) || !until || c.request.header("content-md5").empty())
      return s3_fault(400, "MalformedXML");
    if (*until < v.until) return s3_fault(403, "AccessDenied");
    v.until = *until;
    return s3_answer(200, "");
  }

  /// Pages of how_.page versions, keys in order, of each the newest first.
  net::HttpReply list_versions(const S3Call& c) const {
    const auto asked = [&](const char* name) {
      const auto found = c.query.find(name);
      return found == c.query.end() ? std::string() : found->second;
    };
    std::string xml = "<ListVersionsResult><EncodingType>url</EncodingType>", last_key, last_id;
    std::size_t n = 0;
    bool behind = asked("key-marker").empty();
    for (const auto& [key, all] : versions_)
      for (auto v = all.rbegin(); v != all.rend() && key.starts_with(asked("prefix")); ++v) {
        if (behind && n == how_.page)
          return s3_answer(200, xml + "<IsTruncated>true</IsTruncated><NextKeyMarker>" +
                                    uri_encode(last_key) + "</NextKeyMarker><NextVersionIdMarker>" + last_id +
                                    "</NextVersionIdMarker></ListVersionsResult>");
        const std::string kind = v->is_marker ? "DeleteMarker" : "Version";
        if (behind) {
          xml += "<" + kind + "><Key>" + uri_encode(key) + "</Key><VersionId>" + v->id + "</VersionId>";
          if (!v->is_marker) xml += "<Size>" + std::to_string(v->bytes.size()) + "</Size>";
          xml += "</" + kind + ">";
          last_key = key, last_id = v->id, ++n;
        }
        behind = behind || (key == asked("key-marker") && v->id == asked("version-id-marker"));
      }
    return s3_answer(200, xml + "</ListVersionsResult>");
  }

  net::HttpReply put(const S3Call& c) {
    if (!how_.object_lock.empty() && c.request.header("content-md5").empty())
      return s3_fault(400, "InvalidRequest");
    if (how_.conditional_put && c.request.header("if-none-match") == "*" && objects_.contains(c.key))
      return s3_fault(412, "PreconditionFailed");
    store_version(c.key, {{}, c.request.body, false, lock_of(c)});
    return s3_answer(200, "");
  }
  /// What the headers of a PUT, or of the beginning of parts, say.
  static FileTime lock_of(const S3Call& c) {
    if (c.request.header("x-amz-object-lock-mode") != "COMPLIANCE") return {};
    const auto until = parse_utc(c.request.header("x-amz-object-lock-retain-until-date"));
    return until ? *until : FileTime{};
  }
  net::HttpReply put_part(const S3Call& c) {
    parts_[std::stoi(c.query.at("partNumber"))] = c.request.body;
    auto reply = s3_answer(200, "");
    reply.headers.emplace_back("ETag", "\"part&" + c.query.at("partNumber") + "\"");
    return reply;
  }
  net::HttpReply complete(const S3Call& c) {
    std::string whole, expected = "<CompleteMultipartUpload>";
    for (const auto& [n, part] : parts_) {
      whole += part;
      expected += "<Part><PartNumber>" + std::to_string(n) + "</PartNumber><ETag>\"part&amp;" +
                  std::to_string(n) + "\"</ETag></Part>";
    }
    if (parts_.empty()) return s3_fault(404, "NoSuchUpload");
    if (c.request.body != expected + "</CompleteMultipartUpload>") return s3_fault(400, "InvalidPart");
    store_version(c.key, {{}, whole, false, parts_locked_until_});
    parts_.clear();
    return s3_answer(200, "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>");
  }
  net::HttpReply get(const S3Call& c) const {
    if (const std::string id = version_of(c); !id.empty()) {
      const auto all = versions_.find(c.key);
      for (const Version& v : all == versions_.end() ? std::vector<Version>() : all->second)
        if (v.id == id) return s3_answer(200, v.bytes);
      return s3_fault(404, "NoSuchVersion");
    }
    const auto found = objects_.find(c.key);
    if (found == objects_.end()) return s3_fault(404, "NoSuchKey");
    const std::string range(c.request.header("range"));
    if (range.empty() || !how_.ranges) return s3_answer(200, found->second);
    const auto from = std::stoull(range.substr(6)), to = std::stoull(range.substr(range.find('-') + 1));
    if (from >= found->second.size()) return s3_fault(416, "InvalidRange");
    return s3_answer(206, found->second.substr(from, to - from + 1));
  }
  net::HttpReply list(const S3Call& c) const {
    const std::string prefix = c.query.at("prefix");
    const auto token = c.query.find("continuation-token");
    auto at = token == c.query.end() ? objects_.lower_bound(prefix) : objects_.upper_bound(token->second);
    std::string xml =
        "<ListBucketResult "
        "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><EncodingType>url</EncodingType>";
    std::string last;
    for (std::size_t n = 0; at != objects_.end() && at->first.starts_with(prefix) && n < how_.page;
         ++at, ++n) {
      xml += "<Contents><Key>" + uri_encode(at->first) + "</Key><Size>" + std::to_string(at->second.size()) +
             "</Size></Contents>";
      last = at->first;
    }
    if (at != objects_.end() && at->first.starts_with(prefix))
      xml += "<IsTruncated>true</IsTruncated><NextContinuationToken>" + last + "</NextContinuationToken>";
    return s3_answer(200, xml + "</ListBucketResult>");
  }

  Manner how_;
  const AwsCredentials who_{"AKIDEXAMPLE", SecretString("a secret/key+"), {}};
  bool is_tls_ = false;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> objects_;  // what there is now
  std::map<std::string, std::vector<Version>> versions_;
  std::uint64_t n_versions_ = 0;
  std::map<int, std::string> parts_;
  FileTime parts_locked_until_;
  std::vector<std::string> calls_;
  std::unique_ptr<net::HttpServer> server_;  // the last: it stops before the rest goes
};

}  // namespace mk::store

#include "net/http_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "net/curl_easy.h"
#include "net/rate_limit.h"
#include "net/stall_watch.h"

namespace mk::net {
namespace {

constexpr std::size_t kReceiveBufferBytes = 256 * 1024, kLeastReceiveBufferBytes = 1024;
constexpr std::chrono::seconds kLongestRetryAfter{24 * 3600};
constexpr std::size_t kMaxHeaders = 100;

bool is_clean(std::string_view s) {
  return std::none_of(s.begin(), s.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool are_clean(const std::vector<std::pair<std::string, std::string>>& headers) {
  return std::all_of(headers.begin(), headers.end(),
                     [](const auto& h) { return is_clean(h.first) && is_clean(h.second); });
}

std::string lower(std::string_view s) {
  std::string out(s);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == '\r' || s.back() == '\n' || s.back() == ' ')) s.remove_suffix(1);
  return std::string(s);
}

}  // namespace

class HttpClient::Impl {
 public:
  explicit Impl(const HttpOptions& options)
      : options_(options),
        curl_(curl_easy_init(), curl_easy_cleanup),
        stall_(std::max<std::chrono::milliseconds>(options.stall_timeout, std::chrono::seconds(1))) {
    MK_CHECK(curl_ != nullptr);
    set_connection();
    set_callbacks();
    apply_credentials(curl_.get(), options_.credentials);
  }

  Status send(const Request& request, HttpReceiver& receiver) {
    if (!is_clean(request.target) || !are_clean(request.headers))
      return Error{Code::kInvalid, "a URL or header with control characters in it"};
    const CurlList headers = make_headers(request);
    request_ = request;
    receiver_ = &receiver;
    sent_ = received_ = counted_ = 0;
    waited_ = {};
    stall_.start(active());
    head_ = {};
    head_given_ = answered_ = false;
    error_.reset();
    detail_[0] = '\0';
    source_.reset();
    if (request.body) {
      TRY_ASSIGN(source_, request.body->open());
    }
    set(CURLOPT_URL, (options_.url + request.target).c_str());
    set_method();
    set(CURLOPT_HTTPHEADER, headers.get());
    const CURLcode code = curl_easy_perform(curl_.get());
    source_.reset();
    if (error_) return *error_;
    if (code != CURLE_OK) return curl_error(code, options_.url, detail_);
    return give_head();
  }
  std::uint64_t sent() const { return sent_; }

 private:
  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(curl_.get(), option, value);
  }

  std::uint64_t body_bytes() const { return request_.body ? request_.body->size() : 0; }

  void set_method() {
    const auto n = static_cast<curl_off_t>(body_bytes());
    set(CURLOPT_HTTPGET, 1L);  // undoes what the request before has set
    set(CURLOPT_CUSTOMREQUEST, static_cast<const char*>(nullptr));
    if (request_.method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
    } else if (request_.method == "PUT") {
      set(CURLOPT_UPLOAD, 1L);
      set(CURLOPT_INFILESIZE_LARGE, n);
    } else if (request_.method == "POST") {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDSIZE_LARGE, n);
    } else {
      set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
  }

  void set_connection() {
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_MAXCONNECTS, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_BUFFERSIZE,
        static_cast<long>(std::clamp(piece_bytes(), kLeastReceiveBufferBytes, kReceiveBufferBytes)));
    if (options_.compressed) set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
    set(CURLOPT_SSL_VERIFYPEER, options_.insecure ? 0L : 1L);
    set(CURLOPT_SSL_VERIFYHOST, options_.insecure ? 0L : 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!options_.ca_file.empty()) {
      set(CURLOPT_CAINFO, options_.ca_file.c_str());
      set(CURLOPT_CAPATH, nullptr);
    }
  }

  void set_callbacks() {
    set(CURLOPT_ERRORBUFFER, detail_);
    set(CURLOPT_READFUNCTION, &Impl::on_read);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_SEEKFUNCTION, &Impl::on_seek);
    set(CURLOPT_SEEKDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Impl::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Impl::on_write);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_XFERINFOFUNCTION, &Impl::on_progress);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
  }

  CurlList make_headers(const Request& request) const {
    CurlList list(nullptr, curl_slist_free_all);
    const auto add = [&](const std::string& line) {
      list.reset(curl_slist_append(list.release(), line.c_str()));
    };
    add("Expect:");  // waiting for 100 Continue costs a second at servers that do not send it
    for (const auto& [name, value] : request.headers) add(name + ": " + value);
    for (const auto& [name, value] : options_.headers) add(name + ": " + value);
    return list;
  }

  static Impl& self(void* user) { return *static_cast<Impl*>(user); }

  static std::size_t on_read(char* out, std::size_t size, std::size_t n, void* user) {
    Impl& me = self(user);
    if (!me.source_) return 0;
    auto got = me.source_->read(std::as_writable_bytes(std::span(out, std::min(size * n, me.piece_bytes()))));
    if (!got) {
      me.error_ = std::move(got).error();
      return CURL_READFUNC_ABORT;
    }
    me.sent_ += *got;
    me.wait_for(*got);
    return *got;
  }

  /// The connection has to be made anew, or a login asks for the body again.
  static int on_seek(void* user, curl_off_t offset, int origin) {
    Impl& me = self(user);
    if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
    if (!me.request_.body) return CURL_SEEKFUNC_OK;
    if (me.request_.once && me.sent_ == me.request_.body->size() && !me.answered_) {
      me.error_ = Error{Code::kUnavailable,
                        fmt::format("{}: the connection broke after the request was sent", me.options_.url)};
      return CURL_SEEKFUNC_FAIL;
    }
    auto source = me.request_.body->open(static_cast<std::uint64_t>(offset));
    if (!source) {
      me.error_ = std::move(source).error();
      return CURL_SEEKFUNC_FAIL;
    }
    me.source_ = *std::move(source);
    me.sent_ = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
  }

  static std::size_t on_header(char* line, std::size_t size, std::size_t n, void* user) {
    Impl& me = self(user);
    me.answered_ = true;
    const std::string_view text(line, size * n);
    const std::size_t colon = text.find(':');
    if (text.starts_with("HTTP/")) me.head_ = {};  // also after 100 Continue and the steps of a login
    if (colon == std::string_view::npos || me.head_.headers.size() == kMaxHeaders) return text.size();
    me.head_.headers.emplace_back(lower(text.substr(0, colon)), trimmed(text.substr(colon + 1)));
    return text.size();
  }

  static std::size_t on_write(char* bytes, std::size_t size, std::size_t n, void* user) {
    Impl& me = self(user);
    me.wait_for(me.newly_received());
    auto status = me.take({bytes, size * n});
    if (status) return size * n;
    me.error_ = std::move(status).error();
    return size * n == 0 ? 1 : 0;  // any other number than was given ends the transfer
  }

  /// Called whenever bytes have moved, and every second. libcurl's own watch would count our waits too.
  static int on_progress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent) {
    Impl& me = self(user);
    curl_off_t begun = 0;  // microseconds until the request could be sent; connecting has a limit of its own
    curl_easy_getinfo(me.curl_.get(), CURLINFO_PRETRANSFER_TIME_T, &begun);
    if (begun == 0) return me.stall_.start(me.active()), 0;
    if (!me.stall_.is_stalled(me.active(), static_cast<std::uint64_t>(received + sent))) return 0;
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(me.options_.stall_timeout).count();
    const auto why =
        fmt::format("fewer than {} bytes a second for {} s", StallWatch::kSlowestBytesPerSecond, seconds);
    me.error_ = curl_error(CURLE_OPERATION_TIMEDOUT, me.options_.url, why.c_str());
    return 1;
  }

  /// A clock that stands still while the limit is waited for.
  StallWatch::Time active() const { return system_clock().steady() - waited_; }

  std::size_t piece_bytes() const {
    return options_.rate_limit ? options_.rate_limit->piece_bytes() : kReceiveBufferBytes;
  }

  void wait_for(std::uint64_t bytes) {
    if (!options_.rate_limit) return;
    const auto before = system_clock().steady();
    options_.rate_limit->pass(bytes);
    waited_ += system_clock().steady() - before;
  }

  /// Bytes of the body on the wire, which the receiver gets unpacked, since this was last asked.
  std::uint64_t newly_received() {
    curl_off_t so_far = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_SIZE_DOWNLOAD_T, &so_far);
    const auto now = static_cast<std::uint64_t>(so_far);
    const auto before = std::exchange(counted_, now);
    return now > before ? now - before : 0;
  }

  Status take(std::string_view bytes) {
    TRY(give_head());
    received_ += bytes.size();
    if (received_ > request_.max_reply_bytes)
      return Error{Code::kExhausted, fmt::format("{}: the answer is longer than {} bytes", options_.url,
                                                 request_.max_reply_bytes)};
    return receiver_->body(as_bytes(bytes));
  }

  /// Only the last head of a request counts: it is given with the first byte of the body, or at the end.
  Status give_head() {
    if (std::exchange(head_given_, true)) return ok;
    long status = 0;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl_.get(), CURLINFO_RETRY_AFTER, &retry_after);
    head_.status = static_cast<int>(status);
    head_.content_type = head_.header("content-type");
    head_.location = head_.header("location");
    head_.retry_after =
        std::clamp(std::chrono::seconds(retry_after), std::chrono::seconds(0), kLongestRetryAfter);
    return receiver_->head(head_);
  }

  HttpOptions options_;
  CurlHandle curl_;
  char detail_[CURL_ERROR_SIZE] = {};
  Request request_;
  std::unique_ptr<ByteSource> source_;
  HttpReceiver* receiver_ = nullptr;
  std::uint64_t sent_ = 0, received_ = 0;
  std::uint64_t counted_ = 0;  // of the limit, among what was received
  std::chrono::nanoseconds waited_{};
  StallWatch stall_;
  HttpHead head_;
  bool answered_ = false;  // a line of an answer has come
  bool head_given_ = false;
  std::optional<Error> error_;  // of a callback
};

Result<std::unique_ptr<HttpClient>> HttpClient::create(const HttpOptions& options) {
  if (!options.url.starts_with("http://") && !options.url.starts_with("https://"))
    return Error{Code::kInvalid,
                 fmt::format("\"{}\" is not a URL; write it as https://HOST/EWS/Exchange.asmx", options.url)};
  if (!is_clean(options.url) || !is_clean(options.user_agent) || !are_clean(options.headers))
    return Error{Code::kInvalid, "a URL or header with control characters in it"};
  initialize_curl();
  return std::unique_ptr<HttpClient>(new HttpClient(std::make_unique<Impl>(options)));
}

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;
std::uint64_t HttpClient::sent() const { return impl_->sent(); }
Status HttpClient::send(const Request& request, HttpReceiver& receiver) {
  return impl_->send(request, receiver);
}
Status HttpClient::post(const Post& post, HttpReceiver& receiver) {
  return impl_->send(
      {"POST", "", {{"Content-Type", post.content_type}}, post.body, post.max_reply_bytes, post.once},
      receiver);
}

std::string_view HttpHead::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::optional<std::chrono::system_clock::time_point> HttpHead::date() const {
  const std::time_t t = curl_getdate(std::string(header("date")).c_str(), nullptr);
  if (t < 0) return std::nullopt;
  return std::chrono::system_clock::from_time_t(t);
}

}  // namespace mk::net

#include "net/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <ctime>
#include <memory>
#include <system_error>

#include "base/text.h"
#include "base/time.h"
#include "net/curl_easy.h"

namespace mk::net {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

template <class T, void (*Free)(T*)>
struct Freer {
  void operator()(T* p) const { Free(p); }
};
using Context = std::unique_ptr<SSL_CTX, Freer<SSL_CTX, SSL_CTX_free>>;
using Tls = std::unique_ptr<SSL, Freer<SSL, SSL_free>>;
using Cert = std::unique_ptr<X509, Freer<X509, X509_free>>;
using Addresses = std::unique_ptr<addrinfo, Freer<addrinfo, freeaddrinfo>>;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

Error unavailable(const std::string& where, const std::string& why) {
  return {Code::kUnavailable, fmt::format("{}: cannot connect: {}", where, why)};
}

/// Waits until something can be read or written. False: the time is over.
bool wait_for(int fd, short events, Deadline deadline) {
  pollfd p{fd, events, 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - system_clock().steady());
    const int n = ::poll(&p, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (n >= 0 || errno != EINTR) return n > 0;
  }
}

Addresses look_up(const std::string& host, std::uint16_t port, int flags, int& code) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  return Addresses(code == 0 ? found : nullptr);
}

Result<Socket> connect_to(const std::string& address, std::uint16_t port, Deadline deadline) {
  const std::string where = fmt::format("{} port {}", address, port);
  int code = 0;
  const Addresses found = look_up(address, port, AI_NUMERICHOST | AI_NUMERICSERV, code);
  if (!found) return unavailable(where, ::gai_strerror(code));
  Socket socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.fd() < 0) return unavailable(where, std::generic_category().message(errno));
  if (::connect(socket.fd(), found->ai_addr, found->ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return unavailable(where, std::generic_category().message(errno));
    if (!wait_for(socket.fd(), POLLOUT, deadline)) return unavailable(where, "no answer in time");
    int error = 0;
    socklen_t n = sizeof error;
    ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &n);
    if (error != 0) return unavailable(where, std::generic_category().message(error));
  }
  return socket;
}

std::string openssl_error() {
  char text[256] = "the connection was closed";
  if (const unsigned long code = ERR_peek_last_error(); code != 0)
    ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

std::string name_of(const X509_NAME* name) {
  char text[512] = "";
  X509_NAME_oneline(name, text, sizeof text);
  return printable(text);
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME* t) {
  std::tm tm{};
  if (ASN1_TIME_to_tm(t, &tm) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&tm));
}

bool is_address(const std::string& host) {
  in6_addr any{};
  return ::inet_pton(AF_INET, host.c_str(), &any) == 1 || ::inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

Result<Context> make_context(const std::string& ca_file) {
  Context context(SSL_CTX_new(TLS_client_method()));
  MK_CHECK(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);  // it is judged afterwards
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                     : SSL_CTX_load_verify_file(context.get(), ca_file.c_str());
  if (loaded != 1)
    return Error{Code::kInvalid, fmt::format("{}: the file with authorities to trust cannot be used: {}",
                                             ca_file, openssl_error())};
  return context;
}

/// Asks for the host by its name, and has the certificate compared with it.
Tls make_tls(SSL_CTX* context, int fd, const std::string& host) {
  Tls tls(SSL_new(context));
  MK_CHECK(tls != nullptr);
  SSL_set_fd(tls.get(), fd);
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls.get()), host.c_str());
  } else {
    SSL_set_tlsext_host_name(tls.get(), host.c_str());
    SSL_set1_host(tls.get(), host.c_str());
  }
  return tls;
}

Status shake_hands(SSL* tls, int fd, Deadline deadline, const std::string& where) {
  for (;;) {
    ERR_clear_error();
    const int done = SSL_connect(tls);
    if (done == 1) return ok;
    const int why = SSL_get_error(tls, done);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
      return Error{
          Code::kUnavailable,
          fmt::format("{}: no TLS connection: {}; check that the port speaks HTTPS", where, openssl_error())};
    if (!wait_for(fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline))
      return Error{Code::kUnavailable, where + ": no TLS connection: no answer in time"};
  }
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  const auto part = [&](CURLUPart what) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), what, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return std::string();
    std::string copy(text);
    curl_free(text);
    return copy;
  };
  MK_CHECK(parsed != nullptr);
  const bool good = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK;
  const std::string scheme = part(CURLUPART_SCHEME), port = part(CURLUPART_PORT);
  if (!good || (scheme != "http" && scheme != "https"))
    return Error{
        Code::kInvalid,
        fmt::format("\"{}\" is not a URL; write it as https://HOST/EWS/Exchange.asmx", printable(url))};
  Endpoint endpoint{part(CURLUPART_HOST), 0, scheme == "https"};
  std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (endpoint.host.starts_with('[')) endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
  return endpoint;
}

Result<std::vector<std::string>> resolve_host(const Endpoint& endpoint) {
  int code = 0;
  const Addresses found = look_up(endpoint.host, endpoint.port, AI_NUMERICSERV, code);
  if (!found)
    return Error{Code::kUnavailable, fmt::format("unknown host {}: {}; check the name and this machine's DNS",
                                                 printable(endpoint.host), ::gai_strerror(code))};
  std::vector<std::string> addresses;
  for (const addrinfo* a = found.get(); a != nullptr; a = a->ai_next) {
    char text[NI_MAXHOST];
    if (::getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
      addresses.emplace_back(text);
  }
  return addresses;
}

Result<std::string> try_connect(const std::vector<std::string>& addresses, std::uint16_t port,
                                std::chrono::milliseconds timeout) {
  Error last{Code::kUnavailable, "no address to connect to"};
  for (const std::string& address : addresses) {
    const auto socket = connect_to(address, port, system_clock().steady() + timeout);
    if (socket) return address;
    last = socket.error();
  }
  return last;
}

Result<ServerCertificate> try_tls(const std::string& address, const Endpoint& endpoint,
                                  const std::string& ca_file, std::chrono::milliseconds timeout) {
  const Deadline deadline = system_clock().steady() + timeout;
  TRY_ASSIGN(const Context context, make_context(ca_file));
  TRY_ASSIGN(const Socket socket, connect_to(address, endpoint.port, deadline));
  const Tls tls = make_tls(context.get(), socket.fd(), endpoint.host);
  TRY(shake_hands(tls.get(), socket.fd(), deadline, fmt::format("{} port {}", endpoint.host, endpoint.port)));
  const Cert certificate(SSL_get1_peer_certificate(tls.get()));
  if (!certificate) return Error{Code::kUnavailable, endpoint.host + ": the server shows no certificate"};
  const long verdict = SSL_get_verify_result(tls.get());
  return ServerCertificate{SSL_get_version(tls.get()),
                           name_of(X509_get_subject_name(certificate.get())),
                           name_of(X509_get_issuer_name(certificate.get())),
                           time_of(X509_get0_notBefore(certificate.get())),
                           time_of(X509_get0_notAfter(certificate.get())),
                           verdict == X509_V_OK ? "" : X509_verify_cert_error_string(verdict)};
}

}  // namespace mk::net

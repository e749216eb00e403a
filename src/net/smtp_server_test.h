#pragma once
// For tests only: a mail server that keeps what it is given, or refuses it.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "net/certificate.h"

namespace mk::net {

/// Serves one connection after the other. What it saw is read when it is gone or the client is done.
class SmtpServer {
 public:
  struct Behaviour {
    bool starttls = false, tls_at_once = false;
    Certificate certificate = {};  // of both
    std::string recipient_reply = "250 2.1.5 ok", login_reply = "235 2.7.0 ok", data_reply = "250 2.0.0 kept";
    std::string greeting = "220 mail.example.test ESMTP";  // empty: says nothing
  };

  explicit SmtpServer(Behaviour behaviour) : how_(std::move(behaviour)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MK_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
             listen(listener_, 8) == 0);
    socklen_t n = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &n);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~SmtpServer() { stop(); }
  /// Nothing is served any more; what came is complete.
  void stop() {
    if (!thread_.joinable()) return;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::uint16_t port() const { return port_; }

  std::vector<std::string> commands;  // lines outside of mails; after STARTTLS again with "TLS:" before them
  std::vector<std::string> mails;

 private:
  void run() {
    for (int fd = accept(listener_, nullptr, nullptr); fd >= 0; fd = accept(listener_, nullptr, nullptr)) {
      const timeval patience{5, 0};
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      fd_ = fd, tls_.reset(), buffer_.clear();
      if (!how_.tls_at_once || start_tls()) serve();
      tls_.reset();
      close(fd);
    }
  }

  bool start_tls() {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                    SSL_CTX_free);
    const auto pem = [](const std::string& text) {
      return BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
    };
    BIO* certificate_bio = pem(how_.certificate.certificate_pem);
    BIO* key_bio = pem(how_.certificate.key_pem);
    X509* certificate = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
    MK_CHECK(SSL_CTX_use_certificate(context.get(), certificate) == 1 &&
             SSL_CTX_use_PrivateKey(context.get(), key) == 1);
    X509_free(certificate), EVP_PKEY_free(key), BIO_free(certificate_bio), BIO_free(key_bio);
    tls_.reset(SSL_new(context.get()));
    SSL_set_fd(tls_.get(), fd_);
    buffer_.clear();  // what was sent before TLS does not count behind it
    return SSL_accept(tls_.get()) == 1;
  }

  bool say(std::string line) {
    line += "\r\n";
    if (tls_) return SSL_write(tls_.get(), line.data(), static_cast<int>(line.size())) > 0;
    return send(fd_, line.data(), line.size(), MSG_NOSIGNAL) > 0;
  }

  /// Without its end; false: the connection is over.
  bool read_line(std::string& line) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      char some[4096];
      const auto n = tls_ ? SSL_read(tls_.get(), some, sizeof some) : recv(fd_, some, sizeof some, 0);
      if (n <= 0) return false;
      buffer_.append(some, static_cast<std::size_t>(n));
    }
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return true;
  }

  void serve() {
    if (!how_.greeting.empty()) say(how_.greeting);
    for (std::string line; read_line(line);) {
      commands.push_back((tls_ ? "TLS:" : "") + line);
      if (line.starts_with("EHLO")) {
        say("250-mail.example.test");
        if (how_.starttls && !tls_) say("250-STARTTLS");
        say("250 AUTH PLAIN");
      } else if (line == "STARTTLS") {
        say("220 2.0.0 go on");
        if (!start_tls()) return;
      } else if (line.starts_with("AUTH")) {
        std::string secret;
        say("334 ");
        if (!read_line(secret)) return;
        say(how_.login_reply);
      } else if (line.starts_with("RCPT")) {
        say(how_.recipient_reply);
      } else if (line == "DATA") {
        say("354 go on");
        if (!read_mail()) return;
        say(how_.data_reply);
      } else {
        say("250 2.0.0 ok");
      }
      if (line == "QUIT") return;
    }
  }

  bool read_mail() {
    std::string mail;
    for (std::string line; read_line(line);) {
      if (line == ".") {
        mails.push_back(std::move(mail));
        return true;
      }
      mail += (line.starts_with('.') ? line.substr(1) : line) + "\r\n";
    }
    return false;
  }

  Behaviour how_;
  int listener_ = -1, fd_ = -1;
  std::uint16_t port_ = 0;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
  std::string buffer_;
  std::thread thread_;
};

}  // namespace mk::net

// mk_wire: the wire limit. A backup runs once through `record`; then `serve` answers with the recorded bytes
// and `replay` sends the recorded requests and throws the answers away. What that takes, no client can
// undercut.
//
//   mk_wire record PORT FILE       a proxy to the server on PORT; ends when standard input does
//   mk_wire serve FILE             ends when standard input does
//   mk_wire replay FILE PORT N     over N connections; prints requests, bytes and seconds

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "recording.h"

namespace mk::bench {
namespace {

constexpr char kIndexHeader[] = "X-Index: ";

/// Accepts connections, each on a thread of its own, until standard input ends.
Status accept_until_stopped(const std::function<Status(HttpConnection)>& handle) {
  TRY_ASSIGN(const Listener listener, listen_on_loopback());
  fmt::print("listening on {}\n", listener.port);
  std::fflush(stdout);
  std::thread([&listener, handle] {
    for (;;) {
      const int fd = ::accept4(listener.fd, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      std::thread([fd, handle] {
        if (const auto done = handle(HttpConnection(fd)); !done)
          fmt::print(stderr, "mk_wire: {}\n", done.error().what);
      }).detach();
    }
  }).detach();
  char c = 0;
  while (::read(STDIN_FILENO, &c, 1) > 0) continue;
  return ok;
}

std::string rendered(const HttpMessage& m) {
  std::string head = m.head;
  const std::size_t at = head.find("Transfer-Encoding: chunked\r\n");
  if (at != std::string::npos) head.replace(at, 28, fmt::format("Content-Length: {}\r\n", m.body.size()));
  return head + m.body;
}

Status pass_on(HttpConnection client, std::uint16_t server_port, Recorder& recorder) {
  TRY_ASSIGN(HttpConnection server, HttpConnection::connect(server_port));
  for (;;) {
    TRY_ASSIGN(const auto request, client.read());
    if (!request) return ok;
    TRY(server.write(rendered(*request)));
    TRY_ASSIGN(const auto answer, server.read());
    if (!answer) return Error{Code::kUnavailable, "the server closed the connection"};
    TRY(recorder.add(*request, *answer));
    TRY(client.write(rendered(*answer)));
  }
}

Status record(std::uint16_t server_port, const char* path) {
  TRY_ASSIGN(File file, File::open(path, File::Mode::kCreate));
  Recorder recorder(std::move(file));
  TRY(accept_until_stopped([&](HttpConnection c) { return pass_on(std::move(c), server_port, recorder); }));
  return recorder.finish();
}

Status answer_from(const Recording& recording, HttpConnection client) {
  for (;;) {
    TRY_ASSIGN(const auto request, client.read());
    if (!request) return ok;
    const std::size_t at = request->head.find(kIndexHeader);
    if (at == std::string::npos) return Error{Code::kInvalid, "a request without its index"};
    const auto index = std::strtoul(request->head.c_str() + at + sizeof kIndexHeader - 1, nullptr, 10);
    TRY(client.write(recording.exchanges().at(index).answer));
  }
}

Status serve(const char* path) {
  TRY_ASSIGN(const Recording recording, Recording::open(path));
  return accept_until_stopped([&](HttpConnection c) { return answer_from(recording, std::move(c)); });
}

/// Takes the next request that nobody has taken, until there is none.
Status ask_all(const Recording& recording, std::uint16_t port, std::atomic<std::size_t>& next,
               std::atomic<std::size_t>& bytes) {
  TRY_ASSIGN(HttpConnection server, HttpConnection::connect(port));
  for (std::size_t i = next++; i < recording.exchanges().size(); i = next++) {
    std::string request(recording.exchanges()[i].request);
    request.insert(request.find("\r\n") + 2, fmt::format("{}{}\r\n", kIndexHeader, i));
    TRY(server.write(request));
    TRY_ASSIGN(const std::size_t n, server.read_and_discard());
    bytes += n;
  }
  return ok;
}

Status replay(const char* path, std::uint16_t port, int connections) {
  TRY_ASSIGN(const Recording recording, Recording::open(path));
  std::atomic<std::size_t> next = 0, bytes = 0;
  std::atomic<bool> failed = false;
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i)
    threads.emplace_back([&] {
      if (!ask_all(recording, port, next, bytes)) failed = true;
    });
  for (auto& t : threads) t.join();
  if (failed) return Error{Code::kUnavailable, "a connection failed"};
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  fmt::print("{{\"requests\": {}, \"bytes\": {}, \"seconds\": {:.4f}}}\n", recording.exchanges().size(),
             bytes.load(), took.count());
  return ok;
}

Status run(const std::vector<std::string>& words) {
  const auto port = [&](std::size_t i) { return static_cast<std::uint16_t>(std::atoi(words[i].c_str())); };
  if (words.size() == 3 && words[0] == "record") return record(port(1), words[2].c_str());
  if (words.size() == 2 && words[0] == "serve") return serve(words[1].c_str());
  if (words.size() == 4 && words[0] == "replay")
    return replay(words[1].c_str(), port(2), std::atoi(words[3].c_str()));
  return Error{Code::kInvalid, "usage: mk_wire record PORT FILE | serve FILE | replay FILE PORT CONNECTIONS"};
}

}  // namespace
}  // namespace mk::bench

int main(int argc, char** argv) {
  const auto done = mk::bench::run({argv + 1, argv + argc});
  if (!done) fmt::print(stderr, "mk_wire: {}\n", done.error().what);
  std::fflush(nullptr);
  ::_exit(done ? 0 : 1);  // threads of open connections end with the process
}

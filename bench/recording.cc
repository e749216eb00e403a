#include "recording.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/wire.h"

namespace mk::bench {
namespace {

struct Lengths {
  static constexpr char kName[] = "Lengths";
  std::uint64_t request = 0, answer = 0;
  static constexpr void fields(auto& io, auto& t) { io("request", t.request), io("answer", t.answer); }
};

}  // namespace

Status Recorder::add(const HttpMessage& request, const HttpMessage& answer) {
  const std::string status = answer.head.substr(0, answer.head.find("\r\n"));
  const std::string head =
      fmt::format("{}\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n", status, answer.body.size());
  const Lengths lengths{request.head.size() + request.body.size(), head.size() + answer.body.size()};
  const std::lock_guard lock(mutex_);
  TRY(sink_.write(as_bytes(encode(lengths))));
  for (const auto* part : {&request.head, &request.body, &head, &answer.body})
    TRY(sink_.write(as_bytes(*part)));
  return ok;
}

Status Recorder::finish() {
  const std::lock_guard lock(mutex_);
  return sink_.flush();
}

Result<Recording> Recording::open(const std::filesystem::path& path) {
  TRY_ASSIGN(const File file, File::open(path, File::Mode::kRead));
  TRY_ASSIGN(const std::uint64_t size, file.size());
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  ::close(fd);
  if (mapped == MAP_FAILED) return Error{Code::kExhausted, "the recording cannot be mapped into memory"};
  Recording recording;
  std::string_view rest(static_cast<const char*>(mapped), size);
  while (!rest.empty()) {
    TRY_ASSIGN(const Lengths lengths, decode<Lengths>(as_bytes(rest)));
    rest.remove_prefix(wire_size<Lengths>());
    if (lengths.request > rest.size() || lengths.answer > rest.size() - lengths.request)
      return Error{Code::kTruncated, "the recording is cut"};
    recording.exchanges_.push_back(
        {rest.substr(0, lengths.request), rest.substr(lengths.request, lengths.answer)});
    rest.remove_prefix(lengths.request + lengths.answer);
  }
  return recording;
}

}  // namespace mk::bench

#include "job/lines.h"

#include <fmt/format.h>

namespace mk::job {
namespace {

constexpr std::size_t kCheckChars = 16;

std::string check_of(std::string_view json) {
  const auto digest = sha256(as_bytes(json));
  return to_hex(Bytes(digest).first(kCheckChars / 2));
}

}  // namespace

std::string checked_line(std::string_view json) { return fmt::format("{} {}\n", check_of(json), json); }

LineReader::LineReader(std::shared_ptr<const File> file, std::uint64_t offset, std::size_t read_bytes)
    : file_(std::move(file)), offset_(offset), read_bytes_(read_bytes) {}

Error LineReader::bad(Code code, std::string_view what) const {
  return {code, fmt::format("{}: the line at byte {} {}", file_->path().string(), line_at_, what)};
}

Result<bool> LineReader::fill() {
  buffer_.erase(0, used_);
  used_ = 0;
  const std::size_t old = buffer_.size();
  buffer_.resize(old + read_bytes_);
  const auto room = std::as_writable_bytes(std::span(buffer_.data() + old, read_bytes_));
  TRY_ASSIGN(const std::size_t n, file_->read_some_at(offset_, room));
  buffer_.resize(old + n);
  offset_ += n;
  return n > 0;
}

Result<std::optional<std::string_view>> LineReader::next() {
  line_at_ = offset();
  std::size_t searched = used_;
  std::size_t end;
  while ((end = buffer_.find('\n', searched)) == std::string::npos) {
    if (buffer_.size() - used_ > kMaxLineBytes) return bad(Code::kCorrupt, "is longer than 16 MiB");
    searched = buffer_.size() - used_;
    TRY_ASSIGN(const bool more, fill());
    if (more) continue;
    if (buffer_.empty()) return std::optional<std::string_view>{};
    return bad(Code::kTruncated, "has no end");
  }
  const std::string_view line(buffer_.data() + used_, end - used_);
  used_ = end + 1;
  if (line.size() <= kCheckChars || line[kCheckChars] != ' ') return bad(Code::kCorrupt, "has no check");
  const auto json = line.substr(kCheckChars + 1);
  if (check_of(json) != line.substr(0, kCheckChars)) return bad(Code::kCorrupt, "does not match its check");
  return std::optional(json);
}

Status each_whole_line(LineReader& in, const std::function<Result<bool>(std::string_view)>& f) {
  for (;;) {
    auto json = in.next();
    if (!json && (json.error().code == Code::kCorrupt || json.error().code == Code::kTruncated)) return ok;
    if (!json) return std::move(json).error();
    if (!*json) return ok;
    TRY_ASSIGN(const bool more, f(**json));
    if (!more) return ok;
  }
}

Result<std::unique_ptr<LineWriter>> LineWriter::create(const std::filesystem::path& path) {
  TRY_ASSIGN(File file, File::open(path, File::Mode::kCreate));
  return std::unique_ptr<LineWriter>(new LineWriter(std::move(file)));
}

Result<std::uint64_t> LineWriter::write(std::string_view json) {
  const std::string line = checked_line(json);
  const std::uint64_t at = sink_.offset();
  TRY(sink_.write(as_bytes(line)));
  hash_.update(as_bytes(line));
  ++lines_;
  return at;
}

Status LineWriter::finish() {
  TRY(sink_.flush());
  return file_.sync();
}

std::string LineWriter::digest() { return to_hex(hash_.finish()); }

}  // namespace mk::job

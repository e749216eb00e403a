#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "base/file.h"
#include "base/hash.h"

namespace mk::job {

inline constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20;

/// `CCCCCCCCCCCCCCCC {...}\n`: JSON text with its check (docs/formats/backup-directory.md, "Checked lines").
std::string checked_line(std::string_view json);

/// Reads checked lines from a file, one after another.
///
/// Errors:  kCorrupt    a line whose check does not hold, or longer than 16 MiB; names file and offset
///          kTruncated  the last line has no end
/// Bounds:  holds one line
class LineReader {
 public:
  static constexpr std::size_t kReadBytes =
      256 * 1024;  // at once; for one line here and there fewer are better
  explicit LineReader(std::shared_ptr<const File> file, std::uint64_t offset = 0,
                      std::size_t read_bytes = kReadBytes);
  /// The JSON text of the next line, valid until the next call; nothing at the end.
  Result<std::optional<std::string_view>> next();
  std::uint64_t line_at() const { return line_at_; }  // where the line that next() gave begins
  std::uint64_t offset() const { return offset_ - (buffer_.size() - used_); }  // behind it

 private:
  Result<bool> fill();
  Error bad(Code code, std::string_view what) const;
  std::shared_ptr<const File> file_;
  std::uint64_t offset_;  // of the file, behind the buffer
  std::size_t read_bytes_;
  std::uint64_t line_at_ = 0;
  ByteString buffer_;
  std::size_t used_ = 0;
};

/// Calls `f` for each line until it gives false or there is no further whole one: a crash leaves a journal's
/// end torn.
Status each_whole_line(LineReader& in, const std::function<Result<bool>(std::string_view)>& f);

/// Writes a new file of checked lines.
class LineWriter {
 public:
  static Result<std::unique_ptr<LineWriter>> create(const std::filesystem::path& path);
  /// Gives the offset of the line.
  Result<std::uint64_t> write(std::string_view json);
  /// All lines are on the medium when this returns.
  Status finish();
  std::uint64_t bytes() const { return sink_.offset(); }
  std::uint64_t lines() const { return lines_; }
  /// Of all lines so far, in hexadecimal digits; ends the writing.
  std::string digest();

 private:
  explicit LineWriter(File file) : file_(std::move(file)), sink_(file_) {}
  File file_;
  FileSink sink_;
  Sha256 hash_;
  std::uint64_t lines_ = 0;
};

}  // namespace mk::job

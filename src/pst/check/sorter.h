#pragma once
#include <algorithm>
#include <filesystem>
#include <optional>
#include <queue>
#include <vector>

#include "base/file.h"

namespace mk::pst::check {

/// Sorts any number of records: what does not fit into memory goes to an unnamed temporary file in sorted
/// runs, which are merged when they are read.
///
/// Errors: kExhausted  no room for the temporary file
/// Bounds: kChunkBytes while it is filled; 32 KiB for each run (of kChunkBytes) while it is read
template <class T>
class Sorter {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit Sorter(std::filesystem::path directory) : directory_(std::move(directory)) {}

  Status add(const T& record) {
    if (chunk_.size() == kChunk) TRY(spill());
    chunk_.push_back(record);
    return ok;
  }
  /// To be called once, before next().
  Status sort() {
    std::sort(chunk_.begin(), chunk_.end());
    if (runs_.empty()) return ok;
    TRY(spill());
    std::vector<T>().swap(chunk_);
    for (std::size_t i = 0; i < runs_.size(); ++i) TRY(push(i));
    return ok;
  }
  /// The least record that was not given yet; nothing after the last.
  Result<std::optional<T>> next() {
    if (runs_.empty()) return at_ < chunk_.size() ? std::optional<T>(chunk_[at_++]) : std::optional<T>();
    if (heads_.empty()) return std::optional<T>();
    const Head head = heads_.top();
    heads_.pop();
    TRY(push(head.run));
    return std::optional<T>(head.record);
  }

 private:
  static constexpr std::size_t kChunkBytes = std::size_t{8} << 20, kChunk = kChunkBytes / sizeof(T);
  static constexpr std::size_t kWindow = (std::size_t{32} << 10) / sizeof(T);
  struct Run {
    std::uint64_t at, left;  // in the file
    std::vector<T> window;
    std::size_t used = 0;
  };
  struct Head {
    T record;
    std::size_t run;
    bool operator<(const Head& other) const { return other.record < record; }  // the least on top
  };

  Status spill() {
    std::sort(chunk_.begin(), chunk_.end());
    if (!file_) {
      TRY_ASSIGN(File file, File::open_temporary(directory_.empty() ? "." : directory_));
      file_.emplace(std::move(file));
    }
    TRY(file_->write_at(end_, std::as_bytes(std::span(chunk_))));
    runs_.push_back({end_, chunk_.size(), {}});
    end_ += chunk_.size() * sizeof(T);
    chunk_.clear();
    return ok;
  }
  Status push(std::size_t run) {
    Run& r = runs_[run];
    if (r.used == r.window.size()) {
      r.window.resize(std::min<std::uint64_t>(kWindow, r.left));
      r.used = 0;
      if (r.window.empty()) return ok;
      TRY(file_->read_at(r.at, std::as_writable_bytes(std::span(r.window))));
      r.at += r.window.size() * sizeof(T);
      r.left -= r.window.size();
    }
    heads_.push({r.window[r.used++], run});
    return ok;
  }

  std::filesystem::path directory_;
  std::vector<T> chunk_;
  std::size_t at_ = 0;
  std::optional<File> file_;
  std::uint64_t end_ = 0;
  std::vector<Run> runs_;
  std::priority_queue<Head> heads_;
};

}  // namespace mk::pst::check

#include "job/pst_regenerate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ahead.h"
#include "base/file.h"
#include "job/pst_output.h"
#include "job/spool.h"
#include "mapi/item_reader.h"
#include "pst/copy.h"
#include "pst/portable_item.h"
#include "vault/object.h"

namespace mk::job {
namespace {

constexpr std::size_t kMostItems = 64;
constexpr std::uint64_t kMostBytes = std::uint64_t{8} << 20;

class HashSink final : public ByteSink {
 public:
  Status write(Bytes bytes) override {
    hash_.update(bytes);
    return ok;
  }
  Sha256Digest digest() { return hash_.finish(); }

 private:
  Sha256 hash_;
};

void remove_quietly(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

class Regenerator {
 public:
  Regenerator(vault::ChunkSource& chunks, const archive::RestorePoint& point, const archive::StoredPst& pst,
              const RegenerateOptions& options)
      : chunks_(chunks), point_(point), pst_(pst), options_(options) {}

  Result<WrittenPst> run(const std::filesystem::path& path) {
    TRY_ASSIGN(const auto layout, archive::read_layout(chunks_, pst_));
    temporary_ = path.parent_path().empty() ? "." : path.parent_path();
    TRY_ASSIGN(const auto out, pst::FileRewriter::create(path, layout, options_.threads));
    TRY(archive::for_each_item(chunks_, pst_, [&](const archive::PstItem& item) { return add(*out, item); }));
    while (!pending_.empty()) TRY(write_first(*out));
    TRY_ASSIGN(written_.partial, out->seal());
    return std::move(written_);
  }

 private:
  struct Pending {
    archive::PstItem item;
    archive::ItemRecord record;
  };

  Status add(pst::FileRewriter& out, const archive::PstItem& item) {
    if (options_.cancel != nullptr && *options_.cancel) return Error{Code::kCancelled, "interrupted"};
    TRY_ASSIGN(const auto record, point_.find(item.key));
    if (!record)
      return Error{Code::kCorrupt,
                   fmt::format("{}: an item of it is not in the restore point", pst_.record.file)};
    while (pending_.size() >= kMostItems || pending_bytes_ > kMostBytes) TRY(write_first(out));
    pending_.push_back({item, *record});
    pending_bytes_ += in_memory(*record);
    ahead_.add([this, record = *record, mark = item.mark] { return read_item(record, mark); });
    return ok;
  }

  static std::uint64_t in_memory(const archive::ItemRecord& record) {
    return std::min<std::uint64_t>(record.stream.bytes, Spool::kSpoolMemoryBytes);
  }

  Status write_first(pst::FileRewriter& out) {
    auto read = ahead_.take();
    const auto [item, record] = std::move(pending_.front());
    pending_.pop_front();
    pending_bytes_ -= in_memory(record);
    if (!read)
      return std::move(read).error().in(fmt::format("{}: \"{}\"", pst_.record.file, record.label.subject));
    if (options_.progress != nullptr)
      ++options_.progress->items, options_.progress->bytes += record.stream.bytes;
    return out.add(item.place, *std::move(read), [this](Result<pst::Nid> nid) -> Status {
      if (!nid && PstOutput::stops_the_run(nid.error())) return std::move(nid).error();
      ++(nid ? written_.items : written_.left_out);
      return ok;
    });
  }

  Result<model::Item> read_item(const archive::ItemRecord& record, std::uint16_t mark) const {
    Spool spool(temporary_);
    TRY(point_.read(record, spool));
    TRY_ASSIGN(const BlobPtr stream, spool.finish());
    TRY_ASSIGN(model::Item item, mapi::read_exported_item(stream));
    if (mark != 0) pst::mark_subject(item, mark);
    return item;
  }

  vault::ChunkSource& chunks_;
  const archive::RestorePoint& point_;
  const archive::StoredPst& pst_;
  const RegenerateOptions& options_;
  std::filesystem::path temporary_;
  WrittenPst written_;
  std::deque<Pending> pending_;  // what ahead_ reads, in order
  std::uint64_t pending_bytes_ = 0;
  Ahead<Result<model::Item>> ahead_{options_.threads + 1};  // last, so that it ends first
};

/// What the file is in the end.
Result<WrittenPst> measured(WrittenPst written, const archive::PstRecord& record) {
  auto digest = sha256_of(written.partial);
  std::error_code failed;
  written.bytes = std::filesystem::file_size(written.partial, failed);
  if (!digest) {
    remove_quietly(written.partial);
    return std::move(digest).error();
  }
  written.sha256 = *digest;
  written.is_original = written.sha256 == record.sha256 && written.bytes == record.bytes;
  return written;
}

}  // namespace

Result<Sha256Digest> sha256_of(ByteSource& in) {
  HashSink hash;
  TRY(copy(in, hash));
  return hash.digest();
}

Result<Sha256Digest> sha256_of(const std::filesystem::path& path) {
  TRY_ASSIGN(File opened, File::open(path, File::Mode::kRead));
  const auto file = std::make_shared<const File>(std::move(opened));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  const auto in = make_file_source(file, 0, size);
  return sha256_of(*in);
}

Result<WrittenPst> regenerate(vault::ChunkSource& chunks, const archive::RestorePoint& point,
                              const archive::StoredPst& pst, const std::filesystem::path& path,
                              const RegenerateOptions& options) {
  TRY_ASSIGN(WrittenPst written, Regenerator(chunks, point, pst, options).run(path));
  return measured(std::move(written), pst.record);
}

Result<WrittenPst> copy_bytes(vault::ChunkSource& chunks, const archive::StoredPst& pst,
                              const std::filesystem::path& path) {
  WrittenPst written;
  written.partial = path;
  written.partial += ".partial";
  written.items = pst.record.items;
  TRY_ASSIGN(File file, File::open(written.partial, File::Mode::kCreate));
  FileSink sink(file);
  Status done = vault::copy_object(chunks, pst.bytes, sink, pst::encoder_threads());
  if (done) done = sink.flush();
  if (done) done = file.sync();
  if (done) return measured(std::move(written), pst.record);
  remove_quietly(written.partial);
  return std::move(done).error().in(pst.record.file);
}

Result<WrittenPst> get_pst(vault::ChunkSource& chunks, const archive::RestorePoint& point,
                           const archive::StoredPst& pst, const std::filesystem::path& path,
                           const RegenerateOptions& options) {
  const archive::PstRecord& record = pst.record;
  const bool by_bytes = record.kept == archive::PstKept::kBytes;
  TRY_ASSIGN(WrittenPst written,
             by_bytes ? copy_bytes(chunks, pst, path) : regenerate(chunks, point, pst, path, options));
  const bool is_due =
      by_bytes || (record.kept == archive::PstKept::kRegenerated && record.writer == pst::kWriterVersion);
  if (is_due && !written.is_original) {
    remove_quietly(written.partial);
    return Error{
        Code::kCorrupt,
        fmt::format("{}: what comes out has SHA-256 {}, the file had {}; `mailkeep export` writes the "
                    "items that can be read",
                    record.file, to_hex(written.sha256), to_hex(record.sha256))};
  }
  TRY(rename_durably(written.partial, path));
  return written;
}

}  // namespace mk::job

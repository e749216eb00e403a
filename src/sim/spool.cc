#include "sim/spool.h"

namespace mk::sim {

Result<std::shared_ptr<Spool>> Spool::open(const std::filesystem::path& directory, const std::string& name) {
  if (name.empty()) {
    TRY_ASSIGN(File file, File::open_temporary(directory));
    return std::shared_ptr<Spool>(new Spool(std::move(file)));
  }
  const auto path = directory / name;
  TRY_ASSIGN(File file,
             File::open(path, std::filesystem::exists(path) ? File::Mode::kReadWrite : File::Mode::kCreate));
  TRY_ASSIGN(const std::uint64_t size, file.size());
  auto spool = std::shared_ptr<Spool>(new Spool(std::move(file)));
  spool->end_ = size;
  return spool;
}

Result<BlobPtr> Spool::add(const std::function<Status(ByteSink&)>& write) {
  FileSink sink(*file_, end_);
  TRY(write(sink));
  TRY(sink.flush());
  last_ = end_;
  end_ = sink.offset();
  return make_file_blob(file_, last_, end_ - last_);
}

Result<BlobPtr> Spool::add(Bytes bytes) {
  return add([&](ByteSink& out) { return out.write(bytes); });
}

Result<BlobPtr> Spool::at(std::uint64_t offset, std::uint64_t length) const {
  if (offset > end_ || length > end_ - offset)
    return Error{Code::kTruncated, "spool file ends before the item"};
  return make_file_blob(file_, offset, length);
}

}  // namespace mk::sim

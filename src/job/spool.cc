#include "job/spool.h"

namespace mk::job {

Status Spool::write(Bytes bytes) {
  if (!sink_ && memory_.size() + bytes.size() <= kSpoolMemoryBytes) {
    memory_.append(as_chars(bytes));
    return ok;
  }
  if (!sink_) {
    TRY_ASSIGN(File file, File::open_temporary(temporary_));
    file_ = std::make_shared<File>(std::move(file));
    sink_ = std::make_unique<FileSink>(*file_);
    TRY(sink_->write(as_bytes(memory_)));
    memory_ = {};
  }
  return sink_->write(bytes);
}

Result<BlobPtr> Spool::finish() {
  if (!sink_) {
    memory_.shrink_to_fit();  // it grew by doubling; a queue of such blobs counts their sizes
    return make_memory_blob(std::move(memory_));
  }
  TRY(sink_->flush());
  return make_file_blob(file_, 0, sink_->offset());
}

}  // namespace mk::job

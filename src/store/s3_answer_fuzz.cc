// Any bytes are read as each of the documents that an S3 store may send.
#include "store/s3_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto xml = std::as_bytes(std::span(data, size));
  static_cast<void>(mk::store::read_fault(xml));
  static_cast<void>(mk::store::read_list_page(xml));
  static_cast<void>(mk::store::read_upload_id(xml));
  static_cast<void>(mk::store::read_completion(xml));
  static_cast<void>(mk::store::read_versioning(xml));
  static_cast<void>(mk::store::read_object_lock(xml));
  static_cast<void>(mk::store::read_versions_page(xml));
  static_cast<void>(mk::store::read_retention(xml));
  return 0;
}

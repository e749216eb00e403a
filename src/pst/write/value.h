#pragma once
#include "model/property.h"

namespace mk::pst::write {

/// The value of a property as a PST stores it.
struct StoredValue {
  std::uint16_t type = 0;  // wPropType: strings are UTF-16, Boolean has one byte
  ByteString bytes;        // unless there is a blob
  BlobPtr blob;            // large values: the same bytes, left where they lie
  std::uint64_t size() const { return blob ? blob->size() : bytes.size(); }
  bool is_object() const { return type == static_cast<std::uint16_t>(model::PropType::kObject); }
};

/// Bytes of a fixed-size type in a PST (Boolean: 1), 0 for variable types and arrays.  [MS-PST] 2.3.3.3
std::size_t stored_fixed_size(std::uint16_t type);
/// False for what a PST has no place for: kUnspecified, kNull and kErrorCode.
bool is_storable(model::PropTag tag);
/// Errors: kCorrupt      a number of the wrong length
///         kExhausted    code-page text above 64 MiB
Result<StoredValue> store_value(const model::Property& p, unsigned code_page);

}  // namespace mk::pst::write

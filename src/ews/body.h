#pragma once
#include <vector>

#include "base/io.h"

namespace mk::ews {

/// The parts one after the other, as one blob. Holds nothing of their bytes.
BlobPtr concatenate(std::vector<BlobPtr> parts);

/// The base64 text of a blob (RFC 4648, padded, one line), made while it is read.
BlobPtr base64_text(BlobPtr blob);

}  // namespace mk::ews

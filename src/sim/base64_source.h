#pragma once
#include "base/io.h"

namespace mk::sim {

/// The base64 (RFC 4648, one line) of a blob, made while it is read.
std::unique_ptr<ByteSource> make_base64_source(BlobPtr blob);

}  // namespace mk::sim

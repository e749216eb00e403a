#pragma once
#include <cstdio>

#include "base/io.h"

namespace mk::app {

/// Standard output as a sink.
class StandardOutput final : public ByteSink {
 public:
  Status write(Bytes bytes) override {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return ok;
    return Error{Code::kExhausted, "standard output cannot be written to"};
  }
};

}  // namespace mk::app

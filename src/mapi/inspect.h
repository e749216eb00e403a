#pragma once
#include <optional>

#include "mapi/tree.h"
#include "mapi/verdict.h"

namespace mk::mapi {

/// A stream of unknown kind, as it lies in a file.
struct StreamKind {
  bool framed = false;
  Root root = Root::kMessageContent;
};
/// `root` overrides what the bytes suggest (see guess_root()).
/// Errors: those of reading `stream`; damage of the stream is none
Result<StreamKind> identify(const BlobPtr& stream, std::optional<Root> root);

/// Prints the canonical JSON of a stream of any kind, of a damaged one as far as it goes.
/// Gives the damage, if there is any. Errors: those of reading `stream` and writing `out`
Result<std::optional<Error>> dump(const BlobPtr& stream, std::optional<Root> root, ByteSink& out);

/// Judges a stream of any kind. Errors: those of reading `stream`
Result<Verdict> check(const BlobPtr& stream, std::optional<Root> root, const ServerFacts& facts);

}  // namespace mk::mapi

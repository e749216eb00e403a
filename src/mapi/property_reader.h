#pragma once
#include "mapi/lexer.h"
#include "mapi/span_blob.h"
#include "model/item.h"

namespace mk::mapi {

/// Reads the properties of a stream into memory, large values as blobs that point back into it.
///
/// Errors:  kCorrupt    more properties or more array data than one item can hold; and those of Lexer
/// Bounds:  values above model::kMaxInlineValueBytes become blobs; once they hold kMaxInlineItemBytes
/// together, so
///          do all above kSmallBytes. Arrays are held, and must fit into kMaxInlineItemBytes together.
/// Owns:    nothing; `spans` must outlive it
class PropertyReader {
 public:
  static constexpr std::size_t kSmallBytes = 128;
  static constexpr std::size_t kMaxProperties = std::size_t{1} << 19;

  explicit PropertyReader(const SpanMaker& spans) : spans_(spans) {}
  /// The property that `lexer` stands on; its value is taken.
  Result<model::Property> read(Lexer& lexer);

 private:
  Status read_bytes(Lexer& lexer, model::Property& p);
  Status read_blob(Lexer& lexer, model::Property& p);
  Status read_elements(Lexer& lexer, model::Property& p);

  const SpanMaker& spans_;
  std::uint64_t inline_bytes_ = 0;
  std::uint64_t array_bytes_ = 0;
  std::size_t n_properties_ = 0;
};

}  // namespace mk::mapi

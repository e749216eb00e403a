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
///          do all above kSmallBytes. Arrays and names are held, and must fit into kMaxInlineItemBytes
///          together.
/// Owns:    nothing; `spans` must outlive it
class PropertyReader {
 public:
  static constexpr std::size_t kSmallBytes = 128;
  /// Those of one item.
  struct Limits {
    std::size_t properties = std::size_t{1} << 19;
    std::uint64_t inline_bytes = model::kMaxInlineItemBytes;
  };

  explicit PropertyReader(const SpanMaker& spans) : PropertyReader(spans, Limits{}) {}
  PropertyReader(const SpanMaker& spans, const Limits& limits) : spans_(spans), limits_(limits) {}
  /// The property that `lexer` stands on; its value is taken.
  Result<model::Property> read(Lexer& lexer);

 private:
  Status hold(std::uint64_t bytes, const Lexer& lexer);
  Status read_bytes(Lexer& lexer, model::Property& p);
  Status read_blob(Lexer& lexer, model::Property& p);
  Status read_elements(Lexer& lexer, model::Property& p);

  const SpanMaker& spans_;
  Limits limits_;
  std::uint64_t inline_bytes_ = 0;
  std::uint64_t held_bytes_ = 0;
  std::size_t n_properties_ = 0;
};

}  // namespace mk::mapi

#pragma once
#include "mapi/element.h"
#include "mapi/lexer.h"

namespace mk::mapi {

/// What the grammar found, in stream order. begin() and end() pair up.
class Visitor {
 public:
  virtual ~Visitor() = default;
  /// An element begins; `at` is the offset of its start marker, or of its first token when it has none.
  virtual Status begin(Element element, std::uint64_t at) = 0;
  /// An element ends; `at` is the offset of its end marker, or of what follows it.
  virtual Status end(Element element, std::uint64_t at) = 0;
  /// A property of the innermost open element, meta-properties included. Its head is lexer.head(); its value
  /// may be read here, once, and what is not read is stepped over.
  virtual Status property(Lexer& lexer) = 0;
};

/// Deepest nesting of embedded messages that is followed, and of folders (Exchange allows 300 levels of
/// them).
inline constexpr int kMaxEmbedding = 32;
inline constexpr int kMaxFolderDepth = 300;

/// Reads one whole stream and tells the visitor what it is made of.
///
/// Spec:    [MS-OXCFXICS] 2.2.4.2 and 2.2.4.3, one function per element; decisions in
/// docs/formats/fasttransfer.md Errors:  kTruncated  the stream ends inside an element that has an end marker
///          kCorrupt    a marker or property that the grammar does not allow there, data after the root's end
///          and those of Lexer and visitor
/// Bounds:  memory independent of the stream; nesting as above
Status parse(Lexer& lexer, Root root, Visitor& visitor);

}  // namespace mk::mapi

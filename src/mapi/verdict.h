#pragma once
#include <optional>
#include <string>

#include "base/io.h"
#include "mapi/element.h"

namespace mk::mapi {

enum class Wholeness { kWhole, kNotWhole, kCannotTell };
/// `whole`, `not whole`, `cannot tell`
std::string_view wholeness_name(Wholeness wholeness);

/// What the server said of an item beside giving its stream.
struct ServerFacts {
  std::optional<std::uint64_t> size_bytes;  // item:Size
  std::optional<bool> has_attachments;      // item:HasAttachments; false says nothing of inline attachments
};

struct Verdict {
  Wholeness wholeness = Wholeness::kNotWhole;
  std::string evidence;           // one sentence a person can follow
  std::uint64_t bytes = 0;        // of the inner stream, as far as it could be read
  std::uint64_t records = 0;      // of the framing
  std::uint64_t recipients = 0;   // of the messages themselves, not of those embedded in them
  std::uint64_t attachments = 0;  // as above
};

/// Judges whether an exported item is all there. "ResponseClass=Success" proves nothing: servers swallow
/// errors in mid-stream, and a messageContent that was cut between two elements still parses.
///
/// Spec:    docs/formats/fasttransfer.md, "Wholeness", with the reasons and limits
/// Shape:   not whole     any error of framing or grammar, the truncation marker, the one-byte placeholder,
/// no message
///                        class, attachments announced but absent, a size far above the bytes
///          cannot tell   nothing is wrong, but no size says that nothing is missing
///          whole         nothing is wrong and the server's size agrees
/// Errors:  none: what cannot be read is not whole, and the evidence says why
Verdict check_exported_item(ByteSource& framed, const ServerFacts& facts = {});
/// Judges a stream without framing. Roots that end in a marker (topFolder, contentsSync, hierarchySync,
/// state) can be whole, the others at best cannot tell.
Verdict check_stream(ByteSource& bare, Root root);

}  // namespace mk::mapi

#pragma once
#include "mapi/element.h"
#include "mapi/records.h"

namespace mk::mapi {

/// True when a stream can hold the property. Those it cannot hold: id 0x8000 and above without a known name,
/// and types that [MS-OXCFXICS] does not know (PtypNull, PtypUnspecified ...).
bool can_be_written(const model::Property& p);

/// Writes a FastTransfer stream from decoded elements and properties: the reverse of parse().
///
/// Spec:    [MS-OXCFXICS] 2.2.4.1
/// Shape:   begin(), end() and property() in stream order; the order is the caller's duty
/// Errors:  kInvalid    a value whose size does not fit its type, an array that is none; names the property
///          kExhausted  a value above 2 GiB
///          and those of blobs and sink
/// Owns:    nothing; `out` must outlive it. finish() of `out` stays with the caller.
class StreamWriter {
 public:
  explicit StreamWriter(PieceSink& out) : out_(out) {}
  Status begin(Element e) { return marker(markers_of(e).start); }
  Status end(Element e) { return marker(markers_of(e).end); }
  /// Errors: also kInvalid  when !can_be_written(p)
  Status property(const model::Property& p);
  /// A fixed-size Integer32, such as a meta-property.
  Status integer32(std::uint32_t tag, std::uint32_t value);

 private:
  Status marker(Marker m);
  Status variable(const model::Property& p, ByteString head);
  Status array(const model::Property& p, ByteString head);
  Status blob(const model::Property& p, const ByteString& head, std::size_t terminator);

  PieceSink& out_;
};

}  // namespace mk::mapi

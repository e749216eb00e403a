#pragma once
#include "base/io.h"
#include "model/property.h"

namespace mk::mapi {

/// Copies a framed stream and adds one property at the end of the message's own property list; every other
/// byte of the inner stream stays, and so do the records before and after the one that is cut in two for it.
/// Where the list has a property of that name already, servers take the later one, which is ours.
///
/// Errors:  kInvalid    a property that does not fit into one buffer, or that no stream can hold
///          and those of Lexer and RecordReader for the stream up to that place; what follows it is only
///          copied
/// Bounds:  one record (16 MiB) and the lexer's look-ahead
Status add_property(ByteSource& framed, const model::Property& p, ByteSink& out);

}  // namespace mk::mapi

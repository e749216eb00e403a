#pragma once
#include "mapi/tree.h"

namespace mk::mapi {

/// Prints a decoded stream as canonical JSON, one property a line.
///
/// Spec:    docs/formats/fasttransfer.md, "Canonical JSON"
/// Shape:   {"root","bytes","oddities","content"}; `bytes` is the size of the stream without framing;
/// "damage" says
///          where and why decoding stopped, and is absent when it did not
/// Errors:  those of blobs and sink
/// Bounds:  one value of up to 512 bytes or characters at a time; larger ones are hashed as a stream
Status write_canonical_json(const PartialTree& stream, ByteSink& out);

}  // namespace mk::mapi

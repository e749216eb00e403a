#pragma once
#include "base/io.h"
#include "model/item.h"

namespace mk::mime {

/// Writes `item` as an Internet message, built from its properties; attachments stream from their blobs.
///
/// Spec:    RFC 5322, 2045-2047, 2231; [MS-OXCMAIL] 2.1, [MS-OXOSMIME] 3.1.4, [MS-OXRTFEX]
/// Shape:   ASCII only (except clear-signed content, which passes untouched), CRLF, deterministic;
///          docs/formats/mime-mapping.md says which property becomes what
/// Errors:  kCorrupt   embedded messages deeper than model::kMaxEmbeddingDepth
///          others     of the blobs and of `out`
/// Bounds:  in memory: bodies up to 64 MiB each (larger ones stream unconverted), one attachment's 64 KiB
/// window
Status write_eml(const model::Item& item, ByteSink& out);

/// Reads an Internet message into an item: IPM.Note, or IPM.Note.SMIME and IPM.Note.SMIME.MultipartSigned.
/// The same bytes always give the same item: nothing is taken from the clock or from chance.
///
/// Errors:  kCorrupt      empty, or headers of more than 1 MiB
///          kUnsupported  more than 10,000 attachments or recipients
/// Bounds:  parts nest up to 64 deep, messages up to model::kMaxEmbeddingDepth; what lies deeper stays one
/// attachment
Result<model::Item> read_eml(Bytes mime);

}  // namespace mk::mime

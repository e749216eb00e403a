#pragma once
#include "model/item.h"

namespace mk::mapi {

/// Reads one messageContent stream into an Item; values above the inline limits (model/item.h) become blobs
/// that point into `stream`.
///
/// Spec:    [MS-OXCFXICS] 2.2.4.3.12; record framing in docs/formats/fasttransfer.md
/// Shape:   properties in stream order; MetaTagFXDelProp says nothing about content and is left out
/// Errors:  kTruncated  the stream ends inside an element or a record; names it and the offset
///          kCorrupt    damage of any other kind, and an error that the server reported inside the stream
/// Bounds:  see PropertyReader; embedded messages at most 32 deep
Result<model::Item> read_exported_item(const BlobPtr& stream);    // record framing of EWS ExportItems
Result<model::Item> read_message_content(const BlobPtr& stream);  // bare FastTransfer

}  // namespace mk::mapi

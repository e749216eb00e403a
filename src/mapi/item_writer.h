#pragma once
#include "mapi/records.h"
#include "model/item.h"

namespace mk::mapi {

/// The version that a synthesised export claims to come from, best the target server's own:
/// TellPartnerVersion.
struct ExportVersion {
  std::uint16_t major_minor = 0x0F00;  // major << 8 | minor
  std::uint16_t build = 0x8000;        // 0x8000 | build
  std::uint16_t revision = 0;
};

/// Writes an item as messageContent in record framing (buffers of at most 31,680 bytes, cut only where
/// servers take it); streams blobs.
///
/// Spec:    [MS-OXCFXICS] 2.2.4.3.12; record framing in docs/formats/fasttransfer.md
/// Shape:   properties in their order, except that PidTagRowid comes first in a recipient and
/// PidTagAttachNumber in
///          an attachment, where they are made when missing. Properties for which !can_be_written() are left
///          out, as is PidTagAttachDataObject beside an embedded message.
/// Errors:  those of StreamWriter; kCorrupt  messages embedded more than 32 deep
Status write_exported_item(const model::Item& item, ByteSink& out, const ExportVersion& version = {});
Status write_message_content(const model::Item& item, ByteSink& out);  // bare

}  // namespace mk::mapi

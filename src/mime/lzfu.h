#pragma once
#include "base/bytes.h"

namespace mk::mime {

/// Decompresses PidTagRtfCompressed.
///
/// Spec:    [MS-OXRTFCP] 2.1.3.1 (header, LZFu and MELA), 3.1.3.2 (CRC)
/// Errors:  kTruncated  no header, contents shorter than COMPSIZE says
///          kCorrupt    COMPTYPE neither LZFu nor MELA, CRC differs, RAWSIZE differs from what comes out
///          kExhausted  RAWSIZE above 64 MiB
Result<ByteString> decompress_rtf(Bytes compressed);

/// RTF in the uncompressed (MELA) form of PidTagRtfCompressed.  [MS-OXRTFCP] 2.1.3.1.2
ByteString wrap_rtf(std::string_view rtf);

}  // namespace mk::mime

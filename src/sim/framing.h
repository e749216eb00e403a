#pragma once
#include <vector>

#include "base/io.h"

namespace mk::sim {

/// Longest TransferBuffer record that servers write.
inline constexpr std::size_t kBufferBytes = 31680;

/// True for the records of an ExportItems stream; false for a bare FastTransfer stream.
bool is_framed(Bytes begin);

/// Where a bare messageContent stream may be cut, so that no buffer is longer than kBufferBytes: between
/// elements, or inside a value of variable length. A stream that is not understood is cut anywhere.
///
/// Spec:    [MS-OXCFXICS] 2.2.4.1; this walk is the simulator's own, mk::mapi is not asked
std::vector<std::size_t> buffer_ends(Bytes bare);

/// The three header records, as a server of that version writes them.
ByteString header_records(std::uint8_t major, std::uint8_t minor, std::uint16_t build);
/// The head of a TransferBuffer record.
ByteString buffer_head(std::size_t length);
/// Puts a bare stream into records.
ByteString frame(Bytes bare);

}  // namespace mk::sim

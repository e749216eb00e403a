#pragma once
#include <compare>
#include <cstdint>

namespace mk::pst {

/// nidType: the lower five bits of a NID.  [MS-PST] 2.2.2.1
enum class NidType : std::uint8_t {
  kHid = 0x00,
  kInternal = 0x01,
  kNormalFolder = 0x02,
  kSearchFolder = 0x03,
  kNormalMessage = 0x04,
  kAttachment = 0x05,
  kSearchUpdateQueue = 0x06,
  kSearchCriteriaObject = 0x07,
  kAssocMessage = 0x08,
  kContentsTableIndex = 0x0A,
  kReceiveFolderTable = 0x0B,
  kOutgoingQueueTable = 0x0C,
  kHierarchyTable = 0x0D,
  kContentsTable = 0x0E,
  kAssocContentsTable = 0x0F,
  kSearchContentsTable = 0x10,
  kAttachmentTable = 0x11,
  kRecipientTable = 0x12,
  kSearchTableIndex = 0x13,
  kLtp = 0x1F
};

/// NID: the name of a node, in the file or among the subnodes of another node.  [MS-PST] 2.2.2.1
struct Nid {
  std::uint32_t value = 0;
  constexpr Nid() = default;
  constexpr explicit Nid(std::uint32_t v) : value(v) {}
  constexpr Nid(NidType type, std::uint32_t index) : value(index << 5 | static_cast<std::uint32_t>(type)) {}
  constexpr NidType type() const { return static_cast<NidType>(value & 0x1F); }
  constexpr std::uint32_t index() const { return value >> 5; }
  /// The node that belongs to this one and differs in type only: a folder's tables.
  constexpr Nid sibling(NidType type) const { return Nid(type, index()); }
  constexpr auto operator<=>(const Nid&) const = default;
};

/// BID: the name of a block or a page.  [MS-PST] 2.2.2.2
struct Bid {
  std::uint64_t value = 0;
  constexpr Bid() = default;
  constexpr explicit Bid(std::uint64_t v) : value(v) {}
  /// Internal blocks (XBLOCK, SLBLOCK ...) are never encoded.
  constexpr bool is_internal() const { return (value & 2) != 0; }
  /// What the block B-tree is searched by: bit 0 is reserved and genuine files may set it.
  constexpr std::uint64_t key() const { return value & ~std::uint64_t{1}; }
  constexpr bool is_null() const { return key() == 0; }
  constexpr auto operator<=>(const Bid&) const = default;
};

/// Nodes that every PST has.  [MS-PST] 2.4.1
namespace nid {
inline constexpr Nid kMessageStore{0x21}, kNameToIdMap{0x61}, kNormalFolderTemplate{0xA1},
    kSearchFolderTemplate{0xC1}, kRootFolder{0x122}, kSearchManagementQueue{0x1E1},
    kSearchActivityList{0x201}, kSearchDomainObject{0x261}, kHierarchyTableTemplate{0x60D},
    kContentsTableTemplate{0x60E}, kAssocContentsTableTemplate{0x60F}, kSearchContentsTableTemplate{0x610},
    kReceiveFolderTable{0x62B}, kOutgoingQueueTable{0x64C}, kAttachmentTable{0x671}, kRecipientTable{0x692},
    kSpamSearchFolder{0x2223};
}  // namespace nid

}  // namespace mk::pst

#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace mk::pst::check {

/// What a finding means in practice.
enum class Weight : std::uint8_t {
  kNote,    // genuine Outlook files do this too
  kRepair,  // Microsoft's repair tool would complain
  kFatal    // Outlook does not open the file, or not this part of it
};

/// Where a rule holds with its weight; elsewhere what breaks it is a note.
enum class Scope : std::uint8_t {
  kAll,
  kPst,    // not in OST files, which keep what the server says
  kWriter  // only in files we wrote ourselves (--strict): some genuine files break it
};

/// One thing that is checked.
struct Rule {
  std::string_view code;   // stable: scripts may rely on it
  std::uint8_t invariant;  // the group of rules it belongs to, 1 to 42 (docs/formats/pst-check.md)
  Weight weight;
  Scope scope;
  std::string_view section;  // of [MS-PST]
  std::string_view meaning;  // what is wrong when it is found
};

namespace table {
inline constexpr Weight kNote = Weight::kNote, kRepair = Weight::kRepair, kFatal = Weight::kFatal;
inline constexpr Scope kAll = Scope::kAll, kPst = Scope::kPst, kWriter = Scope::kWriter;
}  // namespace table

// clang-format off
inline constexpr auto kRules = [] {
  using namespace table;
  return std::to_array<Rule>({
  {"header.magic", 1, kFatal, kAll, "2.2.2.6", "dwMagic is not !BDN"},
  {"header.client", 1, kFatal, kAll, "2.2.2.6", "wMagicClient is neither SM (PST) nor SO (OST)"},
  {"header.version", 1, kFatal, kAll, "2.2.2.6", "wVer is none of 14, 15, 23, 36"},
  {"header.client-version", 1, kRepair, kAll, "2.2.2.6", "wVerClient is not 19 (OST: 12)"},
  {"header.platform", 1, kRepair, kAll, "2.2.2.6", "bPlatformCreate or bPlatformAccess is not 1"},
  {"header.sentinel", 1, kFatal, kAll, "2.2.2.6", "bSentinel is not 0x80"},
  {"header.crypt", 1, kFatal, kAll, "2.2.2.6", "bCryptMethod is none of 0, 1, 2; blocks cannot be read"},
  {"header.crc-partial", 2, kFatal, kAll, "2.2.2.6", "dwCRCPartial does not fit the header's bytes"},
  {"header.crc-full", 2, kFatal, kAll, "2.2.2.6", "dwCRCFull does not fit the header's bytes"},
  {"header.file-eof", 3, kFatal, kAll, "2.2.2.5", "ibFileEof is not the size of the file"},
  {"header.file-end", 3, kRepair, kAll, "2.6.1.1.2", "the file does not end where an AMap's interval ends"},
  {"header.amap-last", 4, kRepair, kAll, "2.2.2.5", "ibAMapLast is not where the last AMap is"},
  {"header.amap-free", 4, kRepair, kAll, "2.2.2.5", "cbAMapFree is not what the AMaps have free"},
  {"header.pmap-free", 4, kRepair, kAll, "2.2.2.5", "cbPMapFree is not 0"},
  {"header.amap-invalid", 5, kRepair, kAll, "2.2.2.5", "fAMapValid says that the AMaps have to be rebuilt"},
  {"header.amap-valid-old", 5, kRepair, kWriter, "2.2.2.5", "fAMapValid is 1: no Outlook since 2007 SP2 wrote it"},
  {"header.bid-next-block", 6, kRepair, kAll, "2.2.2.6", "bidNextB is in use, or no block can have it"},
  {"header.bid-next-page", 6, kRepair, kAll, "2.2.2.6", "bidNextP is in use"},
  {"header.bid-unused", 6, kRepair, kAll, "2.2.2.6", "bidUnused is not 0"},
  {"header.last-nid", 7, kRepair, kAll, "2.2.2.6", "rgnid is below an index that a node or subnode has"},
  {"header.first-nid", 7, kRepair, kAll, "2.2.2.6", "rgnid is below where this type of node begins"},
  {"nid.reserved", 7, kRepair, kAll, "2.4.1", "a node or subnode has an index below 0x400, which are reserved"},
  {"header.unique", 8, kRepair, kAll, "2.2.2.6", "dwUnique is not above every PidTagLtpRowVer"},
  {"header.free-maps", 9, kRepair, kAll, "2.2.2.6", "rgbFM or rgbFP is not all 0xFF"},
  {"header.reserved", 9, kRepair, kAll, "2.2.2.6", "rgbReserved is not 0"},
  {"header.unused", 9, kRepair, kWriter, "2.2.2.6", "another reserved or unused field of the header is not 0"},

  {"page.place", 10, kFatal, kAll, "2.2.2.7", "a page is not at a multiple of its size, or outside of the file"},
  {"page.type", 10, kFatal, kAll, "2.2.2.7.1", "ptype or ptypeRepeat is not that of the B-tree"},
  {"page.crc", 10, kFatal, kAll, "2.2.2.7.1", "dwCRC does not fit the page's bytes"},
  {"page.signature", 10, kFatal, kAll, "2.2.2.7.1", "wSig is not that of the page's place and id"},
  {"page.bid", 10, kFatal, kAll, "2.2.2.7.1", "the page's bid is not that of the BREF that leads to it"},
  {"page.duplicate-bid", 10, kRepair, kAll, "2.2.2.2", "two pages have one bid"},
  {"page.trailer-4k", 10, kRepair, kAll, "2.2.2.7.1", "4K form: the last word of a page trailer is not 1"},
  {"map.type", 10, kFatal, kAll, "2.2.2.7.1", "ptype or ptypeRepeat of a map page is wrong"},
  {"map.crc", 10, kFatal, kAll, "2.2.2.7.1", "dwCRC does not fit the map page's bytes"},
  {"map.signature", 10, kFatal, kAll, "2.2.2.7.1", "wSig of a map page is not 0"},
  {"map.bid", 10, kFatal, kAll, "2.2.2.7.1", "the bid of a map page is not its offset"},
  {"amap.self", 11, kRepair, kAll, "2.2.2.7.2", "an AMap does not say that it and the maps behind it are in use"},
  {"pmap.content", 12, kRepair, kAll, "2.2.2.7.3", "a PMap is not all 0xFF"},
  {"fpmap.content", 12, kRepair, kAll, "2.2.2.7.6", "an FPMap is not all 0xFF"},
  {"fmap.content", 13, kRepair, kAll, "2.2.2.7.5", "an FMap is not all 0xFF, though there is a DList"},
  {"dlist.missing", 14, kRepair, kWriter, "2.2.2.7.4", "there is no DList"},
  {"dlist.type", 14, kRepair, kAll, "2.2.2.7.4", "ptype or ptypeRepeat of the DList is wrong"},
  {"dlist.crc", 14, kRepair, kAll, "2.2.2.7.4", "dwCRC does not fit the DList's bytes"},
  {"dlist.signature", 14, kRepair, kAll, "2.2.2.7.4", "wSig of the DList is not that of its place and id"},
  {"dlist.bid", 14, kRepair, kAll, "2.2.2.7.4", "the DList's bid is none that a page was given"},
  {"dlist.flags", 14, kRepair, kAll, "2.2.2.7.4.2", "bFlags has other bits than the one for the backfill"},
  {"dlist.count", 14, kRepair, kAll, "2.2.2.7.4.2", "cEntDList is above 119"},
  {"dlist.current", 14, kRepair, kAll, "2.2.2.7.4.2", "ulCurrentPage is no AMap of the file"},
  {"dlist.entry", 14, kRepair, kAll, "2.2.2.7.4.1", "an entry names an AMap that the file has not, or one twice"},
  {"dlist.free", 14, kRepair, kAll, "2.2.2.7.4.1", "an entry's free slots are not those of its AMap"},
  {"dlist.padding", 14, kRepair, kWriter, "2.2.2.7.4.2", "what lies behind the DList's entries is not 0"},
  {"amap.not-allocated", 15, kRepair, kAll, "2.2.2.7.2", "a page or block lies where the AMap has free slots"},
  {"amap.overlap", 15, kFatal, kAll, "2.2.2.7.2", "two pages or blocks share bytes"},
  {"amap.crosses-interval", 15, kRepair, kAll, "2.2.2.7.2", "a page or block reaches into the next AMap's interval"},
  {"amap.leak", 15, kRepair, kWriter, "2.2.2.7.2", "slots that nothing owns are allocated"},

  {"btree.count", 16, kFatal, kAll, "2.2.2.7.7.1", "cEnt is above what the page can hold"},
  {"btree.max-count", 16, kRepair, kAll, "2.2.2.7.7.1", "cEntMax is not what a page of this kind can hold"},
  {"btree.entry-size", 16, kFatal, kAll, "2.2.2.7.7.1", "cbEnt is not the size of such entries"},
  {"btree.level", 16, kFatal, kAll, "2.2.2.7.7.1", "cLevel is not one below the parent's"},
  {"btree.padding", 16, kRepair, kAll, "2.2.2.7.7.1", "dwPadding of a B-tree page is not 0"},
  {"btree.key-order", 16, kFatal, kAll, "2.2.2.7.7.1", "keys of a B-tree page do not ascend"},
  {"btree.first-key", 16, kFatal, kAll, "2.2.2.7.7.2", "a page's first key is not the one its parent has for it"},
  {"btree.key-range", 16, kFatal, kAll, "2.2.2.7.7.2", "a page has keys that belong to the next one"},
  {"btree.empty-page", 16, kRepair, kAll, "2.2.2.7.7.1", "a page below the root has no entries"},
  {"btree.endless", 16, kFatal, kAll, "2.2.2.7.7", "pages of a B-tree lead to each other"},
  {"btree.key-high", 16, kRepair, kAll, "2.2.2.7.7.4", "the upper half of a NID in the NBT is not 0"},
  {"btree.entry-padding", 16, kRepair, kAll, "2.2.2.7.7.3", "dwPadding of a B-tree entry is not 0"},
  {"bbt.reference-count", 17, kRepair, kAll, "2.2.2.7.7.3", "cRef is not one more than there are references"},
  {"bbt.pending-free", 17, kRepair, kWriter, "2.2.2.7.7.3", "nothing refers to a block"},
  {"bid.reserved-bit", 18, kRepair, kAll, "2.2.2.2", "bit 0 of a BID is set"},
  {"bid.missing", 18, kFatal, kAll, "2.2.2.7.7.3", "a block that something refers to is not in the BBT"},
  {"bid.kind", 18, kFatal, kAll, "2.2.2.2", "a data block stands where a tree of subnodes has to be"},
  {"nbt.parent", 20, kRepair, kAll, "2.2.2.7.7.4", "nidParent is not a folder that can hold the node"},
  {"nbt.parent-cycle", 20, kRepair, kAll, "2.2.2.7.7.4", "a folder is not below the root folder"},
  {"nbt.parent-not-zero", 20, kRepair, kAll, "2.2.2.7.7.4", "a table or internal node has a nidParent"},

  {"block.place", 21, kFatal, kAll, "2.2.2.8", "a block is not at a multiple of 64 (4K: 512), or outside of the file"},
  {"block.size", 21, kFatal, kAll, "2.2.2.8", "cb is 0 or more than a block can hold"},
  {"block.trailer-size", 21, kFatal, kAll, "2.2.2.8.1", "cb of the trailer is not the BBT's"},
  {"block.trailer-bid", 21, kFatal, kAll, "2.2.2.8.1", "bid of the trailer is not the BBT's"},
  {"block.signature", 21, kFatal, kAll, "2.2.2.8.1", "wSig is not that of the block's place and id"},
  {"block.crc", 21, kFatal, kAll, "2.2.2.8.1", "dwCRC does not fit the cb bytes as they are stored"},
  {"block.trailer-4k", 21, kRepair, kAll, "2.2.2.8.1", "4K form: the trailer's last words are not 2, cbInflated, 0"},
  {"block.inflate", 21, kFatal, kAll, "2.2.2.8", "4K form: compressed bytes do not give what cbInflated says"},
  {"block.encoding", 22, kFatal, kAll, "2.2.2.6", "a data block is stored without the file's encoding, or an internal one with it"},
  {"xblock.type", 23, kFatal, kAll, "2.2.2.8.3.2", "btype or cLevel is none of an XBLOCK, XXBLOCK, SLBLOCK or SIBLOCK"},
  {"xblock.count", 23, kFatal, kAll, "2.2.2.8.3.2", "cEnt of an XBLOCK or XXBLOCK is 0 or does not fit a block"},
  {"xblock.size", 23, kRepair, kAll, "2.2.2.8.3.2", "an XBLOCK or XXBLOCK is longer or shorter than its entries"},
  {"xblock.total", 23, kRepair, kAll, "2.2.2.8.3.2", "lcbTotal is not the sum of the data blocks"},
  {"xblock.leaf-size", 23, kRepair, kAll, "2.2.2.8.3.2", "a data block that is not the last is not full"},
  {"xblock.single", 23, kRepair, kAll, "2.2.2.8.3.2", "an XBLOCK or XXBLOCK has only one entry"},
  {"xblock.child", 23, kFatal, kAll, "2.2.2.8.3.2", "an entry is not a block of the level below"},
  {"slblock.level", 24, kFatal, kAll, "2.2.2.8.3.3", "SIENTRYs do not lead to SLBLOCKs: the tree is too deep"},
  {"slblock.count", 24, kFatal, kAll, "2.2.2.8.3.3", "cEnt of an SLBLOCK or SIBLOCK is 0 or does not fit a block"},
  {"slblock.size", 24, kRepair, kAll, "2.2.2.8.3.3", "an SLBLOCK or SIBLOCK is longer or shorter than its entries"},
  {"slblock.padding", 24, kRepair, kAll, "2.2.2.8.3.3", "dwPadding of an SLBLOCK or SIBLOCK is not 0"},
  {"slblock.order", 24, kFatal, kAll, "2.2.2.8.3.3", "NIDs of subnodes do not ascend, or one is there twice"},
  {"slblock.nid-high", 24, kRepair, kAll, "2.2.2.8.3.3", "the upper half of a subnode's NID is not 0"},
  {"siblock.key", 24, kFatal, kAll, "2.2.2.8.3.3.2", "the NID of an SIENTRY is not the first of its SLBLOCK"},

  {"heap.signature", 25, kFatal, kAll, "2.3.1.2", "bSig of a heap is not 0xEC"},
  {"heap.client", 25, kFatal, kAll, "2.3.1.2", "bClientSig is not that of what the node has to be"},
  {"heap.root", 25, kFatal, kAll, "2.3.1.2", "hidUserRoot leads nowhere, or not to what the client needs"},
  {"heap.no-data", 25, kFatal, kAll, "2.3.1", "a node that has to be a heap has no data"},
  {"heap.map-place", 26, kFatal, kAll, "2.3.1.5", "ibHnpm is odd, or the page map does not fit the block"},
  {"heap.map-first", 26, kRepair, kAll, "2.3.1.5", "the first allocation does not begin behind the block's header"},
  {"heap.map-order", 26, kFatal, kAll, "2.3.1.5", "rgibAlloc does not ascend"},
  {"heap.map-gap", 26, kRepair, kAll, "2.3.1.5", "the last allocation does not end at the page map"},
  {"heap.free-count", 26, kRepair, kAll, "2.3.1.5", "cFree is not the number of empty allocations"},
  {"heap.allocation-size", 26, kRepair, kAll, "2.3.1.5", "an allocation has more than 3580 bytes"},
  {"heap.allocation-count", 26, kRepair, kAll, "2.3.1.1", "a block has more than 2047 allocations"},
  {"heap.fill-level", 27, kRepair, kWriter, "2.3.1.2", "a fill level is not that of the block's free bytes"},
  {"bth.type", 28, kFatal, kAll, "2.3.2.1", "bType of a BTHHEADER is not 0xB5"},
  {"bth.shape", 28, kFatal, kAll, "2.3.2.1", "cbKey or cbEnt of a BTHHEADER is not what its client needs"},
  {"bth.levels", 28, kFatal, kAll, "2.3.2.1", "bIdxLevels is not possible"},
  {"bth.page", 28, kFatal, kAll, "2.3.2.2", "a HID of a BTH leads nowhere, or not to whole records"},
  {"bth.order", 28, kFatal, kAll, "2.3.2.3", "keys of a BTH do not ascend"},
  {"bth.index-key", 28, kFatal, kAll, "2.3.2.2", "an index record's key is not the first of its page"},

  {"value.type", 28, kRepair, kAll, "2.3.3.3", "a property or column has a type that a file cannot hold"},
  {"value.boolean", 28, kRepair, kAll, "2.3.3.3", "a Boolean has other bits than the lowest"},
  {"value.hid", 28, kFatal, kAll, "2.3.3.3", "a HID of a value leads nowhere"},
  {"value.subnode", 28, kFatal, kAll, "2.3.3.3", "a value's subnode is not there"},
  {"value.subnode-type", 28, kRepair, kAll, "2.3.3.3", "a value's subnode is not of type LTP"},
  {"value.empty", 28, kRepair, kAll, "2.3.3.3", "an empty value does not have the HNID 0"},
  {"value.fixed-size", 28, kFatal, kAll, "2.3.3.3", "a value of a fixed type has another size"},
  {"value.object", 28, kFatal, kAll, "2.3.3.5", "a PtypObject does not name a subnode"},
  {"value.array", 28, kFatal, kAll, "2.3.3.4", "a multi-valued property is not laid out as one"},
  {"value.text-odd", 28, kRepair, kAll, "2.3.3.3", "UTF-16 text has an odd number of bytes"},
  {"value.text-nul", 28, kRepair, kAll, "2.3.3.3", "text ends in a NUL"},

  {"tc.type", 29, kFatal, kAll, "2.3.4.1", "bType of a TCINFO is not 0x7C"},
  {"tc.info-size", 29, kFatal, kAll, "2.3.4.1", "a TCINFO is not as long as its columns"},
  {"tc.regions", 29, kFatal, kAll, "2.3.4.1", "TCI_4b, TCI_2b and TCI_1b are not where cells of that size end"},
  {"tc.existence-size", 29, kFatal, kAll, "2.3.4.1", "TCI_bm does not leave a bit for each column"},
  {"tc.column-order", 29, kRepair, kAll, "2.3.4.1", "columns are not sorted by tag"},
  {"tc.cell-size", 29, kFatal, kAll, "2.3.4.2", "cbData is not what the column's type needs"},
  {"tc.cell-place", 29, kFatal, kAll, "2.3.4.2", "a column's cell lies outside of the region for its size"},
  {"tc.cell-overlap", 29, kFatal, kAll, "2.3.4.2", "cells of two columns overlap"},
  {"tc.bit", 29, kFatal, kAll, "2.3.4.2", "iBit is not below the number of columns, or two columns have one"},
  {"tc.row-id-column", 29, kRepair, kAll, "2.3.4.2", "PidTagLtpRowId or PidTagLtpRowVer is not where it has to be"},
  {"tc.index-hid", 29, kRepair, kAll, "2.3.4.1", "hidIndex is not 0"},
  {"tc.rows", 30, kFatal, kAll, "2.3.4.4", "hnidRows leads nowhere"},
  {"tc.row-count", 30, kRepair, kAll, "2.3.4.3", "the row index has more or fewer rows than there are"},
  {"tc.row-range", 30, kFatal, kAll, "2.3.4.3", "the row index names a row that is not there"},
  {"tc.row-key", 30, kFatal, kAll, "2.3.4.3", "a row does not begin with the id by which it is found"},
  {"tc.row-bits", 30, kRepair, kAll, "2.3.4.4", "a row does not say that it has its id and version"},
  {"tc.matrix-block", 30, kFatal, kAll, "2.3.4.4", "blocks of rows are not padded, or do not hold whole rows"},
  {"tc.row-version", 31, kRepair, kWriter, "2.3.4.2", "two rows of the store have one PidTagLtpRowVer"},

  {"node.missing", 32, kFatal, kAll, "2.7.1", "a node that every file has is not there"},
  {"node.not-empty", 32, kRepair, kAll, "2.7.1", "a node that has to be empty has data"},
  {"node.no-data", 32, kRepair, kAll, "2.7.1", "a node that needs data or subnodes has none"},
  {"queue.size", 32, kRepair, kAll, "2.4.8.4", "a list of searches or folders is not a row of NIDs"},
  {"sal.missing", 32, kRepair, kAll, "2.4.8.4.2", "the search activity list lacks a search folder"},
  {"sal.stale", 32, kRepair, kAll, "2.4.8.4.2", "the search activity list names what is no search folder, or one twice"},
  {"sdo.stale", 32, kRepair, kAll, "2.4.8.4.3", "the search domain names what is no folder, or one twice"},
  {"receive.default", 32, kRepair, kAll, "2.7.3.5", "the receive folder table has no row for all classes"},
  {"receive.target", 32, kRepair, kAll, "2.7.3.5", "the receive folder table names a folder that is not there"},
  {"id-map.root", 32, kRepair, kAll, "2.7.1", "the id map (0xC01) is not a map of 16 bytes to 4"},
  {"search.criteria", 32, kRepair, kAll, "2.4.8.6.1", "a search folder's criteria lack PidTagSearchFolderFlags (0x660B)"},
  {"search.node", 32, kRepair, kAll, "2.4.8.6", "a search folder lacks its queue, criteria or contents table"},
  {"template.columns", 33, kRepair, kAll, "2.7.3", "a template lacks a column, or has it with another type"},
  {"template.rows", 33, kRepair, kAll, "2.7.3", "a template has rows"},
  {"table.columns", 33, kRepair, kAll, "2.4.4.4", "a table lacks a column that its template has"},
  {"store.property", 34, kRepair, kAll, "2.4.3.1", "the message store lacks a property, or has it with another type or size"},
  {"store.valid-mask", 34, kRepair, kAll, "2.4.3.1", "PidTagValidFolderMask does not go with the entry ids"},
  {"store.entry-id", 34, kFatal, kAll, "2.4.3.2", "an entry id of the store is not one of a folder in it"},
  {"folder.property", 35, kRepair, kAll, "2.4.4.1", "a folder lacks a property, or has it with another type"},
  {"folder.table", 35, kFatal, kAll, "2.4.4", "a folder lacks a table"},
  {"folder.subfolders", 35, kRepair, kAll, "2.4.4.1", "PidTagSubfolders does not say whether there are any"},
  {"folder.count", 35, kRepair, kAll, "2.4.4.1", "PidTagContentCount is not the number of messages"},
  {"folder.unread", 35, kRepair, kAll, "2.4.4.1", "PidTagContentUnreadCount is not the number of unread messages"},
  {"hierarchy.row-missing", 35, kRepair, kAll, "2.4.4.4", "a subfolder has no row in its parent's table"},
  {"hierarchy.row-extra", 35, kRepair, kAll, "2.4.4.4", "a row of a hierarchy table has no subfolder"},
  {"hierarchy.cell", 35, kRepair, kAll, "2.4.4.4", "a cell of a hierarchy table is not the subfolder's property"},
  {"hierarchy.cell-missing", 35, kRepair, kAll, "2.4.4.4", "a hierarchy table lacks a cell for a property of the subfolder"},
  {"contents.row-missing", 36, kRepair, kAll, "2.4.4.5", "a message has no row in its folder's table"},
  {"contents.row-extra", 36, kRepair, kAll, "2.4.4.5", "a row of a contents table has no message"},
  {"contents.cell", 36, kRepair, kPst, "2.4.4.5", "a cell of a contents table is not the message's property"},
  {"contents.cell-missing", 36, kRepair, kPst, "2.4.4.5", "a contents table lacks a cell for a property of the message"},
  {"contents.status", 36, kRepair, kAll, "2.4.4.5", "a row lacks PidTagMessageStatus"},
  {"contents.conversation", 36, kRepair, kWriter, "2.4.4.5", "PidTagConversationId is not that of the message"},
  {"contents.replica", 36, kRepair, kWriter, "2.4.4.5", "a row has replication state, the id map is empty"},
  {"search.row", 36, kRepair, kAll, "2.4.8.6.2", "a row of a search folder's contents has no message"},
  {"message.empty-display", 36, kRepair, kWriter, "2.4.5.1", "a message has an empty PidTagDisplayTo, Cc or Bcc"},
  {"message.property", 37, kRepair, kAll, "2.4.5.1", "a message lacks a property, or has it with another type or size"},
  {"message.subject-mark", 37, kRepair, kWriter, "2.5.3.1.1", "a subject does not begin with the mark of its prefix"},
  {"message.size", 38, kRepair, kPst, "2.4.5.1", "PidTagMessageSize is not the sum of the message's data"},
  {"attachment.size", 39, kRepair, kPst, "2.4.6.1", "PidTagAttachSize is not the sum of the attachment's values"},
  {"attachment.object-size", 39, kRepair, kPst, "2.4.6.2", "the size of an object is not that of its node"},
  {"attachment.property", 40, kRepair, kAll, "2.4.6.1", "an attachment lacks a property, or has it with another type"},
  {"attachment.row-missing", 40, kRepair, kAll, "2.4.6.1", "an attachment has no row in the attachment table"},
  {"attachment.row-extra", 40, kRepair, kAll, "2.4.6.1", "a row of an attachment table has no attachment"},
  {"attachment.cell", 40, kRepair, kAll, "2.4.6.1", "a cell of an attachment table is not the attachment's property"},
  {"attachment.cell-missing", 40, kRepair, kAll, "2.4.6.1", "an attachment table lacks a cell for a property"},
  {"attachment.payload", 40, kFatal, kAll, "2.4.6.2", "what an attachment holds is not what its method says"},
  {"message.has-attachments", 40, kRepair, kAll, "2.4.5.1", "MSGFLAG_HASATTACH does not go with the attachments"},
  {"message.recipients", 41, kRepair, kAll, "2.4.5.3", "a mail has no recipient table"},
  {"message.no-recipients", 41, kRepair, kWriter, "2.4.5.3", "an item that is no mail has no recipient table"},
  {"message.attachment-table", 41, kRepair, kWriter, "2.4.5", "an attachment table without attachments"},
  {"message.subnode", 41, kRepair, kWriter, "2.4.5", "a subnode that belongs to no part of the message"},
  {"names.bucket-count", 42, kRepair, kAll, "2.4.7.5", "the bucket count of the name-to-id map is not 251"},
  {"names.stream", 42, kRepair, kAll, "2.4.7", "a stream of the name-to-id map is missing, empty or no list"},
  {"names.index", 42, kRepair, kAll, "2.4.7.1", "wPropIdx is not the place in the entry stream"},
  {"names.guid", 42, kFatal, kAll, "2.4.7.1", "wGuid is not in the GUID stream"},
  {"names.string", 42, kFatal, kAll, "2.4.7.3", "a name does not lie in the string stream, or not at a multiple of 4"},
  {"names.duplicate", 42, kRepair, kAll, "2.4.7.1", "two ids have one name"},
  {"names.bucket", 42, kRepair, kAll, "2.4.7.5", "a name is not in its bucket, or an entry is in a wrong one"},
  {"names.unknown-id", 42, kRepair, kWriter, "2.4.7", "a property of 0x8000 or above has no name"},
  {"check.incomplete", 0, kRepair, kAll, "2", "this part refers to itself again and again and was not looked at to its end"},
  });
}();
// clang-format on

}  // namespace mk::pst::check

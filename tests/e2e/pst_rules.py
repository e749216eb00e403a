"""Checks a PST that mailkeep wrote against the rules that Microsoft's repair tool and the genuine files are known to
follow (docs/formats/pst-writer.md numbers them). Shares nothing with the writer: every size and count is computed
again from the bytes."""

import collections
import struct
import sys

from pst_parser import FIXED, Damage, Heap, Pst, crc, signature

FIRST_AMAP, INTERVAL, SLOT = 0x4400, 0x3E000, 64
HIERARCHY = {0x0E300102, 0x0E330014, 0x0E340102, 0x0E380003, 0x3001001F, 0x36020003, 0x36030003, 0x360A000B,
             0x3613001F, 0x66350003, 0x66360003, 0x67F20003, 0x67F30003}
CONTENTS = {0x00170003, 0x001A001F, 0x00360003, 0x0037001F, 0x00390040, 0x0042001F, 0x0057000B, 0x0058000B, 0x0070001F,
            0x00710102, 0x0E03001F, 0x0E04001F, 0x0E060040, 0x0E070003, 0x0E080003, 0x0E170003, 0x0E300102, 0x0E330014,
            0x0E340102, 0x0E380003, 0x0E3C0102, 0x0E3D0102, 0x10970003, 0x30080040, 0x65C60003, 0x67F20003, 0x67F30003}
ASSOCIATED = {0x001A001F, 0x0E070003, 0x0E170003, 0x3001001F, 0x67F20003, 0x67F30003, 0x6800001F, 0x6803000B, 0x68051003,
              0x682F001F, 0x70030003, 0x70040102, 0x70050102, 0x7006001F, 0x70070003}
SEARCH = {0x00170003, 0x001A001F, 0x00360003, 0x0037001F, 0x0042001F, 0x0057000B, 0x0058000B, 0x0E03001F, 0x0E04001F,
          0x0E05001F, 0x0E060040, 0x0E070003, 0x0E080003, 0x0E170003, 0x0E2A000B, 0x30080040, 0x67F10003, 0x67F20003,
          0x67F30003}
RECIPIENTS = {0x0C150003, 0x0E0F000B, 0x0FF90102, 0x0FFE0003, 0x0FFF0102, 0x3001001F, 0x3002001F, 0x3003001F, 0x300B0102,
              0x39000003, 0x39FF001F, 0x3A40000B, 0x67F20003, 0x67F30003}
ATTACHMENTS = {0x0E200003, 0x3704001F, 0x37050003, 0x370B0003, 0x67F20003, 0x67F30003}
TEMPLATES = {0x60D: HIERARCHY, 0x60E: CONTENTS, 0x60F: ASSOCIATED, 0x610: SEARCH, 0x671: ATTACHMENTS, 0x692: RECIPIENTS}
MANDATORY = [0x21, 0x61, 0x122, 0x12D, 0x12E, 0x12F, 0x60D, 0x60E, 0x60F, 0x610, 0x62B, 0x64C, 0x671, 0x692, 0x6B6, 0x6D7,
             0x6F8, 0x1E1, 0x201, 0x261, 0xC01, 0xE41, 0xEC1, 0x2223, 0x2226, 0x2227, 0x2230]
LEVELS = [3584, 2560, 2048, 1792, 1536, 1280, 1024, 768, 512, 256, 128, 64, 32, 16, 8]


def integer(value):
    return int.from_bytes(value.data, "little") if value is not None else None


class Rules:
    def __init__(self, path):
        self.pst, self.found, self.path = Pst(path), [], path
        self.references = collections.Counter()
        self.used_index = collections.Counter()
        self.row_versions = collections.Counter()
        self.seen_trees, self.heaps_seen = set(), set()

    def say(self, rule, text):
        self.found.append(f"rule {rule}: {text}")

    def expect(self, condition, rule, text):
        if not condition:
            self.say(rule, text)

    def run(self):
        for part in (self.header, self.pages, self.maps, self.block_trailers, self.nodes, self.mandatory, self.store,
                     self.folders, self.names, self.counts):
            try:
                part()
            except (Damage, struct.error, KeyError, IndexError, ValueError) as e:
                self.say(part.__name__, f"{type(e).__name__} {e}")
        return self.found

    # -- header, rules 1 to 9

    def header(self):
        b, p = self.pst.bytes, self.pst
        magic, partial, client, version, version_client, create, access = struct.unpack_from("<IIHHHBB", b)
        self.expect((magic, client, version, version_client, create, access) == (0x4E444221, 0x4D53, 23, 19, 1, 1), 1,
                    "header magic and versions")
        self.expect(b[512] == 0x80 and b[513] in (0, 1), 1, "bSentinel, bCryptMethod")
        self.expect(partial == crc(b[8 : 8 + 471]), 2, "dwCRCPartial")
        self.expect(struct.unpack_from("<I", b, 524)[0] == crc(b[8 : 8 + 516]), 2, "dwCRCFull")
        eof, last, _, free_pmap, _, _, _, _, valid = p.root
        self.expect(eof == len(b) and (eof - FIRST_AMAP) % INTERVAL == 0, 3, f"ibFileEof {eof}, file {len(b)}")
        self.expect(last == eof - INTERVAL, 4, f"ibAMapLast {last:#x}")
        self.expect(free_pmap == 0 and valid == 2, 5, f"cbPMapFree {free_pmap}, fAMapValid {valid}")
        unused, next_page = struct.unpack_from("<QQ", b, 24)
        (next_block,) = struct.unpack_from("<Q", b, 516)
        pages = p.nbt_pages + p.bbt_pages
        self.expect(unused == 0 and next_block % 4 == 0 and next_block > max(p.blocks), 6, f"bidNextB {next_block:#x}")
        self.expect(next_page > max(x[0] for x in pages), 6, f"bidNextP {next_page:#x}")
        self.expect(b[256:512] == b"\xff" * 256, 9, "rgbFM, rgbFP")
        self.expect(not any(b[514:516]) and not any(b[528:564]), 9, "reserved bytes")
        self.rgnid = struct.unpack_from("<32I", b, 44)
        (self.unique,) = struct.unpack_from("<I", b, 40)

    # -- pages, rules 10 and 16

    def page(self, at, kind, bid, signed):
        page = self.pst.bytes[at : at + 512]
        k1, k2, sig, page_crc, page_bid = struct.unpack_from("<BBHIQ", page, 496)
        self.expect(at % 512 == 0 and k1 == k2 == kind, 10, f"page {at:#x}: type {k1:#x}, not {kind:#x}")
        self.expect(page_crc == crc(page[:496]), 10, f"page {at:#x}: dwCRC")
        self.expect(sig == (signature(at, page_bid) if signed else 0), 10, f"page {at:#x}: wSig {sig:#x}")
        self.expect(bid is None or page_bid == bid, 10, f"page {at:#x}: bid {page_bid:#x}")
        return page

    def pages(self):
        p = self.pst
        bids = [x[0] for x in p.nbt_pages + p.bbt_pages]
        self.expect(len(bids) == len(set(bids)), 10, "two pages with one id")
        for bid, at, kind, n, most, size, level, _, first in p.nbt_pages + p.bbt_pages:
            page = self.page(at, kind, bid, True)
            expect = (32, 15) if kind == 0x81 and level == 0 else (24, 20)
            self.expect((size, most) == expect and n <= most, 16, f"page {at:#x}: cbEnt {size} cEntMax {most} cEnt {n}")
            self.expect(page[492:496] == b"\0\0\0\0", 16, f"page {at:#x}: dwPadding")
            keys = [struct.unpack_from("<Q", page, i * size)[0] for i in range(n)]
            self.expect(all(a < b for a, b in zip(keys, keys[1:])), 16, f"page {at:#x}: keys do not ascend")
            self.expect(first is None or keys[0] == first, 16, f"page {at:#x}: first key is not its parent's")
        self.expect(list(p.nodes) == sorted(p.nodes), 16, "NBT keys do not ascend over pages")
        self.expect(list(p.blocks) == sorted(p.blocks), 16, "BBT keys do not ascend over pages")

    # -- allocation, rules 11 to 15

    def maps(self):
        p, b = self.pst, self.pst.bytes
        n = (len(b) - FIRST_AMAP) // INTERVAL
        owned = [bytearray(INTERVAL // SLOT) for _ in range(n)]

        def own(at, size, what):
            k, inside = divmod(at - FIRST_AMAP, INTERVAL)
            self.expect(inside + size <= INTERVAL, 15, f"{what} at {at:#x} crosses an interval")
            for slot in range(inside // SLOT, (inside + size + SLOT - 1) // SLOT):
                if slot < len(owned[k]):
                    self.expect(not owned[k][slot], 15, f"{what} at {at:#x} overlaps")
                    owned[k][slot] = 1

        free = 0
        for k in range(n):
            at = FIRST_AMAP + k * INTERVAL
            places = [(at, 0x84)]
            if k % 8 == 0:
                places.append((at + 0x200, 0x83))
            if k >= 128 and (k - 128) % 496 == 0:
                places.append((at + 0x400, 0x82))
            if k >= 8192 and (k - 8192) % 31744 == 0:
                places.append((at + 0x400, 0x85))
            for where, kind in places:
                page = self.page(where, kind, where, False)
                own(where, 512, "map page")
                self.expect(kind == 0x84 or page[:496] == b"\xff" * 496, 12, f"map page {where:#x} is not all 0xFF")
        for bid, at, *_ in p.nbt_pages + p.bbt_pages:
            own(at, 512, f"page {bid:#x}")
        for block in p.blocks.values():
            own(block.at, (block.size + 16 + 63) // 64 * 64, f"block {block.bid:#x}")
        for k in range(n):
            at = FIRST_AMAP + k * INTERVAL
            bits = "".join(f"{x:08b}" for x in b[at : at + 496])
            free += bits.count("0")
            truth = "".join("1" if x else "0" for x in owned[k])
            if bits != truth:
                slot = next(i for i in range(len(bits)) if bits[i] != truth[i])
                self.say(15, f"AMap {at:#x}: slot {slot} is {bits[slot]}, should be {truth[slot]}")
        self.expect(p.root[2] == free * SLOT, 4, f"cbAMapFree {p.root[2]}, counted {free * SLOT}")
        self.page(0x4200, 0x86, None, True)
        self.expect(b[0x4201] <= 119, 14, "cEntDList")

    # -- blocks, rules 21 to 24

    def block_trailers(self):
        p = self.pst
        for block in p.blocks.values():
            size = (block.size + 16 + 63) // 64 * 64
            cb, sig, block_crc, bid = struct.unpack_from("<HHIQ", p.bytes, block.at + size - 16)
            name = f"block {block.bid:#x}"
            self.expect(block.at % 64 == 0 and 1 <= block.size <= 8176, 21, f"{name}: {block.size} bytes at {block.at:#x}")
            self.expect((cb, bid) == (block.size, block.bid), 21, f"{name}: trailer says {cb} bytes, {bid:#x}")
            self.expect(sig == signature(block.at, bid), 21, f"{name}: wSig")
            self.expect(block_crc == crc(p.stored(bid)), 21, f"{name}: dwCRC")

    def data_tree(self, bid, where, heap_or_rows=False):
        """Counts references below `bid`, checks its lists, gives the tree."""
        tree = self.pst.tree(bid)
        if bid in self.seen_trees:
            return tree
        self.seen_trees.add(bid)
        for x, level, n, total, truth, size, children in tree.lists:
            for child in children:
                self.references[child & ~1] += 1
            self.expect(n <= 1021 and size == 8 + 8 * n and total == truth, 23, f"{where}: XBLOCK {x:#x} lcbTotal {total}, {truth}")
        self.expect(not tree.lists or len(tree.leaves) > 1, 23, f"{where}: XBLOCK for one block")
        for leaf in tree.leaves[:-1]:
            self.expect(len(leaf) == 8176, 23, f"{where}: inner block of {len(leaf)} bytes")
        return tree

    def node(self, nid, data, sub, where):
        """Counts references of a node and its subnodes; returns the sum of data bytes (rule 38)."""
        total = 0
        for bid in (data, sub):
            if bid:
                self.references[bid & ~1] += 1
        if data:
            tree = self.data_tree(data, where)
            total += tree.total
            kind = nid & 0x1F
            if tree.leaves and tree.leaves[0][2:3] == b"\xec" and tree.leaves[0][3] in (0xBC, 0x7C, 0x9C) and kind != 0x1F:
                self.heap(data, tree, where)
        if sub:
            blocks = []
            children = self.pst.subnodes(sub, blocks)
            first_visit = sub not in self.seen_trees
            self.seen_trees.add(sub)
            for x, level, n, padding, size, references in blocks:
                self.expect(padding == 0 and n <= (510 if level else 340), 24, f"{where}: SLBLOCK {x:#x}")
                self.expect(size == 8 + n * (16 if level else 24), 24, f"{where}: SLBLOCK {x:#x} of {size} bytes")
                if first_visit and level:
                    for r in references:
                        self.references[r & ~1] += 1
            for child, (d, s) in children.items():
                kind, index = child & 0x1F, child >> 5
                if child not in (0x671, 0x692):
                    self.used_index[kind] = max(self.used_index[kind], index)
                    self.expect(index >= 0x400, 7, f"{where}: subnode {child:#x} below index 0x400")
                total += self.node(child, d, s, f"{where}/{child:#x}")
        return total

    # -- heaps, rules 25 to 27

    def heap(self, bid, tree, where):
        if bid in self.heaps_seen:
            return
        self.heaps_seen.add(bid)
        heap = Heap(tree, where)
        levels = []
        for i, (leaf, (at, free, starts)) in enumerate(zip(heap.leaves, heap.maps)):
            head = 12 if i == 0 else 66 if i % 128 == 8 else 2
            n = len(starts) - 1
            self.expect(at % 2 == 0 and at - starts[-1] in (0, 1) and starts[0] == head, 26,
                        f"{where}: block {i}: ibHnpm {at}, allocations {starts[0]}..{starts[-1]}")
            self.expect(list(starts) == sorted(starts) and n <= 2047, 26, f"{where}: block {i}: rgibAlloc")
            sizes = [b - a for a, b in zip(starts, starts[1:])]
            self.expect(free == sizes.count(0) and max(sizes, default=0) <= 3580, 26, f"{where}: block {i}: cFree {free}")
            room = 8176 - (at + 4 + 2 * (n + 1))
            levels.append(next((k for k, bound in enumerate(LEVELS) if room >= bound), 15))
        for i, level in enumerate(levels):
            keeper, base = (0, 8) if i < 8 else ((i - 8) // 128 * 128 + 8, 2)
            start = 0 if i < 8 else keeper
            nibble = heap.leaves[keeper][base + (i - start) // 2] >> (4 if (i - start) % 2 else 0) & 15
            self.expect(nibble == level, 27, f"{where}: block {i}: fill level {nibble}, should be {level}")

    # -- nodes, rules 17 to 20

    def nodes(self):
        p = self.pst
        for nid, node in p.nodes.items():
            kind = nid & 0x1F
            self.node(nid, node.data, node.sub, f"node {nid:#x}")
            if nid >> 5 >= 0x400 and kind in (2, 3, 4, 5, 8, 0xD, 0xE, 0xF):
                self.used_index[kind] = max(self.used_index[kind], nid >> 5)
            folder_or_item = kind in (2, 3, 4, 8)
            self.expect((node.parent in p.nodes) if folder_or_item else node.parent == 0, 20,
                        f"node {nid:#x}: parent {node.parent:#x}")
        self.expect(p.nodes[0x122].parent == 0x122, 20, "root folder's parent")
        for bid, block in p.blocks.items():
            self.expect(bid & 1 == 0, 18, f"block {bid:#x}: bit 0")
            self.expect(block.references == self.references[bid] + 1, 17,
                        f"block {bid:#x}: cRef {block.references}, {self.references[bid]} references")
        for bid in self.references:
            self.expect(bid in p.blocks, 18, f"block {bid:#x} is referred to and not there")
        for kind, index in self.used_index.items():
            self.expect(self.rgnid[kind] >= index, 7, f"rgnid[{kind:#x}] {self.rgnid[kind]:#x}, used {index:#x}")

    def pc(self, nid, where=None):
        node = self.pst.nodes[nid]
        return self.property_context(node.data, node.sub, where or f"node {nid:#x}")

    def property_context(self, data, sub, where):
        problems = []
        out = self.pst.pc(data, sub, where, problems)
        for text in problems:
            self.say(28, text)
        for ident, v in out.items():
            self.expect(v.data or v.hnid == 0 or v.kind in (3, 11), 28, f"{where}: {ident:04x} empty with HNID {v.hnid:#x}")
            if v.kind == 0x1F:
                self.expect(len(v.data) % 2 == 0, 28, f"{where}: {ident:04x} odd text")
        return out

    def table(self, data, sub, where, columns=None, versions=False):
        problems = []
        t = self.pst.tc(data, sub, where, problems)
        for text in problems:
            self.say(30, text)
        tags = [c[0] for c in t.columns]
        self.expect(tags == sorted(tags), 29, f"{where}: columns are not sorted")
        self.expect(not columns or columns <= set(tags), 33, f"{where}: columns missing")
        self.layout(t, where)
        self.expect(sorted(t.row_index.values()) == list(range(len(t.row_index))), 30, f"{where}: row index")
        for ident, place in t.row_index.items():
            row = t.order[place]
            self.expect(struct.unpack_from("<I", row)[0] == ident, 30, f"{where}: row {ident:#x}: first dword")
            self.expect(row[t.ends[2]] & 0xC0 == 0xC0, 30, f"{where}: row {ident:#x}: CEB of id and version")
            if versions:
                self.row_versions[struct.unpack_from("<I", row, 4)[0]] += 1
        return t

    def layout(self, t, where):
        e4, e2, e1, em = t.ends
        self.expect(em - e1 == (len(t.columns) + 7) // 8 and e4 <= e2 <= e1 < em, 29, f"{where}: rgib {t.ends}")
        taken = sorted((at, at + size) for _, at, size, _ in t.columns)
        self.expect(all(a[1] <= b[0] for a, b in zip(taken, taken[1:])), 29, f"{where}: cells overlap")
        self.expect(sorted(c[3] for c in t.columns) == list(range(len(t.columns))), 29, f"{where}: iBit")
        for tag, at, size, bit in t.columns:
            fixed = FIXED.get(tag & 0xFFFF)
            width = 4 if fixed is None or fixed > 8 else fixed
            region = (0, e4) if width >= 4 else (e4, e2) if width == 2 else (e2, e1)
            self.expect(size == width and region[0] <= at and at + size <= region[1], 29, f"{where}: column {tag:08x}")
        fixed = {c[0]: (c[1], c[3]) for c in t.columns}
        self.expect((fixed.get(0x67F20003), fixed.get(0x67F30003)) == ((0, 0), (4, 1)), 29, f"{where}: id, version")

    # -- messaging, rules 32 to 42

    def mandatory(self):
        p = self.pst
        for nid in MANDATORY:
            self.expect(nid in p.nodes, 32, f"node {nid:#x} is missing")
        for nid, columns in TEMPLATES.items():
            t = self.table(p.nodes[nid].data, p.nodes[nid].sub, f"template {nid:#x}", columns)
            self.expect(not t.rows, 32, f"template {nid:#x} has rows")
        for nid in (0x64C, 0x6B6, 0x6D7, 0x6F8):
            self.table(p.nodes[nid].data, p.nodes[nid].sub, f"node {nid:#x}")
        receive = self.table(p.nodes[0x62B].data, p.nodes[0x62B].sub, "receive folders")
        self.expect(any(r.get(0x001A001F, b"") == b"" and int.from_bytes(r[0x66050003], "little") in p.nodes
                        for r in receive.rows.values()), 32, "receive folder table")
        searches = b"".join(p.tree(p.nodes[0x201].data).leaves)
        listed = set(struct.unpack(f"<{len(searches) // 4}I", searches))
        self.expect({n for n in p.nodes if n & 0x1F == 3} == listed, 32, "search activity list")
        id_map = Heap(p.tree(p.nodes[0xC01].data), "id map")
        self.expect(id_map.client == 0x9C, 32, "id map")
        (root,) = struct.unpack("<I", id_map.get(id_map.root))  # one more step than in other heaps
        self.expect(id_map.bth(root, (16, 4)) == [], 32, "id map is not empty")
        self.expect(integer(self.pc(0x2227)[0x660B]) == 0, 32, "search criteria")
        self.table(p.nodes[0x2230].data, p.nodes[0x2230].sub, "search results", SEARCH)

    def store(self):
        pc, nodes = self.pc(0x21), self.pst.nodes
        for ident in (0x0E34, 0x0E38, 0x0FF9, 0x3001, 0x35DF, 0x35E0, 0x35E3, 0x35E7, 0x6633, 0x66FA, 0x67FF):
            self.expect(ident in pc, 34, f"store property {ident:04x} is missing")
        self.expect(len(pc[0x0FF9].data) == 16 and len(pc[0x0E34].data) == 24, 34, "record key, version history")
        mask = integer(pc[0x35DF])
        for bit, ident in ((1, 0x35E0), (8, 0x35E3), (0x40, 0x35E6), (0x80, 0x35E7)):
            self.expect(bool(mask & bit) == (ident in pc), 34, f"valid folder mask {mask:#x}, {ident:04x}")
            if ident in pc:
                entry = pc[ident].data
                self.expect(len(entry) == 24 and entry[:4] == bytes(4) and entry[4:20] == pc[0x0FF9].data
                            and int.from_bytes(entry[20:], "little") in nodes, 34, f"entry id {ident:04x}")

    def folders(self):
        p = self.pst
        children = collections.defaultdict(set)
        for nid, node in p.nodes.items():
            if nid & 0x1F in (2, 3) and nid != 0x122:
                children[node.parent].add(nid)
        items = collections.defaultdict(set)
        for nid, node in p.nodes.items():
            if nid & 0x1F in (4, 8):
                items[node.parent, nid & 0x1F].add(nid)
        for nid in [n for n in p.nodes if n & 0x1F == 2]:
            self.folder(nid, children[nid], items[nid, 4], items[nid, 8])
        for version, n in self.row_versions.items():
            self.expect(n == 1, 31, f"LtpRowVer {version:#x} {n} times")
            self.expect(version < self.unique, 8, f"dwUnique {self.unique:#x}, LtpRowVer {version:#x}")

    def same_cells(self, row, pc, where, skip=(0x67F2, 0x67F3, 0x0E17, 0x3013)):
        for tag, cell in row.items():
            if tag >> 16 in skip:
                continue
            v = pc.get(tag >> 16)
            self.expect(v is not None and v.kind == tag & 0xFFFF and v.data == cell, 36, f"{where}: cell {tag:08x} differs")

    def folder(self, nid, children, messages, associated):
        p, base, where = self.pst, nid & ~0x1F, f"folder {nid:#x}"
        pc = self.pc(nid)
        tables = []
        for kind, columns in ((0xD, HIERARCHY), (0xE, CONTENTS), (0xF, ASSOCIATED)):
            node = p.nodes[base | kind]
            tables.append(self.table(node.data, node.sub, f"{where} table {kind:#x}", columns, True))
        for ident in (0x3001, 0x3602, 0x3603, 0x360A):
            self.expect(ident in pc, 35, f"{where}: {ident:04x} is missing")
        self.expect(set(tables[0].rows) == children, 35, f"{where}: hierarchy rows")
        for child, row in tables[0].rows.items():
            child_pc = self.pc(child)
            self.same_cells(row, child_pc, f"{where} row {child:#x}")
            for tag in (0x3001001F, 0x36020003, 0x36030003, 0x360A000B, 0x3613001F):
                v = child_pc.get(tag >> 16)
                self.expect((tag in row) == (v is not None and (v.data != b"" or tag != 0x3613001F)) or not v.data, 35,
                            f"{where} row {child:#x}: {tag:08x}")
        self.expect(integer(pc[0x360A]) == bool(children), 35, f"{where}: has subfolders")
        self.expect(set(tables[1].rows) == messages and set(tables[2].rows) == associated, 36, f"{where}: rows against items")
        unread = 0
        for table, columns in ((tables[1], CONTENTS), (tables[2], ASSOCIATED)):
            for item, row in table.rows.items():
                unread += self.item(item, row, columns) if item & 0x1F == 4 else self.item(item, row, columns) * 0
        self.expect(integer(pc[0x3602]) == len(messages) and integer(pc[0x3603]) == unread, 35, f"{where}: counts")

    def item(self, nid, row, columns):
        """Checks an item against its row; 1 when it is unread."""
        node, where = self.pst.nodes[nid], f"item {nid:#x}"
        pc = self.message(node.data, node.sub, where)
        self.same_cells(row, pc, f"row of {where}")
        self.expect(0x0E170003 in row, 36, f"row of {where}: message status")
        for tag in columns:
            v = pc.get(tag >> 16)
            if v is not None and v.kind == tag & 0xFFFF and v.data and len(v.data) <= 1 << 20:
                self.expect(tag in row, 36, f"row of {where}: cell {tag:08x} is missing")
        return 0 if integer(pc[0x0E07]) & 1 else 1

    def node_bytes(self, data, sub):
        total = self.pst.tree(data).total
        for d, s in self.pst.subnodes(sub).values():
            total += self.node_bytes(d, s)
        return total

    def message(self, data, sub, where):
        pc = self.property_context(data, sub, where)
        for ident in (0x001A, 0x0E07, 0x0E08, 0x3007, 0x3008, 0x300B):
            self.expect(ident in pc, 37, f"{where}: {ident:04x} is missing")
        truth = self.node_bytes(data, sub)
        self.expect(integer(pc[0x0E08]) == truth, 38, f"{where}: PidTagMessageSize {integer(pc[0x0E08])}, is {truth}")
        for ident in (0x0E02, 0x0E03, 0x0E04):
            self.expect(ident not in pc or pc[ident].data, 36, f"{where}: empty {ident:04x}")
        if 0x0037 in pc and pc[0x0037].data:
            self.expect(pc[0x0037].data[:2] == b"\1\0", 37, f"{where}: subject without prefix mark")
        subs = self.pst.subnodes(sub)
        self.expect(0x692 in subs, 41, f"{where}: no recipient table")
        self.table(*subs[0x692], f"{where} recipients", RECIPIENTS)
        attachments = {n for n in subs if n & 0x1F == 5}
        self.expect((0x671 in subs) == bool(attachments), 41, f"{where}: attachment table")
        rows = self.table(*subs[0x671], f"{where} attachments", ATTACHMENTS).rows if 0x671 in subs else {}
        self.expect(set(rows) == attachments, 40, f"{where}: attachment rows")
        hidden = True
        for nid in attachments:
            hidden &= self.attachment(*subs[nid], rows[nid], f"{where}/{nid:#x}")
        flag = bool(integer(pc[0x0E07]) & 0x10)
        self.expect(flag == bool(attachments) or attachments and hidden, 40, f"{where}: MSGFLAG_HASATTACH")
        return pc

    def attachment(self, data, sub, row, where):
        pc = self.property_context(data, sub, where)
        for ident in (0x0E20, 0x3705, 0x370B):
            self.expect(ident in pc, 40, f"{where}: {ident:04x} is missing")
        size = sum(v.logical_size() for v in pc.values())
        self.expect(integer(pc[0x0E20]) == size, 39, f"{where}: PidTagAttachSize {integer(pc[0x0E20])}, is {size}")
        self.same_cells(row, pc, f"row of {where}")
        payload = pc.get(0x3701)
        if payload is not None and payload.kind == 13:
            nid, stated = struct.unpack("<II", payload.data)
            subs = self.pst.subnodes(sub)
            self.expect(nid in subs, 28, f"{where}: object {nid:#x} is not there")
            self.expect(stated == self.node_bytes(*subs[nid]), 39, f"{where}: object size {stated}")
            if integer(pc[0x3705]) == 5:
                self.expect(nid & 0x1F == 4, 40, f"{where}: embedded message {nid:#x}")
                self.message(*subs[nid], f"{where}/message")
        return integer(pc.get(0x7FFE)) == 1

    # -- rule 42

    def names(self):
        pc = self.pc(0x61)
        entries, strings, guids = pc[3].data, pc[4].data, pc[2].data
        self.expect(integer(pc[1]) == 251 and entries and strings and guids, 42, "bucket count, empty streams")
        expected = collections.Counter()
        for i in range(0, len(entries), 8):
            ident, guid, index = struct.unpack_from("<IHH", entries, i)
            self.expect(index == i // 8 and (guid >> 1) - 3 < len(guids) // 16, 42, f"name {i // 8}: wPropIdx {index}")
            if guid & 1:
                self.expect(ident % 4 == 0, 42, f"name {index}: string at {ident}")
                (size,) = struct.unpack_from("<I", strings, ident)
                ident = crc(strings[ident + 4 : ident + 4 + size])
            expected[(ident ^ guid) % 251, struct.pack("<IHH", ident, guid, index)] += 1
        there = collections.Counter()
        for ident, v in pc.items():
            if ident >= 0x1000:
                for i in range(0, len(v.data), 8):
                    there[ident - 0x1000, v.data[i : i + 8]] += 1
        self.expect(there == expected, 42, "buckets do not agree with the entry stream")
        self.expect(len(set(self.pst.names().values())) == len(entries) // 8, 42, "a name twice")

    def counts(self):
        """Every property id of 0x8000 and above on a top-level item has a name."""
        known = set(self.pst.names())
        for nid in [n for n in self.pst.nodes if n & 0x1F in (2, 4, 8)]:
            unknown = {i for i in self.pc(nid) if i >= 0x8000} - known
            self.expect(not unknown, 42, f"node {nid:#x}: ids without names {sorted(map(hex, unknown))[:5]}")


def check(path):
    return Rules(path).run()


if __name__ == "__main__":
    bad = 0
    for name in sys.argv[1:]:
        findings = check(name)
        bad += len(findings)
        print(f"{name}: {len(findings)} findings")
        for line in findings[:40]:
            print("  ", line)
    sys.exit(1 if bad else 0)

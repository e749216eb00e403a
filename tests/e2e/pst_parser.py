"""Reads PST and OST files of all forms for the tests: node database, heaps, tables. Written from [MS-PST] alone and sharing
nothing with our own reader and writer, so that an error of theirs cannot cancel itself here."""

import struct
import zlib

PERMUTE = bytes.fromhex(  # mpbbR, [MS-PST] 5.1
    "41361362a8216ebbf416cc047f64e85d1ef2cb2a74c55e35d295479e962d9a884c7d843fdbac31b6485ff6c4d8398be7"
    "233b388ec8c1df25b120a546604e9cfbaad35651457c550007c92b9d859b09a08fadb30f63ab894bd7a7155a716642bf"
    "264a6b98faea7753b270052cfd593a867ece06eb827857c78d43afb41cd45bcde2e9274fc3087280cfb0eff5286dbe30"
    "4d3492d50e3c2232e5e4f99fc2d10a8112e1ee918376e397e6618a1779a4b7dc907a5c8c02a6ca69de501a1193b95287"
    "58fced1d37491b6ae0293399bd6cd994f340546ff0c673b8d63e6518441fdd6710f10c19ecae03a1147ba90bfff8a3c0"
    "a201f72ebc2468750dfeba2fb5d0da3d"
)
SECOND = bytes.fromhex(  # mpbbS
    "14530f56b3c87a9ceb65481716159f02cc547c83000d0c0ba262a876dbd9edc7c5a4dcac8574d6d0a79bae9a967166c3"
    "6399b8dd73928e847da55ed15d93b1575150808952944f4e0a6bbc8d7f6e47464140440111cb033ff7f4e1a98f3c3af9"
    "fbf0193082092ec99da08649ee6f4d6dc42d813425871b88aafc06a11238fd4c4272641337246a757743ffe6b44b365c"
    "e4d8353d45b92cecb7312b290768a30e697b189e2139be281a5b78f523ca2ab0af3efe048ce7e5983295d3f64ae8a6ea"
    "e9f3d52f7020f21f0567ad5510cecde3273bdabad7c226d4911dd21c2233f8faf15aefcf90b68bb5bdc0bf08971e6ce2"
    "61e0c6c159abbb58de5fdf60797eb28a"
)
DECODE = bytes(PERMUTE.index(i) for i in range(256))
FIXED = {2: 2, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 1, 20: 8, 64: 8, 72: 16}  # bytes of fixed types


def crc(data):
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def signature(at, ident):
    both = (at ^ ident) & 0xFFFFFFFF
    return (both >> 16) ^ (both & 0xFFFF)


def cyclic(data, key):
    """[MS-PST] 5.2"""
    w, out = (key ^ key >> 16) & 0xFFFF, bytearray()
    for x in data:
        low, high = w & 0xFF, w >> 8
        x = SECOND[(PERMUTE[(x + low) & 0xFF] + high) & 0xFF]
        out.append((DECODE[(x - high) & 0xFF] - low) & 0xFF)
        w = (w + 1) & 0xFFFF
    return bytes(out)


class Damage(Exception):
    pass


class Block:
    def __init__(self, bid, at, size, references, inflated=0):
        self.bid, self.at, self.size, self.references, self.inflated = bid, at, size, references, inflated


class Node:
    def __init__(self, data, sub, parent):
        self.data, self.sub, self.parent = data, sub, parent


class Tree:
    """A data tree: its leaf blocks, and what its lists of blocks say."""

    def __init__(self):
        self.leaves, self.leaf_bids, self.lists, self.total = [], [], [], 0


class Form:
    """What differs between ANSI, Unicode and 4K files."""

    def __init__(self, version):
        self.ansi, self.large = version in (14, 15), version == 36
        self.word = "I" if self.ansi else "Q"
        self.page = 4096 if self.large else 512
        self.tail = 4056 if self.large else 496 if self.ansi else 488  # of a B-tree page: counts, then the trailer
        self.hid_bits = 14 if self.large else 11
        self.place = 2 if self.ansi else 4  # bytes of TCROWID.dwRowIndex
        self.block = 65512 if self.large else 8180 if self.ansi else 8176

    def unpack(self, layout, data, at=0):
        """`layout` of W (a word) and struct's letters."""
        return struct.unpack_from("<" + layout.replace("W", self.word), data, at)

    def size(self, layout):
        return struct.calcsize("<" + layout.replace("W", self.word))


class Heap:
    def __init__(self, tree, where, hid_bits=11):
        self.leaves, self.where, self.hid_bits = tree.leaves, where, hid_bits
        if not self.leaves:
            raise Damage(f"{where}: heap without data")
        first = self.leaves[0]
        self.signature, self.client, self.root = struct.unpack_from("<BBI", first, 2)
        if self.signature != 0xEC:
            raise Damage(f"{where}: bSig {self.signature:#x}")
        self.maps = []
        for leaf in self.leaves:
            (at,) = struct.unpack_from("<H", leaf)
            n, free = struct.unpack_from("<HH", leaf, at)
            self.maps.append((at, free, struct.unpack_from(f"<{n + 1}H", leaf, at + 4)))

    def get(self, hid):
        if hid == 0:
            return b""
        if hid & 0x1F:
            raise Damage(f"{self.where}: {hid:#x} is no HID")
        block, index = hid >> 5 + self.hid_bits, (hid >> 5 & (1 << self.hid_bits) - 1) - 1
        starts = self.maps[block][2]
        if index < 0 or index + 1 >= len(starts):
            raise Damage(f"{self.where}: HID {hid:#x} out of range")
        return self.leaves[block][starts[index] : starts[index + 1]]

    def bth(self, root, expect=None, problems=None):
        """[(key, entry)] of a B-tree-on-heap."""
        kind, key_bytes, entry_bytes, levels, hid = struct.unpack("<BBBBI", self.get(root))
        if kind != 0xB5 or (expect and (key_bytes, entry_bytes) != expect):
            raise Damage(f"{self.where}: BTHHEADER {kind:#x} {key_bytes} {entry_bytes}")
        pages = [(None, hid)] if hid else []
        for level in range(levels, -1, -1):
            size = key_bytes + (4 if level else entry_bytes)
            records = []
            for first, page in pages:
                data = self.get(page)
                if len(data) % size or not data:
                    raise Damage(f"{self.where}: BTH page of {len(data)} bytes")
                got = [(data[i : i + key_bytes], data[i + key_bytes : i + size]) for i in range(0, len(data), size)]
                if first is not None and got[0][0] != first and problems is not None:
                    problems.append(f"{self.where}: BTH index key differs from its page's first")
                records += got
            if level:
                pages = [(k, struct.unpack("<I", v)[0]) for k, v in records]
        keys = [int.from_bytes(k, "little") for k, _ in records] if pages else []
        if problems is not None and any(a >= b for a, b in zip(keys, keys[1:])):
            problems.append(f"{self.where}: BTH keys do not ascend")
        return records if pages else []


class Value:
    def __init__(self, kind, hnid, data):
        self.kind, self.hnid, self.data = kind, hnid, data

    def logical_size(self):
        if self.kind == 13:
            return struct.unpack_from("<I", self.data, 4)[0] if len(self.data) == 8 else 0
        return FIXED.get(self.kind, len(self.data))


class Table:
    def __init__(self):
        self.columns, self.ends, self.rows, self.row_index, self.order = [], (), {}, {}, []


class Pst:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.bytes = f.read()
        b = self.bytes
        version = struct.unpack_from("<H", b, 10)[0] if b[:4] == b"!BDN" else 0
        if version not in (14, 15, 23, 36):
            raise Damage(f"{path}: no PST")
        self.form = Form(version)
        self.crypt = b[461 if self.form.ansi else 513]
        # eof, last AMap, free, free PMap, NBT, BBT, valid
        self.root = self.form.unpack("WWWWWWWWB", b, 168 if self.form.ansi else 184)
        self.nbt_pages, self.bbt_pages = [], []
        self.nodes = {e[0]: Node(*e[1:]) for e in self.leaf_entries(self.root[4], self.root[5], 0x81, self.nbt_pages)}
        self.blocks = {e[0]: Block(*e) for e in self.leaf_entries(self.root[6], self.root[7], 0x80, self.bbt_pages)}

    def leaf_entries(self, bid, at, kind, pages, parent_level=None, first=None):
        form = self.form
        page = self.bytes[at : at + form.page]
        n, most, size, level = struct.unpack_from("<HHBB" if form.large else "<BBBB", page, form.tail)
        pages.append((bid, at, kind, n, most, size, level, parent_level, first))
        if parent_level is not None and level != parent_level - 1 or n == 0 and parent_level is not None:
            raise Damage(f"page {at:#x}: level {level}, {n} entries")
        for i in range(n):
            entry = page[i * size : i * size + size]
            if level:
                key, child, child_at = form.unpack("WWW", entry)
                yield from self.leaf_entries(child, child_at, kind, pages, level, key)
            elif kind == 0x81:
                nid, data, sub, parent = form.unpack("WWWI", entry)
                yield nid & 0xFFFFFFFF, data & ~1, sub & ~1, parent
            else:
                ident, block_at, cb, *inflated, references = form.unpack("WWHHH" if form.large else "WWHH", entry)
                yield ident & ~1, block_at, cb, references, *inflated

    def stored(self, bid):
        block = self.blocks.get(bid & ~1)
        if block is None:
            raise Damage(f"block {bid:#x} is not in the BBT")
        return self.bytes[block.at : block.at + block.size]

    def block(self, bid):
        data = self.stored(bid)
        if self.blocks[bid & ~1].inflated > len(data):
            data = zlib.decompress(data)
        if bid & 2 or self.crypt == 0:
            return data
        return data.translate(DECODE) if self.crypt == 1 else cyclic(data, bid & 0xFFFFFFFF)

    def tree(self, bid):
        tree = Tree()
        if bid:
            self._grow(bid, tree)
            tree.total = sum(len(leaf) for leaf in tree.leaves)
        return tree

    def _grow(self, bid, tree, parent_level=None):
        data = self.block(bid)
        if not bid & 2:
            tree.leaves.append(data)
            tree.leaf_bids.append(bid)
            return
        kind, level, n, total = struct.unpack_from("<BBHI", data)
        if kind != 1 or level not in (1, 2) or parent_level is not None and level != parent_level - 1:
            raise Damage(f"block {bid:#x}: XBLOCK type {kind} level {level}")
        before = len(tree.leaves)
        children = self.form.unpack("W" * n, data, 8)
        for child in children:
            self._grow(child, tree, level)
        tree.lists.append((bid, level, n, total, sum(len(x) for x in tree.leaves[before:]), len(data), children))

    def subnodes(self, bid, blocks=None):
        """{nid: (data, sub)}; appends (bid, kind, level, n, references) of each block to `blocks`."""
        out = {}
        if not bid:
            return out
        data = self.block(bid)
        kind, level, n = struct.unpack_from("<BBH", data)
        padding = 0 if self.form.ansi else struct.unpack_from("<I", data, 4)[0]
        first, leaf, branch = 4 if self.form.ansi else 8, self.form.size("WWW"), self.form.size("WW")
        if kind != 2 or level not in (0, 1):
            raise Damage(f"block {bid:#x}: SLBLOCK type {kind} level {level}")
        references, keys = [], []
        for i in range(n):
            if level == 0:
                nid, d, s = self.form.unpack("WWW", data, first + leaf * i)
                nid &= 0xFFFFFFFF
                out[nid] = (d, s)
                references += [x for x in (d, s) if x]
            else:
                nid, child = self.form.unpack("WW", data, first + branch * i)
                inner = self.subnodes(child, blocks)
                nid &= 0xFFFFFFFF
                if min(inner) != nid:
                    raise Damage(f"block {bid:#x}: SIENTRY key {nid:#x} is not its child's first")
                out.update(inner)
                references.append(child)
            keys.append(nid)
        if keys != sorted(set(keys)):
            raise Damage(f"block {bid:#x}: subnodes do not ascend")
        if blocks is not None:
            blocks.append((bid, level, n, padding, len(data), references))
        return out

    def value(self, hnid, heap, subs, where):
        if hnid == 0:
            return b""
        if hnid & 0x1F == 0:
            return heap.get(hnid)
        if hnid not in subs:
            raise Damage(f"{where}: value in subnode {hnid:#x}, which is not there")
        return b"".join(self.tree(subs[hnid][0]).leaves)

    def pc(self, data, sub, where="", problems=None):
        """{property id: Value}"""
        heap = Heap(self.tree(data), where, self.form.hid_bits)
        if heap.client != 0xBC:
            raise Damage(f"{where}: bClientSig {heap.client:#x}, not a PC")
        subs, out = self.subnodes(sub), {}
        for key, entry in heap.bth(heap.root, (2, 6), problems):
            kind, hnid = struct.unpack("<HI", entry)
            size = FIXED.get(kind)
            if size is not None and size <= 4:
                data = struct.pack("<I", hnid)[:size]
                if problems is not None and any(struct.pack("<I", hnid)[size:]) and kind == 11:
                    problems.append(f"{where}: Boolean with upper bytes set")
            else:
                data = self.value(hnid, heap, subs, where)
                if problems is not None and size is not None and len(data) != size:
                    problems.append(f"{where}: {key.hex()} type {kind:#x} has {len(data)} bytes")
            out[int.from_bytes(key, "little")] = Value(kind, hnid, data)
        return out

    def tc(self, data, sub, where="", problems=None):
        heap = Heap(self.tree(data), where, self.form.hid_bits)
        if heap.client != 0x7C:
            raise Damage(f"{where}: bClientSig {heap.client:#x}, not a TC")
        subs, t = self.subnodes(sub), Table()
        info = heap.get(heap.root)
        kind, n, e4, e2, e1, em, index, rows, unused = struct.unpack_from("<BBHHHHIII", info)
        if kind != 0x7C or len(info) != 22 + 8 * n:
            raise Damage(f"{where}: TCINFO {kind:#x}, {len(info)} bytes")
        t.ends = (e4, e2, e1, em)
        t.columns = [struct.unpack_from("<IHBB", info, 22 + 8 * i) for i in range(n)]
        if problems is not None and unused:
            problems.append(f"{where}: TCINFO.hidIndex {unused:#x}")
        if rows == 0:
            matrix = []
        elif rows & 0x1F == 0:
            matrix = [heap.get(rows)]
        else:
            matrix = self.tree(subs[rows][0]).leaves
        t.order = []
        for leaf in matrix:
            t.order += [leaf[i : i + em] for i in range(0, len(leaf) // em * em, em)]
        for key, entry in heap.bth(index, (4, self.form.place), problems):
            t.row_index[int.from_bytes(key, "little")] = int.from_bytes(entry, "little")
        for ident, place in t.row_index.items():
            if place >= len(t.order):
                raise Damage(f"{where}: row {ident:#x} at {place} of {len(t.order)}")
            t.rows[ident] = self.cells(t, t.order[place], heap, subs, where)
        return t

    def cells(self, t, row, heap, subs, where):
        out = {}
        for tag, at, size, bit in t.columns:
            if not row[t.ends[2] + bit // 8] & 0x80 >> bit % 8:
                continue
            cell = row[at : at + size]
            fixed = FIXED.get(tag & 0xFFFF)
            if fixed is None or fixed > 8:
                cell = self.value(int.from_bytes(cell, "little"), heap, subs, where)
            out[tag] = cell
        return out

    def names(self):
        """{property id: (GUID bytes, LID or name)}"""
        streams = self.pc(self.nodes[0x61].data, self.nodes[0x61].sub, "name-to-id map")
        guids, entries, strings = (streams[i].data for i in (2, 3, 4))
        fixed = {
            0: bytes(16),
            1: bytes.fromhex("2803020000000000c000000000000046"),
            2: bytes.fromhex("2903020000000000c000000000000046"),
        }
        out = {}
        for i in range(0, len(entries) // 8 * 8, 8):
            ident, guid, index = struct.unpack_from("<IHH", entries, i)
            g = guid >> 1
            owner = fixed[g] if g < 3 else guids[16 * (g - 3) : 16 * (g - 2)]
            if guid & 1:
                (size,) = struct.unpack_from("<I", strings, ident)
                ident = strings[ident + 4 : ident + 4 + size].decode("utf-16le", "replace")
            out[0x8000 + index] = (owner, ident)
        return out

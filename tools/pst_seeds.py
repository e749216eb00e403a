#!/usr/bin/python3
"""tools/pst_seeds.py DIRECTORY PST...: seeds of the PST fuzzers from real files, as DIRECTORY/FUZZER/*. Other people's
files are not part of the project: the seeds stay in the build directory."""
import hashlib
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/e2e"))
from pst_parser import Damage, Heap, Pst

MOST = 40  # seeds of each kind from one file
MOST_BYTES = 60_000
FORMS = {14: 0, 15: 0, 23: 1, 36: 2}  # disk::Form


def save(directory, fuzzer, data):
    there = directory / fuzzer
    there.mkdir(parents=True, exist_ok=True)
    (there / hashlib.sha1(data).hexdigest()[:16]).write_bytes(data)


def node_input(form, pst, data, sub):
    """What FuzzInput (src/pst/fuzz_input.h) reads; None when it is too large."""
    pieces = [pst.block(data)] if not data & 2 else []
    pieces += [pst.block(d) for d, _ in pst.subnodes(sub).values() if d and not d & 2][:8]
    if not pieces or sum(map(len, pieces)) > MOST_BYTES:
        return None
    return bytes([form]) + b"".join(struct.pack("<H", len(p)) + p for p in pieces)


def seeds_of_nodes(directory, form, pst):
    counts = {}
    for node in pst.nodes.values():
        if not node.data or node.data & 2:
            continue
        try:
            client = Heap(pst.tree(node.data), "", pst.form.hid_bits).client
            data = node_input(form, pst, node.data, node.sub)
        except (Damage, struct.error, KeyError, IndexError):
            continue
        kind = {0xBC: "pst_properties_fuzz", 0x7C: "pst_table_fuzz"}.get(client)
        counts[kind] = counts.get(kind, 0) + 1
        if data is None or kind is None or counts[kind] > MOST:
            continue
        for fuzzer in (kind, "pst_heap_fuzz", "pst_bth_fuzz"):
            save(directory, fuzzer, data)


def main(directory, *paths):
    directory = pathlib.Path(directory)
    for path in paths:
        data = pathlib.Path(path).read_bytes()
        try:
            pst = Pst(path)
        except (Damage, struct.error, IndexError):
            continue
        form = FORMS[struct.unpack_from("<H", data, 10)[0]]
        page = pst.form.page
        save(directory, "pst_page_fuzz", data[:1024])
        for at in [p[1] for p in pst.nbt_pages + pst.bbt_pages][:MOST]:
            save(directory, "pst_page_fuzz", data[at : at + page])
        for block in list(pst.blocks.values())[:MOST]:
            if block.bid & 2 and block.at < 1 << 20:  # blocks are found by their place: all before it comes too
                save(directory, "pst_block_fuzz", bytes([form, 0]) + data[1 : block.at + block.size + 1024])
        if len(data) <= 300_000:
            save(directory, "pst_reader_fuzz", data)
            save(directory, "pst_recover_fuzz", data)
            save(directory, "pst_check_fuzz", data)
        seeds_of_nodes(directory, form, pst)


if __name__ == "__main__":
    main(*sys.argv[1:])

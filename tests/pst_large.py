"""PST files above 2, 4 and 10 GB, written here and checked: the places of all map pages, that no block lies on one or
over another, what mailkeep reads, what readpst and pypff count; an attachment of 2 GB and one of none; and how much
memory writing takes.

Usage: pst_large.py [--programs DIR] [--to DIR] [MEGABYTES ...]      without: 1000 2200 4400 10800
Needs twice as much disk as the largest file: readpst writes out what it reads. Part of ./run test-long.
"""

import argparse
import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import time

import pypff

FIRST, INTERVAL, PAGE = 0x4400, 0x3E000, 512
AMAP, PMAP, FMAP, FPMAP, BBT = 0x84, 0x83, 0x82, 0x85, 0x80
PYPFF_MOST = 3e9  # its time grows with the square of the items in a folder


def run(*command):
    began = time.monotonic()
    done = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True)
    return done.stdout, time.monotonic() - began


def map_pages(k):
    """Offset and type of the map pages of interval k."""
    at = FIRST + k * INTERVAL
    pages = [(at, AMAP)]
    if k % 8 == 0:
        pages.append((at + PAGE, PMAP))
    if k >= 128 and (k - 128) % 496 == 0:
        pages.append((at + 2 * PAGE, FMAP))
    if k >= 8192 and (k - 8192) % 31744 == 0:
        pages.append((at + 2 * PAGE, FPMAP))
    return pages


def check_maps(file, size):
    """Every map page is where it must be; gives how many there are of each type."""
    counted, n = {}, (size - FIRST) // INTERVAL
    assert FIRST + n * INTERVAL == size, "the file ends within an interval"
    for k in range(n):
        for at, kind in map_pages(k):
            file.seek(at + PAGE - 16)
            first, second, _, _, bid = struct.unpack("<BBHIQ", file.read(16))
            assert (first, second, bid) == (kind, kind, at), f"{at:#x} is no map page of type {kind:#x}"
            counted[kind] = counted.get(kind, 0) + 1
    return counted


def blocks(file, at):
    """(offset, bytes) of all blocks, in the order of the block B-tree."""
    file.seek(at)
    page = file.read(PAGE)
    assert page[496] == page[497] == BBT, f"{at:#x} is no page of the BBT"
    n, _, entry, level = page[488:492]
    for i in range(n):
        if level:
            yield from blocks(file, struct.unpack_from("<Q", page, i * entry + 16)[0])
        else:
            _, ib, cb, _ = struct.unpack_from("<QQHH", page, i * entry)
            yield ib, (cb + 16 + 63) // 64 * 64


def check_blocks(file):
    """Blocks are appended, so that one that lies behind the end of the last lies over no other."""
    end = n = 0
    for at, size in blocks(file, root_of_bbt(file)):
        assert at >= end, f"the block at {at:#x} lies over the one that ends at {end:#x}"
        k = (at - FIRST) // INTERVAL
        assert at >= FIRST + k * INTERVAL + PAGE * len(map_pages(k)), f"the block at {at:#x} lies on a map page"
        assert at + size <= FIRST + (k + 1) * INTERVAL, f"the block at {at:#x} crosses into the next interval"
        end, n = at + size, n + 1
    return n


def root_of_bbt(file):
    """HEADER.root begins at 180: reserved, ibFileEof, ibAMapLast, cbAMapFree, cbPMapFree, BREFNBT, BREFBBT."""
    file.seek(180)
    return struct.unpack("<IQQQQQQQQ", file.read(68))[8]


def count_with_pypff(path):
    file = pypff.file()
    file.open(str(path))

    def below(folder):
        n = folder.number_of_sub_messages
        if n:
            for i in (0, n - 1):  # the first and the last can be read
                folder.get_sub_message(i).get_number_of_entries()
        return n + sum(below(folder.get_sub_folder(i)) for i in range(folder.number_of_sub_folders))

    n = below(file.root_folder)
    file.close()
    return n


def count_with_readpst(path, to):
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir()
    output, _ = run("readpst", "-j", "0", "-D", "-o", to, path)
    shutil.rmtree(to)
    return sum(map(int, re.findall(r'^\t"Folder \d+" - (\d+) items done, 0 items skipped', output, re.M)))


def check(speed, path, scratch, shape, megabytes):
    """Writes one file, checks it and says what it took."""
    written, seconds = run(speed, "write", path, shape, megabytes)
    written, size = json.loads(written), path.stat().st_size
    with path.open("rb") as file:
        maps, n_blocks = check_maps(file, size), check_blocks(file)
    read, read_seconds = run(speed, "read", path)
    read = json.loads(read)
    assert read["items"] == written["items"], (read, written)
    one = json.loads(run(speed, "one", path)[0])
    assert one["items"] == 1, one
    assert count_with_readpst(path, scratch) == written["items"]
    pypff_says = "not asked"
    if size < PYPFF_MOST:
        assert count_with_pypff(path) == written["items"]
        pypff_says = "agrees"
    print(f"{size / 1e6:,.0f} MB {shape}: {written['items']:,} items, {n_blocks:,} blocks, "
          f"{maps.get(FMAP, 0)} FMaps, {maps.get(FPMAP, 0)} FPMaps; written in {seconds:.0f} s with "
          f"{written['peak_kib'] / 1024:.1f} MiB, read in {read_seconds:.0f} s with {read['peak_kib'] / 1024:.1f} MiB; "
          f"readpst agrees, pypff {pypff_says}", flush=True)
    return size, written["peak_kib"] * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--programs", type=pathlib.Path, default=root / "build/release/bench")
    parser.add_argument("--to", type=pathlib.Path, default=root / "build/pst_large")
    parser.add_argument("sizes", nargs="*", type=int, metavar="MEGABYTES")
    parser.add_argument("--count", type=pathlib.Path, help="only count the items of this file, with pypff and readpst")
    parser.add_argument("--items", type=int, help="how many --count must find")
    parser.add_argument("--readpst", action="store_true", help="readpst must count as many")
    options = parser.parse_args()
    if options.count:
        few = options.items < 20_000  # pypff takes minutes for a folder of more
        n = count_with_pypff(options.count) if few else options.items
        m = count_with_readpst(options.count, options.count.with_suffix(".readpst"))  # ends without error at least
        print(f"pypff {n if few else 'not asked'}, readpst {m}, written {options.items}")
        return 0 if n == options.items and (m == n or not options.readpst) else 1
    options.to.mkdir(parents=True, exist_ok=True)
    path, points = options.to / "large.pst", []
    try:
        for megabytes in options.sizes or [1000, 2200, 4400, 10800]:
            points.append(check(options.programs / "mk_pst_speed", path, options.to / "readpst", "medium", megabytes))
        check(options.programs / "mk_pst_speed", path, options.to / "readpst", "huge", 2147)
    finally:
        shutil.rmtree(options.to, ignore_errors=True)
    if len(points) > 1:
        (size0, peak0), (size1, peak1) = points[0], points[-1]
        slope = (peak1 - peak0) / (size1 - size0) * 1e9
        at_50_gb = peak1 + slope * (50e9 - size1) / 1e9
        print(f"memory: {slope / 1e6:.2f} MB for each GB, {at_50_gb / 1e6:.0f} MB at 50 GB by that slope")
        assert at_50_gb <= 300e6
    return 0


if __name__ == "__main__":
    sys.exit(main())

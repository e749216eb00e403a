"""PST files above 2, 4 and 10 GB, written here and checked: the places of all map pages, that no block lies on one or
over another, `mailkeep pst check --strict`, what mailkeep reads, one item alone and how many bytes that reads, what
readpst, pffexport and pypff count; an attachment of 2 GB and one of none; and how much memory writing and checking take.

Usage: pst_large.py [--programs DIR] [--to DIR] [--foreign SECONDS] [MEGABYTES ...]      without: 500 3000 6000 10800
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

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))
from usage import run_measured  # noqa: E402

FIRST, INTERVAL, PAGE = 0x4400, 0x3E000, 512
AMAP, PMAP, FMAP, FPMAP, BBT = 0x84, 0x83, 0x82, 0x85, 0x80
FOREIGN_BELOW = 20_000  # items: with more pypff and pffexport do not end: their time grows with the square
FIRST_ITEM, ITEM_STEP = 0x200024, 0x20  # NIDs that the writer gives to items without others in them
MOST_BESIDE_AN_ITEM = 512 * 1024  # bytes of the store that opening a file and finding an item read


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


def foreign(path, items, seconds, what, command, count):
    """What another reader finds, within the seconds that a file of few items may take it."""
    if items >= FOREIGN_BELOW:
        return f"{what} not asked"
    began = time.monotonic()
    done = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, timeout=seconds)
    n = count(done.stdout)
    assert n == items, f"{what} finds {n} items of {items}"
    return f"{what} agrees in {time.monotonic() - began:.0f} s"


def pff_readers(path, scratch, items, seconds):
    exported = pathlib.Path(f"{scratch}.export")
    try:
        return [
            foreign(path, items, seconds, "pypff", (sys.executable, __file__, "--pypff", path), int),
            foreign(path, items, seconds, "pffexport", ("pffexport", "-q", "-m", "items", "-t", scratch, path),
                    lambda _: sum(1 for _ in exported.rglob("Message.*") if _.suffix == ".txt")),
        ]
    finally:
        shutil.rmtree(exported, ignore_errors=True)


def check(options, path, shape, megabytes):
    """Writes one file, checks it and says what it took."""
    speed, scratch = options.programs / "bench/mk_pst_speed", options.to / "others"
    written, seconds = run(speed, "write", path, shape, megabytes)
    written, size = json.loads(written), path.stat().st_size
    with path.open("rb") as file:
        maps, n_blocks = check_maps(file, size), check_blocks(file)
    found, check_seconds, took = run_measured(
        options.programs / "bench/mk_measured", [options.programs / "bin/mailkeep", "pst", "check", "--strict", path])
    check_peak = took["peak_kib"] * 1024
    assert " 0 fatal, 0 repair, 0 notes" in found, found
    read, read_seconds = run(speed, "read", path)
    read = json.loads(read)
    assert read["items"] == written["items"], (read, written)
    one = json.loads(run(speed, "item", path, hex(FIRST_ITEM + ITEM_STEP * (written["items"] // 2)))[0])
    assert one["items"] == 1 and one["read_bytes"] <= 2 * one["bytes"] + MOST_BESIDE_AN_ITEM, one
    assert count_with_readpst(path, scratch) == written["items"]
    others = "; ".join(pff_readers(path, scratch, written["items"], options.foreign))
    print(f"{size / 1e6:,.0f} MB {shape}: {written['items']:,} items, {n_blocks:,} blocks, "
          f"{maps.get(FMAP, 0)} FMaps, {maps.get(FPMAP, 0)} FPMaps; written in {seconds:.0f} s with "
          f"{written['peak_kib'] / 1024:.1f} MiB, read in {read_seconds:.0f} s with {read['peak_kib'] / 1024:.1f} MiB, "
          f"clean under --strict in {check_seconds:.0f} s with {check_peak / 2**20:.1f} MiB; one item of "
          f"{one['bytes']:,} bytes by its id: {one['read_bytes']:,} bytes read; readpst agrees; {others}", flush=True)
    return size, written["peak_kib"] * 1024, check_peak


def slope(what, sizes, peaks):
    """Memory for each GB by least squares, and what that comes to at 50 GB."""
    mean_size, mean_peak = sum(sizes) / len(sizes), sum(peaks) / len(peaks)
    by_byte = (sum((s - mean_size) * (p - mean_peak) for s, p in zip(sizes, peaks))
               / sum((s - mean_size) ** 2 for s in sizes))
    at_50_gb = mean_peak + by_byte * (50e9 - mean_size)
    points = ", ".join(f"{p / 1e6:.1f} MB at {s / 1e9:.1f} GB" for s, p in zip(sizes, peaks))
    print(f"memory of {what}: {points}; {by_byte * 1e3:.2f} MB for each GB, {at_50_gb / 1e6:.0f} MB at 50 GB by that slope")
    assert at_50_gb <= 300e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--to", type=pathlib.Path, default=ROOT / "build/pst_large")
    parser.add_argument("sizes", nargs="*", type=int, metavar="MEGABYTES")
    parser.add_argument("--count", type=pathlib.Path, help="only count the items of this file, with pypff and readpst")
    parser.add_argument("--items", type=int, help="how many --count must find")
    parser.add_argument("--readpst", action="store_true", help="readpst must count as many")
    parser.add_argument("--pypff", type=pathlib.Path, help="only count the items of this file with pypff")
    parser.add_argument("--foreign", type=int, default=600, help="seconds that pypff and pffexport each get")
    options = parser.parse_args()
    if options.pypff:
        print(count_with_pypff(options.pypff))
        return 0
    if options.count:
        few = options.items < 20_000  # pypff takes minutes for a folder of more
        n = count_with_pypff(options.count) if few else options.items
        m = count_with_readpst(options.count, options.count.with_suffix(".readpst"))  # ends without error at least
        print(f"pypff {n if few else 'not asked'}, readpst {m}, written {options.items}")
        return 0 if n == options.items and (m == n or not options.readpst) else 1
    shutil.rmtree(options.to, ignore_errors=True)  # of a run that was ended
    options.to.mkdir(parents=True)
    path, points = options.to / "large.pst", []
    try:
        for megabytes in options.sizes or [500, 3000, 6000, 10800]:
            points.append(check(options, path, "medium", megabytes))
        if not options.sizes:
            for megabytes in (2600, 4700, 10800):  # of few items, so that all readers get through
                check(options, path, "large", megabytes)
            check(options, path, "huge", 2147)
    finally:
        shutil.rmtree(options.to, ignore_errors=True)
    if len(points) > 1:
        sizes, writing, checking = zip(*points)
        slope("writing", sizes, writing)
        slope("checking", sizes, checking)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The figures of docs/benchmarks.md, measured on this machine; each a ratio against a reference of the same run.

Usage: bench.py [--bin DIR] [--to DIR] [--scale F] [SECTION ...]
Sections: full latency memory incremental pst catalog vault compression cpu agent
Prints tables, and writes all numbers to build/bench/figures.json. --scale 0.1 measures a tenth of the items.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))


def machine():
    model = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown"
    )
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"cpu": model, "cores": os.cpu_count(), "memory_gb": round(pages / 2**30), "kernel": platform.release()}


def table(title, rows):
    print(f"\n{title}", flush=True)
    if not rows:
        return
    cells = [list(rows[0])] + [[show(v) for v in row.values()] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    for row in cells:
        print("  " + "  ".join(c.rjust(w) for c, w in zip(row, widths)), flush=True)


def show(value):
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 10 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default=ROOT / "build/release/bin")
    parser.add_argument("--to", default=ROOT / "build/bench", help="where backups are written and thrown away")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("sections", nargs="*", metavar="SECTION")
    options = parser.parse_args()
    os.environ["MK_BIN"] = str(options.bin)

    import sections

    unknown = set(options.sections) - set(sections.ALL)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(sections.ALL)}")
    to = pathlib.Path(options.to)
    figures = {"machine": machine(), "scale": options.scale}
    print(json.dumps(figures["machine"]))
    for name in options.sections or sections.ALL:
        work = to / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        began = time.monotonic()
        figures[name] = sections.ALL[name](work, options.scale)
        for title, rows in figures[name].items():
            table(title, rows)
        print(f"  ({name} took {time.monotonic() - began:.0f} s)", flush=True)
        shutil.rmtree(work, ignore_errors=True)
        (to / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(f"\nall numbers: {to / 'figures.json'}")


if __name__ == "__main__":
    main()

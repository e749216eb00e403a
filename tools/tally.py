"""tools/tally.py RESULTS PRESET: what ctest ran, one line per test case.

ctest knows a GoogleTest program as one test; its own XML, beside ctest's, knows the cases.
Prints lines `passed|failed|skipped NAME`.
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def gtest_cases(path):
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None:
            yield "failed", name
        elif case.get("result") in ("skipped", "suppressed") or case.get("status") == "notrun":
            yield "skipped", name
        else:
            yield "passed", name


def ctest_entries(results):
    """Every ctest test as its cases; one that fails without a failed case (a crash, a leak) fails by itself."""
    for test in ElementTree.parse(results / "ctest.xml").getroot().iter("testcase"):
        name, status = test.get("name"), test.get("status")
        outcome = {"run": "passed", "notrun": "skipped", "disabled": "skipped"}.get(status, "failed")
        if status == "notrun" and test.find("skipped") is None:
            outcome = "failed"  # a program that was not built
        own = results / f"{name}_test.xml"
        cases = list(gtest_cases(own)) if own.exists() else []
        for result, case in cases:
            yield result, f"{name} {case}"
        if not cases or (outcome == "failed" and all(result != "failed" for result, _ in cases)):
            yield outcome, name


def main():
    results, preset = pathlib.Path(sys.argv[1]), sys.argv[2]
    if not (results / "ctest.xml").exists():
        print(f"failed {preset}: ctest left no result")
        return
    for outcome, name in ctest_entries(results):
        print(outcome, preset, name)


main()

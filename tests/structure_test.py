"""The rules of docs/architecture.md that the compiler cannot see, checked over the sources.

The build gives each module its own include root, which refuses most forbidden includes already. What it cannot
refuse is checked here: paths out of the module, libraries of the system that a module did not declare, third-party
types in public headers, arrows that differ from those in the document, fuzzers without seeds, words that do not
belong into the tree. SelfTest shows that each rule bites.
"""

import os
import pathlib
import re
import unittest

ROOT = pathlib.Path(os.environ.get("MK_SOURCE_DIR", pathlib.Path(__file__).resolve().parent.parent))

# Header prefixes that come with a library named in LIBS of src/CMakeLists.txt or apps/CMakeLists.txt.
LIBRARY_HEADERS = {
    "fmt::fmt": ["fmt/"],
    "spdlog::spdlog": ["spdlog/"],
    "OpenSSL::Crypto": ["openssl/"],
    "OpenSSL::SSL": ["openssl/"],
    "ZLIB::ZLIB": ["zlib.h"],
    "CURL::libcurl": ["curl/"],
    "mk_boost_beast": ["boost/asio", "boost/beast", "boost/system"],
    "mk_boost_json": ["boost/json", "boost/system"],
    "expat::expat": ["expat.h"],
    "pugixml::pugixml": ["pugixml.hpp"],
    "PkgConfig::gmime": ["gmime/", "glib", "gio/"],
    "PkgConfig::sodium": ["sodium.h"],
    "PkgConfig::zstd": ["zstd.h"],
    "PkgConfig::xxhash": ["xxhash.h"],
    "PkgConfig::sqlite": ["sqlite3.h"],
    "PkgConfig::libpq": ["libpq-fe.h"],
    "date::date-tz": ["date/"],
    "CLI11::CLI11": ["CLI/"],
}
TEST_HEADERS = ["gtest/", "gmock/"]
COMPILER = ["immintrin.h"]  # vector instructions of x86, which every compiler has
POSIX = set(
    """dirent.h fcntl.h iconv.h netdb.h poll.h pwd.h signal.h spawn.h termios.h unistd.h arpa/inet.h netinet/in.h
    netinet/tcp.h sys/file.h sys/ioctl.h sys/mman.h sys/resource.h sys/socket.h sys/stat.h sys/statvfs.h sys/time.h
    sys/syscall.h sys/types.h sys/uio.h sys/un.h sys/wait.h sys/xattr.h malloc.h""".split()
)
# Written so that this file does not contain what it forbids.
FORBIDDEN = [
    (r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b", "unfinished work belongs into an issue"),
    (r"(?<![\w.])/(work|home|root)/", "a path of somebody's machine"),
    (r"registry\.|deb\.debian|npmjs\.(org|com)", "the host of a package registry"),
    (r"#include \"placeholder", "a placeholder"),
]

# Operations of Exchange that remove or send something, and who may name them: undo removes, the simulator plays a server.
REMOVES = r"\b(DeleteItem|DeleteFolder|EmptyFolder|HardDelete|SoftDelete|MoveToDeletedItems)\b"
SENDS = r"\b(SendItem|SendOnly|SendAndSaveCopy)\b"
MAY_REMOVE, MAY_SEND, MAY_UNDO = {"undo", "sim"}, {"sim"}, {"undo", "agent"}


def parse_modules(cmake):
    """{module: (deps, libs)} from the mk_module(), mk_app() and mk_app_library() lines, in order."""
    modules = {}
    for name, rest in re.findall(r"^mk_(?:module|app_library|app)\((\w[\w-]*)([^)]*)\)", cmake, re.M):
        words, into = rest.split(), None
        found = {"DEPS": [], "LIBS": []}
        for word in words:
            if word in found:
                into = found[word]
            elif into is not None:
                into.append(word)
        modules[name] = (found["DEPS"], found["LIBS"])
    return modules


def reachable(modules, name):
    seen, todo = {name}, [name]
    while todo:
        for dep in modules[todo.pop()][0]:
            if dep not in seen:
                seen.add(dep)
                todo.append(dep)
    return seen


def is_standard(header):
    return re.fullmatch(r"[a-z_]+", header) is not None or header in POSIX or header in COMPILER


def is_test_file(path):
    return path.endswith(("_test.cc", "_test.h", "_fixture.h")) or "/test/" in path or path.endswith("test_data.h")


def includes(text):
    return re.findall(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', text, re.M)


def check_quoted(header, own, allowed, folder):
    if header.startswith("../") or "/../" in header:
        return f'"{header}" leaves the module'
    if own is None and "/" not in header:
        there = any((place / header).exists() for place in (folder, ROOT / "apps/common"))
        return None if there else f'"{header}" is neither beside the file nor shared by programs'
    module = header.split("/")[0]
    if module not in allowed:
        return f'"{header}": no arrow leads to {module}'
    return None


def check_angled(header, libs, path):
    if is_standard(header):
        return None
    if is_test_file(path) and header.startswith(tuple(TEST_HEADERS)):
        return None
    owners = [lib for lib, prefixes in LIBRARY_HEADERS.items() if header.startswith(tuple(prefixes))]
    if not set(owners) & set(libs):
        return f"<{header}>: LIBS of the module names no library that has it"
    return None


def include_faults(path, text, name, modules, is_app=False):
    """What is wrong with the includes of one file; `path` is relative to the checkout."""
    allowed = reachable(modules, name)
    libs = modules[name][1]
    faults = []
    for kind, header in includes(text):
        if kind == '"':
            fault = check_quoted(header, None if is_app else name, allowed, ROOT / pathlib.Path(path).parent)
        else:
            fault = check_angled(header, libs, path)
        if fault:
            faults.append(f"{path}: {fault}")
    return faults


def public_header_faults(sources):
    """A header is public when another module or a program includes it, itself or through others; no third-party
    header may come with it. `sources` is {path below src/ or apps/...: text}."""
    def quoted(path):
        return [h for kind, h in includes(sources.get(path, "")) if kind == '"']

    outside = [h for path in sources for h in quoted(path) if h.split("/")[0] != path.split("/")[0]]
    public, todo = set(), [h for h in outside if h in sources]
    while todo:
        header = todo.pop()
        if header not in public:
            public.add(header)
            todo += [h for h in quoted(header) if h in sources]
    return [
        f"{path}: public, but includes <{header}>"
        for path in sorted(public)
        for kind, header in includes(sources[path])
        if kind == "<" and not is_standard(header) and not is_test_file(path)
    ]


def arrow_faults(modules):
    """DEPS may only name modules that stand above: nothing points up, and there are no circles."""
    faults, above = [], set()
    for name, (deps, libs) in modules.items():
        faults += [f"{name} depends on {dep}, which does not stand above it" for dep in deps if dep not in above]
        faults += [f"{name}: add the header prefixes of {lib} to this test" for lib in libs if lib not in LIBRARY_HEADERS]
        above.add(name)
    return faults


def documented_arrows(document):
    """{module: set of deps} from the table of docs/architecture.md: | rank | `module` | what | → a, b |"""
    rows = re.findall(r"^\| *\d+ *\| *`(\w+)` *\|[^|]*\|([^|]*)\|", document, re.M)
    return {name: set(re.findall(r"\w+", deps)) for name, deps in rows}


def word_faults(path, text):
    return [f"{path}: {match.group(0)!r}: {why}" for rule, why in FORBIDDEN for match in re.finditer(rule, text)]


def removal_faults(path, text):
    """A backup tool must not be able to shred a mailbox: only `undo` removes, and only the agent uses it."""
    module = path.split("/")[1]
    rules = [(REMOVES, MAY_REMOVE), (SENDS, MAY_SEND), (r'#\s*include\s*"(undo)/', MAY_UNDO)]
    return [
        f"{path}: {match.group(1)} is for {', '.join(sorted(may))} only"
        for rule, may in rules
        if module not in may
        for match in re.finditer(rule, text)
    ]


def files(*folders, suffixes):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8", errors="replace")


def source_modules():
    return parse_modules((ROOT / "src/CMakeLists.txt").read_text())


class Structure(unittest.TestCase):
    def expect_none(self, faults):
        self.assertFalse(faults, "\n" + "\n".join(faults))

    def test_arrows_point_down(self):
        self.expect_none(arrow_faults(source_modules()))

    def test_arrows_are_those_of_the_document(self):
        built = {name: set(deps) for name, (deps, _) in source_modules().items()}
        self.assertEqual(documented_arrows((ROOT / "docs/architecture.md").read_text()), built)

    def test_every_folder_of_src_is_a_module(self):
        folders = {p.name for p in (ROOT / "src").iterdir() if p.is_dir()}
        self.assertEqual(folders, set(source_modules()))

    def test_modules_include_what_they_may(self):
        modules = source_modules()
        faults = []
        for path, text in files("src", suffixes={".cc", ".h"}):
            faults += include_faults(path, text, path.split("/")[1], modules)
        self.expect_none(faults)

    def test_only_undo_removes_from_mailboxes(self):
        faults = []
        for path, text in files("src", "apps", suffixes={".cc", ".h"}):
            faults += removal_faults(path, text)
        self.expect_none(faults)

    def test_programs_include_what_they_may(self):
        modules = source_modules()
        modules.update(parse_modules((ROOT / "apps/CMakeLists.txt").read_text()))
        faults = []
        for path, text in files("apps", suffixes={".cc", ".h"}):
            faults += include_faults(path, text, path.split("/")[1], modules, is_app=True)
        self.expect_none(faults)

    def test_public_headers_bring_no_library(self):
        sources = {path.removeprefix("src/"): text for path, text in files("src", "apps", suffixes={".cc", ".h"})}
        self.expect_none(public_header_faults(sources))

    def test_no_words_that_do_not_belong_here(self):
        faults = []
        folders = ["src", "apps", "tests", "docs", "bench", "demo", "cmake", "tools", "changelog"]
        for path, text in files(*folders, suffixes={".cc", ".h", ".py", ".md", ".sh", ".txt", ".cmake"}):
            faults += word_faults(path, text)
        for path in ["run", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "package-lock.json", "package.json"]:
            faults += word_faults(path, (ROOT / path).read_text())
        self.expect_none(faults)

    def test_every_fuzzer_has_seeds(self):
        fuzzers = {p.stem for p in (ROOT / "src").rglob("*_fuzz.cc")}
        seeds = {p.name for p in (ROOT / "fuzz/corpus").iterdir() if any(p.iterdir())} if fuzzers else set()
        self.assertEqual(fuzzers, seeds, "src/**/x_fuzz.cc and fuzz/corpus/x_fuzz/ belong together")

    def test_every_format_is_described(self):
        index = (ROOT / "docs/formats/README.md").read_text()
        linked = set(re.findall(r"\]\(([\w-]+\.md)\)", index))
        there = {p.name for p in (ROOT / "docs/formats").glob("*.md")} - {"README.md"}
        self.assertEqual(linked, there)

    def test_changelog_entries_are_numbered_once(self):
        numbers = [p.name.split("-")[0] for p in (ROOT / "changelog").glob("*.md")]
        self.assertTrue(all(re.fullmatch(r"\d{3}", n) for n in numbers), numbers)
        self.expect_none(sorted({f"{n} occurs twice" for n in numbers if numbers.count(n) > 1}))


class SelfTest(unittest.TestCase):
    """Each rule refuses a bad sample and lets a good one pass."""

    MODULES = parse_modules(
        "mk_module(base LIBS fmt::fmt)\nmk_module(net DEPS base LIBS CURL::libcurl)\n"
        "mk_module(pst DEPS base)\nmk_module(job DEPS pst)\n"
    )

    def faults(self, text, path="src/pst/x.cc"):
        return include_faults(path, text, path.split("/")[1], self.MODULES)

    def test_good_includes_pass(self):
        good = '#include "pst/x.h"\n#include <vector>\n#include <sys/stat.h>\n#include "base/io.h"\n'
        self.assertEqual([], self.faults(good))
        self.assertEqual([], self.faults("#include <curl/curl.h>", "src/net/x.cc"))
        self.assertEqual([], self.faults("#include <gtest/gtest.h>", "src/pst/x_test.cc"))
        self.assertEqual([], self.faults('#include "base/io.h"', "src/job/x.cc"))

    def test_bad_includes_are_refused(self):
        bad = {
            '#include "../net/client.h"': "leaves the module",
            '#include "net/client.h"': "no arrow",
            '#include "job/backup.h"': "no arrow",
            "#include <curl/curl.h>": "LIBS",
            "#include <fmt/format.h>": "LIBS",  # base has it, but libraries do not travel along arrows
            "#include <sqlite3.h>": "LIBS",
            "  #  include <gtest/gtest.h>": "LIBS",
        }
        for line, why in bad.items():
            with self.subTest(line):
                found = self.faults("#include <string>\n" + line + "\n")
                self.assertEqual(1, len(found), found)
                self.assertIn(why, found[0])

    def test_libraries_in_public_headers_are_refused(self):
        inner = {"net/x.h": "#include <curl/curl.h>", "net/y.h": '#include "net/x.h"', "net/y.cc": '#include "net/y.h"'}
        self.assertEqual([], public_header_faults(inner))
        faults = public_header_faults({**inner, "job/z.cc": '#include "net/y.h"'})
        self.assertEqual(["net/x.h: public, but includes <curl/curl.h>"], faults)

    def test_bad_arrows_are_refused(self):
        self.assertEqual([], arrow_faults(self.MODULES))
        self.assertTrue(arrow_faults(parse_modules("mk_module(a DEPS b)\nmk_module(b)\n")))
        self.assertTrue(arrow_faults(parse_modules("mk_module(a DEPS a)\n")))
        self.assertTrue(arrow_faults(parse_modules("mk_module(a LIBS unknown::lib)\n")))

    def test_documented_arrows_are_read(self):
        table = "| rank | module | what | may use |\n|---|---|---|---|\n| 1 | `net` | HTTP | base |\n| 0 | `base` | all | |\n"
        self.assertEqual({"net": {"base"}, "base": set()}, documented_arrows(table))

    def test_removing_and_sending_elsewhere_is_refused(self):
        for text in ['"<m:DeleteItem DeleteType="', "HardDelete", "EmptyFolder", "SendItem", '#include "undo/undo.h"']:
            with self.subTest(text):
                self.assertEqual(1, len(removal_faults("src/job/x.cc", text)))
        self.assertEqual([], removal_faults("src/undo/x.cc", '"<m:DeleteItem DeleteType="HardDelete"'))
        self.assertEqual([], removal_faults("src/agent/restore/x.cc", '#include "undo/undo.h"'))
        self.assertEqual([], removal_faults("src/job/x.cc", "a DeleteItemField"))

    def test_bad_words_are_refused(self):
        for text in ["// TO" + "DO: later", "see /" + "work/x", "https://deb" + ".debian.org/", "/ro" + "ot/.cache"]:
            with self.subTest(text):
                self.assertTrue(word_faults("x.cc", text))
        self.assertEqual([], word_faults("x.cc", "build/" + "work/x and docs/home/y"))


if __name__ == "__main__":
    unittest.main()

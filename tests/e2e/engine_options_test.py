"""What a run takes and leaves through the real programs: compression, CPU, bandwidth, where PSTs are dumped and when."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import harness

ALICE = "alice@example.test"


class EngineOptions(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        self.key = self.scratch / "key"
        password = harness.secret_file("secret")
        self.password = password.__enter__()
        self.addCleanup(password.__exit__, None, None, None)
        harness.run("mailkeep", "key", "new", self.key)

    def simulate(self, what):
        self.simulator = harness.started_simulator(self, alice=what)

    def vault(self, name="vault"):
        place = self.scratch / name
        harness.run("mailkeep", "vault", "init", place, "--key-file", self.key)
        return place

    def command(self, place, *options):
        return ["backup", "--server", self.simulator.url, "--user", "service", "--password-file", self.password,
                "--mailbox", ALICE, "--to", f"vault:{place}", "--vault-key-file", self.key,
                "--work", self.scratch / f"{place.name}-work", "--json", *options]

    def backup(self, place, *options, expect=0):
        done = harness.run("mailkeep", *self.command(place, *options), expect=expect)
        return json.loads(done.stdout) if expect == 0 else done.stderr

    def verify(self, place):
        harness.run("mailkeep", "verify", "--from", f"vault:{place}", "--vault-key-file", self.key)

    @staticmethod
    def size(place):
        return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())

    def test_compression_is_of_what_is_new_and_readers_need_not_know(self):
        self.simulate("synthetic:150:30000:3")
        sizes = {}
        for how in ("none", "normal", "maximum"):
            place = self.vault(how)
            self.backup(place, "--compression", how)
            sizes[how] = self.size(place)
            self.verify(place)
        self.assertLess(sizes["normal"], 0.97 * sizes["none"])
        self.assertLess(sizes["maximum"], sizes["normal"])
        time.sleep(1.1)  # points are named by the second
        self.backup(self.scratch / "none", "--compression", "maximum", "--reread")
        self.assertLess(self.size(self.scratch / "none") - sizes["none"], 0.02 * sizes["none"])
        self.assertIn("--compression", harness.run(
            "mailkeep", "backup", "--server", self.simulator.url, "--user", "service", "--to", self.scratch / "plain",
            "--compression", "none", expect=2).stderr)

    def test_files_are_compressed_as_asked(self):
        text = self.scratch / "text"
        text.write_text("".join(f"{n} {n * n}\n" for n in range(100_000)))
        sizes = []
        for how in ("none", "normal", "maximum"):
            place = self.vault(how)
            harness.run("mailkeep", "vault", "put", place, text, "--point", "p", "--key-file", self.key, "--compression", how)
            sizes.append(self.size(place))
        self.assertGreater(sizes[0], text.stat().st_size)
        self.assertLess(sizes[2], 0.9 * sizes[1])

    def test_a_limited_run_has_its_rate_and_its_threads_the_share_asked_for(self):
        self.simulate("synthetic:100:20000:3")
        place = self.vault()
        process = subprocess.Popen(
            [str(word) for word in (harness.BIN / "mailkeep", *self.command(place, "--cpu", "low", "--limit-rate", "1500KB"))],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        begin, nice = time.monotonic(), {}
        while process.poll() is None:
            for task in pathlib.Path(f"/proc/{process.pid}/task").glob("*"):
                try:
                    fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
                except OSError:
                    continue  # it has ended
                nice[task.name] = int(fields[16])
            time.sleep(0.02)
        seconds = time.monotonic() - begin
        self.assertEqual(process.returncode, 0)
        moved = json.loads(process.stdout.read())["bytes"] * 4 / 3  # base64
        self.assertGreater(moved, 2_000_000)
        self.assertGreater(seconds, 0.9 * moved / 1_500_000 - 0.1)
        self.assertEqual(nice.pop(str(process.pid)), os.nice(0))
        self.assertEqual(max(nice.values()), 19)
        for wrong in ("0", "fast", "10B"):
            self.assertIn("--limit-rate", self.backup(place, "--limit-rate", wrong, expect=2))

    def test_psts_are_dumped_anywhere_and_stored_meanwhile_or_afterwards(self):
        self.simulate("synthetic:150:30000:3")
        temporary = self.scratch / "it's \"here\" ?*|<>:+\\" / "new\nline" / ("ü" * 100) / ("x" * 200)
        for order in ("--upload-while-dumping", "--dump-first"):
            place = self.vault(order)
            report = self.backup(place, "--form", "pst", "--split", "2MB", "--temporary", temporary, order)
            self.assertTrue(report["balanced"])
            self.assertEqual(list(temporary.rglob("*.pst*")), [])
            self.verify(place)
            out = self.scratch / f"out{order}"
            out.mkdir()
            got = harness.run("mailkeep", "pst", "get", "--from", f"vault:{place}", "--vault-key-file", self.key, "--to", out,
                              "--json").stdout
            originals = [json.loads(line)["original"] for line in got.splitlines()]
            self.assertGreater(len(originals), 1)
            self.assertTrue(all(originals))

    def test_a_killed_run_goes_on_in_either_order(self):
        self.simulate("synthetic:120:30000:3")
        for order in ("--upload-while-dumping", "--dump-first"):
            place, kills = self.vault(order), 0
            options = ("--form", "pst", "--split", "1MB", order)
            if order != "--dump-first":
                options += ("--commit-every", "1MB")
            command = [str(word) for word in (harness.BIN / "mailkeep", *self.command(place, *options, "--limit-rate", "8MB"))]
            while kills < 4 and harness.is_killed(command, 0.2 + 0.15 * kills):
                kills += 1
            self.assertGreater(kills, 0)
            report = self.backup(place, *options)
            self.assertTrue(report["balanced"])
            self.assertEqual(report["total"]["stored"]["items"], 120)
            self.verify(place)
            listed = harness.run("mailkeep", "vault", "ls", place, "--key-file", self.key).stdout
            self.assertNotRegex(listed, "unchecked|unfinished")
            left = [path for path in (self.scratch / f"{order}-work").rglob("*.pst*")]
            self.assertEqual(left, [])

    def test_errors_name_the_temporary_location(self):
        self.simulate("synthetic:20:5000:3")
        place = self.vault()
        (self.scratch / "file").write_text("in the way")
        told = self.backup(place, "--form", "pst", "--temporary", self.scratch / "file" / "below", expect=None)
        self.assertRegex(told, r"temporary location \S+/file/below/\S+ cannot be made .*--temporary")
        self.assertEqual(self.simulator.counters().get("ExportItems", {"requests": 0})["requests"], 0)
        self.backup(place, "--temporary", self.scratch, expect=2)
        self.backup(place, "--dump-first", expect=2)


if __name__ == "__main__":
    unittest.main()

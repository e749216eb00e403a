"""`mailkeep check` and `mailkeep mailboxes` against the simulated Exchange: each fault is found where it is, with a
code that the guide explains."""

import json
import pathlib
import tempfile
import unittest

from harness import SOURCE, Simulator, exchange_account, run, secret_file

ANNA, BOB = "anna@example.test", "bob@example.test"
USERS = ["service:pw:full=*", "robot:pw:impersonate", f"anna:pw:own={ANNA}"]
GUIDE = (SOURCE / "docs/guides/messages.md").read_text()


def checks(url, *options, user="service", password="pw", mailbox=ANNA, expect=0):
    """{name: check} of mailkeep check --json."""
    with secret_file(password) as secret:
        done = run("mailkeep", "check", "--server", url, "--user", user, "--password-file", secret,
                   "--mailbox", mailbox, "--json", *options, expect=expect)
    return {check["name"]: check for check in json.loads(done.stdout)}


class Checks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = cls.enterClassContext(Simulator({ANNA: "empty", BOB: "empty"}, USERS))

    def expect_found(self, found, name, code, state="failed"):
        self.assertEqual((found[name]["state"], found[name].get("code")), (state, code), found)
        self.assertIn(f"### {code}: ", GUIDE)
        self.assertIn(found[name]["fix"], GUIDE)
        if state == "failed":
            behind = list(found)[list(found).index(name) + 1:]
            self.assertTrue(all(found[n]["state"] in ("skipped", "ok") for n in behind), found)

    def test_a_good_server_passes_every_check(self):
        for user, options in (("service", []), ("robot", ["--impersonate"]), ("anna", [])):
            found = checks(self.sim.url, *options, user=user)
            states = {name: check["state"] for name, check in found.items()}
            self.assertEqual(states, {
                "name_resolution": "ok", "tcp": "ok", "tls": "skipped", "authentication": "ok",
                "clock": states["clock"], "ews_version": "ok", "mailbox_access": "ok", "archive_access": "skipped"})
        self.assertIn("Exchange2016", found["ews_version"]["text"])

    def test_wrong_login_and_missing_rights(self):
        self.expect_found(checks(self.sim.url, password="no", expect=1), "authentication", "MK-SRV-006")
        self.expect_found(checks(self.sim.url, user="robot", expect=1), "mailbox_access", "MK-SRV-012")
        self.expect_found(checks(self.sim.url, "--impersonate", expect=1), "mailbox_access", "MK-SRV-013")
        self.expect_found(checks(self.sim.url, mailbox="x@example.test", expect=1), "mailbox_access", "MK-SRV-011")

    def test_what_is_no_server_or_no_ews(self):
        port = self.sim.url.split(":")[2].split("/")[0]
        self.expect_found(checks("no-such-host.invalid", expect=1), "name_resolution", "MK-SRV-001")
        self.expect_found(checks("http://127.0.0.1:1/", expect=1), "tcp", "MK-SRV-002")
        self.expect_found(checks(f"https://127.0.0.1:{port}/", expect=1), "tls", "MK-SRV-002")
        self.expect_found(checks(f"http://127.0.0.1:{port}/elsewhere", expect=1), "authentication", "MK-SRV-008")

    def test_faults_of_the_server(self):
        self.addCleanup(self.sim.faults)
        for fault, name, code in (({"fault": "busy", "mailbox": ANNA}, "mailbox_access", "MK-SRV-010"),
                                  ({"fault": "unavailable"}, "authentication", "MK-SRV-010"),
                                  ({"fault": "unauthorized"}, "authentication", "MK-SRV-006"),
                                  ({"fault": "reset", "bytes": 0}, "authentication", "MK-SRV-002")):
            with self.subTest(**fault):
                self.sim.faults({"operation": "GetFolder", **fault})
                self.expect_found(checks(self.sim.url, user="anna", expect=1), name, code)

    def test_an_old_server(self):
        with Simulator({ANNA: "empty"}, USERS, "--version", "Exchange2007_SP1") as old:
            self.expect_found(checks(old.url, expect=1), "ews_version", "MK-SRV-009")

    def test_certificates(self):
        with tempfile.TemporaryDirectory() as folder:
            ca = pathlib.Path(folder) / "ca.pem"
            for days, code, state in ((400, None, "ok"), (10, "MK-SRV-005", "warning"), (-2, "MK-SRV-004", "failed")):
                with self.subTest(days=days), Simulator({ANNA: "empty"}, USERS, "--tls-generate", ca, "--tls-days", str(days)) as sim:
                    found = checks(sim.url, "--ca-file", ca, expect=1 if state == "failed" else 0)
                    self.assertEqual((found["tls"]["state"], found["tls"].get("code")), (state, code), found)
                    self.expect_found(checks(sim.url, expect=1), "tls", "MK-SRV-003" if days > 0 else "MK-SRV-004")

    def test_places_without_a_server(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "file"
            file.write_text("x")
            done = run("mailkeep", "check", "--directory", folder, "--temporary", file, "--json", expect=1)
            well, bad = json.loads(done.stdout)
            self.assertEqual((well["name"], well["state"]), ("destination", "ok"))
            self.assertEqual((bad["name"], bad["code"]), ("temporary", "MK-TMP-002"))
            text = run("mailkeep", "check", "--directory", folder, "--temporary", file, expect=1).stdout
            self.assertRegex(text, r"(?m)^ok +destination +.* free$")
            self.assertIn("MK-TMP-002: The dump location cannot be made", text)
        run("mailkeep", "check", expect=2)


class Messages(unittest.TestCase):
    def test_the_guide_is_what_the_service_prints(self):
        self.assertEqual(run("mailkeepd", "messages", "--markdown").stdout, GUIDE)
        codes = [message["code"] for message in json.loads(run("mailkeepd", "messages").stdout)]
        self.assertTrue(codes and all(f"### {code}: " in GUIDE for code in codes))


class Mailboxes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.addresses = sorted([f"room{i:03}@example.test" for i in range(130)] + [ANNA, BOB])
        cls.sim = cls.enterClassContext(Simulator(dict.fromkeys(cls.addresses, "empty"), USERS))

    def mailboxes(self, *options, expect=0):
        with secret_file("pw") as secret:
            return run("mailkeep", "mailboxes", "--server", self.sim.url, "--user", "anna",
                       "--password-file", secret, *options, expect=expect)

    def test_everybody_is_found_behind_the_limit_of_one_answer(self):
        lines = self.mailboxes().stdout.splitlines()
        self.assertEqual([line.split("\t")[0] for line in lines], self.addresses)
        self.assertGreater(self.sim.counters()["ResolveNames"]["requests"], 36)

    def test_another_client_meets_the_same_limit(self):
        protocol = exchange_account(self.sim.url, "anna", "pw", ANNA).protocol
        self.assertEqual(len(protocol.resolve_names(["room"])), 100)
        self.assertEqual(len(protocol.resolve_names(["room00"])), 10)

    def test_patterns_and_a_file(self):
        chosen = json.loads(self.mailboxes("--include", "*@example.test", "--exclude", "ROOM*", "--json").stdout)
        self.assertEqual([person["address"] for person in chosen], [ANNA, BOB])
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("﻿Name;Mail\r\n\"A; Anna\";Anna@Example.test\r\nNobody;nobody\r\nCarol;carol@example.test\r\n")
            file.flush()
            done = run("mailkeep", "mailboxes", "--file", file.name, "--json", expect=3)
            self.assertEqual(json.loads(done.stdout), [{"address": "Anna@Example.test", "name": "A; Anna"},
                                                       {"address": "carol@example.test", "name": "Carol"}])
            self.assertRegex(done.stderr, r'line 3: "nobody" is not an address\n$')
            both = self.mailboxes("--file", file.name, "--exclude", "room*", expect=3).stdout.splitlines()
            self.assertEqual([line.split("\t")[0].lower() for line in both], [ANNA, BOB, "carol@example.test"])

    def test_bad_input(self):
        run("mailkeep", "mailboxes", expect=2)
        run("mailkeep", "mailboxes", "--file", "/absent.csv", expect=1)


if __name__ == "__main__":
    unittest.main()

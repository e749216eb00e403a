"""Test connectivity of a schedule: servers, mailboxes, directories, vaults, S3, the place for dumps, each with cause and fix."""

import json
import unittest

import harness
import s3_service
from agent_harness import AgentTest

ALICE, BOB = "alice@example.test", "bob@example.test"
GUIDE = (harness.SOURCE / "docs/guides/messages.md").read_text()


class Connectivity(AgentTest):
    def schedule(self, *places, **more):
        return {
            "name": "Office",
            "sources": [{"connection": "exchange", "mailboxes": [{"address": ALICE}]}],
            "destinations": [p if isinstance(p, dict) else {"place": str(p)} for p in places],
            "full": {"kind": "monthly", "day": 1, "at": "02:00"},
            **more,
        }

    def look(self, agent, schedule):
        """{(kind, name): {check: (state, code)}}; what is not well has cause and fix, as the guide has them."""
        found = {}
        for thing in agent.api("POST", "/schedules/test", schedule)["tested"]:
            for check in thing["checks"]:
                if check["state"] in ("failed", "warning"):
                    self.assertIn(f"### {check['code']}: ", GUIDE)
                    self.assertIn(check["cause"], GUIDE)
                    self.assertIn(check["fix"], GUIDE)
            found[thing["kind"], thing["name"]] = {c["name"]: (c["state"], c.get("code")) for c in thing["checks"]}
        return found

    def connected(self, **more):
        simulator = self.simulator(alice="synthetic:5:3000:1", bob="empty")
        agent = self.started()
        agent.add_connection(simulator.url, **more)
        return agent

    def test_before_and_after_the_first_run(self):
        agent = self.connected()
        plain, vault, dumps = self.work / "plain", f"vault:{self.work}/vault", self.work / "dumps"
        schedule = self.schedule(plain, vault, form="pst", temporary=str(dumps))
        found = self.look(agent, schedule)
        self.assertEqual({"name_resolution", "tcp", "tls", "authentication", "clock", "ews_version", "mailbox_access",
                          "archive_access", "mailboxes"}, set(found["connection", "exchange"]))
        self.assertEqual(("ok", None), found["connection", "exchange"]["mailbox_access"])
        self.assertEqual({"destination": ("warning", "MK-DST-011")}, found["destination", str(plain)])
        self.assertEqual({"destination": ("warning", "MK-DST-011"), "vault": ("warning", "MK-DST-011")},
                         found["destination", vault])
        self.assertEqual({"temporary": ("warning", "MK-TMP-004")}, found["temporary", str(dumps)])
        self.assertEqual({"state", "state.clock"} & set(p.name for p in self.work.iterdir()),
                         set(p.name for p in self.work.iterdir()), "nothing was made")
        self.assertEqual([], [s for s in agent.api("GET", "/secrets")["secrets"] if s["name"].startswith("vault-key")])
        agent.protect(vault)
        agent.api("POST", "/schedules", schedule)
        self.assertEqual("complete", agent.wait(agent.run_now("Office"))["run"]["state"])
        found = self.look(agent, schedule)
        states = {state for checks in found.values() for state, _ in checks.values()}
        self.assertEqual({"ok", "skipped"}, states, found)

    def test_patterns_are_asked_for(self):
        people = self.work / "people.csv"
        people.write_text(f"address\n{BOB}\n")
        agent = self.connected(mailboxes_file=str(people))
        sources = [{"connection": "exchange", "include": ["b*"]}]
        found = self.look(agent, self.schedule(self.work, sources=sources))["connection", "exchange"]
        self.assertEqual((("ok", None), ("ok", None)), (found["mailboxes"], found["mailbox_access"]))
        sources[0]["include"] = ["nobody*"]
        found = self.look(agent, self.schedule(self.work, sources=sources))["connection", "exchange"]
        self.assertEqual(("failed", "MK-RUN-013"), found["mailboxes"])

    def test_a_server_that_cannot_be_reached_does_not_hide_the_places(self):
        agent = self.started()
        agent.add_connection("http://127.0.0.1:1/EWS/Exchange.asmx")
        found = self.look(agent, self.schedule(self.work))
        self.assertEqual(("failed", "MK-SRV-002"), found["connection", "exchange"]["tcp"])
        self.assertEqual(("skipped", None), found["connection", "exchange"]["mailboxes"])
        self.assertIn(found["destination", str(self.work)]["destination"][0], ("ok", "warning"))

    def test_vaults_that_the_schedule_cannot_use(self):
        agent = self.connected()
        (self.work / "file").write_text("in the way")
        place = f"vault:{self.work}/file/vault"
        self.assertEqual({"destination": ("failed", "MK-DST-001"), "vault": ("skipped", None)},
                         self.look(agent, self.schedule(place))["destination", place])
        for name, mode in (("clear", "off"), ("other", "custom")):
            agent.api("PUT", "/secrets/own", {"value": "a password"})
            encryption = {"mode": mode} | ({"secret": "own"} if mode == "custom" else {})
            agent.add_schedule(name, [ALICE], [f"vault:{self.work}/{name}"], encryption=encryption)
            self.assertEqual("complete", agent.wait(agent.run_now(name))["run"]["state"])
        agent.api("PUT", "/secrets/wrong", {"value": "another password"})
        wrong = {"mode": "custom", "secret": "wrong"}
        for name, encryption, code in (("clear", {}, "MK-RUN-013"), ("other", {}, "MK-KEY-002"), ("other", wrong, "MK-KEY-001")):
            place = f"vault:{self.work}/{name}"
            found = self.look(agent, self.schedule(place, encryption=encryption))
            self.assertEqual(("failed", code), found["destination", place]["vault"])

    def test_s3(self):
        agent = self.connected()
        with s3_service.S3Service() as s3:
            def found(check="vault", **more):
                place = {**s3.destination(self.work), **more}
                return self.look(agent, self.schedule(place))["destination", place["place"]][check]

            self.assertEqual(("warning", "MK-DST-011"), found())
            agent.add_schedule("Office", [ALICE], [s3.destination(self.work)])
            self.assertEqual("complete", agent.wait(agent.run_now("Office"))["run"]["state"])
            self.assertEqual(("ok", None), found())
            self.assertEqual(("failed", "MK-DST-001"), found(place="s3://other/office"))
            wrong = s3_service.write_credentials(self.work / "wrong", "AKIDOTHER", s3_service.SECRET)
            self.assertEqual(("failed", "MK-DST-008"), found(s3_credentials_file=str(wrong)))
            self.assertEqual(("failed", "MK-DST-007"), found(s3_endpoint="http://127.0.0.1:1"))
            self.assertEqual(("failed", "MK-DST-012"), found("lock", lock_days=30))
            s3.locking = True
            self.assertEqual(("failed", "MK-DST-013"), found("lock", lock_days=30))
            self.assertEqual(("ok", None), found("lock", place="s3://bucket/new", lock_days=30))
            s3.clock_ahead = 3600
            self.assertEqual(("failed", "MK-SRV-015"), found())

    def test_the_command(self):
        agent = self.connected()
        agent.add_schedule("Office", [ALICE], [self.work / "plain"])
        options = ["--agent", agent.url, "--token-file", agent.state / "admin.token"]
        shown = harness.run("mailkeep", "schedule", "test", "Office", *options).stdout
        self.assertRegex(shown, r"(?m)^connection exchange$")
        self.assertRegex(shown, r"(?m)^destination  +warning ")
        (self.work / "plain").write_text("in the way")
        tested = json.loads(harness.run("mailkeep", "schedule", "test", "Office", "--json", *options, expect=1).stdout)
        self.assertEqual("MK-DST-001", tested["tested"][1]["checks"][0]["code"])


if __name__ == "__main__":
    unittest.main()

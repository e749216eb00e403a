"""The commands of mailkeep that talk to the agent."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import agent_harness
import harness


class CliTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.work = pathlib.Path(directory.name)
        self.agent = agent_harness.Agent(self.work / "state")
        self.agent.__enter__()
        self.addCleanup(self.agent.__exit__, None, None, None)
        self.env = {**os.environ, "MAILKEEP_AGENT": self.agent.url, "MAILKEEP_TOKEN_FILE": str(self.agent.state / "admin.token")}

    def run_cli(self, *words, expect=0, text=None):
        command = [str(harness.BIN / "mailkeep"), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, env=self.env, input=text or "")
        self.assertEqual(expect, done.returncode, f"{words}\n{done.stdout}{done.stderr}")
        return done

    def json_of(self, *words, **more):
        return json.loads(self.run_cli(*words, "--json", **more).stdout)

    def add_connection(self, url="https://mail.example.test"):
        with harness.secret_file("secret") as password:
            self.run_cli("connection", "secret", "pw", "--password-file", password)
        self.run_cli("connection", "add", "--name", "office", "--server", url, "--user", "service", "--secret", "pw")

    def add_schedule(self, *more):
        return self.run_cli("schedule", "add", "--name", "nightly", "--connection", "office", "--mailbox", "alice@example.test",
                            "--to", self.work / "plain", "--full", "weekly sun 22:00", *more)


class Commands(CliTest):
    def test_from_a_connection_to_a_report(self):
        simulator = harness.started_simulator(self, alice="synthetic:10:2000:1")
        self.add_connection(simulator.url)
        self.assertIn(simulator.url, self.run_cli("connection", "list").stdout)
        self.assertIn("authentication", self.run_cli("connection", "check", "office", "--mailbox", "alice@example.test").stdout)
        self.assertIn("NOT ENCRYPTED", self.add_schedule().stderr)
        run = str(self.json_of("schedule", "run", "nightly", "--full")["run"])
        self.agent.wait_for(lambda: self.json_of("run", "show", run)["run"]["over"])
        self.assertIn("alice@example.test", self.run_cli("run", "show", run).stdout)
        self.assertIn("complete", self.run_cli("run", "list", "--schedule", "nightly").stdout)
        self.assertIn("MK-RUN-001", self.run_cli("run", "log", run).stdout)
        task = self.json_of("run", "show", run)["tasks"][0]["id"]
        self.assertIn("genuine: true", self.run_cli("run", "ledger", run, task).stdout)
        self.run_cli("run", "cancel", run, expect=1)
        self.assertIn("complete", self.run_cli("report", "--since", "2020-01-01").stdout)
        self.assertEqual([], self.json_of("report", "--until", "2020-01-01")["runs"])

    def test_a_report_ends_as_its_worst_run(self):
        self.add_connection("http://127.0.0.1:1/EWS/Exchange.asmx")
        self.add_schedule()
        saved = self.json_of("schedule", "show", "nightly")["schedule"]
        saved["retry"] = {"enabled": False}
        self.run_cli("schedule", "edit", "nightly", "-", text=json.dumps(saved))
        run = str(self.json_of("schedule", "run", "nightly")["run"])
        self.agent.wait_for(lambda: self.agent.run(run)["run"]["over"])
        self.run_cli("run", "show", run, expect=1)
        self.assertIn("failed", self.run_cli("report", expect=1).stdout)

    def test_schedules_by_flags_and_by_file(self):
        self.add_connection()
        self.add_schedule("--incremental", "every 2h mon,tue", "--time-zone", "Europe/Berlin", "--encryption", "system")
        saved = self.json_of("schedule", "show", "nightly")["schedule"]
        self.assertEqual({"kind": "weekly", "at": "22:00", "weekdays": ["sunday"]}, saved["full"])
        self.assertEqual(120, saved["incremental"]["every_minutes"])
        self.run_cli("schedule", "edit", "nightly", "--name", "often", "--incremental", "none")
        self.assertNotIn("incremental", self.json_of("schedule", "show", "often")["schedule"])
        file = self.work / "schedule.json"
        file.write_text(json.dumps(saved))
        self.assertIn("full", self.run_cli("schedule", "check", file).stdout)
        self.run_cli("schedule", "add", file)
        self.run_cli("schedule", "add", "-", "--name", "third", text=json.dumps(saved))
        self.assertEqual(["nightly", "often", "third"], [s["schedule"]["name"] for s in self.json_of("schedule", "list")["schedules"]])
        self.assertEqual(4, len(self.run_cli("schedule", "next", "often", "-n", "3").stdout.splitlines()))
        self.run_cli("schedule", "pause", "third")
        self.assertIn("paused", self.run_cli("schedule", "list").stdout)
        self.run_cli("schedule", "resume", "third")
        self.assertFalse(self.json_of("schedule", "show", "third")["schedule"]["paused"])
        self.run_cli("schedule", "remove", "third")
        self.run_cli("schedule", "show", "third", expect=1)
        self.assertIn("daily 22:00", self.run_cli("schedule", "edit", "often", "--full", "tuesdays", expect=2).stderr)

    def test_exit_codes_say_what_went_wrong(self):
        self.run_cli("schedule", "show", "none", expect=1)
        self.run_cli("run", "show", "12345", expect=1)
        with harness.secret_file("mkt_" + "0" * 64) as wrong:
            self.assertIn("token", self.run_cli("run", "list", "--token-file", wrong, expect=5).stderr)
        self.run_cli("run", "list", "--agent", "http://127.0.0.1:1", expect=6)
        self.assertIn("unencrypted", self.run_cli("run", "list", "--agent", "http://192.0.2.1", expect=2).stderr)
        simulator = harness.started_simulator(self, alice="empty")
        other = simulator.url[: simulator.url.index("/EWS")]
        self.assertIn("no agent answers", self.run_cli("run", "list", "--agent", other, expect=2).stderr)


if __name__ == "__main__":
    unittest.main()

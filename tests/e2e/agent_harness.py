"""mailkeepd for end-to-end tests: the program, its API, and a clock that the test sets."""

import datetime
import json
import pathlib
import re
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import harness

OVER = {"nothing-new", "complete", "complete-with-skipped", "incomplete", "failed", "cancelled"}


class ApiError(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


class Agent:
    """mailkeepd serve as a context manager; with `clock` (a datetime) time stands still until set_clock()."""

    def __init__(self, state, *options, clock=None):
        self.state = pathlib.Path(state)
        self.command = [harness.BIN / "mailkeepd", "serve", "--state", self.state, "--listen", "127.0.0.1:0", *options]
        self.clock_file = self.state.parent / f"{self.state.name}.clock"
        if clock:
            self.set_clock(clock)
            self.command += ["--clock-file", self.clock_file]
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")
        self.secrets = []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.log.close()

    def start(self):
        self.process = subprocess.Popen(
            list(map(str, self.command)), stdout=subprocess.PIPE, stderr=self.log, text=True, stdin=subprocess.DEVNULL
        )
        for line in self.process.stdout:
            if found := re.search(r"listening on (https?://\S+)", line):
                self.url = found.group(1)
                return
        self.process.wait()
        raise RuntimeError(f"mailkeepd did not start: {self.log_text()}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        self.process.stdout.close()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def log_text(self):
        return pathlib.Path(self.log.name).read_text()

    def set_clock(self, moment):
        new = self.clock_file.with_suffix(".new")
        new.write_text(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
        new.rename(self.clock_file)
        self.now = moment

    def token(self):
        token = (self.state / "admin.token").read_text().strip()
        if token not in self.secrets:
            self.secrets.append(token)
        return token

    def request(self, method, path, body=None, headers=()):
        """(status, text) of any request."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=dict(headers))
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def api(self, method, path, body=None, version=None):
        headers = {"Authorization": f"Bearer {self.token()}"}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        status, text = self.request(method, "/api/v1" + path, body, headers)
        if status >= 300:
            raise ApiError(status, text)
        return json.loads(text) if text else None

    def add_connection(self, url, name="exchange", user="service", password="secret", **more):
        self.api("PUT", f"/secrets/{name}-password", {"value": password})
        account = {"user": user, "auth": "basic", "secret": f"{name}-password"}
        return self.api("POST", "/connections", {"name": name, "server": url, "backup": account, **more})

    def protect(self, place):
        """The recovery key of a vault, typed back as a person would."""
        key = self.api("POST", "/keys/recovery", {"place": place})["recovery_key"]
        self.secrets.append(key[20:60])
        self.api("POST", "/keys/recovery/confirm", {"place": place, "recovery_key": key})
        return key

    def add_schedule(self, name, mailboxes, places, **more):
        """places: paths, vault:DIR, or whole destinations."""
        known = {k["place"] for k in self.api("GET", "/keys")["keys"]}
        destinations = [p if isinstance(p, dict) else {"place": str(p)} for p in places]
        for place in (d["place"] for d in destinations):
            if place.startswith(("vault:", "s3:")) and place not in known and more.get("encryption") != {"mode": "off"}:
                self.protect(place)
        schedule = {
            "name": name,
            "sources": [{"connection": "exchange", "mailboxes": [{"address": m} for m in mailboxes]}],
            "destinations": destinations,
            "full": {"kind": "monthly", "day": 1, "at": "02:00"},
            **more,
        }
        return self.api("POST", "/schedules", schedule)

    def run_now(self, schedule, kind="full", mailboxes=()):
        wanted = {"kind": kind}
        if mailboxes:
            wanted["mailboxes"] = [{"address": m} for m in mailboxes]
        return self.api("POST", f"/schedules/{urllib.parse.quote(schedule, safe='')}/run", wanted)["run"]

    def run(self, number):
        return self.api("GET", f"/runs/{number}")

    def runs(self, schedule):
        return self.api("GET", f"/runs?schedule={urllib.parse.quote(schedule)}&limit=1000")["runs"]

    def wait(self, number, states=OVER, seconds=120):
        """The run, once it is in one of these states."""
        return self.wait_for(lambda: (found := self.run(number))["run"]["state"] in states and found, seconds)

    def wait_for(self, condition, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := condition():
                return found
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s; the agent says:\n{self.log_text()[-2000:]}")


def utc(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


class AgentTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.work = pathlib.Path(directory.name)

    def started(self, *options, clock=None):
        agent = Agent(self.work / "state", *options, clock=clock)
        agent.__enter__()
        self.addCleanup(agent.__exit__, None, None, None)
        self.addCleanup(self.expect_no_secrets, agent)
        return agent

    def expect_no_secrets(self, agent):
        """Whatever was tested, its log holds none of what was sealed or handed out."""
        for secret in agent.secrets:
            self.assertNotIn(secret, agent.log_text())

    def simulator(self, **mailboxes):
        return harness.started_simulator(self, **mailboxes)

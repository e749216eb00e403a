"""The agent's API, spoken with through real connections; docs/api.json judges every request and every answer."""

import base64
import contextlib
import datetime
import http.client
import json
import re
import socket
import ssl
import subprocess
import time
import unittest
import urllib.parse

import agent_harness
import harness
from api_document import ApiDocument

# Documented here, called by other tests.
ELSEWHERE = re.compile("/api/v1/(keys|settings|points|search|restore|proof)|.*/retention")
DER_ED25519 = bytes.fromhex("302a300506032b6570032100")


def other_weekdays():
    """Such that a schedule is not due while the test runs."""
    today = datetime.date.today()
    return [f"{today + datetime.timedelta(days=n):%A}".lower() for n in (3, 4)]


class Client:
    """Sends what the document allows and believes no answer that it does not."""

    def __init__(self, agent, document, **headers):
        self.agent, self.document, self.headers = agent, document, headers

    def __call__(self, method, path, body=None, expect=200, checked=True, **headers):
        """The answer's JSON; `checked`: the request itself is one of the document."""
        if not path.startswith(("/api/", "/metrics", "/healthz")):
            path = "/api/v1" + path
        if checked:
            self.document.check_request(method, path, body)
        url = urllib.parse.urlsplit(self.agent.url)
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        headers = {k.replace("_", "-"): v for k, v in {**self.headers, **headers}.items()}
        data = None
        if body is not None:
            data = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        with contextlib.closing(connection):
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        self.answer = answer
        self.document.check_answer(method, path, answer.status, answer.headers.get("Content-Type", ""), text)
        if answer.status != expect:
            raise AssertionError(f"{method} {path}: {answer.status}, not {expect}: {text}")
        return json.loads(text) if text and "json" in answer.headers["Content-Type"] else text


class ApiTest(agent_harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.agent = self.started()
        self.document = ApiDocument((harness.SOURCE / "docs/api.json").read_text())
        self.admin = self.client(self.agent.token())

    def client(self, token):
        return Client(self.agent, self.document, Authorization=f"Bearer {token}")

    def schedule(self, name="Office", **more):
        return {
            "name": name,
            "sources": [{"connection": "exchange", "mailboxes": [{"address": "alice@example.test"}]}],
            "destinations": [{"place": str(self.work / "plain")}],
            "full": {"kind": "monthly", "day": 31, "at": "02:00"},
            "incremental": {"kind": "every", "every_minutes": 60, "weekdays": other_weekdays()},
            **more,
        }

    def add_connection(self, simulator):
        self.admin("PUT", "/secrets/pw", {"value": "secret"}, 204)
        account = {"user": "service", "secret": "pw"}
        return self.admin("POST", "/connections", {"name": "exchange", "server": simulator.url, "backup": account}, 201)

    def listen(self, last_id=None, token=None):
        """A connection that server-sent events come from."""
        url = urllib.parse.urlsplit(self.agent.url)
        listener = socket.create_connection((url.hostname, url.port), timeout=30)
        self.addCleanup(listener.close)
        head = f"GET /api/v1/events HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: Bearer {token or self.agent.token()}\r\n"
        listener.sendall((head + (f"Last-Event-ID: {last_id}\r\n" if last_id else "") + "\r\n").encode())
        return listener

    def until(self, listener, text):
        got = b""
        while text.encode() not in got:
            piece = listener.recv(65536)
            self.assertTrue(piece, f"{text} did not come: {got}")
            got += piece
        return got.decode()


class Everything(ApiTest):
    def test_every_request_and_answer_is_as_documented(self):
        simulator = harness.started_simulator(self, alice="synthetic:20:2000:1")
        self.service()
        self.connections(simulator)
        run = self.schedules()
        self.runs(run)
        self.accounts()
        self.audit()
        wanted = {(m, p) for m, p in self.document.operations() if not ELSEWHERE.match(p)}
        self.assertEqual(set(), wanted - self.document.called)

    def service(self):
        nobody = Client(self.agent, self.document)
        self.assertEqual({"status": "ok"}, nobody("GET", "/healthz"))
        self.assertEqual(self.document.document, nobody("GET", "/api/openapi.json"))
        self.assertIn("POST /api/v1/schedules/{name}/run", nobody("GET", "/api/docs"))
        self.assertIn("mailkeep_info", nobody("GET", "/metrics"))
        catalogue = self.admin("GET", "/messages")["messages"]
        self.assertEqual(catalogue[0], self.admin("GET", f"/messages/{catalogue[0]['code']}"))
        self.admin("GET", "/messages/MK-NONE", expect=404)

    def connections(self, simulator):
        saved = self.add_connection(simulator)
        self.assertEqual([saved], self.admin("GET", "/connections")["connections"])
        self.assertEqual(saved, self.admin("GET", "/connections/exchange"))
        self.assertEqual('"1"', self.admin.answer.headers["ETag"])
        changed = {**saved["connection"], "timeout_seconds": 20}
        self.admin("PUT", "/connections/exchange", changed, 400)  # of which version?
        self.admin("PUT", "/connections/exchange", changed, If_Match='"1"')
        self.admin("PUT", "/connections/exchange", {**changed, "version": 1}, 409)
        self.admin("DELETE", "/connections/exchange?version=1", expect=409)
        checks = self.admin("POST", "/connections/exchange/check", {"mailbox": "alice@example.test"})["checks"]
        self.assertIn(("authentication", "ok"), [(c["name"], c["state"]) for c in checks])
        self.admin("GET", "/connections/exchange/mailboxes")
        folders = self.admin("GET", "/connections/exchange/mailboxes/alice%40example.test/folders")["folders"]
        self.assertIn("inbox", [f["well_known"] for f in folders])
        self.assertEqual(["pw"], [s["name"] for s in self.admin("GET", "/secrets")["secrets"]])
        self.admin("DELETE", "/secrets/pw", expect=409)  # in use
        self.admin("PUT", "/secrets/other", {"value": "x"}, 204)
        self.admin("DELETE", "/secrets/other", expect=204)
        self.admin("POST", "/connections", {**changed, "name": "second"}, 201)
        self.admin("DELETE", "/connections/second?version=1", expect=204)

    def schedules(self):
        checked = self.admin("POST", "/schedules/check", self.schedule())
        self.assertTrue(checked["not_encrypted"])
        self.assertIn("NOT ENCRYPTED", checked["protection"])
        tested = self.admin("POST", "/schedules/test", self.schedule())["tested"]
        self.assertEqual([("connection", "exchange"), ("destination", str(self.work / "plain"))],
                         [(thing["kind"], thing["name"]) for thing in tested])
        self.assertEqual([], self.admin("GET", "/schedules")["schedules"])
        self.admin("POST", "/schedules/check", self.schedule(full={"kind": "sometimes"}), 400, checked=False)
        self.admin("POST", "/schedules/check", self.schedule(time_zone="Moon/Crater"), 400)
        listener = self.listen()
        begin = self.until(listener, "\n\n")
        saved = self.admin("POST", "/schedules", self.schedule("Büro / 1"), 201)
        path = "/schedules/B%C3%BCro%20%2F%201"
        self.assertEqual(saved, self.admin("GET", path))
        self.until(listener, f'event: schedule\ndata: {{"id":{saved["id"]}}}')
        last = begin[begin.index("id: ") + 4 :].split("\n")[0]
        self.until(self.listen(last), "event: schedule")  # who comes back gets what was missed
        self.until(self.listen("0-0"), "event: reset")
        self.document.called.add(("GET", "/api/v1/events"))
        self.admin("PUT", path, self.schedule("Office"), 400)
        saved = self.admin("PUT", path, {**self.schedule("Office"), "version": saved["version"]})
        self.assertEqual(3, len(self.admin("GET", "/schedules/Office/next?n=3")["next"]))
        self.admin("POST", "/schedules", self.schedule("Spare"), 201)
        self.admin("DELETE", "/schedules/Spare", expect=204, If_Match='"1"')
        run = self.admin("POST", "/schedules/Office/run", {"kind": "full"}, 202)["run"]
        self.until(listener, f'event: run\ndata: {{"id":{run}}}')
        return run

    def runs(self, run):
        path = f"/runs/{run}"
        self.agent.wait_for(lambda: self.admin("GET", path)["run"]["over"])
        found = self.admin("GET", path)
        self.assertEqual("complete", found["run"]["state"], found)
        self.assertIn(found["run"], self.admin("GET", "/runs?schedule=Office&state=complete&limit=10")["runs"])
        self.assertEqual([], self.admin("GET", f"/runs?before={run}")["runs"])
        self.admin("GET", "/runs?limit=0", expect=400)
        lines = self.admin("GET", f"{path}/log")["lines"]
        self.assertTrue(lines)
        self.assertEqual([], self.admin("GET", f"{path}/log?after={lines[-1]['number']}")["lines"])
        self.ledger(f"{path}/tasks/{found['tasks'][0]['id']}/ledger")
        self.admin("POST", f"{path}/cancel", expect=409)  # it is over
        slow = self.admin("PUT", "/schedules/Office", self.schedule(bytes_per_second=20_000), If_Match='"2"')
        self.assertEqual(3, slow["version"])
        run = self.admin("POST", "/schedules/Office/run",
                         {"kind": "full", "mailboxes": [{"connection": "exchange", "address": "alice@example.test"}]}, 202)["run"]
        self.admin("POST", f"/runs/{run}/pause")
        self.agent.wait_for(lambda: self.admin("GET", f"/runs/{run}")["run"]["state"] == "paused")
        self.admin("POST", f"/runs/{run}/resume")
        self.admin("POST", f"/runs/{run}/cancel")
        self.agent.wait_for(lambda: self.admin("GET", f"/runs/{run}")["run"]["state"] == "cancelled")

    def ledger(self, path):
        """The signature, looked at by somebody else."""
        ledger = self.admin("GET", path)
        key = self.admin("GET", "/signing-key")["public_key"]
        files = {"key": DER_ED25519 + bytes.fromhex(key), "signature": bytes.fromhex(ledger["signature"]),
                 "bytes": base64.b64decode(ledger["signed_bytes"])}
        for name, content in files.items():
            (self.work / name).write_bytes(content)
        openssl = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", self.work / "key", "-rawin",
                   "-sigfile", self.work / "signature", "-in", self.work / "bytes"]
        self.assertEqual(0, subprocess.run(openssl, capture_output=True).returncode)
        self.assertIn(ledger["text"].encode(), files["bytes"])

    def accounts(self):
        user = {"name": "anna", "role": "auditor", "password": "a long password"}
        self.admin("POST", "/users", user, 201)
        self.admin("POST", "/users", {**user, "name": "token anna"}, 400)
        self.assertEqual(["anna"], [u["name"] for u in self.admin("GET", "/users")["users"]])
        self.admin("PUT", "/users/anna", {"role": "operator"})
        nobody = Client(self.agent, self.document)
        nobody("GET", "/session", expect=401)
        nobody("POST", "/login", {"name": "anna", "password": "wrong"}, 401)
        session = nobody("POST", "/login", {"name": "anna", "password": user["password"]})
        cookie = nobody.answer.headers["Set-Cookie"].split(";")[0]
        anna = Client(self.agent, self.document, Cookie=cookie, X_CSRF_Token=session["csrf"])
        self.assertEqual("operator", anna("GET", "/session")["role"])
        anna("GET", "/users", expect=403)
        anna("PUT", "/session/password", {"old_password": user["password"], "new_password": "another password"}, 204)
        anna("GET", "/session", expect=401)
        session = nobody("POST", "/login", {"name": "anna", "password": "another password"})
        cookie = nobody.answer.headers["Set-Cookie"].split(";")[0]
        anna = Client(self.agent, self.document, Cookie=cookie, X_CSRF_Token=session["csrf"])
        anna("POST", "/logout", expect=403, X_CSRF_Token="0")
        anna("POST", "/logout", expect=204)
        anna("GET", "/session", expect=401)
        self.admin("DELETE", "/users/anna", expect=204)
        made = self.admin("POST", "/tokens", {"name": "reader", "role": "auditor", "expires": "2099-01-01T00:00:00Z"}, 201)
        reader = self.client(made["text"])
        reader("GET", "/schedules")
        reader("POST", "/schedules", self.schedule("No"), 403)
        self.assertIn(made["id"], [t["id"] for t in self.admin("GET", "/tokens")["tokens"]])
        self.admin("DELETE", f"/tokens/{made['id']}", expect=204)
        reader("GET", "/schedules", expect=401)  # a token that was taken away

    def audit(self):
        entries = self.admin("GET", "/audit?limit=1000")["entries"]
        self.assertIn(("token reader", "schedule.add", "denied"), [(e["who"], e["action"], e["outcome"]) for e in entries])
        self.assertEqual("127.0.0.1", entries[0]["from"])
        for secret in ["a long password", "another password", self.agent.token()]:
            self.assertNotIn(secret, json.dumps(entries))
            self.assertNotIn(secret, self.agent.log_text())
        head = self.admin("GET", "/audit/head")
        self.admin("PUT", "/secrets/last", {"value": "x"}, 204)
        self.assertTrue(self.admin("GET", f"/audit/verify?number={head['number']}&hash={head['hash']}")["holds"])
        self.assertFalse(self.admin("GET", f"/audit/verify?number={head['number']}&hash={'0' * 64}")["holds"])
        signed = f"/audit/verify?number={head['number']}&hash={head['hash']}&signed_at={head['signed_at']}&signature="
        self.assertTrue(self.admin("GET", signed + head["signature"])["holds"])
        self.assertFalse(self.admin("GET", signed + head["signature"][::-1])["holds"])
        self.admin("GET", signed, expect=400)


class Hostile(ApiTest):
    def test_requests_that_are_too_large_are_refused(self):
        url = urllib.parse.urlsplit(self.agent.url)
        for request, status in [
            (b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", b"413"),
            (b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", b"400"),
            (b"nonsense\r\n\r\n", b"400"),
        ]:
            with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
                connection.sendall(request)
                self.assertEqual(status, connection.recv(65536).split()[1])
        deep = b'{"name":' + b"[" * 100_000
        status, _ = self.agent.request("POST", "/api/v1/schedules/check", deep, {"Authorization": f"Bearer {self.agent.token()}"})
        self.assertEqual(400, status)
        self.admin("GET", "/schedules")

    def test_no_path_leads_to_a_file(self):
        for path in ["/../../etc/passwd", "/api/docs/..%2f..%2fetc/passwd", "/api/v1/schedules/..%2F..%2Fagent.key", "/%00", "/%zz"]:
            status, text = self.agent.request("GET", path, headers={"Authorization": f"Bearer {self.agent.token()}"})
            self.assertIn(status, (400, 404), text)

    def test_many_idle_listeners_keep_nobody_waiting(self):
        listeners = [self.listen() for _ in range(100)]
        begin = time.monotonic()
        for _ in range(20):
            self.admin("GET", "/schedules")
        self.assertLess(time.monotonic() - begin, 10)
        self.add_connection_and_schedule()
        for listener in listeners:
            self.until(listener, "event: schedule")

    def add_connection_and_schedule(self):
        self.admin("PUT", "/secrets/pw", {"value": "secret"}, 204)
        backup = {"user": "service", "secret": "pw"}
        self.admin("POST", "/connections", {"name": "exchange", "server": "https://mail.example.test", "backup": backup}, 201)
        self.admin("POST", "/schedules", self.schedule(), 201)


class Listening(agent_harness.AgentTest):
    def certificate(self):
        files = self.work / "server.crt", self.work / "server.key"
        openssl = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                   "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1]]
        subprocess.run(openssl, check=True, capture_output=True)
        return files

    def test_other_machines_are_let_in_with_https_only(self):
        done = harness.run("mailkeepd", "serve", "--state", self.work / "state", "--listen", "0.0.0.0:0", expect=2)
        self.assertIn("other machines", done.stderr)
        certificate, key = self.certificate()
        options = ["--certificate", certificate, "--key", key]
        done = harness.run("mailkeepd", "serve", "--state", self.work / "state", "--listen", "0.0.0.0:0", *options, expect=2)
        self.assertIn("other machines", done.stderr)
        agent = agent_harness.Agent(self.work / "state", "--beyond-loopback", *options)
        agent.command[agent.command.index("127.0.0.1:0")] = "0.0.0.0:0"
        with agent:
            port = urllib.parse.urlsplit(agent.url).port
            context = ssl.create_default_context(cafile=certificate)
            connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
            connection.request("GET", "/healthz")
            self.assertEqual(200, connection.getresponse().status)
            connection.close()
            url = f"https://127.0.0.1:{port}"
            words = ["schedule", "list", "--agent", url, "--token-file", agent.state / "admin.token"]
            harness.run("mailkeep", *words, "--ca-file", certificate)
            self.assertIn("certificate", harness.run("mailkeep", *words, expect=5).stderr)


if __name__ == "__main__":
    unittest.main()

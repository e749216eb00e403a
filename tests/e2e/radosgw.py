"""A Ceph cluster of three processes (monitor, OSD in memory, S3 gateway) on loopback, below a temporary directory."""

import contextlib
import ctypes
import datetime
import hashlib
import http.client
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid

from s3_service import quote, signature

PROGRAMS = ["monmaptool", "ceph-mon", "ceph", "ceph-osd", "radosgw-admin", "radosgw"]
KEY, SECRET, REGION = "AKIDOFTHETESTS", "the secret/key+of the tests", "us-east-1"
CONFIGURATION = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{v2_port},v1:127.0.0.1:{v1_port}]
auth cluster required = none
auth service required = none
auth client required = none
public addr = 127.0.0.1
ms bind ipv6 = false
log file = {dir}/$name.log
admin socket = {dir}/$name.asok
pid file =
run dir = {dir}
mon data = {dir}/mon
mon data avail crit = 1
mon allow pool size one = true
mon max pg per osd = 1000
osd data = {dir}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
ms mon client mode = crc
rgw data = {dir}/rgw
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw dns name = localhost
"""


def missing():
    return [program for program in PROGRAMS if shutil.which(program) is None]


def free_ports(n):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: nothing is left behind by a test that is killed


class RadosGateway:
    """A context manager; `endpoint` is the URL of its S3 service, where KEY and SECRET are an account."""

    def __enter__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="rgw-"))
        self.processes = []
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.kill()  # all that they have is in memory
            process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self):
        v2_port, v1_port, self.port = free_ports(3)
        fsid, osd = uuid.uuid4(), uuid.uuid4()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        (self.dir / "ceph.conf").write_text(CONFIGURATION.format(dir=self.dir, fsid=fsid, v2_port=v2_port, v1_port=v1_port,
                                                                port=self.port))
        for folder in ["mon", "osd", "rgw"]:
            (self.dir / folder).mkdir()
        monmap = self.dir / "monmap"
        self.run("monmaptool", "--create", "--addv", "a", f"[v2:127.0.0.1:{v2_port},v1:127.0.0.1:{v1_port}]", "--fsid", fsid,
                 monmap)
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self.daemon("ceph-mon", "-i", "a")
        self.run("ceph", "osd", "new", osd)
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self.daemon("ceph-osd", "-i", "0")
        self.wait_for("the OSD", lambda: " 1 up" in self.run("ceph", "osd", "stat"))
        self.run("radosgw-admin", "user", "create", "--uid", "tests", "--display-name", "tests", "--access-key", KEY,
                 "--secret-key", SECRET)
        self.daemon("radosgw", "-n", "client.rgw")
        self.wait_for("radosgw", self.answers)

    def command(self, program, *words):
        return [program, *map(str, words), *([] if program == "monmaptool" else ["--conf", self.dir / "ceph.conf"])]

    def run(self, program, *words):
        done = subprocess.run(self.command(program, *words), capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"{program} {words}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def daemon(self, program, *words):
        with (self.dir / f"{program}.out").open("w") as log:
            self.processes.append(subprocess.Popen(self.command(program, "-f", *words), stdout=log, stderr=log,
                                                   preexec_fn=die_with_parent))

    def wait_for(self, what, is_there):
        for _ in range(600):
            if (code := self.processes[-1].poll()) is not None:
                raise RuntimeError(f"{what} ended with {code}")
            if is_there():
                return
            time.sleep(0.1)
        raise RuntimeError(f"{what} did not come up within a minute")

    def answers(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.request("GET", "/")[0] == 200
        return False

    def request(self, method, path, query=(), headers=None, body=b""):
        """One signed request; gives status and body."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = {"host": f"127.0.0.1:{self.port}", "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
                   "x-amz-date": now, **(headers or {})}
        names = sorted(headers)
        signed = signature(SECRET, method, path, query, headers, names, now, REGION, headers["x-amz-content-sha256"])
        headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={KEY}/{now[:8]}/{REGION}/s3/aws4_request, "
                                    f"SignedHeaders={';'.join(names)}, Signature={signed}")
        target = path + ("?" + "&".join(f"{quote(n)}={quote(v)}" for n, v in query) if query else "")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def make_bucket(self, name, locked=False, default_days=1):
        """With `locked` it has versions and locks, and what is written stays for some days, or as the writer says."""
        headers = {"x-amz-bucket-object-lock-enabled": "true"} if locked else {}
        self.expect(self.request("PUT", f"/{name}", headers=headers))
        if locked and default_days:
            rule = ("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>"
                    f"<Mode>COMPLIANCE</Mode><Days>{default_days}</Days></DefaultRetention></Rule></ObjectLockConfiguration>")
            self.expect(self.request("PUT", f"/{name}", [("object-lock", "")], body=rule.encode()))

    @staticmethod
    def expect(answer):
        if answer[0] // 100 != 2:
            raise RuntimeError(f"radosgw: {answer}")

"""An S3 service in memory for end-to-end tests. It checks signatures by Python's own hmac, from what arrives on the
wire and the published description of AWS Signature Version 4, and shares nothing with our signer."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import re
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

KEY, SECRET, REGION = "AKIDEXAMPLE", "a secret/key+of the tests", "eu-test-1"


def quote(text, safe="-_.~"):
    return urllib.parse.quote(text, safe=safe)


def signature(secret, method, path, query, headers, names, time_, region, body_hash):
    """What the signature of a request must be. `path` as sent; `query` [(name, value)]; `headers` {lower name: value}."""
    canonical = "\n".join([
        method, path, "&".join(sorted(f"{quote(n)}={quote(v)}" for n, v in query)),
        "".join(f"{n}:{' '.join(headers[n].split())}\n" for n in names), ";".join(names), body_hash])
    scope = [time_[:8], region, "s3", "aws4_request"]
    to_sign = "\n".join(["AWS4-HMAC-SHA256", time_, "/".join(scope), hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in [*scope, to_sign]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def write_credentials(path, key, secret, mode=0o600):
    path.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    path.chmod(mode)
    return path


class Fault(Exception):
    def __init__(self, status, code, more=""):
        self.status, self.body = status, f"<Error><Code>{code}</Code><Message>m</Message>{more}</Error>"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", headers=()):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            with contextlib.suppress(ConnectionError):  # a client that was killed
                self.wfile.write(body)

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        query = urllib.parse.parse_qsl(query, keep_blank_values=True)
        try:
            if self.server.service.hook:
                self.server.service.hook(self.command, urllib.parse.unquote(path))
            self.check(path, query, body)
            self.reply(*self.server.service.carry_out(self.command, urllib.parse.unquote(path), dict(query), self.headers, body))
        except Fault as fault:
            self.reply(fault.status, fault.body)

    do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = serve

    def check(self, path, query, body):
        headers = {name.lower(): value for name, value in self.headers.items()}
        kind, _, fields = headers["authorization"].partition(" ")
        fields = dict(field.split("=", 1) for field in fields.split(", "))
        key, day, region, *_ = fields["Credential"].split("/")
        names = fields["SignedHeaders"].split(";")
        needed = {"host"} | {n for n in headers if n.startswith("x-amz-")}
        if kind != "AWS4-HMAC-SHA256" or names != sorted(names) or not needed <= set(names):
            raise Fault(400, "AuthorizationHeaderMalformed")
        if key != KEY:
            raise Fault(403, "InvalidAccessKeyId")
        if region != REGION:
            raise Fault(400, "AuthorizationHeaderMalformed", f"<Region>{REGION}</Region>")
        sent = headers["x-amz-date"]
        now = time.time() + self.server.service.clock_ahead
        if abs(time.mktime(time.strptime(sent, "%Y%m%dT%H%M%SZ")) - time.timezone - now) > 900:
            raise Fault(403, "RequestTimeTooSkewed")
        claimed = headers["x-amz-content-sha256"]
        if signature(SECRET, self.command, path, query, headers, names, sent, region, claimed) != fields["Signature"]:
            raise Fault(403, "SignatureDoesNotMatch")
        if claimed != hashlib.sha256(body).hexdigest():
            raise Fault(400, "XAmzContentSHA256Mismatch")


class Version:
    def __init__(self, number, body, until=""):
        self.id, self.body, self.until = f"v{number}", body, until  # body: None is a mark of a deletion

    def is_locked(self):
        return self.until > time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class S3Service:
    """A context manager; `endpoint` is its URL, `objects` {key: bytes} what its bucket `bucket` holds."""

    def __init__(self, conditional_put=True, locking=False):
        self.conditional_put, self.locking = conditional_put, locking
        self.objects, self.lock = {}, threading.Lock()
        self.clock_ahead = 0  # seconds
        self.n_versions = 0
        self.versions = {}  # of a bucket with object lock: {key: [Version, the oldest first]}
        self.hook = None  # called with method and path before anything is done; may raise a Fault
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.service = self
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def destination(self, directory, prefix="office"):
        """A destination of the agent; its credentials lie in a file below `directory`."""
        keys = write_credentials(directory / "s3-keys", KEY, SECRET)
        return {"place": f"s3://bucket/{prefix}", "s3_endpoint": self.endpoint, "s3_region": REGION,
                "s3_credentials_file": str(keys)}

    def carry_out(self, method, path, query, headers, body):
        _, bucket, key = path.split("/", 2)
        if bucket != "bucket":
            raise Fault(404, "NoSuchBucket")
        with self.lock:
            if method == "GET" and "list-type" in query:
                return 200, self.list(query)
            if method == "GET" and "versions" in query:
                return 200, self.list_versions(query["prefix"])
            if method == "GET" and "versioning" in query:
                status = "<Status>Enabled</Status>" if self.locking else ""
                return 200, f"<VersioningConfiguration>{status}</VersioningConfiguration>"
            if method == "GET" and "object-lock" in query:
                if not self.locking:
                    raise Fault(404, "ObjectLockConfigurationNotFoundError")
                return 200, ("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
                             "</ObjectLockConfiguration>")
            if method in ("PUT", "POST") and self.locking:
                self.check_digest(headers, body)
            if "retention" in query:
                return self.retention(method, key, body)
            if method == "PUT":
                if self.conditional_put and headers.get("If-None-Match") == "*" and key in self.objects:
                    raise Fault(412, "PreconditionFailed")
                self.put(key, body, headers)
                return 200, ""
            if method == "DELETE":
                self.delete(key, query.get("versionId"))
                return 204, ""
            if "versionId" in query:
                return 200, next(v.body for v in self.versions[key] if v.id == query["versionId"])
            if key not in self.objects:
                raise Fault(404, "NoSuchKey")
            return self.get(self.objects[key], headers.get("Range"))

    @staticmethod
    def check_digest(headers, body):
        """Amazon wants it of every write where objects are locked."""
        if headers.get("Content-MD5") != base64.b64encode(hashlib.md5(body).digest()).decode():
            raise Fault(400, "InvalidRequest")

    def put(self, key, body, headers):
        self.objects[key] = body
        if not self.locking:
            return
        mode, until = (headers.get(f"x-amz-object-lock-{name}", "") for name in ["mode", "retain-until-date"])
        if (mode == "COMPLIANCE") != bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", until)):
            raise Fault(400, "InvalidArgument")
        self.add_version(key, body, until)

    def add_version(self, key, body, until=""):
        self.n_versions += 1
        self.versions.setdefault(key, []).append(Version(self.n_versions, body, until))

    def delete(self, key, version=None):
        if version is None:
            self.objects.pop(key, None)
            if self.locking:
                self.add_version(key, None)
            return
        all_ = self.versions[key]
        if any(v.id == version and v.is_locked() for v in all_):
            raise Fault(403, "AccessDenied")
        all_[:] = [v for v in all_ if v.id != version]
        self.objects.pop(key, None)
        if all_ and all_[-1].body is not None:
            self.objects[key] = all_[-1].body

    def retention(self, method, key, body):
        if not self.locking:
            raise Fault(400, "InvalidRequest")
        if key not in self.objects:
            raise Fault(404, "NoSuchKey")
        version = self.versions[key][-1]
        form = "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>{}</RetainUntilDate></Retention>"
        if method == "GET":
            if not version.until:
                raise Fault(404, "NoSuchObjectLockConfiguration")
            return 200, form.format(version.until)
        until = re.fullmatch(form.format(r"([-\dT:]+Z)"), body.decode()).group(1)
        if until < version.until:
            raise Fault(403, "AccessDenied")
        version.until = until
        return 200, ""

    def list_versions(self, prefix):
        xml = "".join(f"<{kind}><Key>{quote(key)}</Key><VersionId>{v.id}</VersionId><Size>{len(v.body or b'')}</Size></{kind}>"
                      for key in sorted(self.versions) if key.startswith(prefix) for v in reversed(self.versions[key])
                      for kind in ["Version" if v.body is not None else "DeleteMarker"])
        return f"<ListVersionsResult><EncodingType>url</EncodingType>{xml}</ListVersionsResult>"

    @staticmethod
    def get(content, range_):
        if not range_:
            return 200, content
        first, last = map(int, range_.removeprefix("bytes=").split("-"))
        if first >= len(content):
            raise Fault(416, "InvalidRange")
        return 206, content[first:last + 1]

    def list(self, query):
        after = query.get("continuation-token", "")
        keys = sorted(k for k in self.objects if k.startswith(query["prefix"]) and k > after)
        page = keys[:5]
        xml = "".join(f"<Contents><Key>{quote(k)}</Key><Size>{len(self.objects[k])}</Size></Contents>" for k in page)
        if len(keys) > len(page):
            xml += f"<IsTruncated>true</IsTruncated><NextContinuationToken>{escape(page[-1])}</NextContinuationToken>"
        return f"<ListBucketResult><EncodingType>url</EncodingType>{xml}</ListBucketResult>"

"""A PostgreSQL server of our own for tests: on a socket in a temporary directory, started and ended by the test."""

import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time

PROGRAMS = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def missing():
    return not PROGRAMS


class PostgresServer:
    """As a context manager; url(database) is where a catalog may lie. It refuses root, so it is started as somebody else."""

    def __enter__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="mk-postgres-", dir="/tmp"))  # names of sockets are short
        self.options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.dir, user.pw_uid, user.pw_gid)
            self.options.update(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
        self.bin = PROGRAMS[-1].parent
        subprocess.run([self.bin / "initdb", "-D", self.dir / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                        "--locale=C.UTF-8", "--no-sync"], check=True, **self.options)
        self.start()
        return self

    def start(self):
        self.process = subprocess.Popen([self.bin / "postgres", "-D", self.dir / "data", "-k", self.dir, "-c",
                                         "listen_addresses=", "-c", "fsync=off"], **self.options)
        for _ in range(300):
            if subprocess.run([self.bin / "pg_isready", "-q", "-h", self.dir]).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("PostgreSQL did not start")

    def stop(self):
        self.process.send_signal(3)  # SIGQUIT: at once
        self.process.wait()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def run(self, sql, database="postgres"):
        done = subprocess.run([self.bin / "psql", "-h", self.dir, "-U", "postgres", "-qAt", "-c", sql, database],
                              check=True, capture_output=True, text=True)
        return done.stdout

    def url(self, database):
        return f"postgresql:///{database}?host={self.dir}&user=postgres"

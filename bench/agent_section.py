"""The section `agent`: many small mailboxes through mailkeepd, beside the plain commands of the same run."""

import concurrent.futures
import pathlib
import shutil
import statistics
import sys
import time
import urllib.parse

import harness
import measure
from measure import MB, PASSWORD, USER

sys.path.insert(0, str(harness.SOURCE / "tests/e2e"))
import agent_harness  # noqa: E402

WORKERS, ASKED, LOOKED = 4, 300, 20


def agent(work, scale):
    n, items = max(4, int(200 * scale)), max(20, int(500 * min(1, scale * 4)))
    mailboxes = {f"box{i}@example.test": f"synthetic:{items}:4000:{i}" for i in range(n)}
    options = ["--threads", "32", "--quiet"]
    with harness.Simulator(mailboxes, [f"{USER}:{PASSWORD}:full=*"], *options) as server:
        with harness.secret_file(PASSWORD) as secret:
            plain = [commands(work, server.url, secret, mailboxes, *more) for more in ([], ["--incremental"])]
        shutil.rmtree(work / "plain")
        through = agent_runs(work, server.url, list(mailboxes))
    rows = [{"what": f"{kind}, {n} mailboxes of {items}", "commands: s": p[0], "CPU s": p[1], "agent: s": a[0],
             "agent: CPU s": a[1], "s of the commands": a[0] / p[0], "CPU of the commands": a[1] / p[1]}
            for kind, p, a in zip(("full", "incremental, nothing new"), plain, through["runs"])]
    return {"Agent: many mailboxes": rows, "Agent: the service": [through["service"]], "Agent: looking": through["looking"]}


def commands(work, url, secret, mailboxes, *options):
    """(seconds, CPU seconds) of one command for each mailbox, as many at a time as the agent has workers."""
    def one(mailbox):
        return measure.mailkeep("backup", url, secret, "--mailbox", mailbox, "--to", work / "plain" / mailbox, "--quiet",
                                *options)
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        runs = list(pool.map(one, mailboxes))
    return time.monotonic() - began, sum(r.cpu_seconds for r in runs)


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def resident_mb(process):
    return int(pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4096 / MB


def agent_runs(work, url, mailboxes):
    with agent_harness.Agent(work / "state", "--workers", WORKERS) as service:
        service.add_connection(url, user=USER, password=PASSWORD)
        service.add_schedule("All", mailboxes, [work / "agent"], cpu="high")
        runs, asked = [], []
        for kind in ("full", "incremental"):
            began, cpu = time.monotonic(), cpu_seconds(service.process)
            number = service.run_now("All", kind)
            while not service.api("GET", f"/runs/{number}")["run"]["over"]:
                asked.append(answer_seconds(service))
                time.sleep(0.1)
            runs.append((time.monotonic() - began, cpu_seconds(service.process) - cpu))
        loaded = asked[:]
        time.sleep(2)
        began, cpu = time.monotonic(), cpu_seconds(service.process)
        time.sleep(20)
        idle = (cpu_seconds(service.process) - cpu) / (time.monotonic() - began)
        quiet = [answer_seconds(service) for _ in range(ASKED)]
        looking = look(service, work, mailboxes[:4])
        figures = {"idle: CPU %": 100 * idle, "resident MB": resident_mb(service.process),
                   "answer, idle: ms": 1000 * statistics.median(quiet), "answer, loaded: ms": 1000 * statistics.median(loaded),
                   "worst tenth, loaded: ms": 1000 * sorted(loaded)[len(loaded) * 9 // 10]}
    return {"runs": runs, "service": figures, "looking": looking}


def look(service, work, mailboxes):
    """What somebody waits for who looks into a vault with a password."""
    service.api("PUT", "/secrets/vault-password", {"value": "correct horse battery staple"})
    service.add_schedule("Vault", mailboxes, [f"vault:{work}/vault"],
                         encryption={"mode": "custom", "secret": "vault-password"})
    service.wait(service.run_now("Vault"), seconds=600)
    point, mailbox = "Vault@latest", f"mailbox={mailboxes[0]}"
    folders = service.api("GET", f"/points/{point}/folders?{mailbox}")["folders"]
    folder = urllib.parse.quote(max(folders, key=lambda f: f["items"])["path"], safe="")
    questions = {"folders": f"/points/{point}/folders?{mailbox}",
                 "items": f"/points/{point}/items?{mailbox}&folder={folder}",
                 "items by subject": f"/points/{point}/items?{mailbox}&folder={folder}&sort=subject",
                 "search": "/search?schedule=Vault&subject=a*",
                 "points": "/points?schedule=Vault"}
    rows = []
    for what, path in questions.items():
        times = [seconds_of(lambda: service.api("GET", path)) for _ in range(LOOKED)]
        rows.append({"question": what, "ms": 1000 * statistics.median(times), "longest": 1000 * max(times)})
    return rows


def seconds_of(ask):
    began = time.monotonic()
    ask()
    return time.monotonic() - began


def answer_seconds(service):
    return seconds_of(lambda: service.api("GET", "/schedules"))

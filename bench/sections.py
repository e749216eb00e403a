"""The sections of the benchmark. Each takes a working directory and a scale, and gives {title: rows}."""

import json
import shutil
import time

import agent_section
import compression_section
import cpu_section
import harness
import measure
import postgres
import vault_section
from measure import MAILBOX, MB, PASSWORD, USER, backup, simulator, tree_bytes

SEED = 7


def full(work, scale):
    """A full backup of 20,000 items of about 50 KB, against the wire limit and the disk."""
    items, connections = max(100, int(20_000 * scale)), 4
    recording = work / "recording"
    with harness.secret_file(PASSWORD) as secret, simulator(f"synthetic:{items}:50000:{SEED}") as server:
        with measure.wire("record", server.url.split(":")[2].split("/")[0], recording) as port:
            backup(measure.with_port(server.url, port), work / "recorded", secret, "--connections", connections)
        shutil.rmtree(work / "recorded")
        runs = []
        for i in range(2):  # the second has warm caches; both are told
            runs.append(backup(server.url, work / f"full{i}", secret, "--connections", connections))
            size = tree_bytes(work / f"full{i}")
            segment = sum(p.stat().st_size for p in (work / f"full{i}").rglob("*.segment"))
            shutil.rmtree(work / f"full{i}")
    limit = measure.wire_limit(recording, connections)
    disk = measure.disk_bytes_per_second(work, size)
    best_seconds = max(limit["seconds"], size / disk)
    rows = [{
        "run": i + 1, "items": items, "seconds": run.seconds, "items/s": items / run.seconds,
        "MB/s of streams": segment / MB / run.seconds, "CPU s/GB": run.cpu_seconds / (segment / 1e9),
        "peak MB": run.peak_bytes / MB, "wire limit s": limit["seconds"], "disk s": size / disk,
        "of the slower": best_seconds / run.seconds, "times the wire limit": run.seconds / limit["seconds"],
    } for i, run in enumerate(runs)]
    sizes = [{"streams MB": segment / MB, "all files MB": size / MB, "wire MB": limit["bytes"] / MB,
              "requests": limit["requests"], "disk MB/s": disk / MB}]
    return {f"Full backup, {connections} connections": rows, "What was moved": sizes}


def latency(work, scale):
    """The same with round-trip times, against the modelled limit.

    The model: R requests wait for one round trip each, shared by C connections; what is moved takes at least as long
    as without a round trip, of which a request occupies its connection for its share.
    """
    rows, items = [], max(100, int(20_000 * scale))
    for connections in (1, 4, 16):
        base = None
        with harness.secret_file(PASSWORD) as secret, simulator(f"synthetic:{items}:50000:{SEED}") as server:
            for rtt in (0, 20, 100):
                server.faults(*([{"fault": "delay", "delay_ms": rtt}] if rtt else []))
                before = server.requests()
                run = backup(server.url, work / "latency", secret, "--connections", connections)
                shutil.rmtree(work / "latency")
                requests = server.requests() - before
                base = base or run.seconds
                limit = max(base, requests * rtt / 1000 / connections + base / connections)
                rows.append({"round trip ms": rtt, "connections": connections, "items": items, "requests": requests,
                             "seconds": run.seconds, "items/s": items / run.seconds, "limit s": limit,
                             "of the limit": limit / run.seconds})
    return {"Round-trip times": rows}


def memory(work, scale):
    """Peak memory must not grow with the number of items, nor with the size of an attachment."""
    rows, at_first = [], {}
    with harness.secret_file(PASSWORD) as secret:
        for items in (2_000, 20_000, 100_000):
            items = max(100, int(items * scale))
            for what, run in every_command(f"synthetic:{items}:50000:{SEED}", work / "memory", secret):
                peak = run.peak_bytes / MB
                rows.append({"items": items, "command": what, "peak MB": peak, "seconds": run.seconds,
                             "of the first": peak / at_first.setdefault(what, peak)})
        large, small = [], {}
        # The one item of this seed has about nine times the mean; the last is more than a server takes in one request.
        for mean, restore in ((5_000, True), (6_500_000, True), (23_400_000, False)):
            for what, run in every_command(f"synthetic:1:{mean}:{SEED}", work / "memory", secret, restore):
                peak = run.peak_bytes / MB
                large.append({"mean bytes": mean, "command": what, "peak MB": peak, "seconds": run.seconds,
                              "more MB": peak - small.setdefault(what, peak)})
    return {"Peak memory by items, mean 50 KB": rows, "Peak memory by the largest item": large}


def every_command(content, directory, secret, restore=True):
    """What a mailbox goes through, command by command: (name, what it took)."""
    with simulator(content) as server:
        yield "backup", backup(server.url, directory, secret)
        time.sleep(1.1)  # restore points are named by the second
        yield "backup --incremental", backup(server.url, directory, secret, "--incremental")
        yield "verify", measure.measure([harness.BIN / "mailkeep", "verify", "--from", directory])
        if restore:
            options = ("--from", directory, "--to-mailbox", measure.OTHER)
            yield "restore", measure.mailkeep("restore", server.url, secret, *options)
    shutil.rmtree(directory)


def change(url, share):
    return measure.change_some(harness.exchange_account(url, USER, PASSWORD, MAILBOX), share) if share else 0


def incremental(work, scale):
    """An incremental costs what changed, not what there is."""
    rows = []
    with harness.secret_file(PASSWORD) as secret:
        for items in (2_000, 20_000):
            items = max(100, int(items * scale))
            with simulator(f"synthetic:{items}:4000:{SEED}") as server:
                to = work / f"incremental{items}"
                whole = backup(server.url, to, secret)
                for share in (0.0, 0.01):
                    time.sleep(1.1)  # restore points are named by the second
                    changed = change(server.url, share)
                    before = server.requests()
                    run = backup(server.url, to, secret, "--incremental")
                    rows.append({"items": items, "changed": changed, "requests": server.requests() - before,
                                 "seconds": run.seconds, "CPU s": run.cpu_seconds, "full s": whole.seconds,
                                 "of the full": run.seconds / whole.seconds})
            shutil.rmtree(to)
    return {"Incremental": rows}


def pst(work, scale):
    """The PST writer and reader against readpst and cp, on the same files, the least user CPU of five rounds; the
    writer's memory by size."""
    rows = []
    for shape in ("small", "medium", "attachments"):
        path = work / f"{shape}.pst"
        tries = [pst_round(work, path, shape, max(5, int(200 * scale))) for _ in range(5)]
        written, read, one, mbox, separate = (min(runs, key=user_seconds) for runs in zip(*tries))
        cp = measure.measure(["cp", path, work / "copy.cp"])
        size, reference = path.stat().st_size, min(mbox["user"], separate["user"])
        for what, run in (("write", written), ("read", read)):
            rows.append({"shape": shape, "what": what, "items": written["items"], "MB": size / MB, "user s": run["user"],
                         "MB/s": size / MB / run["user"], "items/s": written["items"] / run["user"],
                         "times readpst": mbox["user"] / run["user"],
                         "times the faster readpst": reference / run["user"],
                         "of cp": cp.cpu_seconds / (run["user"] + run["system"])})
        rows.append({**{k: "" for k in rows[0]}, "shape": shape, "what": "one by its id", "items": one["items"],
                     "user s": one["user"]})
        for path in work.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    memory_rows = []
    for megabytes in (200, 1000, 3000):
        run = speed_of("write", work / "memory.pst", "medium", max(5, int(megabytes * scale)))
        memory_rows.append({"MB": run["bytes"] / MB, "peak MB": run["peak_kib"] * 1024 / MB})
        (work / "memory.pst").unlink()
    return {"PST, user CPU": rows, "PST, memory of writing": memory_rows}


def pst_round(work, path, shape, megabytes):
    """Write, read, read one item, readpst into mbox files and into files of their own, one after the other: what disturbs
    one of them disturbs all."""
    ours = [speed_of("write", path, shape, megabytes), speed_of("read", path), speed_of("one", path)]
    others = []
    for options in ((), ("-S",)):
        run = measure.measure(["readpst", "-j", "0", "-q", "-D", *options, "-o", make(work / "out"), path])
        shutil.rmtree(work / "out")
        others.append({"user": run.user_seconds})
    return ours + others


def user_seconds(run):
    return run["user"]


def speed_of(*arguments):
    return json.loads(measure.measure([measure.BENCH / "mk_pst_speed", *arguments]).output)


def make(directory):
    directory.mkdir()
    return directory


def catalog(work, scale):
    """A catalog of 1,000,000 items in 20 mailboxes: filling it, a second point with 1 % changed, and what it answers."""
    items = max(1_000, int(50_000 * scale))

    def measured(place):
        return json.loads(measure.measure([measure.BENCH / "mk_catalog_speed", place, "20", items]).output)

    found = {"SQLite": measured(f"sqlite:{work / 'catalog'}")}
    found["SQLite"]["MB"] = sum(path.stat().st_size for path in work.glob("catalog*")) / MB
    if not postgres.missing():
        with postgres.PostgresServer() as server:
            found["PostgreSQL"] = measured(server.url("postgres"))
            found["PostgreSQL"]["MB"] = int(server.run("SELECT pg_database_size('postgres')")) / MB
    made = [{"database": name, "items": run["items"], "MB": run["MB"], "fill s": run["fill_seconds"],
             "1 % of a mailbox s": run["change_seconds"]} for name, run in found.items()]
    questions = found["SQLite"]["answers"]
    answers = [{"question": question, **{f"{name} ms": run["answers"][question]["ms"] for name, run in found.items()},
                "rows": questions[question]["rows"]} for question in questions]
    return {"Catalog, made": made, "Catalog, answers": answers}


ALL = {"full": full, "latency": latency, "memory": memory, "incremental": incremental, "pst": pst, "catalog": catalog,
       "vault": vault_section.vault, "compression": compression_section.compression,
       "cpu": cpu_section.cpu, "agent": agent_section.agent}

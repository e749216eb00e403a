"""The section `compression`: what its levels cost and save, on the same mail in the same run."""

import harness
import measure
import repositories
from measure import MB, PASSWORD, USER, median

SEED = 70


def compression(work, scale):
    repositories.remember_below(work / "cache")
    key = work / "key"
    measure.measure([repositories.MAILKEEP, "key", "new", key])  # without Argon2id, which takes as long for each
    generated = {"box@example.test": f"synthetic:{max(40, int(5_000 * scale))}:50000:{SEED}"}
    tables = {}
    with harness.secret_file(PASSWORD) as secret:
        vault = repositories.MailVault(work, secret, key)
        for title, mailboxes in (("generated", generated), ("Enron", {"enron@example.test": harness.ENRON})):
            with harness.Simulator(mailboxes, [f"{USER}:{PASSWORD}:full=*"], "--threads", "32", "--quiet") as server:
                tables[f"Compression, {title}"] = levels(vault, server.url, list(mailboxes), 3 if scale >= 0.1 else 1)
    return tables


def levels(vault, url, mailboxes, rounds):
    taken = {how: [] for how in ("normal", "none", "maximum")}
    for _ in range(rounds):  # one after the other: what disturbs one of them disturbs all
        for how, runs in taken.items():
            vault.make()
            runs.append(vault.backup(url, mailboxes, "--compression", how))
    normal = median([run for run, _ in taken["normal"]])
    rows = []
    for how, runs in taken.items():
        run, stored = median([run for run, _ in runs]), runs[-1][1]
        rows.append({"compression": how, "CPU s": run.cpu_seconds, "seconds": run.seconds, "stored MB": stored / MB,
                     "CPU of normal": run.cpu_seconds / normal.cpu_seconds,
                     "bytes of normal": stored / taken["normal"][-1][1], "peak MB": run.peak_bytes / MB})
    return rows

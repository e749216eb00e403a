"""The section `vault`: mailkeep's vault beside restic and borgbackup, on the same mail in the same run."""

import json
import os
import shutil
import time

import harness
import measure
import repositories
from measure import MB, PASSWORD, USER, median, together, tree_bytes

SEED = 70


def vault(work, scale):
    repositories.remember_below(work / "cache")
    tables = {}
    with harness.secret_file(PASSWORD) as secret:
        bench = Bench(work, scale, secret)
        if missing := {"restic", "borg"} - {r.name for r in bench.others}:
            print(f"  not installed, left out: {', '.join(sorted(missing))}", flush=True)
        for section in (generated, colleagues, enron, attachment, pages, chunks, log, memory):
            tables.update(section(bench))
            for path in work.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    return tables


class Bench:
    """What all measurements share."""

    def __init__(self, work, scale, secret):
        self.work, self.scale, self.secret = work, scale, secret
        self.rounds = 3 if scale >= 0.1 else 1
        self.others, self.files = repositories.others(work, secret), repositories.file_vaults(work, secret)
        self.items = repositories.MailVault(work, secret)

    def scaled(self, n, least=1):
        return max(least, int(n * self.scale))

    def simulator(self, mailboxes):
        return harness.Simulator(mailboxes, [f"{USER}:{PASSWORD}:full=*"], "--threads", "32", "--quiet")

    def export(self, url, mailboxes):
        """The PST files of a full backup, as they would be given to restic or borg: below psts/MAILBOX."""
        psts = self.work / "psts"
        shutil.rmtree(psts, ignore_errors=True)
        to = self.work / "export"
        runs = []
        for mailbox in mailboxes:
            runs.append(measure.mailkeep("backup", url, self.secret, "--mailbox", mailbox, "--to", to, "--no-verbatim"))
            (psts / mailbox).mkdir(parents=True)
            for pst in to.rglob("*.pst"):
                pst.rename(psts / mailbox / pst.name)
            shutil.rmtree(to)
        return psts, together(runs)

    def key_file(self):
        """Without Argon2id, which takes as long, and as much memory, whatever is done then."""
        path = self.work / "key"
        measure.measure([repositories.MAILKEEP, "key", "new", path])
        return path


def beside(run, stored, references, share):
    """The figures of a run as shares of what the others took: {name: (run, bytes)}; `share` names the measure."""
    row = {"CPU s": run.cpu_seconds, "seconds": run.seconds, share: stored / MB}
    for name, (other, other_stored) in references.items():
        row[f"CPU of {name}"] = run.cpu_seconds / other.cpu_seconds
        row[f"bytes of {name}"] = stored / other_stored
    return row | {"peak MB": run.peak_bytes / MB}


def generated(bench):
    return mail(bench, "generated", generated_mailboxes(bench, 0))


def colleagues(bench):
    """Every fifth attachment is one of 500 documents that all have: a fifth of the attachments' bytes are copies."""
    with bench.simulator(boxes := generated_mailboxes(bench, 20)) as server:
        return first_full(bench, "colleagues", server.url, list(boxes))


def generated_mailboxes(bench, shared):
    return {f"box{i}@example.test": f"synthetic:{bench.scaled(5_000, 40)}:50000:{SEED + i}:10:{shared}" for i in range(4)}


def enron(bench):
    return mail(bench, "Enron", {"enron@example.test": harness.ENRON})


def mail(bench, title, mailboxes):
    """First full, restore, and one of the mailboxes again."""
    with bench.simulator(mailboxes) as server:
        tables = first_full(bench, title, server.url, list(mailboxes))
        tables |= restore(bench, title, list(mailboxes))
        tables |= again(bench, title, server.url, next(iter(mailboxes)))
    return tables


def first_full(bench, title, url, mailboxes):
    exports = [bench.export(url, mailboxes) for _ in range(bench.rounds)]
    psts, export = exports[-1][0], median([run for _, run in exports])
    taken = {}
    for _ in range(bench.rounds):  # one after the other: what disturbs one of them disturbs all
        for kept in (*bench.others, *bench.files):
            kept.make()
            taken.setdefault(kept.name, []).append(kept.put(psts))
        bench.items.make()
        taken.setdefault(bench.items.name, []).append(bench.items.backup(url, mailboxes))
    taken = {name: (median([run for run, _ in runs]), runs[-1][1]) for name, runs in taken.items()}
    references = {r.name: taken[r.name] for r in bench.others}
    rows = [{"what": name, **beside(*figures, references, "stored MB")} for name, figures in taken.items()]
    # From the server on: the others need the PST files first.
    item_run, item_bytes = taken[bench.items.name]
    after_export = {name: (together([export, run]), stored) for name, (run, stored) in references.items()}
    rows.append({"what": "the same, of export + other", **beside(item_run, item_bytes, after_export, "stored MB")})
    less = measure.Run(item_run.seconds - export.seconds, item_run.cpu_seconds - export.cpu_seconds, 0,
                       item_run.peak_bytes, 0, "")
    rows.append({"what": "the same, less an export", **beside(less, item_bytes, references, "stored MB")})
    source = [{"PST MB": tree_bytes(psts) / MB, "mailboxes": len(mailboxes), "export: CPU s": export.cpu_seconds,
               "export: seconds": export.seconds}]
    return {f"Vault, {title}: what is kept": source, f"Vault, {title}: first full": rows}


def restore(bench, title, mailboxes):
    """The repositories of the first full, all of each: the PST files, of items too."""
    taken = {}

    def export_all():
        runs = []
        for mailbox in mailboxes:
            runs.append(bench.items.read("export", mailbox, "--to", bench.work / "restored"))
            shutil.rmtree(bench.work / "restored")
        return together(runs)

    for _ in range(bench.rounds):
        for kept in (*bench.others, *bench.files):
            taken.setdefault(kept.name, []).append(kept.get(bench.work / "restored"))
        taken.setdefault("export from a vault", []).append(export_all())
    rows = []
    for name, runs in taken.items():
        run = median(runs)
        row = {"what": name, "CPU s": run.cpu_seconds, "seconds": run.seconds, "peak MB": run.peak_bytes / MB}
        for other in bench.others:
            reference = median(taken[other.name])
            row[f"CPU: times {other.name}"] = reference.cpu_seconds / run.cpu_seconds
            row[f"seconds: times {other.name}"] = reference.seconds / run.seconds
        rows.append(row)
    return {f"Vault, {title}: restore": rows}


def again(bench, title, url, mailbox):
    """One mailbox: a second full with nothing changed, then all of it again after 2 % of it have changed."""
    psts, _ = bench.export(url, [mailbox])
    first = {}
    for kept in (*bench.others, *bench.files):
        kept.make()
        first[kept.name] = kept.put(psts)[1]
    bench.items.make()
    stored = first[bench.items.name] = bench.items.backup(url, [mailbox])[1]
    rows = []
    for options in ((), ("--reread",)):
        time.sleep(1.1)  # restore points are named by the second
        run, new = bench.items.backup(url, [mailbox], *options)
        rows.append({"what": " ".join(("full", *options)), "CPU s": run.cpu_seconds, "seconds": run.seconds,
                     "new KB": new / 1e3, "new %": 100 * new / stored})
    tables = {f"Vault, {title}: the same mailbox again, nothing changed": rows}

    changed = change(url, mailbox, 0.02)
    psts, _ = bench.export(url, [mailbox])
    taken = {kept.name: kept.put(psts) for kept in (*bench.others, *bench.files)}
    packs = set(bench.items.directory.rglob("packs/*/*"))
    time.sleep(1.1)
    taken[bench.items.name] = bench.items.backup(url, [mailbox])
    metadata = metadata_bytes(set(bench.items.directory.rglob("packs/*/*")) - packs)
    references = {r.name: taken[r.name] for r in bench.others}
    rows = [{"what": name, **beside(*figures, references, "new MB"), "new % of the first": 100 * figures[1] / first[name]}
            for name, figures in taken.items()]
    per_item = [{"changed items": changed, "metadata KB": metadata / 1e3, "KB per changed item": metadata / 1e3 / changed}]
    return tables | {f"Vault, {title}: exported again after 2 % changed": rows,
                     f"Vault, {title}: metadata of the changed": per_item}


def change(url, mailbox, share):
    """Edits half of the share and adds as many mails, the tenth of them with an attachment; returns how many."""
    import exchangelib

    account = harness.exchange_account(url, USER, PASSWORD, mailbox)
    edited = measure.change_some(account, share / 2)
    for n in range(edited):
        new = exchangelib.Message(account=account, folder=account.inbox, subject=f"new {n}", body=os.urandom(4_000).hex())
        if n % 10 == 0:
            new.attach(exchangelib.FileAttachment(name="new.bin", content=os.urandom(300_000)))
        new.save()
    return 2 * edited


def metadata_bytes(packs):
    """Of these packs those that hold metadata; their header says it (docs/formats/vault.md)."""
    total = 0
    for path in packs:
        with open(path, "rb") as pack:
            total += path.stat().st_size if pack.read(9)[8] == 2 else 0
    return total


def attachment(bench):
    """One attachment in ten mailboxes."""
    import exchangelib

    content = os.urandom(bench.scaled(5_000_000, 300_000))
    mailboxes = {f"box{i}@example.test": "empty" for i in range(10)}
    with bench.simulator(mailboxes) as server:
        for mailbox in mailboxes:
            account = harness.exchange_account(server.url, USER, PASSWORD, mailbox)
            mail = exchangelib.Message(account=account, folder=account.inbox, subject=f"for {mailbox}", body="see there")
            mail.attach(exchangelib.FileAttachment(name="large.bin", content=content))
            mail.save()
        psts, _ = bench.export(server.url, list(mailboxes))
        stored = {}
        for kept in (*bench.others, *bench.files):
            kept.make()
            stored[kept.name] = kept.put(psts)[1]
        bench.items.make()
        stored[bench.items.name] = bench.items.backup(server.url, list(mailboxes))[1]
    rows = [{"what": name, "stored MB": n / MB, "times the attachment": n / len(content)} for name, n in stored.items()]
    return {"Vault: one attachment in ten mailboxes": rows}


def pages(bench):
    """A page of 50 out of points of two sizes, and one item with its content: what is read for it."""
    key, rows, box = bench.key_file(), [], "box@example.test"
    for items in (bench.scaled(10_000, 200), bench.scaled(100_000, 2_000)):
        mail = repositories.MailVault(bench.work, bench.secret, key)
        mail.make()
        with bench.simulator({box: f"synthetic:{items}:2000:{SEED}"}) as server:
            mail.backup(server.url, [box])
        page = ("--folder", "Inbox", "--limit", "50", "--json")
        first = mail.read("items", box, *page)
        last = json.loads(first.output.splitlines()[-1])["id"]
        page_run = median([mail.read("items", box, *page, "--after", last) for _ in range(bench.rounds)])
        one = measure.measure([measure.BENCH / "mk_vault_work", "one", mail.directory, key])
        rows += [page_row("page of 50 items", items, page_run),
                 page_row(f"one item of {int(one.output):,} bytes", items, one)]
    return {"Vault: a page, and one item": rows}


def page_row(what, entries, run):
    return {"what": what, "in a point of": entries, "CPU ms": run.cpu_seconds * 1000, "ms": run.seconds * 1000,
            "read KB": run.read_bytes / 1e3}


def chunks(bench):
    """Many chunks: a page, check and prune. What is filled in has 200 bytes a chunk; half of it is forgotten."""
    rows, page_rows, key = [], [], bench.key_file()
    directory = bench.work / "filled"
    place = (directory, "--key-file", key)
    for n in (bench.scaled(10_000, 1_000), bench.scaled(1_000_000, 10_000)):
        shutil.rmtree(directory, ignore_errors=True)
        vault_command("init", *place)
        fill = measure.measure([measure.BENCH / "mk_vault_work", "fill", directory, key, n, 200])
        page = (*place, "all", "--limit", 50, "--after", f"object{n // 2:09}")
        vault_command("ls", *page)  # makes the index of this computer
        page_rows.append(page_row("page of 50 objects", n, median([vault_command("ls", *page) for _ in range(bench.rounds)])))
        one = median([vault_command("get", *place, "all", f"object{n // 2:09}") for _ in range(bench.rounds)])
        page_rows.append(page_row("one object of 200 bytes", n, one))
        runs = {"put, two points": fill, "check": vault_command("check", *place),
                "check --keyless": vault_command("check", directory, "--keyless")}
        vault_command("forget", *place, "all")
        runs["prune --dry-run"] = vault_command("prune", directory, "--dry-run", "--allow-shrink")
        before = tree_bytes(directory)
        runs["prune --grace 0"] = vault_command("prune", *place, "--grace", 0, "--allow-shrink")
        given_back = (before - tree_bytes(directory)) / MB
        rows += [{"what": what, "chunks": n, "CPU s": run.cpu_seconds, "seconds": run.seconds,
                  "us per chunk": run.cpu_seconds / n * 1e6, "peak MB": run.peak_bytes / MB,
                  "given back MB": given_back if what.startswith("prune --grace") else ""} for what, run in runs.items()]
    return {"Vault: a page, and one object, of many": page_rows, "Vault: many chunks": rows}


def log(bench):
    """How long a log takes to be read: from its newest checkpoint, as vaults are opened, and whole, as `check` does it."""
    rows, speed = [], measure.BENCH / "mk_log_speed"
    for n in (bench.scaled(10_000, 1_000), bench.scaled(100_000, 2_000)):
        directory = bench.work / "log"
        shutil.rmtree(directory, ignore_errors=True)
        measure.measure([speed, "fill", directory, n])
        for what in ("read", "whole"):
            run = median([measure.measure([speed, what, directory]) for _ in range(bench.rounds)])
            said = json.loads(run.output)
            rows.append({"records": said["records"], "what": what, "CPU s": run.cpu_seconds, "seconds": said["seconds"],
                         "requests": said["requests"], "peak MB": run.peak_bytes / MB})
    return {"Vault: a long log": rows}


def vault_command(command, *options):
    return measure.measure([repositories.MAILKEEP, "vault", command, *options])


def memory(bench):
    """Peak memory at two sizes."""
    rows, at_first = [], {}
    for megabytes in (500, 3_000):
        items = bench.scaled(megabytes * 20, 40)
        for what, run in every_command(bench, f"synthetic:{items}:50000:{SEED}"):
            peak = run.peak_bytes / MB
            rows.append({"what": what, "MB of mail": items * 50_000 / MB, "peak MB": peak, "seconds": run.seconds,
                         "of the first": peak / at_first.setdefault(what, peak)})
    return {"Vault: peak memory": rows}


def every_command(bench, content):
    """What a vault goes through, command by command: (name, what it took)."""
    key, box, psts = bench.key_file(), "box@example.test", bench.work / "psts"
    mail = repositories.MailVault(bench.work, bench.secret, key)
    mail.make()
    with bench.simulator({box: content}) as server:
        yield "backup --to vault:", mail.backup(server.url, [box])[0]
        time.sleep(1.1)
        yield "the same again", mail.backup(server.url, [box])[0]
    yield "export", mail.read("export", box, "--to", psts)
    yield "verify", mail.read("verify", box)
    yield "vault check", mail.vault("check")
    files = (bench.work / "files", "--key-file", key)
    vault_command("init", *files)
    yield "vault put", vault_command("put", *files, psts, "--point", "psts")
    shutil.rmtree(psts)
    yield "vault get", vault_command("get", *files, "psts", "--to", psts)
    vault_command("forget", *files, "psts")
    yield "prune", vault_command("prune", *files, "--grace", 0, "--allow-shrink")
    for path in (psts, files[0], mail.directory, key):
        shutil.rmtree(path) if path.is_dir() else path.unlink()

"""What is in a PST, as pypff and readpst see it."""

import collections
import hashlib
import re
import subprocess

import pypff


def digest(data):
    return hashlib.sha256(data or b"").hexdigest()[:16]


def walk(folder, path=()):
    yield path, folder
    for child in folder.sub_folders:
        yield from walk(child, (*path, child.name))


def attachment(a):
    return (a.get_name() if hasattr(a, "get_name") else None, a.get_size(), digest(a.read_buffer(a.get_size())))


def message_key(path, m):
    return (
        "/".join(path),
        m.subject or "",
        m.sender_name or "",
        str(m.delivery_time),
        str(m.client_submit_time),
        m.transport_headers,
        digest(m.plain_text_body),
        digest(m.html_body),
        tuple(sorted(attachment(m.get_attachment(i)) for i in range(m.number_of_attachments))),
    )


def messages(path):
    """Every message below the top of the mailbox, sorted."""
    file = pypff.file()
    file.open(str(path))
    found = []
    for top in file.get_root_folder().sub_folders:
        for below, folder in walk(top):
            found += [message_key(below, m) for m in folder.sub_messages]
    file.close()
    return sorted(found, key=repr)


def attachments(found):
    return sum(len(m[-1]) for m in found)


def difference(original, copy, limit=6):
    want, have = collections.Counter(map(repr, original)), collections.Counter(map(repr, copy))
    lines = [f"missing {m}" for m in want - have] + [f"unexpected {m}" for m in have - want]
    return "\n".join(lines[:limit] + [f"... {len(lines)} differences in all"])


def readpst(path, directory):
    """What readpst says of each folder, and whether it read the file."""
    directory.mkdir(exist_ok=True)
    done = subprocess.run(["readpst", "-r", "-o", directory, path], capture_output=True, text=True)
    lines = [line.strip() for line in done.stdout.splitlines() if re.search(r"items? done", line)]
    return lines, done.returncode == 0 and not done.stderr

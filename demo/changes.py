"""What happens in the demo's mailbox, and what a mailbox holds, both through exchangelib."""

import collections
import hashlib

import exchangelib


def folders(account):
    """{path: folder} of everything below the top that holds items."""
    top = account.msg_folder_root
    below = len(top.absolute)
    return {f.absolute[below + 1:]: f for f in top.walk()}


def digest(data):
    return hashlib.sha256(data if isinstance(data, bytes) else (data or "").encode()).hexdigest()[:16]


def attachment(a):
    content = a.content if isinstance(a, exchangelib.FileAttachment) else b""
    return (a.name, a.content_type, digest(content))


def item_key(item):
    """What of an item must survive a restore."""
    recipients = [sorted((m.name, m.email_address) for m in getattr(item, field, None) or [])
                  for field in ("to_recipients", "cc_recipients", "bcc_recipients")]
    sender = getattr(item, "sender", None)
    return (
        item.item_class,
        item.subject,
        sender and (sender.name, sender.email_address),
        str(item.datetime_sent),
        str(item.datetime_received),
        getattr(item, "is_read", None),
        item.importance,
        item.sensitivity,
        tuple(item.categories or ()),
        getattr(item, "message_id", None),
        digest(item.body),
        repr(recipients),
        tuple(sorted(attachment(a) for a in item.attachments)),
    )


def state_of(account):
    """{folder path: the sorted items in it}, folders without items left out."""
    state = {}
    for path, folder in folders(account).items():
        items = [item_key(i) for i in folder.all()]
        if items:
            state[path] = sorted(items, key=repr)
    return state


def difference(expected, actual, limit=6):
    lines = []
    for path in sorted(set(expected) | set(actual)):
        want = collections.Counter(map(repr, expected.get(path, [])))
        have = collections.Counter(map(repr, actual.get(path, [])))
        lines += [f"{path}: missing {i}" for i in want - have] + [f"{path}: unexpected {i}" for i in have - want]
    return "\n".join(lines[:limit] + [f"... {len(lines)} differences in all"])


def make(account):
    """Changes the mailbox as a day at work does; yields what was done."""
    by_path = folders(account)
    personal = next(f for path, f in by_path.items() if path.endswith("Personal"))
    group = next(f for path, f in by_path.items() if path.endswith("TW-Commercial Group"))
    items = sorted(personal.all(), key=lambda i: (str(i.datetime_received), i.subject or ""))

    exchangelib.Message(
        account=account, folder=account.inbox, subject="Grüße aus dem neuen Büro",
        body="A mail that came after the full backup.",
        to_recipients=[exchangelib.Mailbox(email_address="alice@example.test")],
    ).save()
    yield "new in Inbox: Grüße aus dem neuen Büro"
    edited, moved, deleted, flagged = items[:4]
    edited.subject = f"{edited.subject} (edited)"
    edited.categories = ["Demo"]
    edited.save(update_fields=["subject", "categories"])
    yield f"edited in Personal: {edited.subject}"
    yield f"moved from Personal to TW-Commercial Group: {moved.subject}"
    moved.move(to_folder=group)
    yield f"deleted from Personal: {deleted.subject}"
    deleted.delete()
    flagged.is_read = not flagged.is_read
    flagged.save(update_fields=["is_read"])
    yield f"read flag of {flagged.subject!r} in Personal: {flagged.is_read}"

"""What a server sees that holds a vault and no key: it can verify everything and read nothing."""

import base64
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import zlib

import exchangelib

import harness

MAILBOX = "kunigunde.adelheid@example.test"
SECRETS = {
    "subject": "Quarterly figures of project Nightingale",
    "body": "The combination of the safe is twelve, forty, seventy-three",
    "attachment's name": "merger-with-acme.txt",
    "attachment's text": "Confidential: we take over everything by the first of May",
    "folder": "Dismissals in Springfield",
    "mailbox": MAILBOX,
}


def forms(text):
    """The encodings in which a text would lie in a file: plain, UTF-16, and these in base64 and hexadecimal."""
    for plain in text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"):
        yield plain
        yield plain.hex().encode()
        for shift in range(3):  # the characters that depend on nothing but the text
            encoded = base64.b64encode(bytes(shift) + plain)
            yield encoded[4 if shift else 0: len(encoded) - 4]


def inflated(content):
    """Whatever zlib makes of the places where a stream of its own might begin."""
    for mark in b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda":
        at = content.find(mark)
        while at >= 0:
            try:
                yield zlib.decompressobj().decompress(content[at:])
            except zlib.error:
                pass
            at = content.find(mark, at + 1)


def found_in(contents, name):
    contents = [*contents, *(more for content in contents for more in inflated(content))]
    return any(form in content for form in forms(SECRETS[name]) for content in contents)


class ServerView(harness.OutcomeChecks, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.server = cls.enterClassContext(harness.Simulator({MAILBOX: "empty"}, ["service:secret:full=*"]))
        cls.password = cls.enterClassContext(harness.secret_file("secret"))
        account = harness.exchange_account(cls.server.url, "service", "secret", MAILBOX)
        folder = exchangelib.folders.Folder(parent=account.inbox, name=SECRETS["folder"]).save()
        for n in range(3):
            mail = exchangelib.Message(account=account, folder=folder, subject=f"{SECRETS['subject']} {n}",
                                       body=f"{SECRETS['body']}\n" * 200)
            text = (SECRETS["attachment's text"] + "\n").encode() * (20 if n else 2000)  # a stream of its own, too
            mail.attach(exchangelib.FileAttachment(name=SECRETS["attachment's name"], content=text))
            mail.save()
        cls.key = cls.scratch / "key"
        harness.run("mailkeep", "key", "new", cls.key)

    def mailkeep(self, *words, env=None):
        return subprocess.run([harness.BIN / "mailkeep", *map(str, words)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL,
                              env={**os.environ, "XDG_CACHE_HOME": str(self.scratch / "cache"), **(env or {})})

    def backup(self, *to):
        self.run_ok("backup", "--mailbox", MAILBOX, "--server", self.server.url, "--user", "service",
                    "--password-file", self.password, *to)

    def vault(self, name, *options):
        vault = self.scratch / name
        self.run_ok("vault", "init", vault, "--key-file", self.key, *options)
        for more in [], ["--incremental"]:
            self.backup("--to", f"vault:{vault}", "--vault-key-file", self.key, "--work", self.scratch / "work",
                        "--head-file", self.scratch / f"{name}.head", *more)
        return vault

    @staticmethod
    def contents(directory):
        return [path.read_bytes() for path in directory.rglob("*") if path.is_file()]

    def test_the_search_finds_everything_where_nothing_is_encrypted(self):
        self.backup("--to", self.scratch / "plain")
        for name in SECRETS:
            self.assertTrue(found_in(self.contents(self.scratch / "plain"), name), name)
        self.assertTrue(found_in([zlib.compress(SECRETS["body"].encode())], "body"))

    def test_nothing_can_be_read(self):
        for name, options in {"aes": [], "blowfish": ["--cipher", "blowfish"], "3des": ["--cipher", "3des"]}.items():
            vault = self.vault(name, *options)
            commands = [["info", vault], ["show", vault], ["check", vault, "--keyless"], ["prune", vault, "--dry-run"]]
            commands += [["pack", vault, pack.name] for pack in (vault / "packs").rglob("?" * 64)]
            seen = [self.run_ok("vault", *command).encode() for command in commands]
            seen += [str(path.relative_to(vault)).encode() for path in vault.rglob("*")]
            seen += self.contents(vault)
            for secret in SECRETS:
                self.assertFalse(found_in(seen, secret), f"{secret} in {name}")
            packs = b"".join(self.contents(vault / "packs"))
            self.assertGreater(len(zlib.compress(packs, 9)), 0.75 * len(packs))  # the heads of records shrink, no more
            self.assertNotIn(b"\x28\xb5\x2f\xfd", packs)  # where zstd begins

    def test_everything_can_be_verified(self):
        vault, head = self.vault("verified"), self.scratch / "verified.head"
        self.run_ok("vault", "check", vault, "--keyless", "--head-file", head)
        names = [path.relative_to(vault) for path in vault.rglob("*") if path.is_file()]
        for name in names:
            for damage in "flipped", "cut", "missing":
                broken = self.scratch / "broken"
                shutil.copytree(vault, broken)
                content = bytearray((broken / name).read_bytes())
                content[len(content) // 2] ^= 1
                (broken / name).unlink()
                if damage != "missing":
                    (broken / name).write_bytes(content if damage == "flipped" else content[:-1])
                done = self.mailkeep("vault", "check", broken, "--keyless", "--head-file", head)
                shutil.rmtree(broken)
                self.assertIn(done.returncode, [1, 7] if str(name) == "vault" else [7], f"{name} {damage}\n{done.stdout}")


if __name__ == "__main__":
    unittest.main()

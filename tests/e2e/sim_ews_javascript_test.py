"""mailkeep-sim as npm ews-javascript-api sees it: a second independent client, a port of the EWS Managed API."""

import json
import pathlib
import shutil
import subprocess
import unittest

from harness import SOURCE, Simulator

MODULE = SOURCE / "node_modules/ews-javascript-api"
ALICE = "alice@example.test"


@unittest.skipUnless(shutil.which("node") and MODULE.exists(), "node or npm package ews-javascript-api is not installed")
class JavaScript(unittest.TestCase):
    def test_finds_synchronises_creates_updates_moves_and_deletes(self):
        script = pathlib.Path(__file__).parent / "ews_javascript.js"
        with Simulator({ALICE: "synthetic:20:5000:1:1"}, [f"{ALICE}:pw"], "--quiet") as simulator:
            command = ["node", script, simulator.url, MODULE]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual(
            seen,
            {
                "inbox": 20,
                "found": [5, 20],
                "sync": [20, 1, False],
                "subject": "From JavaScript",
                "moved": True,
                "after": 1,
                "folders": 17,
            },
        )


if __name__ == "__main__":
    unittest.main()

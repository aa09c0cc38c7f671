#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A daemon that follows a fake domain controller, and what tests say to both."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from fakedc import PATIENCE, FakeDc, wait_until

SCAND, SCANCTL, FAKEDC = sys.argv[1:4]
del sys.argv[1:4]


class Running(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="scand-import."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = FakeDc(FAKEDC, self.folder, "contoso.com", password="x", people=30)
        self.addCleanup(self.server.close)
        self.log = open(self.folder / "log", "ab")
        self.addCleanup(self.log.close)
        self.start("first")

    def command(self, line):
        self.server.command(line)

    def start(self, name):
        """A daemon with folders of that name."""
        self.state = self.folder / f"{name}-state"
        for kind in "state", "run":
            (self.folder / f"{name}-{kind}").mkdir(exist_ok=True)
        self.config = self.folder / f"{name}.conf"
        self.config.write_text(
            f"[scand]\nStateDirectory={self.state}\nRuntimeDirectory={self.folder}/{name}-run\n"
            f"{self.server.section()}"
            "[tenant]\nInitialDomain=contoso.onmicrosoft.com\nVerifiedDomain=contoso.com\nSourceAnchor=mS-DS-ConsistencyGuid\n")
        self.scand = subprocess.Popen([SCAND, "--config", self.config], stderr=self.log, stdout=self.log)
        self.addCleanup(self.stop, self.scand)
        health = self.folder / f"{name}-run/health.json"
        wait_until("it follows", lambda: health.exists() and b'"following"' in health.read_bytes())

    def stop(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE), 0)

    def scanctl(self, *arguments, code=0):
        done = subprocess.run([SCANCTL, "--config", self.config, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE,
                              env=os.environ | {"LC_ALL": "C.UTF-8"})
        self.assertEqual(done.returncode, code, (arguments, done))
        return done.stderr if code else done.stdout

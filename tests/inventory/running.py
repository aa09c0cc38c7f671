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
import time
import unittest

SCAND, SCANCTL, FAKEDC = sys.argv[1:4]
del sys.argv[1:4]

PATIENCE = 60


def wait_until(what, condition):
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {PATIENCE} s: {what}")
        time.sleep(0.05)
    return value


class Running(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="scand-import."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = subprocess.Popen([FAKEDC, "--domain", "contoso.com", "--user", "CN=scand", "--password", "x", "--seed", "1", "--generate", "30",
                                        "--ldaps", "--ca-file", self.folder / "ca.pem"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end_server)
        self.port = int(self.server.stdout.readline().split()[1])
        (self.folder / "password").write_text("x")
        (self.folder / "password").chmod(0o600)
        self.log = open(self.folder / "log", "ab")
        self.addCleanup(self.log.close)
        self.start("first")

    def end_server(self):
        self.server.stdin.close()
        self.server.wait()
        self.server.stdout.close()

    def command(self, line):
        self.server.stdin.write(line + "\n")
        self.server.stdin.flush()
        answer = self.server.stdout.readline()
        self.assertTrue(answer.startswith("ok"), (line, answer))

    def start(self, name):
        """A daemon with folders of that name."""
        self.state = self.folder / f"{name}-state"
        for kind in "state", "run":
            (self.folder / f"{name}-{kind}").mkdir(exist_ok=True)
        self.config = self.folder / f"{name}.conf"
        self.config.write_text(
            f"[scand]\nStateDirectory={self.state}\nRuntimeDirectory={self.folder}/{name}-run\n"
            f"[domain contoso.com]\nServers=127.0.0.1:{self.port}\nBind=simple\nBindDN=CN=scand\nPasswordFile={self.folder}/password\n"
            f"TLS=ldaps\nCAFile={self.folder}/ca.pem\nPollInterval=2\n"
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

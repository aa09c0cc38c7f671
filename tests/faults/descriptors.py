#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No descriptor is left: while scand follows a domain, its limit is lowered to what it has open, or a few more, and it must connect again and be
asked. It says what fails, goes on trying without taking the processor for it, and is well again when there are descriptors again."""

import os
import pathlib
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
from fakedc import PATIENCE, FakeDc, wait_until

SCAND, SCANCTL, FAKEDC = sys.argv[1:4]
del sys.argv[1:4]

# Where it ends: the connection itself, what is opened on the way to it, the control socket.
SPARE = (0, 1, 3)


class Descriptors(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='scand-descriptors.'))
        self.addCleanup(shutil.rmtree, self.folder)
        for name in 'state', 'run':
            (self.folder / name).mkdir()
        self.server = FakeDc(FAKEDC, self.folder)
        self.addCleanup(self.server.close)
        self.config = self.folder / 'scand.conf'
        self.config.write_text(
            f'[scand]\nStateDirectory={self.folder}/state\nRuntimeDirectory={self.folder}/run\n{self.server.section()}'
            '[tenant]\nInitialDomain=contoso.onmicrosoft.com\n')
        self.log = open(self.folder / 'log', 'wb')
        self.addCleanup(self.log.close)
        self.scand = subprocess.Popen([SCAND, '--config', self.config], stderr=self.log, stdout=self.log)
        self.addCleanup(self.stop)
        wait_until(self.text, self.watermark)

    def stop(self):
        if self.scand.poll() is None:
            self.scand.send_signal(signal.SIGTERM)
            self.assertEqual(self.scand.wait(PATIENCE), 0)

    def text(self):
        return (self.folder / 'log').read_text()

    def watermark(self):
        try:
            database = sqlite3.connect(f'file:{self.folder}/state/scand.db?mode=ro', uri=True)
        except sqlite3.OperationalError:
            return None
        try:
            return database.execute('SELECT max(watermark) FROM v_domain WHERE is_ready').fetchone()[0]
        except sqlite3.OperationalError:
            return None  # it is being made
        finally:
            database.close()

    def descriptors(self):
        return sorted(int(name) for name in os.listdir(f'/proc/{self.scand.pid}/fd'))

    def wanted_processor(self):
        """Seconds in which it had the processor, or waited for it because others had."""
        return sum(map(int, pathlib.Path(f'/proc/{self.scand.pid}/schedstat').read_text().split()[:2])) / 1e9

    def knock(self):
        """More than it can let in."""
        peers = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(max(SPARE) + 2)]
        for peer in peers:
            peer.connect(str(self.folder / 'run/control'))
        return peers

    def is_current(self):
        return (self.watermark() or 0) >= int(self.server.command('usn')[0])

    def allow(self, spare):
        """So many more than those up to the highest, with the gaps below it closed by what is opened."""
        hard = resource.prlimit(self.scand.pid, resource.RLIMIT_NOFILE)[1]
        most = hard if spare is None else len(self.descriptors()) + spare
        resource.prlimit(self.scand.pid, resource.RLIMIT_NOFILE, (most, hard))

    def test_it_says_so_and_goes_on_when_there_are_some_again(self):
        wait_until(self.text, self.is_current)
        before = self.descriptors()
        for spare in SPARE:
            with self.subTest(spare=spare):
                said = len(self.text())
                self.allow(spare)
                self.server.command('disconnect')
                self.server.ldif('CN=User 1', f'displayName: {spare}')
                peers = self.knock()
                begin, used = time.monotonic(), self.wanted_processor()
                time.sleep(2)
                self.assertIsNone(self.scand.poll(), self.text())
                self.assertLess(self.wanted_processor() - used, (time.monotonic() - begin) / 2, 'it waits without waiting')
                self.allow(None)
                for peer in peers:
                    peer.close()
                wait_until(self.text, self.is_current)
                self.assertEqual(subprocess.run([SCANCTL, '--config', self.config, 'rescan', '--reconcile'], check=False, timeout=PATIENCE).returncode, 0)
                if spare == 0:
                    self.assertIn('Too many open files', self.text()[said:])
        # None was lost on the way.
        wait_until(lambda: f'{before}, but {self.descriptors()}', lambda: len(self.descriptors()) <= len(before))


if __name__ == '__main__':
    unittest.main(verbosity=2)

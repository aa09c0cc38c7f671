#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No descriptor is left: while scand follows a domain, its limit is lowered to what it has open, or a few more, and it must connect again and be
asked. It says what fails, goes on trying without taking the processor for it, and is well again when there are descriptors again."""

import os
import pathlib
import resource
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
from fakedc import Running, wait_until

Running.SCAND, Running.SCANCTL, Running.FAKEDC = sys.argv[1:4]
del sys.argv[1:4]

# Where it ends: the connection itself, what is opened on the way to it, the control socket.
SPARE = (0, 1, 3)


class Descriptors(Running):
    def setUp(self):
        super().setUp()
        self.start()
        wait_until(self.text, self.is_current)

    def descriptors(self):
        return sorted(int(name) for name in os.listdir(f'/proc/{self.scand.pid}/fd'))

    def wanted_processor(self):
        """Seconds in which it had the processor, or waited for it because others had."""
        return sum(map(int, pathlib.Path(f'/proc/{self.scand.pid}/schedstat').read_text().split()[:2])) / 1e9

    def knock(self):
        """More than it can let in."""
        peers = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(max(SPARE) + 2)]
        for peer in peers:
            peer.connect(str(self.runtime / 'control'))
        return peers

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
                self.scanctl('rescan', '--reconcile')
                if spare == 0:
                    self.assertIn('Too many open files', self.text()[said:])
        # None was lost on the way.
        wait_until(lambda: f'{before}, but {self.descriptors()}', lambda: len(self.descriptors()) <= len(before))


if __name__ == '__main__':
    unittest.main(verbosity=2)

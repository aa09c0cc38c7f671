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

    def resting_descriptors(self):
        """Those that stay: while a thread runs it has some of its own, and on a slow disk that of a checkpoint runs for long."""
        def look():
            found = [self.descriptors() for _ in range(2) if len(os.listdir(f'/proc/{self.scand.pid}/task')) == 1]
            return found[0] if len(found) == 2 and found[0] == found[1] else None
        return wait_until(self.text, look)

    def processor(self):
        """Seconds in which it had the processor, and in which it wanted it and others had it."""
        return [int(number) / 1e9 for number in pathlib.Path(f'/proc/{self.scand.pid}/schedstat').read_text().split()[:2]]

    def assert_it_rests(self):
        """Of two seconds that were its own, however long a busy machine takes to give them."""
        begin, (had_before, wanted_before) = time.monotonic(), self.processor()
        own = 0
        while own < 2:
            time.sleep(0.2)
            self.assertIsNone(self.scand.poll(), self.text())
            had, wanted = self.processor()
            own = time.monotonic() - begin - (wanted - wanted_before)
        self.assertLess(had - had_before, own / 2, 'it waits without waiting')

    def knock(self):
        """More than it can let in."""
        peers = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(max(SPARE) + 2)]
        for peer in peers:
            peer.connect(str(self.runtime / 'control'))
        return peers

    def allow(self, spare):
        """So many more than those up to the highest, with the gaps below it closed by what is opened."""
        hard = resource.prlimit(self.scand.pid, resource.RLIMIT_NOFILE)[1]
        most = hard if spare is None else len(self.resting_descriptors()) + spare
        resource.prlimit(self.scand.pid, resource.RLIMIT_NOFILE, (most, hard))

    def test_it_says_so_and_goes_on_when_there_are_some_again(self):
        wait_until(self.text, self.is_current)
        before = self.resting_descriptors()
        for spare in SPARE:
            with self.subTest(spare=spare):
                said = len(self.text())
                self.allow(spare)
                self.server.command('disconnect')
                self.server.ldif('CN=User 1', f'displayName: {spare}')
                peers = self.knock()
                self.assert_it_rests()
                if spare == 0:
                    wait_until(self.text, lambda said=said: 'Too many open files' in self.text()[said:])
                self.allow(None)
                for peer in peers:
                    peer.close()
                wait_until(self.text, self.is_current)
                self.scanctl('rescan', '--reconcile')
        # None was lost on the way.
        wait_until(lambda: f'{before}, but {self.descriptors()}', lambda: len(self.descriptors()) <= len(before))


if __name__ == '__main__':
    unittest.main(verbosity=2)

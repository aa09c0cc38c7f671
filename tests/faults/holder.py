#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Somebody else holds the database: a backup that copies it under a lock, a shell that somebody left in the middle of a transaction. scand waits a
second for it at a time, says who is in the way, goes on living, and has lost nothing when it is let in again."""

import pathlib
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
from fakedc import Running, wait_until

Running.SCAND, Running.SCANCTL, Running.FAKEDC = sys.argv[1:4]
del sys.argv[1:4]

# More than the second for which SQLite waits, several times.
HELD = 4


class Holder(Running):
    def setUp(self):
        super().setUp()
        self.start()
        wait_until(self.text, self.is_current)
        self.database = self.state / 'scand.db'

    def test_who_holds_it_longer_than_a_second_is_waited_for(self):
        other = sqlite3.connect(self.database, isolation_level=None)
        self.addCleanup(other.close)
        full = self.ask('SELECT last_full_ok FROM v_domain')
        before, said = self.ask('SELECT max(watermark) FROM v_domain'), len(self.text())
        other.execute('BEGIN IMMEDIATE')
        try:
            for number in range(1, 4):
                self.server.ldif(f'CN=User {number}', 'userPrincipalName: not a name')
            wait_until(self.text, lambda: 'another program holds the database' in self.text()[said:])
            wait_until(self.text, lambda: '"database-locked"' in self.scanctl('status', '--json'))
            # Tried again and again, and told once; what people ask is answered meanwhile, and nothing is there by halves.
            time.sleep(HELD)
            self.assertEqual(self.text()[said:].count('another program holds the database'), 1)
            self.assertEqual(self.ask('SELECT max(watermark) FROM v_domain'), before)
            self.assertNotIn('upn-invalid', self.scanctl('findings', '--json'))
        finally:
            other.execute('ROLLBACK')
        wait_until(self.text, self.is_current)
        self.assertEqual(self.scanctl('findings', '--json', '--all', '--rule', 'upn-invalid').count('"upn-invalid"'), 3)
        self.assertEqual(self.ask('SELECT last_full_ok FROM v_domain'), full, 'nothing was read anew for it')
        wait_until(self.text, lambda: 'following again' in self.text()[said:])
        wait_until(self.text, lambda: 'database-locked' not in self.scanctl('status', '--json'))

    def test_who_holds_it_for_reading_is_not_in_the_way(self):
        other = sqlite3.connect(self.database, isolation_level=None)
        self.addCleanup(other.close)
        other.execute('BEGIN')
        before = other.execute('SELECT max(watermark) FROM v_domain').fetchone()
        said = len(self.text())
        self.server.ldif('CN=User 1', 'userPrincipalName: not a name')
        wait_until(self.text, self.is_current)
        self.assertEqual(other.execute('SELECT max(watermark) FROM v_domain').fetchone(), before, 'a backup sees one moment')
        other.execute('COMMIT')
        self.assertNotIn('another program', self.text()[said:])


if __name__ == '__main__':
    unittest.main(verbosity=2)

# SPDX-License-Identifier: MIT
"""What must not hold up the daemon: a reader behind a pager, a slow disk, a great answer."""

import fcntl
import os
import sqlite3
import subprocess
import unittest

from lab import CORP, ROOT, SCANCTL, SCRATCH, Scand, addition


class Loop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()
        cls.ad = CORP.admin()

    def churn(self, name, rounds=20):
        for number in range(rounds):
            dn = f'CN={name}{number},CN=Users,{CORP.base}'
            self.ad.add_s(dn, addition(objectClass='contact', mailNickname=name))
            self.addCleanup(self.ad.delete_s, dn)

    def test_no_turn_of_the_loop_is_longer_than_50_ms(self):
        scand = Scand(CORP).start()
        self.churn('turn')
        scand.wait_current(CORP)
        self.assertLess(scand.health()['longest_turn_ms'], 50)
        self.assertEqual(scand.stop(), 0)

    def test_a_reader_behind_a_pager_holds_up_nothing(self):
        scand = Scand(CORP).start(watchdog=1)
        # Somebody went for coffee: nobody reads what scanctl writes, and the pipe is full at once.
        readable, writable = os.pipe()
        fcntl.fcntl(writable, fcntl.F_SETPIPE_SZ, 4096)
        reader = subprocess.Popen([SCANCTL, '--config', scand.config, 'findings', '--all', '--json'], stdout=writable, stdin=subprocess.DEVNULL)
        os.close(writable)
        try:
            self.churn('pager')
            scand.wait_finding('contact-not-mail-enabled', 'CN=pager19')
            self.assertIsNone(reader.poll(), 'the reader still waits for its pager')
            self.assertLess(scand.notify.longest_gap(), 0.95)
            with sqlite3.connect(scand.database) as database:
                busy, in_log, moved = database.execute('PRAGMA wal_checkpoint(PASSIVE)').fetchone()
            self.assertEqual((busy, moved), (0, in_log), 'no old snapshot keeps the log from being emptied')
        finally:
            reader.kill()
            reader.wait()
            os.close(readable)
        self.assertEqual(scand.stop(), 0)

    def test_a_slow_disk_does_not_delay_the_watchdog(self):
        library = os.path.join(SCRATCH, 'slow-disk.so')
        subprocess.run(['cc', '-shared', '-fPIC', '-o', library, os.path.join(ROOT, 'tests/integration/slow-disk.c'), '-ldl'], check=True)
        scand = Scand(CORP).start(watchdog=2, prefix=('env', f'LD_PRELOAD={library}'))
        self.churn('disk')
        scand.wait_finding('contact-not-mail-enabled', 'CN=disk19')
        self.assertLess(scand.notify.longest_gap(), 1.9)
        self.assertEqual(scand.stop(), 0)

# SPDX-License-Identifier: MIT
"""What must not hold up the daemon: a reader behind a pager, a slow disk, a great answer."""

import fcntl
import itertools
import os
import sqlite3
import subprocess
import unittest

from lab import CORP, ROOT, SCANCTL, SCRATCH, TENANT, Scand, addition, wait_until


class Loop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()
        cls.ad = CORP.admin()

    def churn(self, name, rounds=20):
        names = [f'CN={name}{number},CN=Users,{CORP.base}' for number in range(rounds)]
        for dn in names:
            self.ad.add_s(dn, addition(objectClass='contact', mailNickname=name))
            self.addCleanup(self.ad.delete_s, dn)
        return names

    @staticmethod
    def moves_all(database):
        busy, in_log, moved = database.execute('PRAGMA wal_checkpoint(PASSIVE)').fetchone()
        return (busy, moved) == (0, in_log)

    def test_a_reader_behind_a_pager_holds_up_nothing(self):
        scand = Scand(CORP).start()
        # Somebody went for coffee: nobody reads what scanctl writes, and the pipe is full at once.
        readable, writable = os.pipe()
        fcntl.fcntl(writable, fcntl.F_SETPIPE_SZ, 4096)
        reader = subprocess.Popen([SCANCTL, '--config', scand.config, 'findings', '--all', '--json'], stdout=writable, stdin=subprocess.DEVNULL)
        os.close(writable)
        try:
            self.churn('pager')
            scand.wait_finding('contact-not-mail-enabled', 'CN=pager19')
            # The daemon itself may just be at it.
            with sqlite3.connect(scand.database) as database:
                wait_until('no old snapshot keeps the log from being emptied', lambda: self.moves_all(database))
            self.assertIsNone(reader.poll(), 'the reader still waits for its pager')
        finally:
            reader.kill()
            reader.wait()
            os.close(readable)
        self.assertEqual(scand.stop(), 0)

    def test_a_slow_disk_does_not_delay_the_watchdog(self):
        library = os.path.join(SCRATCH, 'slow-disk.so')
        subprocess.run(['cc', '-shared', '-fPIC', '-o', library, os.path.join(ROOT, 'tests/integration/slow-disk.c'), '-ldl'], check=True)
        log = os.path.join(SCRATCH, 'slow-disk.log')
        scand = Scand(CORP).start(watchdog=2, prefix=('env', f'LD_PRELOAD={library}', f'SLOW_DISK_LOG={log}'))
        ready = scand.notify.times_of('READY')[0]

        def waits():
            with open(log, encoding='ascii') as file:
                return [at for line in file if (at := float(line)) > ready]

        # A commit does not wait for the disk; moving the log into the database does, once there is enough of it. A thousand
        # people whose domain is verified no longer, and is again, make enough of it soon.
        foreign = TENANT.replace('contoso.com', 'contoso.example')
        for is_foreign in itertools.islice(itertools.cycle((True, False)), 40):
            scand.write_config(CORP.section(), tenant=foreign if is_foreign else TENANT)
            scand.ctl('reload')
            scand.wait_until('what the reload found', lambda: (scand.health()['findings']['error'] > 500) == is_foreign)
            if len(waits()) >= 3:
                break
        self.assertGreaterEqual(len(waits()), 3, 'the disk was never waited for')
        pings = scand.notify.wait_pings(5)
        # A ping is due each second and the disk takes a fifth of one. How long a second is on a busy machine does not matter here,
        # only that the daemon turns to its timer between any few waits for the disk.
        between = [sum(sooner < at <= later for at in waits()) for sooner, later in zip(pings, pings[1:])]
        self.assertLessEqual(max(between), 8)
        self.assertEqual(scand.stop(), 0)

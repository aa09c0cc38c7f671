#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One scand follows many domains whose servers misbehave, each in a way of its own, next to one whose server does not.

While a server misbehaves, nothing of its answers may be kept; once it is well again, its domain must stand in the database
exactly as the one that was well all the time. First reads, deltas, and servers that are not what they should be.
"""

import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from fakedc import PATIENCE, FakeDc, wait_until

SCAND, FAKEDC = sys.argv[1:3]
del sys.argv[1:3]

PEOPLE = 60

# Misbehaviour that lasts until it is ended: the domain must not become ready meanwhile.
LASTING = {
    'endless': 'endless',
    'wrong-cookie': 'wrong-cookie',
    'no-cookie': 'no-cookie',
    'empty': 'empty',
    'referral': 'referral',
    'extended': 'extended 12',
    'busy-page': 'result 51 3',
    'denied': 'search-result 50',
    'silence': 'silence',
    'stall': 'stall-bytes 9000',
    'not-ad': 'not-ad',
    'not-synced': 'not-synced',
}

# Misbehaviour that happens once: the second attempt is good.
ONCE = {
    'cut-bytes': 'cut-bytes 12000',
    'cut-messages': 'cut-messages 150',
    'repeat-page': 'repeat-page 3',
    'garbage': 'garbage 300',
    'huge': 'huge 80',
    'bad-entry': 'bad-entry',
    'bad-result': 'bad-result',
    'notice': 'notice',
}

# What must disturb nothing at all.
HARMLESS = {'references': 'references', 'reorder': 'reorder', 'unknown-id': 'unknown-id', 'noise': 'noise', 'drip': 'drip 400 1'}

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix='scand-misbehaving.'))


def make_flaws(server):
    """The same in every domain: a duplicate over two attributes, a bad name, a person without primary address."""
    server.ldif('CN=User 1', f'mail: user2@{server.domain}')
    server.ldif('CN=User 3', f'userPrincipalName: not a name@{server.domain}')
    server.ldif('CN=User 4', 'displayName:: TfxsbGVyAA==')  # neither UTF-8 nor without NUL
    server.command(f'unset proxyAddresses CN=User 5,OU=People,{server.base}')
    server.command(f'fill info 300000 CN=User 6,OU=People,{server.base}')
    server.command(f'unset objectGUID CN=User 7,OU=People,{server.base}')


def change(server):
    """More than one page of changes: objects that come, go, move and change."""
    server.command('generate 25')
    server.ldif('CN=User 8', f'mail: user9@{server.domain}')
    server.ldif('CN=User 1', f'mail: user1@{server.domain}')
    server.command(f'delete CN=User 10,OU=People,{server.base}')
    server.command(f'add organizationalUnit OU=Staff,OU=People,{server.base}')
    server.command(f'rename CN=User 11,OU=People,{server.base} => CN=User 11,OU=Staff,OU=People,{server.base}')
    server.command(f'rename OU=Staff,OU=People,{server.base} => OU=Team,OU=People,{server.base}')


class Misbehaving(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        for name in 'state', 'run':
            (FOLDER / name).mkdir()
        cls.servers = {name: FakeDc(FAKEDC, FOLDER, f'{name}.example', seed=number, people=PEOPLE)
                       for number, name in enumerate(['good', *LASTING, *ONCE, *HARMLESS], 1)}
        for server in cls.servers.values():
            make_flaws(server)
        (FOLDER / 'scand.conf').write_text(
            f'[scand]\nStateDirectory={FOLDER}/state\nRuntimeDirectory={FOLDER}/run\nPageSize=10\nRequestTimeout=5\nConnectTimeout=5\n'
            + ''.join(server.section() for server in cls.servers.values())
            + '[tenant]\nInitialDomain=contoso.onmicrosoft.com\n')
        cls.log = open(FOLDER / 'log', 'w+')

    @classmethod
    def tearDownClass(cls):
        for server in cls.servers.values():
            server.close()
        cls.log.close()
        shutil.rmtree(FOLDER)

    def start(self):
        self.log_begin = self.log.seek(0, os.SEEK_END)
        self.scand = subprocess.Popen([SCAND, '--config', FOLDER / 'scand.conf'], stderr=self.log, stdout=self.log)
        self.addCleanup(self.stop)
        wait_until('scand did not start', lambda: ' started' in self.text())

    def stop(self):
        if self.scand.poll() is None:
            self.scand.send_signal(signal.SIGTERM)
            self.assertEqual(self.scand.wait(PATIENCE), 0)

    def text(self):
        return (FOLDER / 'log').read_text()[self.log_begin:]

    def query(self, sql, *arguments):
        with sqlite3.connect(f'file:{FOLDER}/state/scand.db?mode=ro', uri=True) as database:
            return database.execute(sql, arguments).fetchall()

    def ready(self):
        return {row[0] for row in self.query('SELECT domain FROM v_domain WHERE is_ready')}

    def complained(self, names):
        """The domains of which the log has said that something went wrong."""
        text = self.text()
        return {name for name in names
                if re.search(rf'{re.escape(self.servers[name].domain)}: .*, retrying in ', text)}

    def await_complaints(self, names):
        wait_until(lambda: f'no complaint about {sorted(set(names) - self.complained(names))}\n{self.text()}',
                   lambda: self.complained(names) == set(names))

    def await_caught_up(self):
        """Until all that was written is in the database, as each server's last USN."""
        def behind():
            have = dict(self.query('SELECT domain, watermark FROM v_domain WHERE is_ready'))
            return {name for name, server in self.servers.items()
                    if have.get(server.domain, -1) < int(server.command('usn')[0])}
        wait_until(lambda: f'behind: {sorted(behind())}\n{self.text()}', lambda: not behind())

    def state(self, server):
        """What stands in the database of a domain, with no name of its own in it."""
        def neutral(value):
            text = value.decode('latin-1') if isinstance(value, bytes) else value
            if not isinstance(text, str):
                return text
            # What happened is told with the time at which it was seen, and the domains are not read in the same second.
            return re.sub(r'\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?', 'TIME', text.replace(server.base, 'BASE').replace(server.domain, 'DOMAIN'))
        objects = self.query('SELECT dn, kind, deleted IS NULL, in_scope, usn_changed FROM v_object WHERE domain = ?', server.domain)
        # What is said of a domain comes a moment after it was read, and what happened has a time in it.
        findings = self.query("SELECT dn, rule, certainty, attribute, value, detail FROM v_finding WHERE domain = ? AND kind <> 'container'"
                              " AND rule NOT IN ('deleted', 'restored', 'upn-changed', 'anchor-changed')", server.domain)
        return (sorted([tuple(map(neutral, row)) for row in objects], key=repr),
                sorted([tuple(map(neutral, row)) for row in findings], key=repr))

    def check_all_as_good(self):
        objects, findings = self.state(self.servers['good'])
        self.assertGreaterEqual(len(objects), PEOPLE - 1)  # one has no GUID
        self.assertGreater(len({row[1] for row in findings}), 2)
        for name, server in self.servers.items():
            with self.subTest(name):
                mine = self.state(server)
                self.assertEqual([re.sub('DEL:[0-9a-f-]*', 'DEL', repr(row)) for row in mine[0]],
                                 [re.sub('DEL:[0-9a-f-]*', 'DEL', repr(row)) for row in objects])
                self.assertEqual(mine[1], findings)

    def test_1_first_read(self):
        for name, fault in (LASTING | ONCE | HARMLESS).items():
            self.servers[name].command(f'fault {fault}')
        self.start()

        healthy = {self.servers[name].domain for name in ['good', *ONCE, *HARMLESS]}
        wait_until(lambda: f'not ready: {sorted(healthy - self.ready())}\n{self.text()}', lambda: healthy <= self.ready())
        self.await_complaints(list(LASTING))
        self.assertEqual(self.ready(), healthy)
        shown = {row[0] for row in self.query('SELECT DISTINCT domain FROM v_object')}
        self.assertEqual(shown, healthy)

        for name in LASTING:
            self.servers[name].command('fault off')
        self.await_caught_up()
        self.check_all_as_good()

    def test_2_delta(self):
        self.start()
        self.await_caught_up()
        for name, fault in (LASTING | ONCE | HARMLESS).items():
            self.servers[name].command(f'fault {fault}')
        before = {name: self.state(self.servers[name]) for name in LASTING}
        for server in self.servers.values():
            change(server)

        # What is said of the root is looked at when connecting; and an empty delta is what most polls are, so it is believed.
        wrong = [name for name in LASTING if name not in ('not-ad', 'not-synced', 'empty')]
        self.await_complaints(wrong)
        for name in wrong:
            with self.subTest(name):
                self.assertEqual(self.state(self.servers[name]), before[name])

        for name in LASTING:
            self.servers[name].command('fault off')
        # The next change brings what was not found before: the look for late commits reaches back.
        for server in self.servers.values():
            server.ldif('CN=User 12', 'displayName: the last')
        self.await_caught_up()
        empty = self.servers['empty']
        wait_until(lambda: f'late commits were not found\n{self.text()}',
                   lambda: len(self.state(empty)[0]) == len(self.state(self.servers['good'])[0]))
        self.check_all_as_good()
        self.assertGreater(self.query('SELECT late_commits_total FROM v_domain WHERE domain = ?', empty.domain)[0][0], 20)

    def test_3_servers_that_were_restored(self):
        """One from a snapshot, and nobody told it; one properly, with a new invocationId."""
        snapshot, restored = self.servers['references'], self.servers['noise']
        self.start()
        self.await_caught_up()
        before = self.state(snapshot)
        usn = int(snapshot.command('usn')[0])

        snapshot.command('usn 10100')
        restored.command('invocation')
        self.await_complaints(['references'])
        self.assertEqual(self.state(snapshot), before)
        # Its numbers are used again by then: there is no telling what was missed.
        snapshot.command(f'usn {usn + 10}')
        snapshot.ldif('CN=User 13', 'displayName: written after')
        restored.ldif('CN=User 13', 'displayName: written after')
        snapshot.command('invocation')
        wait_until(lambda: f'not read again\n{self.text()}',
                   lambda: all(re.search(rf'{server.domain}: read completely', self.text())
                               for server in (snapshot, restored)))
        self.await_caught_up()
        self.assertEqual(self.state(snapshot)[1], self.state(restored)[1])

    def seen(self, server, rdn):
        return self.query('SELECT 1 FROM v_object WHERE dn = ? AND deleted IS NULL', f'{rdn},OU=People,{server.base}') == [(1,)]

    def test_4_late_commits_and_rights_that_change(self):
        late, hidden = self.servers['good'], self.servers['noise']
        # A database that has never seen it: one that has keeps it, as a server without a vector may be behind.
        shutil.rmtree(FOLDER / 'state')
        (FOLDER / 'state').mkdir()
        hidden.command(f'hide CN=User 20,OU=People,{hidden.base}')
        self.start()
        self.await_caught_up()

        # The first of two writes commits after the second one was read.
        usn = int(late.command('usn')[0]) + 1
        late.command(f'usn {usn}')
        late.ldif('CN=User 12', 'displayName: the second')
        self.await_caught_up()
        late.command(f'late {usn} dn: CN=User 13,OU=People,{late.base}\\nmail: late@{late.domain}')
        wait_until(lambda: f'not found\n{self.text()}', lambda: self.query(
            'SELECT late_commits_total FROM v_domain WHERE domain = ?', late.domain) == [(1,)])

        # What comes into sight by rights has no USN: a full read tells, as after a restore.
        self.assertFalse(self.seen(hidden, 'CN=User 20'))
        self.assertTrue(self.seen(hidden, 'CN=User 21'))
        hidden.command(f'show CN=User 20,OU=People,{hidden.base}')
        hidden.command('invocation')
        wait_until(lambda: f'not seen\n{self.text()}', lambda: self.seen(hidden, 'CN=User 20'))
        self.await_caught_up()


if __name__ == '__main__':
    unittest.main(verbosity=2)

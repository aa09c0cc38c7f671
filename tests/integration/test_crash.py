# SPDX-License-Identifier: MIT
"""kill -9 at random instants, a hundred times, while the directory changes: then the same state as a fresh read, and everything that
happened was told. SCAND_TEST_KILLS=200 is the long form."""

import collections
import os
import random
import re
import threading
import time
import unittest

import ldap
from ldap.controls import RequestControl

from lab import CORP, SEED, Scand, addition, comparable, modification, wait_until

KILLS = int(os.environ.get('SCAND_TEST_KILLS', '100'))


class Writer(threading.Thread):
    """Changes a small world without pause: adds, deletes, renames, moves, and hands few addresses around among many holders."""

    def __init__(self, top):
        super().__init__(daemon=True)
        self.top = top
        self.random = random.Random(SEED)
        self.ending = threading.Event()
        self.operations = 0
        self.error = None
        self.folders = [f'OU=Start{number},{top}' for number in range(4)]
        self.objects = []

    def run(self):
        connection = CORP.admin()
        try:
            for dn in self.folders:
                connection.add_s(dn, addition(objectClass='organizationalUnit'))
            while not self.ending.is_set():
                self.random.choice((self.add, self.change, self.change, self.change, self.change, self.move, self.delete, self.rename_folder))(
                    connection)
                self.operations += 1
                time.sleep(0.01)
        except ldap.LDAPError as error:
            self.error = error
        connection.unbind_s()

    def end(self):
        self.ending.set()
        self.join()

    def address(self):
        return f'crash{self.random.randrange(40)}@partner.com'

    def add(self, connection):
        if len(self.objects) > 120:
            return
        name = f'crash{self.operations}'
        dn = f'CN={name},{self.random.choice(self.folders)}'
        if self.random.random() < 0.3:
            entry = {'objectClass': 'group', 'sAMAccountName': name, 'groupType': self.random.choice(('8', '-2147483640'))}
        else:
            entry = {'objectClass': 'contact'}
        connection.add_s(dn, addition(**entry))
        self.objects.append(dn)

    def change(self, connection):
        if not self.objects:
            return
        primary = self.address()
        proxies = {f'SMTP:{primary}', *(f'smtp:{self.address()}' for _ in range(self.random.randrange(3)))}
        values = {
            'mail': self.random.choice((None, [primary], [self.address()])),
            'proxyAddresses': self.random.choice((None, sorted(proxies))),
            'mailNickname': self.random.choice((None, ['crash'])),
        }
        connection.modify_s(self.random.choice(self.objects), modification(**values))

    def move(self, connection):
        if self.objects:
            index = self.random.randrange(len(self.objects))
            rdn = f'CN=moved{self.operations}'
            folder = self.random.choice(self.folders)
            connection.rename_s(self.objects[index], rdn, folder)
            self.objects[index] = f'{rdn},{folder}'

    def delete(self, connection):
        if len(self.objects) > 20:
            connection.delete_s(self.objects.pop(self.random.randrange(len(self.objects))))

    def rename_folder(self, connection):
        index = self.random.randrange(len(self.folders))
        old, rdn = self.folders[index], f'OU=Folder{self.operations}'
        connection.rename_s(old, rdn)
        self.folders[index] = new = f'{rdn},{self.top}'
        self.objects = [dn.removesuffix(old) + new if dn.endswith(',' + old) else dn for dn in self.objects]


class Crash(unittest.TestCase):
    def test_a_hundred_kills_under_writes_end_as_a_fresh_read(self):
        CORP.start()
        connection = CORP.admin()
        top = f'OU=Crash,{CORP.base}'
        self.addCleanup(connection.unbind_s)
        connection.add_s(top, addition(objectClass='organizationalUnit'))
        self.addCleanup(connection.delete_ext_s, top, serverctrls=[RequestControl('1.2.840.113556.1.4.805', True, None)])
        writer = Writer(top)
        self.addCleanup(writer.end)
        writer.start()
        chance = random.Random(SEED + 1)
        scand = Scand(CORP)
        for number in range(1, KILLS + 1):
            # From before the database is open until well into following, which on a busy machine takes its time.
            seconds, state = chance.choice(((0.04, None), (0.6, None), (0.6, 'following')))
            scand.start(wait=state)
            time.sleep(seconds * chance.random())
            self.assertIsNone(scand.process.poll(), scand.log()[-2000:])
            scand.kill()
            # However slow the directory is just now: a few changes lie between any two kills.
            wait_until('the next writes', lambda: writer.error or writer.operations > number * 5)
        writer.end()
        self.assertIsNone(writer.error)

        scand.start()
        scand.wait_current(CORP)
        fresh = Scand(CORP).start()
        fresh.wait_current(CORP)
        try:
            self.assertEqual(comparable(scand), comparable(fresh))
            self.assertEqual(_objects(scand), _objects(fresh))
            self.assertEqual(scand.json('status')['missed_changes_total'], 0)
            self.assertGreater(len(scand.findings('--ou', top)), 5, 'the small world has conflicts to compare')
            happened = _happened(scand)
            self.assertTrue(happened, 'the small world has events to tell')
            scand.wait_until(lambda: f'told: {happened - _told(scand)}', lambda: not happened - _told(scand))
        finally:
            self.assertEqual((scand.stop(), fresh.stop()), (0, 0))
        self.assertEqual(scand.query('PRAGMA integrity_check'), [('ok',)])


def _objects(daemon):
    return sorted(daemon.query('SELECT guid, dn, kind, excluded FROM v_object WHERE deleted IS NULL'))


# How an event is told; see daemon/publish.c.
SENTENCES = {
    'opened': 'opened {severity} {rule}: {about}{dn}', 'closed': 'closed {rule}: {about}{dn}', 'deleted': 'deleted: {dn}',
    'restored': 'restored: {dn}', 'moved': 'renamed or moved: {dn}', 'upn-changed': 'another userPrincipalName: {dn}',
}


def _happened(daemon):
    """Each sentence that the event log gives, and how often."""
    sentences = collections.Counter()
    for kind, severity, rule, attribute, dn in daemon.query('SELECT type, severity, rule, attribute, dn FROM v_event'):
        if kind in SENTENCES:
            about = f'{attribute} of ' if attribute else ''
            sentences[SENTENCES[kind].format(severity=severity, rule=rule, about=about, dn=dn)] += 1
    return sentences


def _told(daemon):
    """The same of what was written to the log, by all the processes."""
    return collections.Counter(re.findall(rf'^scand: {re.escape(CORP.realm)}: (.*)$', daemon.log(), re.MULTILINE))

# SPDX-License-Identifier: MIT
"""kill -9 at random instants, a hundred times, while the directory changes: then the same state as a fresh read, and everything that
happened was told. SCAND_TEST_KILLS=200 is the long form."""

import collections
import os
import random
import re
import time
import unittest

from ldap.controls import RequestControl

from lab import CORP, SEED, Scand, addition, comparable, wait_until
from writer import Writer

KILLS = int(os.environ.get('SCAND_TEST_KILLS', '100'))


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
            wait_until('the next writes', lambda: writer.error or writer.changes > number * 5)
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

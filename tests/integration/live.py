#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is asked of a running scand: to live with findings, until the day is over; and to be watched.

The domain is a fake domain controller's; daemon, scanctl and check_scand are the real ones.
"""

import json
import os
import pathlib
import pwd
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from fakedc import PATIENCE, FakeDc, wait_until

SCAND, SCANCTL, CHECK_SCAND, FAKEDC = sys.argv[1:5]
del sys.argv[1:5]

BASE = 'DC=corp,DC=example'
BAD = 205  # more than one request to the daemon takes


class Running(unittest.TestCase):
    """A daemon that follows its domains, each of a fake domain controller: corp.example, and what OTHERS names."""

    OTHERS = ()

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix='scand-live.'))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for name in 'state', 'run':
            (cls.folder / name).mkdir()
        cls.servers = {}
        for name in ('corp.example', *cls.OTHERS):
            cls.servers[name] = FakeDc(FAKEDC, cls.folder, name, seed=len(cls.servers) + 1, people=BAD + 5)
            cls.addClassCleanup(cls.servers[name].close)
        sections = {name: server.section() for name, server in cls.servers.items()}
        for number in range(1, BAD + 1):
            cls.command(f'ldif dn: CN=User {number},OU=People,{BASE}\\nuserPrincipalName: not a name {number}@corp.example')
        cls.config = cls.folder / 'scand.conf'
        cls.sections = sections
        cls.write_config(sections)
        cls.log = open(cls.folder / 'log', 'w')
        cls.addClassCleanup(cls.log.close)
        cls.start()
        cls.addClassCleanup(cls.stop)
        wait_until(lambda: (cls.folder / 'log').read_text(), lambda: len(cls.query('SELECT 1 FROM v_domain WHERE is_ready')) == len(sections))

    @classmethod
    def write_config(cls, names):
        cls.config.write_text(f'[scand]\nStateDirectory={cls.folder}/state\nRuntimeDirectory={cls.folder}/run\n' +
                              ''.join(cls.sections[name] for name in names) + '[tenant]\nInitialDomain=contoso.onmicrosoft.com\n')

    @classmethod
    def command(cls, line, domain='corp.example'):
        cls.servers[domain].command(line)

    @classmethod
    def start(cls):
        cls.scand = subprocess.Popen([SCAND, '--config', cls.config], stderr=cls.log, stdout=cls.log)

    @classmethod
    def stop(cls):
        if cls.scand.poll() is None:
            cls.scand.send_signal(signal.SIGTERM)
            cls.scand.wait(PATIENCE)

    @classmethod
    def query(cls, sql, *arguments):
        if not (cls.folder / 'state/scand.db').exists():
            return []
        with sqlite3.connect(f'file:{cls.folder}/state/scand.db?mode=ro', uri=True) as database:
            try:
                return database.execute(sql, arguments).fetchall()
            except sqlite3.OperationalError:
                return []  # it is being made
            finally:
                database.commit()

    def run_scanctl(self, *arguments, user=None):
        return subprocess.run([SCANCTL, '--config', self.config, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False,
                              user=user, extra_groups=[] if user is not None else None, env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC'})

    def scanctl(self, *arguments, code=0, user=None):
        done = self.run_scanctl(*arguments, user=user)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def findings(self, *arguments):
        return json.loads(self.scanctl('findings', '--json', '--rule', 'upn-invalid', *arguments))['findings']

    def health(self):
        return json.loads((self.folder / 'run/health.json').read_text())

    def counted(self, n):
        """Until health.json, the metrics and check_scand count so many."""
        def seen():
            metrics = re.search(r'^scand_rule_findings\{rule="upn-invalid"\} (\d+)$', (self.folder / 'run/scand.prom').read_text(), re.MULTILINE)
            plugin = subprocess.run([CHECK_SCAND, '--file', self.folder / 'run/health.json', '--rule', 'upn-invalid', '-w', '0'],
                                    capture_output=True, text=True, check=False, timeout=PATIENCE).stdout
            counted = re.search(r"'?upn-invalid'?=(\d+);", plugin)
            return (self.health()['rules'].get('upn-invalid', 0), int(metrics[1]), int(counted[1]) if counted else plugin)
        wait_until(lambda: f'{n} counted, but {seen()}', lambda: seen() == (n, n, n))


class Live(Running):
    def tearDown(self):
        if self.query('SELECT 1 FROM v_acceptance'):
            self.scanctl('accept', '--all', '--undo', code=0)

    def test_what_is_accepted_is_counted_nowhere_and_shown_where_it_is_asked_for(self):
        before = self.findings()
        self.assertEqual(len(before), BAD)
        self.counted(BAD)
        one = before[0]['id']
        said = self.scanctl('accept', one, '--until', '30d', '--why', 'gone by spring; 100% sure, ä')
        self.assertIn('1 finding is accepted until ', said)
        self.assertNotIn(one, {f['id'] for f in self.findings()})
        self.counted(BAD - 1)

        shown = self.findings('--accepted')
        self.assertEqual([f['id'] for f in shown], [one])
        accepted = shown[0]['accepted']
        self.assertEqual((accepted['why'], accepted['uid']), ('gone by spring; 100% sure, ä', os.getuid()))
        self.assertTrue(accepted['who'])
        self.assertIn(accepted['who'], self.scanctl('findings', '--accepted'))
        dn = shown[0]['dn']
        self.assertIn(accepted['why'], self.scanctl('show', dn))
        self.assertIn(accepted['why'], self.scanctl('report'))
        self.assertIn('accepted', {e['event'] for e in json.loads(self.scanctl('history', '--json', dn))['objects'][0]['events']})

        text = (self.folder / 'log').read_text
        wait_until(text, lambda: f'by {accepted["who"]}: upn-invalid on ' in text())
        self.assertNotIn('gone by spring', text())

        self.assertIn('1 finding is no longer accepted', self.scanctl('accept', '--undo', one))
        self.assertEqual(self.findings(), before)
        self.counted(BAD)

    def test_many_are_chosen_as_findings_chooses_them(self):
        said = self.scanctl('accept', '--rule', 'upn-invalid', '--text', 'name 200@', '--until', '2d', '--why', 'x', '--dry-run')
        self.assertIn('This would be 1 finding', said)
        self.assertEqual(len(self.findings()), BAD)

        said = self.scanctl('accept', '--rule', 'upn-invalid', '--until', '2d', '--why', 'x')
        self.assertRegex(said, rf'(?s)This is {BAD} findings:.*{BAD}  upn-invalid.*{BAD} findings are accepted until ')
        self.assertEqual(self.findings(), [])
        self.counted(0)
        self.assertIn(f'{BAD} findings are no longer accepted', self.scanctl('accept', '--rule', 'upn-invalid', '--undo'))
        self.counted(BAD)

    def test_it_holds_over_a_restart_and_while_the_finding_is_away(self):
        dn = f'CN=User 3,OU=People,{BASE}'
        one = next(f['id'] for f in self.findings() if f['dn'] == dn)
        self.scanctl('accept', one, '--until', '2d', '--why', 'x')
        self.command(f'ldif dn: {dn}\\nuserPrincipalName: user3@corp.example')
        wait_until('it did not close', lambda: not self.findings('--accepted'))
        self.stop()
        self.start()
        self.command(f'ldif dn: {dn}\\nuserPrincipalName: not a name 3@corp.example')
        wait_until(lambda: (self.folder / 'log').read_text(), lambda: [f['id'] for f in self.findings('--accepted')] == [one])
        self.assertEqual(len(self.findings()), BAD - 1)

        self.command(f'ldif dn: {dn}\\nuserPrincipalName: user3@corp.example')
        wait_until('it did not close', lambda: not self.findings('--accepted'))
        self.assertIn('1 finding is no longer accepted', self.scanctl('accept', '--undo', one))
        self.command(f'ldif dn: {dn}\\nuserPrincipalName: not a name 3@corp.example')
        wait_until('it did not open', lambda: len(self.findings()) == BAD)

    def accept_briefly(self, finding):
        """Until when it holds. On a busy machine some seconds may be over before the daemon hears of them."""
        for seconds in 3, 10, 30, 90:
            now = int(time.time())
            done = self.run_scanctl('accept', finding, '--until', f'{seconds}s', '--why', 'briefly')
            if 'that day is over' not in done.stderr:
                break
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return now + seconds

    def test_the_day_comes_and_it_counts_again_with_an_event(self):
        one = self.findings()[0]
        until = self.accept_briefly(one['id'])
        wait_until('it is accepted still', lambda: len(self.findings()) == BAD)
        self.assertGreaterEqual(time.time(), until)
        self.counted(BAD)
        kinds = [row[0] for row in self.query("SELECT type FROM v_event WHERE finding = ? AND why = 'briefly'", one['id'])]
        self.assertEqual(kinds, ['accepted', 'acceptance-expired'])
        text = (self.folder / 'log').read_text
        wait_until(text, lambda: 'which is over: upn-invalid on ' in text())

    def test_what_ended_while_the_daemon_was_away_ends_when_it_is_back(self):
        one = self.findings()[0]['id']
        self.scanctl('accept', one, '--until', '2d', '--why', 'away')
        self.stop()
        # As if it had been away for so long.
        database = sqlite3.connect(self.folder / 'state/scand.db')
        with database:
            database.execute('UPDATE acceptance SET until = ?', (int(time.time()) - 1,))
        database.close()
        self.assertEqual(len(self.findings()), BAD - 1)
        self.start()
        wait_until('it is accepted still', lambda: len(self.findings()) == BAD)

    def test_who_may_not_is_told_so(self):
        if os.geteuid() != 0:
            self.skipTest('only root can be somebody else')
        nobody = pwd.getpwnam('nobody').pw_uid
        for path in self.folder, self.folder / 'state', self.folder / 'run':
            path.chmod(0o755)
        for path in [self.config, *(self.folder / 'state').glob('scand.db*')]:
            path.chmod(0o666)  # who reads the database need not be who may change it
        one = self.findings()[0]['id']
        said = self.scanctl('accept', one, '--until', '2d', '--why', 'x', code=2, user=nobody)
        self.assertRegex(said, 'may not talk to scand|does not allow it|cannot')
        self.assertEqual(len(self.findings()), BAD)

    def test_nothing_is_accepted_by_leaving_something_out(self):
        for arguments, words in [
                ((), 'which findings'), (('--rule', 'upn-invalid'), 'needs --until'), (('--rule', 'upn-invalid', '--until', '2d'), 'needs --why'),
                (('--rule', 'upn-invalid', '--until', 'yesterday', '--why', 'x'), 'a date to come'),
                (('--rule', 'upn-invalid', '--until', '2d', '--why', 'x\ny'), 'a line of text'),
                (('--rule', 'upn-invalid', '--undo', '--why', 'x'), '--undo goes without'),
                (('anna', '--until', '2d', '--why', 'x'), '16 hex digits'), (('0123456789abcdef', '--until', '2d', '--why', 'x'), 'no finding with this id'),
                (('0123456789abcdef', '--undo'), 'no finding with this id is accepted'),
                (('0123456789abcdef', '--rule', 'upn-invalid', '--until', '2d', '--why', 'x'), 'either a finding or options')]:
            with self.subTest(arguments):
                self.assertIn(words, self.scanctl('accept', *arguments, code=2))
        self.assertIn('no findings are chosen', self.scanctl('accept', '--text', 'nobody at all', '--until', '2d', '--why', 'x', code=1))
        self.assertEqual(len(self.findings()), BAD)

    # --- watch ---

    def watch(self, *arguments, is_idle=True):
        """The program, and a function that waits for its next line."""
        process = subprocess.Popen([SCANCTL, '--config', self.config, 'watch', *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, bufsize=1, env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC'})
        def end():
            if process.poll() is None:
                process.kill()
            process.communicate()
        self.addCleanup(end)
        # It has looked where the log ends when it sleeps.
        if is_idle:
            wait_until('it does not wait', lambda: process.poll() is not None or self.sleeps_in_poll(process.pid))
        return process

    @staticmethod
    def sleeps_in_poll(pid):
        try:
            return pathlib.Path(f'/proc/{pid}/wchan').read_text().startswith(('poll', 'do_sys_poll', 'do_poll')) or \
                pathlib.Path(f'/proc/{pid}/syscall').read_text().split()[0] in ('7', '271')
        except OSError:
            return False

    def next_line(self, process):
        self.assertTrue(select.select([process.stdout], [], [], PATIENCE)[0], 'nothing was printed')
        return process.stdout.readline()

    def set_login(self, number, name):
        self.command(f'ldif dn: CN=User {number},OU=People,{BASE}\\nuserPrincipalName: {name}@corp.example')

    def test_watch_tells_as_it_happens_and_goes_on_over_a_restart(self):
        process = self.watch('--json', '--rule', 'upn-invalid')
        text = self.watch('--rule', 'upn-invalid')
        other = self.watch('--rule', 'mail-not-primary', '--json')
        self.set_login(7, 'user7')
        closed = json.loads(self.next_line(process))
        self.assertEqual((closed['event'], closed['rule'], closed['dn'], closed['severity']),
                         ('closed', 'upn-invalid', f'CN=User 7,OU=People,{BASE}', 'error'))
        self.assertRegex(self.next_line(text), r'^20\d\d-.*Z  closed  error upn-invalid  CN=User 7,.*  userPrincipalName: not a name 7@')

        self.stop()
        self.start()
        self.set_login(7, 'not a name 7')
        opened = json.loads(self.next_line(process))
        self.assertEqual((opened['event'], opened['finding']), ('opened', closed['finding']))
        self.assertGreater(opened['id'], closed['id'])
        wait_until('it did not open', lambda: len(self.findings()) == BAD)

        for one in process, text, other:
            one.send_signal(signal.SIGINT)
            self.assertEqual((one.wait(PATIENCE), one.stderr.read()), (0, ''))
        self.assertEqual(other.stdout.read(), '')

    def test_watch_since_tells_what_was(self):
        process = self.watch('--json', '--since', '1h', '--all', is_idle=False)
        first = json.loads(self.next_line(process))
        self.assertEqual(first['event'], 'baseline')
        process.terminate()  # maybe amid a write that waits for us
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_watch_holds_nothing_open_and_does_not_ask_again_and_again(self):
        process = self.watch('--rule', 'upn-invalid')
        self.set_login(8, 'user8')
        self.assertIn('User 8', self.next_line(process))
        self.stop()
        with sqlite3.connect(self.folder / 'state/scand.db', isolation_level=None) as database:
            # Whoever has a read transaction open keeps the log from being emptied.
            wait_until('the log cannot be emptied', lambda: database.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchone()[0] == 0)
            wait_until('it does not wait', lambda: self.sleeps_in_poll(process.pid))
        database.close()

        def switches():
            status = pathlib.Path(f'/proc/{process.pid}/status').read_text()
            return int(re.search(r'^voluntary_ctxt_switches:\s+(\d+)', status, re.MULTILINE)[1])

        # What we did to the database is news to it, of which it hears when it gets the processor.
        def rests():
            before = switches()
            time.sleep(2)
            return switches() == before
        wait_until('it asks again and again', rests)

        self.start()
        self.set_login(8, 'not a name 8')
        self.assertIn('opened', self.next_line(process))
        wait_until('it did not open', lambda: len(self.findings()) == BAD)

    def test_watch_ends_when_nobody_reads_any_more(self):
        process = self.watch()
        process.stdout.close()
        self.assertEqual((process.wait(PATIENCE), process.stderr.read()), (0, ''))
        process.stdout = None


class Forgetting(Running):
    OTHERS = ('old.example',)

    def test_a_deleted_object_is_forgotten_and_no_read_brings_it_back(self):
        dn = f'CN=User 9,OU=People,{BASE}'
        guid = json.loads(self.scanctl('show', '--json', dn))['objects'][0]['guid']
        self.assertIn('is not deleted', self.scanctl('forget', dn, code=2))
        self.command(f'delete {dn}')
        wait_until('it is there still', lambda: json.loads(self.scanctl('show', '--json', guid))['objects'][0]['deleted'])
        events = json.loads(self.scanctl('history', '--json', guid))['objects'][0]['events']
        self.assertIn('deleted', {event['event'] for event in events})

        self.assertIn(f'1 object and {len(events)} events forgotten.', self.scanctl('forget', guid))
        for verb in 'show', 'history':
            self.scanctl(verb, guid, code=1)
        reads = 'SELECT last_full_ok FROM v_domain WHERE domain = ?'
        before = self.query(reads, 'corp.example')
        time.sleep(1)  # the resolution of what is compared
        self.scanctl('rescan', 'corp.example')
        wait_until('it was not read again', lambda: self.query(reads, 'corp.example') != before)
        self.scanctl('show', guid, code=1)
        text = (self.folder / 'log').read_text()
        self.assertRegex(text, rf'forgot a deleted object and {len(events)} events of it, as uid {os.getuid()} asked')

    def test_a_domain_that_left_is_kept_until_it_is_forgotten_and_may_come_again(self):
        def rows():
            return [self.query(f'SELECT count(*) FROM {table}')[0][0] for table in ('object', 'claim', 'finding', 'event', 'container')]

        def listed():
            return {row['domain']: row['state'] for row in json.loads(self.scanctl('domain', 'list', '--json'))['domains']}

        self.assertEqual(listed(), {'corp.example': 'followed', 'old.example': 'followed'})
        self.assertIn('scand follows this domain', self.scanctl('domain', 'forget', 'old.example', code=2))
        self.write_config(['corp.example'])
        self.scanctl('reload')
        self.assertEqual(listed(), {'corp.example': 'followed', 'old.example': 'kept'})
        kept = rows()

        self.assertRegex(self.scanctl('domain', 'forget', 'old.example'), r'^forgetting \d+ objects, with all that happened to them\.\n$')
        self.stop()  # amid it, most likely
        self.start()
        wait_until(lambda: f'it is there still: {listed()}', lambda: listed() == {'corp.example': 'followed'})
        for before, after in zip(kept, rows()):
            self.assertLess(after, before)
        self.assertEqual(self.query("SELECT count(*) FROM claim WHERE object >> 28 NOT IN (SELECT id FROM domain) AND object >> 28 > 0"), [(0,)])
        self.assertEqual(len(self.query("SELECT 1 FROM v_finding WHERE domain = 'corp.example' AND rule = 'upn-invalid'")), BAD - 1)

        self.write_config(['corp.example', 'old.example'])
        self.scanctl('reload')
        wait_until(lambda: f'it does not come again: {listed()}', lambda: listed() == {'corp.example': 'followed', 'old.example': 'followed'})


if __name__ == '__main__':
    unittest.main()

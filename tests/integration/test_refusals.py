# SPDX-License-Identifier: MIT
"""What scand refuses, and how it says so: another daemon, another's database, a wrong configuration; and what it never tells."""

import glob
import json
import os
import signal
import sqlite3
import subprocess
import time
import unittest

from lab import CHECK_SCAND, CORP, SCAND, Scand, addition


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()

    def refused(self, scand, *words, status=None):
        scand.start(wait=None)
        code = scand.wait_exit()
        log = scand.log()
        self.assertNotEqual(code, 0, log)
        self.assertGreater(code, 0, f'ended by a signal: {log}')
        if status is not None:
            self.assertEqual(code, status, log)
        for word in words:
            self.assertIn(word, log)

    def database_with(self, fill):
        """A daemon that finds this file as its database; the bytes must be the same afterwards."""
        scand = Scand(CORP)
        fill(scand.database)
        with open(scand.database, 'rb') as file:
            before = file.read()
        self.addCleanup(lambda: self.assertEqual(open(scand.database, 'rb').read(), before, 'it was touched'))
        return scand

    def test_a_second_daemon_on_the_same_database_is_refused(self):
        first = Scand(CORP).start()
        second = Scand(CORP)
        second.write_config(CORP.section())
        with open(second.config, encoding='utf-8') as file:
            text = file.read().replace(second.state, first.state)
        with open(second.config, 'w', encoding='utf-8') as file:
            file.write(text)
        self.refused(second, first.database)
        self.assertEqual(first.domain_health()['state'], 'following')
        self.assertEqual(first.stop(), 0)

    def test_a_file_that_is_no_database_is_left_alone(self):
        def fill(path):
            with open(path, 'wb') as file:
                file.write(b'Minutes of the meeting.\n' * 1000)
        scand = self.database_with(fill)
        self.refused(scand, scand.database)

    def test_the_database_of_another_program_is_left_alone(self):
        def fill(path):
            with sqlite3.connect(path) as database:
                database.execute('CREATE TABLE bookmark(url TEXT)')
        scand = self.database_with(fill)
        self.refused(scand, scand.database)

    def made_by_scand(self):
        made = Scand(CORP).start()
        self.assertEqual(made.stop(), 0)
        return made

    def test_the_database_of_a_newer_scand_is_left_alone(self):
        scand = self.made_by_scand()
        with sqlite3.connect(scand.database) as database:
            database.execute('PRAGMA user_version = 9999')
        self.refused(scand, scand.database, 'newer')

    def test_a_damaged_database_is_refused_by_name(self):
        scand = self.made_by_scand()
        with sqlite3.connect(scand.database) as database:
            database.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        for leftover in glob.glob(scand.database + '-*'):
            os.unlink(leftover)
        with open(scand.database, 'r+b') as file:
            file.seek(4096)
            file.write(os.urandom(4096 * 8))
        self.refused(scand, scand.database)

    def test_every_mistake_in_the_configuration_is_named_with_file_and_line(self):
        cases = {
            'Bnd=gssapi': 'Bnd',
            'Bind=kerberos': 'Bind',
            'PollInterval=fast': 'PollInterval',
            'IncludeOU=not a name': 'IncludeOU',
        }
        for line, word in cases.items():
            with self.subTest(line):
                scand = Scand(CORP, sections=[CORP.section() + line + '\n'])
                with open(scand.config, encoding='utf-8') as file:
                    number = file.read().split('\n').index(line) + 1
                self.refused(scand, f'{scand.config}:{number}', word, status=78)

    def test_a_reload_with_a_bad_file_keeps_the_running_configuration(self):
        scand = Scand(CORP).start()
        scand.write_config(CORP.section() + 'Bnd=gssapi\n')
        result = scand.ctl('reload', check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn('Bnd', result.stdout + result.stderr)
        scand.process.send_signal(signal.SIGHUP)
        scand.wait_until('the log names the mistake', lambda: 'Bnd' in scand.log())
        time.sleep(1)
        self.assertIsNone(scand.process.poll())
        self.assertEqual(scand.domain_health()['state'], 'following')
        self.assertEqual(scand.stop(), 0)

    def test_a_reload_applies_rules_and_folders_from_the_cache(self):
        scand = Scand(CORP).start()
        full = scand.domain_health()['last_full_ok']
        before = scand.finding_set()
        self.assertIn('mail-not-primary', {rule for _, rule in before})

        scand.write_config(CORP.section(), '[rule mail-not-primary]\nEnabled=no\n')
        scand.ctl('reload')
        without = {(dn, rule) for dn, rule in before if rule != 'mail-not-primary'}
        scand.wait_until('all findings but those of the rule', lambda: scand.finding_set() == without)

        oslo = f'OU=Oslo,OU=People,OU=Contoso,{CORP.base}'
        scand.write_config(CORP.section(IncludeOU=oslo))
        scand.ctl('reload')
        scand.wait_until('only Oslo', lambda: all(dn.endswith(oslo.lower()) for dn, _ in scand.finding_set()))
        self.assertTrue(scand.finding_set())

        scand.write_config(CORP.section())
        scand.process.send_signal(signal.SIGHUP)
        scand.wait_until('all findings again', lambda: scand.finding_set() == before)
        self.assertEqual(scand.domain_health()['last_full_ok'], full, 'no second read of the directory')
        self.assertEqual(scand.stop(), 0)

    def test_a_password_is_nowhere_to_be_found(self):
        secret = CORP.read('svc-scand.password')
        scand = Scand(CORP, scand='LogLevel=debug', sections=[CORP.section(
            Bind='simple', Keytab=None, BindDN=f'svc-scand@{CORP.realm}', TLS='ldaps', CAFile=CORP.file('ca.pem'),
            PasswordFile=CORP.file('svc-scand.password'))]).start()
        with open(f'/proc/{scand.process.pid}/cmdline', 'rb') as command, open(f'/proc/{scand.process.pid}/environ', 'rb') as environment:
            self.assertNotIn(secret.encode(), command.read() + environment.read())
        connection = CORP.admin()
        dn = f'CN=secret,CN=Users,{CORP.base}'
        connection.add_s(dn, addition(objectClass='contact', mailNickname='secret'))
        scand.wait_finding('contact-not-mail-enabled', dn)
        connection.delete_s(dn)
        self.assertEqual(scand.stop(), 0)
        files = [path for path in glob.glob(f'{scand.directory}/**', recursive=True) if os.path.isfile(path)]
        self.assertGreater(len(files), 3)
        for path in files:
            with open(path, 'rb') as file:
                self.assertNotIn(secret.encode(), file.read(), path)
        self.assertNotIn(secret, scand.notify.last('STATUS') or '')

    def test_check_scand_tells_a_good_daemon_from_a_stale_one(self):
        scand = Scand(CORP).start()

        def check(*options):
            result = subprocess.run([CHECK_SCAND, '--file', os.path.join(scand.runtime, 'health.json'), *options],
                                    capture_output=True, text=True, check=False)
            return result.returncode, result.stdout
        code, text = check()
        self.assertIn(code, (0, 1, 2), text)
        self.assertRegex(text.split('\n')[0], r'^SCAND (OK|WARNING|CRITICAL) - [^|;]+\|')
        scand.kill()
        with open(os.path.join(scand.runtime, 'health.json'), encoding='utf-8') as file:
            health = file.read()
        parsed = json.loads(health)
        old = os.path.join(scand.directory, 'old.json')
        parsed['next_write_due'], parsed['next_write_due_boottime'] = '2020-01-01T00:00:00Z', 1
        with open(old, 'w', encoding='utf-8') as file:
            json.dump(parsed, file)
        result = subprocess.run([CHECK_SCAND, '--file', old], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 2, result.stdout)

    def test_an_unknown_option_is_a_usage_error(self):
        self.assertEqual(subprocess.run([SCAND, '--no-such-option'], capture_output=True, check=False).returncode, 64)

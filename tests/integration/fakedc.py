# SPDX-License-Identifier: MIT
"""What the tests share that need no Samba: a fake domain controller of tests/fakedc, what is said to it, a scand that follows it, and waiting for
things to come true."""

import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

PATIENCE = 120


def wait_until(what, condition, seconds=PATIENCE):
    """The first true value of the condition; AssertionError with the words `what`, or what it returns, when it does not come."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f'not within {seconds} s: {what() if callable(what) else what}')
        time.sleep(0.05)
    return value


class FakeDc:
    """A domain controller of its own domain, with an account cn=scand and as many people as it is told."""

    def __init__(self, program, folder, domain='corp.example', *, password='secret', seed=1, people=5):
        self.domain = domain
        self.base = 'DC=' + domain.replace('.', ',DC=')
        self.ca_file = folder / f'{domain}.pem'
        self.password_file = folder / f'{domain}.password'
        self.give(password)
        self.process = subprocess.Popen(
            [program, '--domain', domain, '--ldaps', '--ca-file', self.ca_file, '--user', 'CN=scand', '--password', password,
             '--seed', str(seed), '--generate', str(people)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def give(self, password):
        """scand reads this one from now on; the server's stays what it was."""
        self.password_file.write_text(password)
        self.password_file.chmod(0o600)

    def command(self, line):
        """What fakedc's own language says; the words of its answer behind "ok"."""
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer.startswith('ok'):
            raise AssertionError(f'{line}: {answer}')
        return answer[2:].split()

    def ldif(self, rdn, *lines):
        self.command('ldif ' + '\\n'.join([f'dn: {rdn},OU=People,{self.base}', *lines]))

    def section(self):
        """Of the configuration."""
        return (f'[domain {self.domain}]\nServers=127.0.0.1:{self.port}\nBind=simple\nBindDN=CN=scand\nPasswordFile={self.password_file}\n'
                f'TLS=ldaps\nCAFile={self.ca_file}\nPollInterval=2\n')

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Running(unittest.TestCase):
    """Each test has a domain controller, and a scand that follows it once start() was called. The programs are the test's arguments."""

    SCAND = SCANCTL = FAKEDC = None
    TENANT = 'InitialDomain=contoso.onmicrosoft.com\n'
    OPTIONS = ''  # of [scand]

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='scand-running.'))
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = self.make_server()
        self.addCleanup(self.server.close)
        self.log = open(self.folder / 'log', 'ab')
        self.addCleanup(self.log.close)

    def make_server(self):
        return FakeDc(self.FAKEDC, self.folder)

    def start(self, name=''):
        """With configuration, database and health of this name; what an earlier one of the name left is there."""
        self.state, self.runtime, self.config = (self.folder / f'{name}{kind}' for kind in ('state', 'run', 'scand.conf'))
        for folder in self.state, self.runtime:
            folder.mkdir(exist_ok=True)
        self.config.write_text(f'[scand]\nStateDirectory={self.state}\nRuntimeDirectory={self.runtime}\n{self.OPTIONS}'
                               f'{self.server.section()}[tenant]\n{self.TENANT}')
        self.scand = subprocess.Popen([self.SCAND, '--config', self.config], stderr=self.log, stdout=self.log)
        self.addCleanup(self.stop, self.scand)

    def stop(self, process=None):
        process = process or self.scand
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE), 0)

    def scanctl(self, *arguments, code=0):
        """What it prints: as text, or on standard error where it fails."""
        done = subprocess.run([self.SCANCTL, '--config', self.config, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE,
                              check=False, env=os.environ | {'LC_ALL': 'C.UTF-8'})
        self.assertEqual(done.returncode, code, (arguments, done))
        return done.stderr if code else done.stdout

    def text(self):
        """Of the log."""
        return (self.folder / 'log').read_text()

    def health(self):
        try:
            return (self.runtime / 'health.json').read_bytes()
        except FileNotFoundError:
            return b''

    def wait_following(self):
        wait_until(self.text, lambda: b'"following"' in self.health())

    def ask(self, sql):
        """The one value; None while the database is being made."""
        try:
            database = sqlite3.connect(f'file:{self.state}/scand.db?mode=ro', uri=True)
        except sqlite3.OperationalError:
            return None
        try:
            return database.execute(sql).fetchone()[0]
        except sqlite3.OperationalError:
            return None
        finally:
            database.close()

    def is_current(self):
        return (self.ask('SELECT max(watermark) FROM v_domain WHERE is_ready') or 0) >= int(self.server.command('usn')[0])

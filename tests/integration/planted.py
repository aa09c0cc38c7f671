#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A planted password and a planted name: what scand writes, prints and shows of itself is searched for them.

The password is given to scand, right and wrong. The name stands in the texts with which a server refuses; they may be logged, but
monitoring must not get to see them.
"""

import os
import pathlib
import secrets
import subprocess
import sys
import unittest

from fakedc import FakeDc, Running, wait_until

Running.SCAND, Running.SCANCTL, CHECK_SCAND, Running.FAKEDC = sys.argv[1:5]
del sys.argv[1:5]

NAME = b'Telltale Person'


class Secrets(Running):
    OPTIONS = 'LogLevel=debug\n'

    def make_server(self):
        # Whatever form it would take somewhere: it has nothing that JSON, SQL or a log would escape.
        self.password = 'Planted' + secrets.token_hex(12)
        return FakeDc(self.FAKEDC, self.folder, password=self.password, people=20)

    def wait_log(self, words):
        wait_until(lambda: f'"{words}" in the log:\n{self.text()}', lambda: words in self.text())

    def printed(self):
        """What people and monitoring are shown."""
        configured = ['--config', self.config]
        commands = [[self.SCANCTL, *configured, *verb] for verb in (['status'], ['status', '--json'], ['findings', '--json', '--all'],
                                                               ['show', 'CN=User 1,OU=People,DC=corp,DC=example'])]
        commands.append([CHECK_SCAND, '--file', self.runtime / 'health.json'])
        output = b''
        for command in commands:
            result = subprocess.run(command, capture_output=True, check=False)
            output += result.stdout + result.stderr
        self.assertGreater(len(output), 200)
        return output

    def files(self):
        """All below the folder, with what is in them; once more where one of them was replaced meanwhile."""
        while True:
            try:
                return [(path, path.read_bytes()) for path in list(self.folder.rglob('*')) if path.is_file()]
            except FileNotFoundError:
                pass

    def assert_nowhere(self, planted, but=()):
        """In no file below the folder, nor in what the kernel shows of the process."""
        seen = 0
        for path, content in self.files():
            if path not in but:
                self.assertNotIn(planted, content, path)
                seen += 1
        self.assertGreater(seen, 4)  # configuration, certificate, log, database, health
        for name in 'cmdline', 'environ', 'comm':
            path = pathlib.Path(f'/proc/{self.scand.pid}/{name}')
            self.assertNotIn(planted, path.read_bytes(), path)
        self.assertNotIn(planted, self.printed())

    def test_a_right_password_is_nowhere(self):
        self.start()
        self.wait_following()
        self.assert_nowhere(self.password.encode(), but=[self.server.password_file])
        status = pathlib.Path(f'/proc/{self.scand.pid}/status').read_text()
        self.assertIn('NoNewPrivs:\t1', status)
        self.assertIn('Seccomp:\t2', status)
        limits = pathlib.Path(f'/proc/{self.scand.pid}/limits').read_text()
        self.assertRegex(limits, r'Max core file size +0 +0 ')
        # Nobody else's, database and folder; the socket is for owner and group.
        modes = {path.name: path.stat().st_mode & 0o777 for path in self.state.iterdir()}
        self.assertTrue(modes)
        self.assertFalse({name: oct(mode) for name, mode in modes.items() if mode & 0o027})

    def test_a_wrong_password_is_nowhere(self):
        wrong = 'Planted' + secrets.token_hex(12)
        self.server.give(wrong)
        self.start()
        self.wait_log('retrying in')
        wait_until(self.text, lambda: b'credentials' in self.health())
        self.assert_nowhere(wrong.encode(), but=[self.server.password_file])
        # Nothing is kept of it: the next attempt opens the file again.
        self.server.give(self.password)
        self.wait_following()
        self.assert_nowhere(self.password.encode(), but=[self.server.password_file])

    def test_a_name_in_a_servers_refusal_of_the_bind_is_not_for_monitoring(self):
        self.refuse_telling(1)

    def test_a_name_in_a_servers_refusal_of_a_search_is_not_for_monitoring(self):
        self.refuse_telling(2)

    def refuse_telling(self, what):
        self.server.command(f'fault telltale {what}')
        self.start()
        self.wait_log('retrying in')
        health = wait_until(self.text, lambda: (lambda text: text if b'"last_error":null' not in text.replace(b' ', b'') else b'')(self.health()))
        self.assertNotIn(NAME, health)
        self.assertNotIn(b'CN=', health)
        result = subprocess.run([CHECK_SCAND, '--file', self.runtime / 'health.json'], capture_output=True, check=False)
        self.assertGreater(len(result.stdout), 10)
        self.assertNotIn(NAME, result.stdout + result.stderr)
        for path, content in self.files():
            if path.name != 'log':
                self.assertNotIn(NAME, content, path)

    def test_health_names_nobody(self):
        """Every value that the directory holds about people: none of it is in health, nor in the metrics."""
        self.start()
        self.wait_following()
        health = self.health() + (self.runtime / 'scand.prom').read_bytes()
        self.assertIn(b'corp.example', health)
        for n in range(1, 21):
            for form in f'User {n}"', f'User {n},', f'user{n}@':
                self.assertNotIn(form.encode(), health)


if __name__ == '__main__':
    os.environ['LC_ALL'] = 'C.UTF-8'
    unittest.main(verbosity=2)

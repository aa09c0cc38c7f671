# SPDX-License-Identifier: MIT
"""What the tests share that need no Samba: a fake domain controller of tests/fakedc, what is said to it, and waiting for things to come true."""

import subprocess
import time

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

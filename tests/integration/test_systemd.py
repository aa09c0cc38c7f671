# SPDX-License-Identifier: MIT
"""The installed service under a real systemd, booted in a container over this machine's /usr: starts, says what it does, reloads, is
killed and restarted when it hangs, and is hardened."""

import json
import os
import shutil
import subprocess
import unittest

from lab import BUILD, CORP, SCRATCH, TENANT

# Whoever boots the container waits for this status: the driver ran to its end, whatever it found.
DRIVER_DONE = 7
EXPOSURE_LIMIT = 15  # tenths


class Systemd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which('systemd-nspawn'):
            raise unittest.SkipTest('systemd-nspawn (package systemd-container) is not installed')
        CORP.start()
        cls.root = os.path.join(SCRATCH, 'machine')
        cls.upper = os.path.join(SCRATCH, 'machine-usr')
        cls.out = cls.boot()

    @classmethod
    def boot(cls):
        """Builds the container's root, boots it once, and gives what the driver found out."""
        root = cls.root
        for folder in ('usr', 'var/log/journal', 'run', 'tmp', 'proc', 'sys', 'dev', 'root', 'out', 'etc/systemd/system/multi-user.target.wants'):
            os.makedirs(os.path.join(root, folder))
        for folder in ('bin', 'sbin', 'lib', 'lib64'):
            os.symlink(f'usr/{folder}', os.path.join(root, folder))
        for command in ((['cp', '-a', '/etc/alternatives', '/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d', f'{root}/etc/']),
                        (['cp', '/usr/lib/os-release', f'{root}/etc/os-release'])):
            subprocess.run(command, check=True)
        # As installed: the service's files go over the host's /usr, its configuration into the container's /etc.
        stage = os.path.join(SCRATCH, 'stage')
        subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--destdir', stage], check=True, stdout=subprocess.DEVNULL)
        os.makedirs(cls.upper)
        for part, target in (('usr', cls.upper), ('lib', os.path.join(cls.upper, 'lib')), ('etc', f'{root}/etc')):
            if os.path.isdir(os.path.join(stage, part)):
                subprocess.run(['cp', '-a', os.path.join(stage, part) + '/.', target], check=True)
        cls.write('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\n'
                                'systemd-network:x:998:998::/:/usr/sbin/nologin\nmessagebus:x:997:997::/:/usr/sbin/nologin\n')
        cls.write('etc/group', 'root:x:0:\nnogroup:x:65534:\nsystemd-journal:x:999:\n')
        cls.write('etc/nsswitch.conf', 'passwd: files systemd\ngroup: files systemd\nhosts: files dns\n')
        cls.write('etc/machine-id', '')
        with open(CORP.file('hosts'), encoding='ascii') as hosts:
            cls.write('etc/hosts', '127.0.0.1 localhost\n' + hosts.read())
        shutil.copy(CORP.file('resolv.conf'), os.path.join(root, 'etc/resolv.conf'))
        # Five lines, as the README has them; the keytab comes in as a credential of the service.
        cls.write('etc/scand/scand.conf', f'[domain {CORP.realm}]\nKeytab=credential:keytab\nPollInterval=2\n\n{TENANT}')
        shutil.copy(CORP.file('svc-scand.keytab'), os.path.join(root, 'etc/scand/keytab'))
        os.chmod(os.path.join(root, 'etc/scand/keytab'), 0o600)
        cls.write('etc/systemd/system/scand.service.d/test.conf', '[Service]\nWatchdogSec=10\nLoadCredential=keytab:/etc/scand/keytab\n')
        cls.write('etc/systemd/system/driver.service', '[Unit]\nAfter=basic.target\n[Service]\nType=oneshot\nExecStart=/out/driver\n'
                                                       f'ExecStartPost=/bin/systemctl --no-block exit {DRIVER_DONE}\n')
        os.symlink('../driver.service', os.path.join(root, 'etc/systemd/system/multi-user.target.wants/driver.service'))
        os.symlink('/usr/lib/systemd/system/multi-user.target', os.path.join(root, 'etc/systemd/system/default.target'))
        shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'systemd-driver'), os.path.join(root, 'out/driver'))

        result = subprocess.run(
            ['systemd-nspawn', '--directory', root, f'--overlay=/usr:{cls.upper}:/usr', '--boot', '--register=no', '--keep-unit',
             '--resolv-conf=off', '--machine', f'scand-test-{os.getpid()}', '--kill-signal=SIGRTMIN+3'],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=900, check=False)
        if result.returncode != DRIVER_DONE:
            text = result.stdout[-3000:].decode(errors='replace') + result.stderr[-1000:].decode(errors='replace')
            if 'Failed to' in text and 'Welcome' not in text:
                raise unittest.SkipTest('systemd-nspawn does not work here: ' + text.strip().split('\n')[-1])
            raise AssertionError(f'the machine ended with {result.returncode}:\n{text}\n{cls.read("transcript")}')
        with open(os.path.join(root, 'out/facts.json'), encoding='utf-8') as file:
            return json.load(file)

    @classmethod
    def write(cls, name, text):
        path = os.path.join(cls.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)

    @classmethod
    def read(cls, name):
        try:
            with open(os.path.join(cls.root, 'out', name), encoding='utf-8', errors='replace') as file:
                return file.read()
        except FileNotFoundError:
            return ''

    def fact(self, name):
        return self.out.get(name, f'(no {name} in the transcript)\n{self.read("transcript")}')

    def test_the_service_starts_follows_and_says_so(self):
        self.assertEqual(self.fact('start'), 'active')
        self.assertIn('following', self.fact('status_while_following'))
        self.assertRegex(self.fact('status_text'), r'(?i)follow|object|finding')

    def test_it_runs_as_its_own_user_without_any_capability(self):
        self.assertEqual(self.fact('user'), 'scand')
        self.assertEqual(self.fact('capabilities'), '0000000000000000')
        self.assertEqual(self.fact('seccomp'), '2')
        self.assertEqual(self.fact('state_mode'), '750 scand scand')

    def test_systemctl_reload_works_and_the_daemon_stays(self):
        self.assertEqual(self.fact('reload'), '0')
        self.assertEqual(self.fact('pid_after_reload'), self.fact('pid'))

    def test_a_hung_daemon_is_killed_by_the_watchdog_and_comes_back(self):
        self.assertEqual(self.fact('restarts'), '1')
        self.assertNotEqual(self.fact('pid_after_watchdog'), self.fact('pid'))
        self.assertIn('following', self.fact('status_after_watchdog'))

    def test_a_clean_stop_leaves_health_that_says_so(self):
        self.assertEqual(self.fact('stop_result'), 'success')
        self.assertIn('"stopped"', self.fact('health_after_stop').replace(' ', ''))

    def test_findings_are_in_the_journal_with_fields(self):
        # What systemd says of the unit is there too, and not ours.
        entries = [entry for entry in map(json.loads, self.read('journal.json').splitlines())
                   if entry.get('SYSLOG_IDENTIFIER') == 'scand']
        findings = [entry for entry in entries if 'MESSAGE_ID' in entry and 'SCAND_RULE' in entry]
        self.assertTrue(findings, 'no finding in the journal')
        for entry in findings:
            self.assertEqual(entry['_SYSTEMD_UNIT'], 'scand.service')
            self.assertEqual(entry['SCAND_DOMAIN'], CORP.realm)
            self.assertIn(entry['SCAND_EVENT'], ('baseline', 'opened', 'closed', 'summary', 'closed-summary'))
            self.assertEqual(entry.get('SCAND_GUID'), entry.get('OBJECT_GUID'))

    def test_the_unit_is_hardened(self):
        unit = next(os.path.join(base, 'scand.service') for base, _, files in os.walk(self.upper) if 'scand.service' in files)
        result = subprocess.run(['systemd-analyze', 'security', '--offline=true', f'--threshold={EXPOSURE_LIMIT}', unit],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout[-300:] + result.stderr)

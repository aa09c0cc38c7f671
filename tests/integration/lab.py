# SPDX-License-Identifier: MIT
"""What the integration suites share: lab domains, scand daemons with a place of their own, and waiting for things to come true."""

import atexit
import fcntl
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time

import ldap
import ldap.modlist

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('SCAND_BUILD', os.path.join(ROOT, 'build'))
SCAND = os.path.join(BUILD, 'daemon', 'scand')
SCANCTL = os.path.join(BUILD, 'ctl', 'scanctl')
CHECK_SCAND = os.path.join(BUILD, 'ctl', 'check_scand')
DOMAIN = os.path.join(ROOT, 'tests', 'lab', 'domain')

SEED = int(os.environ.get('SCAND_TEST_SEED', '0')) or random.SystemRandom().randrange(1, 1 << 31)

# Sockets have short path names: not below the build directory.
SCRATCH = tempfile.mkdtemp(prefix='scand-test.')
os.chmod(SCRATCH, 0o755)

TENANT = '''[tenant]
InitialDomain=contoso.onmicrosoft.com
VerifiedDomain=contoso.com fabrikam.com tailspin.com
RoutingDomain=contoso.mail.onmicrosoft.com
'''

# How many objects the domain with two domain controllers has; 50,000 in the long form.
REPLICA_OBJECTS = int(os.environ.get('SCAND_TEST_REPLICA_OBJECTS', '1000'))

# Generous: another job may have the processor. Nothing here is asserted to be fast but what says so.
PATIENCE = 120 * max(1, REPLICA_OBJECTS // 2500)


def wait_until(what, condition, seconds=PATIENCE, interval=0.05):
    """The first true value of the condition; AssertionError with the sentence `what` when it does not come."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f'not within {seconds} s: {what() if callable(what) else what}')
        time.sleep(interval)


class Domain:
    """A domain controller of tests/lab/domain, made when first started. `host` dc2 is the other one of a domain that has two."""

    running = {}

    def __init__(self, realm, address, *options, host='dc1'):
        self.realm = realm
        self.address = address
        self.options = options
        self.base = 'DC=' + realm.replace('.', ',DC=')
        self.directory = os.path.join(SCRATCH, realm if host == 'dc1' else f'{host}.{realm}')
        self.host = f'{host}.{realm}'
        self.is_running = False

    def _run(self, verb, *arguments):
        subprocess.run([DOMAIN, verb, self.directory, *arguments], check=True, stdin=subprocess.DEVNULL)

    def start(self):
        if not os.path.exists(os.path.join(self.directory, 'address')):
            self._run('create', '--realm', self.realm, '--address', self.address, *self.options)
        if not self.is_running:
            self._run('start')
            self.is_running = True
            Domain.running[self.host] = self
        return self

    def stop(self, how='stop'):
        if self.is_running:
            self._run(how)
            self.is_running = False
            Domain.running.pop(self.host, None)

    def file(self, name):
        return os.path.join(self.directory, name)

    def read(self, name):
        with open(self.file(name), encoding='utf-8') as file:
            return file.read().strip()

    def manifest(self):
        return json.loads(self.read('manifest.json'))

    def admin(self):
        """An own connection, as Administrator, over LDAPS."""
        return self._connect(f'administrator@{self.realm}', 'admin.password')

    def account(self):
        """The same as the account that scand uses."""
        return self._connect(f'svc-scand@{self.realm}', 'svc-scand.password')

    def _connect(self, user, password_file):
        connection = ldap.initialize(f'ldaps://{self.address}')
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, self.file('ca.pem'))
        connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        connection.set_option(ldap.OPT_REFERRALS, 0)
        connection.set_option(ldap.OPT_TIMEOUT, 60)
        connection.simple_bind_s(user, self.read(password_file))
        return connection

    def section(self, **options):
        """A [domain] section: GSSAPI with the keytab, unless the options say otherwise. None drops one."""
        options = {'Servers': self.host, 'Bind': 'gssapi', 'Keytab': self.file('svc-scand.keytab'), 'PollInterval': '2'} | options
        lines = [f'{name}={value}' for name, value in options.items() if value is not None]
        return '\n'.join([f'[domain {self.realm}]', *lines, ''])


def modification(**attributes):
    """The argument of modify_s(): attribute=None deletes, a list replaces."""
    return [(ldap.MOD_REPLACE, name.replace('_', '-'), None if values is None else [
        value if isinstance(value, bytes) else value.encode() for value in values]) for name, values in attributes.items()]


def addition(**attributes):
    return ldap.modlist.addModlist({
        name.replace('_', '-'): [value if isinstance(value, bytes) else value.encode() for value in
                                 (values if isinstance(values, list) else [values])] for name, values in attributes.items()})


class NotifySocket:
    """Stands for systemd: receives what the daemon says of itself, with the time it came."""

    def __init__(self, path):
        self.path = path
        self.messages = []  # (monotonic time, {name: value})
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self):
        while True:
            try:
                data, ancillary, _, _ = self.socket.recvmsg(65536, 1024)
            except OSError:
                return
            for level, kind, descriptors in ancillary:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    for offset in range(0, len(descriptors) - 3, 4):
                        os.close(int.from_bytes(descriptors[offset:offset + 4], 'little'))
            fields = dict(line.partition('=')[::2] for line in data.decode().split('\n') if line)
            self.messages.append((time.monotonic(), fields))

    def times_of(self, name):
        return [at for at, fields in self.messages if name in fields]

    def last(self, name):
        return next((fields[name] for _, fields in reversed(self.messages) if name in fields), None)

    def wait_pings(self, number):
        """The times of READY=1, from which on systemd counts, and of at least so many pings for the watchdog after it."""
        ready = self.times_of('READY')[0]
        return wait_until(lambda: f'{number} pings: {self.messages}', lambda: (
            pings if len(pings := [ready] + [at for at in self.times_of('WATCHDOG') if at > ready]) > number else None))

    def longest_gap(self):
        """Seconds between two pings for the watchdog."""
        pings = self.wait_pings(4)
        return max(later - sooner for sooner, later in zip(pings, pings[1:]))

    def close(self):
        self.socket.close()


class Scand:
    """A daemon with its own configuration, state and runtime folder. The state survives stop(), kill() and start()."""

    count = 0
    running = []

    def __init__(self, *domains, sections=None, scand='', tenant=TENANT):
        Scand.count += 1
        self.domains = domains
        self.directory = os.path.join(SCRATCH, f'scand{Scand.count}')
        self.state = os.path.join(self.directory, 'state')
        self.runtime = os.path.join(self.directory, 'run')
        for folder in (self.directory, self.state, self.runtime):
            os.makedirs(folder, mode=0o750)
        self.config = os.path.join(self.directory, 'scand.conf')
        self.scand_options = scand
        self.tenant = tenant
        self.write_config(*(sections if sections is not None else [domain.section() for domain in domains]))
        self.database = os.path.join(self.state, 'scand.db')
        self.log_path = os.path.join(self.directory, 'log')
        self.process = None
        self.notify = None

    def write_config(self, *sections, tenant=None):
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(f'[scand]\nStateDirectory={self.state}\nRuntimeDirectory={self.runtime}\n{self.scand_options}\n')
            file.write('\n'.join(sections))
            file.write('\n' + (tenant if tenant is not None else self.tenant))

    def command(self, *arguments):
        """A command in whose world the names of the daemon's domains resolve."""
        if not self.domains:
            return list(arguments)
        return [DOMAIN, 'exec', *(domain.directory for domain in self.domains), '--', *arguments]

    def start(self, wait='following', watchdog=None, prefix=()):
        environment = dict(os.environ)
        environment.pop('NOTIFY_SOCKET', None)
        if self.notify:
            self.notify.close()
            os.unlink(self.notify.path)
        self.notify = NotifySocket(os.path.join(self.directory, 'notify'))
        environment['NOTIFY_SOCKET'] = self.notify.path
        if watchdog:
            environment['WATCHDOG_USEC'] = str(int(watchdog * 1e6))
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen([*self.command(*prefix, SCAND, '--config', self.config)], env=environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        Scand.running.append(self)
        if wait:
            self.wait_state(wait)
        return self

    def _ended(self):
        if self in Scand.running:
            Scand.running.remove(self)
        process, self.process = self.process, None
        return process.returncode

    def stop(self, seconds=PATIENCE):
        """Asks it to end; its exit status."""
        if not self.process:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f'scand did not end within {seconds} s of SIGTERM; see its log:\n{self.log()[-2000:]}') from None
        return self._ended()

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self._ended()

    def wait_exit(self, seconds=PATIENCE):
        self.process.wait(seconds)
        return self._ended()

    def log(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as file:
            return file.read()

    # --- asking it

    def ctl(self, *arguments, check=True, text=True, **options):
        result = subprocess.run([SCANCTL, '--config', self.config, *arguments], capture_output=True, text=text,
                                stdin=subprocess.DEVNULL, timeout=120, check=False, **options)
        if check and result.returncode != 0:
            raise AssertionError(f'scanctl {" ".join(arguments)} ended with {result.returncode}: {result.stderr}')
        return result

    def json(self, *arguments, check=True):
        return json.loads(self.ctl(*arguments, '--json', check=check).stdout)

    def findings(self, *arguments):
        return self.json('findings', *arguments)['findings']

    def finding_set(self, *arguments):
        """{(dn in lower case, rule)} of errors and warnings about objects, by what they are and not by what happened to them."""
        past = self.past_rules()
        return {(finding['dn'].lower(), finding['rule']) for finding in self.findings(*arguments)
                if finding['kind'] != 'container' and finding['rule'] not in past}

    def past_rules(self):
        """The rules that a fresh read cannot know."""
        return {rule['rule'] for rule in self.json('rules')['rules'] if rule['basis'] != 'state'}

    def health(self):
        try:
            with open(os.path.join(self.runtime, 'health.json'), encoding='utf-8') as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def domain_health(self, name=None):
        health = self.health() or {}
        return next((domain for domain in health.get('domains', []) if name is None or domain['name'] == name), {})

    def wait_until(self, what, condition, seconds=PATIENCE):
        """wait_until() that gives up when the daemon ends, and shows what it last said."""
        def checked():
            if self.process and self.process.poll() is not None:
                raise AssertionError(f'scand ended with {self.process.returncode}:\n{self.log()[-2000:]}')
            return condition()

        return wait_until(lambda: f'{what}; health: {self.health()}; log:\n{self.log()[-2000:]}', checked, seconds)

    def wait_state(self, state, name=None, seconds=PATIENCE):
        """Until this daemon (not one before it) says that state of its domains."""
        names = [name] if name else [domain.realm for domain in self.domains] or [None]

        def reached():
            health = self.health()
            return health and health.get('pid') == self.process.pid and all(
                self.domain_health(one).get('state') == state for one in names)

        return self.wait_until(f'{names} {state}', reached, seconds)

    def wait_error(self, code=None, name=None, seconds=PATIENCE):
        """Until a domain has an error, or this one."""
        def failed():
            error = self.domain_health(name).get('last_error')
            return error and code in (None, error)

        return self.wait_until(f'the error {code or ""}', failed, seconds)

    def wait_finding(self, rule, text, present=True, seconds=PATIENCE):
        """Until a finding of the rule whose DN or value holds the text is there, or is gone."""
        def there():
            return [finding for finding in self.findings('--rule', rule, '--all')
                    if text.lower() in (finding['dn'] + ' ' + (finding['value'] or '')).lower()]

        if present:
            return self.wait_until(f'{rule} of {text} opens', there, seconds)
        self.wait_until(f'{rule} of {text} closes', lambda: not there(), seconds)
        return []

    def wait_current(self, domain, seconds=PATIENCE):
        """Until everything that was written to the domain controller before this call has been read and applied."""
        connection = domain.account()
        usn = int(connection.search_s('', ldap.SCOPE_BASE, attrlist=['highestCommittedUSN'])[0][1]['highestCommittedUSN'][0])
        connection.unbind_s()
        self.wait_until(f'watermark {usn} of {domain.realm}', lambda: self.watermark(domain) >= usn, seconds)

    def watermark(self, domain):
        rows = self.query('SELECT watermark FROM v_domain WHERE domain = ? AND is_ready', domain.realm)
        return rows[0][0] if rows else -1

    def query(self, sql, *values):
        """Through the published views, as an administrator's own SQL would."""
        database = sqlite3.connect(f'file:{self.database}?mode=ro', uri=True)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()


def expected_findings(manifest, known_rules, notices=False):
    return {(entry['dn'].lower(), entry['rule']) for entry in manifest['expected']
            if entry['rule'] in known_rules and (notices or entry['severity'] != 'notice')}


def shown_rows():
    """(rule, shown, by, words) of tests/rules/shown.tsv."""
    with open(os.path.join(ROOT, 'tests', 'rules', 'shown.tsv'), encoding='utf-8') as file:
        return [(line.rstrip('\n').split('\t') + [''] * 4)[:4] for line in file if line.strip() and not line.startswith('#')]


def comparable(daemon):
    """All findings of a daemon by what there is, notices too, without what names the moment they were opened."""
    past = daemon.past_rules()
    return sorted((finding['id'], finding['dn'], finding['rule'], finding['severity'], finding['certainty'], finding['attribute'] or '',
                   finding['value'] or '', tuple(sorted(holder['dn'] for holder in finding['others'])))
                  for finding in daemon.findings('--all') if finding['rule'] not in past)


@atexit.register
def clean_up():
    for daemon in list(Scand.running):
        daemon.kill()
    for domain in list(Domain.running.values()):
        domain.stop()
    if os.environ.get('SCAND_TEST_KEEP'):
        print(f'kept: {SCRATCH}')
    else:
        shutil.rmtree(SCRATCH, ignore_errors=True)


def reserve_block():
    """The first of ten loopback addresses for this run, reserved as reserve_address in tests/lab/lib.sh does it."""
    for number in range(51, 241, 10):
        lock = os.open(f'/tmp/scand-lab-{number}.lock', os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not any(_listens(f'127.0.0.{number + offset}', 389) for offset in range(8)):
                return number
        except BlockingIOError:
            pass
        os.close(lock)
    raise RuntimeError('all loopback addresses of the lab are taken')


def _listens(address, port):
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0


# One start for all suites.
_FIRST = reserve_block()
CORP = Domain('corp.example', f'127.0.0.{_FIRST}', '--objects', '1000', '--flaws')
TAILSPIN = Domain('tailspin.example', f'127.0.0.{_FIRST + 1}', '--objects', '100', '--no-exchange')
BIG_ADDRESS = f'127.0.0.{_FIRST + 2}'
SILENT_ADDRESS = f'127.0.0.{_FIRST + 3}'
NOBODY_ADDRESS = f'127.0.0.{_FIRST + 8}'
TWIN_REPLICA = Domain('twin.example', f'127.0.0.{_FIRST + 5}', host='dc2')
TWIN = Domain('twin.example', f'127.0.0.{_FIRST + 4}', '--objects', str(REPLICA_OBJECTS), '--flaws',
              '--replica', TWIN_REPLICA.directory, '--replica-address', TWIN_REPLICA.address)
WIRE_ADDRESSES = (f'127.0.0.{_FIRST + 6}', f'127.0.0.{_FIRST + 7}')

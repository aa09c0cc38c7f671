# SPDX-License-Identifier: MIT
"""Who is asked and who asks: fakedc that replays, and scand with a place of its own."""

import glob
import json
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
DOMAIN = 'bench.example'
BASE = 'DC=bench,DC=example'
USER = 'CN=scand'
TENANT = '''[tenant]
InitialDomain=contoso.onmicrosoft.com
VerifiedDomain=contoso.com fabrikam.com
RoutingDomain=contoso.mail.onmicrosoft.com
'''
PATIENCE = 4 * 3600  # ends what hangs: ten million objects take more than half an hour where others build beside
WATCHDOG = 10  # seconds without a sign of life that systemd would allow; the unit says 30


def wait_until(what, condition, seconds=PATIENCE, interval=0.005):
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise RuntimeError(f'not within {seconds} s: {what}')
        time.sleep(interval)
    return value


class Programs:
    def __init__(self, build):
        self.build = build
        self.scand = os.path.join(build, 'daemon/scand')
        self.scanctl = os.path.join(build, 'ctl/scanctl')
        self.check_scand = os.path.join(build, 'ctl/check_scand')
        self.fakedc = os.path.join(build, 'tests/fakedc/fakedc')
        self.plug_in = os.path.join(build, 'tests/bench/ad.so')
        for name in ('generate', 'bench-apply', 'empty-scanctl', 'empty-check'):
            setattr(self, name.replace('-', '_'), os.path.join(build, 'tests/bench', name))


def is_made(programs, path):
    """Is it there, and not by a generator of before?"""
    return os.path.exists(path) and os.path.getmtime(path) >= os.path.getmtime(programs.generate)


def made(programs, folder, form, objects):
    """The company in one form, made once."""
    path = os.path.join(folder, f'{form}-{objects}')
    if not is_made(programs, path):
        with open(path + '.new', 'wb') as file:
            subprocess.run([programs.generate, form, str(objects)], stdout=file, stderr=subprocess.DEVNULL, check=True)
        os.rename(path + '.new', path)
    return path


class Server:
    """What the clients need to know: port, certificate, password; and the process, to see what it computes."""

    url = ca_file = password_file = None
    prefix = ()  # of a command for which its names exist
    pid = 0

    def cpu(self):
        return measure.cpu_of(self.pid)

    def environment(self):
        return os.environ | {'LDAPTLS_CACERT': self.ca_file}

    def options(self):
        return {'Servers': self.url.partition('//')[2], 'Bind': 'simple', 'BindDN': USER, 'PasswordFile': self.password_file, 'TLS': 'ldaps',
                'CAFile': self.ca_file}

    def who(self):
        """The same for ldapsearch."""
        return ['-H', self.url, '-x', '-D', USER, '-y', self.password_file]

    def section(self, **options):
        options = self.options() | {'PollInterval': '2'} | options
        return '\n'.join([f'[domain {DOMAIN}]', *(f'{name}={value}' for name, value in options.items()), ''])

    def ldapsearch(self, search, low=None):
        """The command that asks for what scand asks: same attributes, filter, controls and bind."""
        filter_text = f'(&(uSNChanged>={low}){search.filter})' if low else search.filter
        return [*self.prefix, 'ldapsearch', '-LLL', '-o', 'ldif-wrap=no', *self.who(), '-b', BASE, '-E', '!pr=1000/noprompt', '-E', '!1.2.840.113556.1.4.417', filter_text, *search.attributes]


class FakeDc(Server):
    """fakedc that replays the company; the password is made for this run."""

    def __init__(self, programs, folder, objects):
        self.folder = os.path.join(folder, f'fakedc-{objects}')
        os.makedirs(self.folder, exist_ok=True)
        self.ca_file = os.path.join(self.folder, 'ca.pem')
        self.password_file = os.path.join(self.folder, 'password')
        self.password = secrets.token_hex(8)
        with open(self.password_file, 'w', opener=lambda path, flags: os.open(path, flags, 0o600), encoding='ascii') as file:
            file.write(self.password)
        command = [programs.fakedc, '--domain', DOMAIN, '--ldaps', '--ca-file', self.ca_file, '--user', USER, '--password', self.password]
        if objects:
            command += ['--replay', made(programs, folder, 'replay', objects)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        self.url = 'ldaps://127.0.0.1:' + self.process.stdout.readline().split()[1]
        if objects:
            self.command('load ' + made(programs, folder, 'containers', 0))

    def command(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer or answer[0] != 'ok':
            raise RuntimeError(f'fakedc: {line}: {answer}')
        return answer[1:]

    def n_searches(self):
        return int(self.command('count')[7])

    def usn(self):
        return int(self.command('usn')[0])

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Search:
    """What scand asks for in a full read: the filter stands in its source, the attributes in the database of one that has read."""

    def __init__(self, daemon):
        root = os.path.dirname(os.path.dirname(HERE))
        with open(os.path.join(root, 'lib/state/feed-answer.c'), encoding='utf-8') as file:
            text = re.search(r'feed_filter_names\[\] =\s*((?:"[^"]*"\s*)+);', file.read()).group(1)
        self.filter = ''.join(re.findall(r'"([^"]*)"', text))
        with open(os.path.join(root, 'lib/core/attribute.h'), encoding='utf-8') as file:
            names = {int(number): name for number, name in re.findall(r'X\((\d+), \w+, "([^":;]+)"', file.read())}
        database = sqlite3.connect(f'file:{daemon.database}?mode=ro', uri=True)
        bits = database.execute('SELECT requested FROM domain').fetchone()[0]
        database.close()
        self.attributes = [name for number, name in sorted(names.items()) if number // 8 < len(bits) and bits[number // 8] >> number % 8 & 1]


class SignsOfLife:
    """The socket that systemd gives a service, and when something came that says WATCHDOG=1."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='scand-bench.')  # sockets have short path names
        self.path = os.path.join(self.folder, 'notify')
        self.times = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self):
        while message := self.socket.recv(4096):
            if b'WATCHDOG=1' in message.split(b'\n'):
                self.times.append(time.monotonic())

    def longest_gap(self, since):
        """Seconds without one, from that moment to this."""
        times = [since, *(moment for moment in self.times if moment > since), time.monotonic()]
        return max(after - before for before, after in zip(times, times[1:]))

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(b'', self.path)
        shutil.rmtree(self.folder)


class Daemon:
    """scand with its own state; a fresh one unless the state of another is given."""

    count = 0

    def __init__(self, programs, folder, server, **options):
        Daemon.count += 1
        self.programs = programs
        self.server = server
        self.folder = os.path.join(folder, f'scand-{Daemon.count}')
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ('state', 'run'):
            os.makedirs(os.path.join(self.folder, name))
        self.config = os.path.join(self.folder, 'scand.conf')
        self.database = os.path.join(self.folder, 'state/scand.db')
        self.health_file = os.path.join(self.folder, 'run/health.json')
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(f'[scand]\nStateDirectory={self.folder}/state\nRuntimeDirectory={self.folder}/run\nLogLevel=debug\n'
                       + server.section(**options) + TENANT)
        self.process = None
        self.signs = None

    def start(self):
        environment = dict(os.environ)
        if self.signs:
            environment |= {'NOTIFY_SOCKET': self.signs.path, 'WATCHDOG_USEC': str(int(WATCHDOG * 1e6))}
        with open(os.path.join(self.folder, 'log'), 'ab') as log:
            self.process = subprocess.Popen([*self.server.prefix, self.programs.scand, '--config', self.config], env=environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def log(self):
        with open(os.path.join(self.folder, 'log'), encoding='utf-8', errors='replace') as file:
            return file.read()

    def health(self):
        try:
            with open(self.health_file, encoding='utf-8') as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def wait_following(self):
        """The moment, on the clock of the file system, in which it first said that it follows."""
        last = [None]

        def look():
            if self.process.poll() is not None:
                raise RuntimeError(f'scand ended with {self.process.returncode}:\n{self.log()[-2000:]}')
            try:
                stamp = os.stat(self.health_file).st_mtime_ns
            except FileNotFoundError:
                return None
            if stamp == last[0]:
                return None
            last[0] = stamp
            health = self.health()
            following = health.get('pid') == self.process.pid and all(domain['state'] == 'following' for domain in health['domains'])
            return stamp if following and health['domains'] else None

        return wait_until('scand follows', look) / 1e9

    def size(self):
        return sum(os.path.getsize(path) for path in glob.glob(os.path.join(self.folder, 'state/scand.db*'))) / 1e6

    def longest_turn(self, begun=0):
        """ms, by the clock of the machine and by what was computed, as its log says from that length of it on. 0: none was long enough to be told."""
        turns = [(int(wall), int(cpu)) for wall, cpu in re.findall(r'a turn of the loop took (\d+) ms, (\d+) of them', self.log()[begun:])]
        return max((wall for wall, _ in turns), default=0), max((cpu for _, cpu in turns), default=0)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            if self.process.wait() != 0:
                raise RuntimeError(f'scand ended with {self.process.returncode}:\n{self.log()[-2000:]}')
        return self

    def watch(self):
        """From its next start on it is asked for signs of life, as systemd asks."""
        self.signs = SignsOfLife()

    def judge_again(self):
        """All of the cache by another configuration, from the signal to the commit."""
        database = sqlite3.connect(f'file:{self.database}?mode=ro', uri=True)
        derivation = database.execute('SELECT derivation FROM domain').fetchone()
        with open(self.config, 'a', encoding='utf-8') as file:
            file.write('[rule displayname-missing]\nSeverity=error\n')
        begun = len(self.log())
        cpu, others, begin = measure.cpu_of(self.process.pid), measure.steal(), time.monotonic()
        self.process.send_signal(signal.SIGHUP)
        wait_until('all is judged again', lambda: database.execute('SELECT derivation FROM domain').fetchone() != derivation)
        wall, cpu = time.monotonic() - begin, measure.cpu_of(self.process.pid) - cpu
        database.close()
        turn = self.longest_turn(begun)
        return {'wall': wall, 'cpu': cpu, 'memory': measure.memory_of(self.process.pid), 'others': max(0.0, measure.steal() - others - cpu),
                'database': self.size(), 'longest_turn_ms': turn[0], 'longest_turn_cpu_ms': turn[1]}

    def remove(self):
        self.stop()
        if self.signs:
            self.signs.close()
        shutil.rmtree(self.folder)

    def full_read(self):
        """A first read, from the start of the program to the health file that says that it follows."""
        before, others = self.server.cpu(), measure.steal()
        begin = time.time()
        self.start()
        wall = self.wait_following() - begin
        cpu = measure.cpu_of(self.process.pid)
        server_cpu = self.server.cpu() - before
        turn = self.longest_turn()
        return {'wall': wall, 'cpu': cpu, 'memory': measure.memory_of(self.process.pid), 'server_cpu': server_cpu,
                'others': max(0.0, measure.steal() - others - cpu - server_cpu), 'database': self.size(),
                'longest_turn_ms': turn[0], 'longest_turn_cpu_ms': turn[1]}


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]

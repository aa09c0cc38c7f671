# SPDX-License-Identifier: MIT
"""What is measured, part by part; the goals stand here."""

import os
import re
import shutil
import sqlite3
import subprocess
import threading
import time

import measure
import peers
from measure import alternate, ratio


class Bench:
    def __init__(self, programs, folder, sizes, rounds):
        self.programs, self.folder, self.sizes, self.rounds = programs, folder, sizes, rounds
        self.series, self.ratios = [], []

    def keep(self, *series):
        for one in series:
            self.series.append(one.as_json())
            figures = ', '.join(f'{what} {value:.3f}' for what, value in self.series[-1]['median'].items())
            print(f'  {one.name}: {figures}', flush=True)

    def note(self, what, goal=None, wall=None, cpu=None, judged='wall'):
        """A line of the table. `judged` says which of the two figures the goal is about."""
        value = wall if judged == 'wall' else cpu
        self.ratios.append({'measure': what, 'goal': goal, 'wall': wall, 'cpu': cpu, 'judged': judged,
                            'verdict': None if goal is None else value <= goal})
        print(f'  {what}: {"" if wall is None else f"wall {wall:.2f} "}{"" if cpu is None else f"CPU {cpu:.2f} "}'
              f'{"" if goal is None else f"(goal {goal})"}', flush=True)


def read_by(bench, server, name, again=None):
    """A full read by a daemon that is thrown away; after it has judged all again, where there is a series for that."""
    def once():
        daemon = peers.Daemon(bench.programs, bench.folder, server)
        try:
            figures = daemon.full_read()
            if again:
                again.add(daemon.judge_again())
            return figures
        finally:
            daemon.remove()

    return name, once


def follower(bench, server, size, watched=False):
    """A daemon that has read everything: the first of a size reads, others begin with a copy of what it had."""
    daemon = peers.Daemon(bench.programs, bench.folder, server)
    if watched:
        daemon.watch()
    kept = os.path.join(bench.folder, f'state-{size}')
    if os.path.exists(kept):
        shutil.copytree(kept, os.path.join(daemon.folder, 'state'), dirs_exist_ok=True)
        daemon.start().wait_following()
        return daemon
    daemon.full_read()
    daemon.stop()
    shutil.copytree(os.path.join(daemon.folder, 'state'), kept + '.new')
    os.rename(kept + '.new', kept)
    daemon.start().wait_following()
    return daemon


def search_of(bench, server, size):
    """What scand asks this server for."""
    daemon = follower(bench, server, size)
    try:
        return peers.Search(daemon)
    finally:
        daemon.remove()


def ldapsearch(server, search, low=None):
    return lambda: measure.run(server.ldapsearch(search, low), server, env=server.environment())


MEMORY_GOALS = {100000: 80, 1000000: 200, 10000000: 600}


def compare_reads(bench, server, size, what, goal, again=None):
    # The USNs of one server are not those of another: only what was read by replay may be begun with elsewhere.
    search = search_of(bench, server, size if what == 'replay' else f'{what}-{size}')
    theirs, ours = alternate(bench.rounds, (f'ldapsearch, {what}, {size:,}', ldapsearch(server, search)),
                             read_by(bench, server, f'scand, {what}, {size:,}', again))
    bench.keep(theirs, ours)
    bench.note(f'full read of {size:,}, {what}: scand / ldapsearch', goal, ratio(ours, theirs, 'wall'), ratio(ours, theirs, 'cpu'))
    return ours


def reads(bench):
    """Full reads from the server that replays, and all rules again over what was read."""
    for size in bench.sizes:
        server = peers.FakeDc(bench.programs, bench.folder, size)
        again = measure.Series(f'all rules again, {size:,}')
        try:
            ours = compare_reads(bench, server, size, 'replay', 1.00 if size >= 100000 else None, again)
        finally:
            server.stop()
        bench.keep(again)
        bench.note(f'all rules again over {size:,} / the full read of that round', 1.0 if size >= 1000000 else None, ratio(again, ours, 'wall'),
                   ratio(again, ours, 'cpu'))
        bench.note(f'all rules again over {size:,}: longest turn of the loop, ms', 50, wall=max(run['longest_turn_ms'] for run in again.runs),
                   cpu=max(run['longest_turn_cpu_ms'] for run in again.runs), judged='cpu')
        bench.note(f'peak memory, {size:,} objects, MB', MEMORY_GOALS.get(size), wall=ours.median('memory'))
        bench.note(f'longest turn of the loop in that read, ms (goal about a busy machine: the time it computed)', 50 if size >= 100000 else None,
                   wall=max(run['longest_turn_ms'] for run in ours.runs), cpu=max(run['longest_turn_cpu_ms'] for run in ours.runs), judged='cpu')


def script(bench):
    """Against the script that an administrator would write; both must have found the same."""
    size = bench.sizes[0]
    server = peers.FakeDc(bench.programs, bench.folder, size)
    database, output = os.path.join(bench.folder, 'script.db'), os.path.join(bench.folder, 'script.out')
    try:
        search = search_of(bench, server, size)

        def once():
            for name in (database, database + '-wal', database + '-shm'):
                if os.path.exists(name):
                    os.unlink(name)
            command = [os.path.join(peers.HERE, 'admin-script.py'), server.url, server.ca_file, peers.USER, server.password_file, peers.BASE,
                       search.filter, database, *search.attributes]
            figures = measure.run(command, server, output)
            return figures | {'database': os.path.getsize(database) / 1e6}

        theirs, ours = alternate(bench.rounds, (f'python-ldap and sqlite3, {size:,}', once), read_by(bench, server, f'scand, {size:,}'))
        bench.keep(theirs, ours)
        bench.note(f'full read of {size:,}, replay: scand / the administrator\'s script', 0.10, ratio(ours, theirs, 'wall'), ratio(ours, theirs, 'cpu'))
        compare_findings(bench, server, size, output)
    finally:
        server.stop()


def compare_findings(bench, server, size, output):
    """The rules that the script knows, and what both say of them."""
    with open(output, encoding='utf-8') as file:
        theirs = {tuple(line.rstrip('\n').split('\t')) for line in file}
    daemon = follower(bench, server, size)
    try:
        database = sqlite3.connect(f'file:{daemon.database}?mode=ro', uri=True)
        rules = {rule for rule, _ in theirs}
        # What very many have for one cause scand says once more, of the domain: the script speaks of objects only.
        ours = {(rule, dn) for rule, dn in database.execute('SELECT rule, dn FROM v_finding') if rule in rules and dn != peers.BASE}
        database.close()
    finally:
        daemon.remove()
    print(f'  findings of the {len(rules)} rules that the script knows: {len(theirs)} there, {len(ours)} here, {len(theirs & ours)} the same', flush=True)
    if theirs != ours:
        raise RuntimeError(f'script and scand differ, for one in {sorted(theirs ^ ours)[:3]}')


def slapd(bench):
    """Full reads from slapd with back-mdb, dressed as AD."""
    import slapd as peer
    for size in bench.sizes:
        server = peer.Slapd(bench.programs, bench.folder, size)
        try:
            compare_reads(bench, server, size, 'slapd', 1.20 if size >= 1000000 else None)
        finally:
            server.stop()


def samba(bench):
    """Full reads from a real domain controller, by LDAPS and by Kerberos. Its objects are those of the lab."""
    import samba as peer
    size = 50000 if bench.sizes[-1] >= 50000 else bench.sizes[-1]
    server = peer.SambaDc(bench.folder, size)
    try:
        for bind in ('ldaps', 'gssapi'):
            server.use(bind)
            search = search_of(bench, server, f'samba-{size}')
            theirs, ours = alternate(bench.rounds, (f'ldapsearch, Samba, {bind}, {size:,}', ldapsearch(server, search)),
                                     read_by(bench, server, f'scand, Samba, {bind}, {size:,}'))
            bench.keep(theirs, ours)
            bench.note(f'full read of {size:,}, Samba, {bind}: scand / ldapsearch', 1.05 if size >= 50000 else None, ratio(ours, theirs, 'wall'),
                       ratio(ours, theirs, 'cpu'))
    finally:
        server.stop()


APPLY_LINE = re.compile(r'^(.+?) +(\d+) objects +([\d.]+) s, +([\d.]+) s of CPU.*longest call +([\d.]+) ms \( *([\d.]+) of CPU.*memory (\d+) MiB')


def run_apply(bench, size):
    """bench-apply: {what: figures}."""
    path = os.path.join(bench.folder, 'apply.db')
    for name in os.listdir(bench.folder):
        if name.startswith('apply.'):
            os.unlink(os.path.join(bench.folder, name))
    result = subprocess.run([bench.programs.bench_apply, str(size), path], capture_output=True, text=True, check=True)
    figures = {}
    for line in result.stdout.splitlines():
        match = APPLY_LINE.match(line)
        if match:
            what, n, wall, cpu, longest, longest_cpu, memory = match.groups()
            figures.setdefault(f'{what} {int(n):,}', []).append({
                'wall': float(wall), 'cpu': float(cpu), 'longest_ms': float(longest), 'longest_cpu_ms': float(longest_cpu), 'memory': float(memory) * 1.048576})
    return figures


def apply(bench):
    """The state layer by itself: from an answer's arrival to the committed finding."""
    by_size = {}
    for size in bench.sizes:
        series = {}
        for _ in range(max(1, bench.rounds if size < 1000000 else (bench.rounds + 1) // 2)):
            for what, runs in run_apply(bench, size).items():
                one = series.setdefault(what, measure.Series(f'{what}, of {size:,}'))
                for figures in runs:
                    one.add(figures)
        bench.keep(*series.values())
        by_size[size] = series
        if size >= 100000:
            bench.note(f'judging {size:,} objects again, MB of memory', None, wall=series[f'judged again {size:,}'].median('memory'))
        for what, one in series.items():
            if what.startswith(('delta', 'judged', 'renamed', 'read')):
                bench.note(f'{what}, of {size:,}: longest call, ms', 50, wall=max(run['longest_ms'] for run in one.runs),
                           cpu=max(run['longest_cpu_ms'] for run in one.runs), judged='cpu')
    small, large = by_size[bench.sizes[0]], by_size[bench.sizes[-1]]
    one_small, one_large, empty = small['delta 1'], large['delta 1'], large['empty commit 1']
    bench.note(f'one change, answer to committed finding: {bench.sizes[-1]:,} / {bench.sizes[0]:,}', 1.3,
               one_large.median('wall') / one_small.median('wall'), one_large.median('cpu') / one_small.median('cpu'))
    bench.note(f'one change, of {bench.sizes[-1]:,} / an empty commit', 20, ratio(one_large, empty, 'wall'), ratio(one_large, empty, 'cpu'))
    bench.note(f'an answer without changes, of {bench.sizes[-1]:,} / an empty commit', None, ratio(large['delta 0'], empty, 'wall'),
               ratio(large['delta 0'], empty, 'cpu'))


def touch(server, daemon, n):
    """n objects change; the time from the server hearing the question to the watermark standing in the database."""
    usn = int(server.command(f'touch {n}')[0])
    database = sqlite3.connect(f'file:{daemon.database}?mode=ro', uri=True)
    cpu, server_cpu = measure.cpu_of(daemon.process.pid), measure.cpu_of(server.pid)
    server.command('ldif dn: OU=Contoso,' + peers.BASE + '\\ndescription: ' + str(usn))
    peers.wait_until(f'USN {usn}', lambda: database.execute('SELECT watermark FROM v_domain').fetchone()[0] > usn, interval=0.001)
    done = time.time()
    database.close()
    return {'wall': done - float(server.command('asked')[0]) / 1e9, 'cpu': measure.cpu_of(daemon.process.pid) - cpu,
            'server_cpu': measure.cpu_of(server.pid) - server_cpu, 'memory': measure.memory_of(daemon.process.pid), 'database': daemon.size()}


def deltas(bench):
    """Changes as the daemon reads them from the server that replays, against ldapsearch with the same filter."""
    for size in bench.sizes:
        server = peers.FakeDc(bench.programs, bench.folder, size)
        daemon = follower(bench, server, size, watched=True)
        try:
            search = peers.Search(daemon)
            for n in (1, 100, 1000, 10000, 100000):
                if n > size:
                    continue
                begun, since, low = len(daemon.log()), time.monotonic(), [0]

                def ours():
                    low[0] = server.usn() + 1
                    return touch(server, daemon, n)

                mine, theirs = alternate(bench.rounds, (f'scand, {n:,} changes of {size:,}', ours),
                                         (f'ldapsearch, {n:,} changes of {size:,}', lambda: ldapsearch(server, search, low[0])()))
                bench.keep(mine, theirs)
                bench.note(f'{n:,} changes of {size:,}, replay: scand / ldapsearch with that filter', 6 if n == 1000 else None,
                           ratio(mine, theirs, 'wall'), ratio(mine, theirs, 'cpu'))
                turn = daemon.longest_turn(begun)
                bench.note(f'{n:,} changes of {size:,}: longest turn of the loop, ms', 50, wall=turn[0], cpu=turn[1], judged='cpu')
                bench.note(f'{n:,} changes of {size:,}: longest time without a sign of life, of what the watchdog allows', 1.0,
                           wall=daemon.signs.longest_gap(since) / peers.WATCHDOG)
        finally:
            daemon.remove()
            server.stop()


def polls(bench):
    """A poll with nothing changed, as the daemon computes it."""
    series, turns = [], []
    for size in bench.sizes:
        server = peers.FakeDc(bench.programs, bench.folder, size)
        daemon = follower(bench, server, size)
        one = measure.Series(f'idle poll of {size:,}')
        try:
            time.sleep(5)
            begun = len(daemon.log())
            for _ in range(bench.rounds):
                searches, cpu, server_cpu = server.n_searches(), measure.cpu_of(daemon.process.pid), measure.cpu_of(server.pid)
                peers.wait_until('three polls', lambda: server.n_searches() >= searches + 15, interval=0.2)
                polled = (server.n_searches() - searches) / 5
                one.add({'cpu': (measure.cpu_of(daemon.process.pid) - cpu) / polled, 'server_cpu': (measure.cpu_of(server.pid) - server_cpu) / polled,
                         'memory': measure.memory_of(daemon.process.pid), 'database': daemon.size()})
            turns.append((size, daemon.longest_turn(begun)))
        finally:
            daemon.remove()
            server.stop()
        series.append(one)
    bench.keep(*series)
    # Soon after a first read a poll looks at the last 10,000 USNs again: a smaller directory is looked at whole.
    bench.note(f'idle poll: {bench.sizes[-1]:,} / {bench.sizes[0]:,}', 1.3 if bench.sizes[0] >= 100000 else None, cpu=series[-1].median('cpu') / series[0].median('cpu'), judged='cpu')
    for size, turn in turns:
        bench.note(f'idle polls of {size:,}: longest turn of the loop, ms', 50, wall=turn[0], cpu=turn[1], judged='cpu')


def forget(folder):
    """Out of the page cache: the next to read is cold, as far as this machine is concerned."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, 'rb') as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def many(command, n, cold=(), codes=(0,)):
    """The median of n runs: a single one of a millisecond says nothing. `cold`: what stands in these folders is not in memory."""
    def once():
        runs = []
        for _ in range(n):
            for folder in cold:
                forget(folder)
            runs.append(measure.run(command, codes=codes))
        return {what: measure.median([one[what] for one in runs]) for what in ('wall', 'cpu', 'memory')}

    return once


def queries(bench):
    """Questions, of a small and of a large database, warm and cold."""
    sizes = (1000, bench.sizes[-1])
    asked = {}
    for size in sizes:
        server = peers.FakeDc(bench.programs, bench.folder, size)
        daemon = follower(bench, server, size)
        daemon.stop()
        server.stop()
        asked[size] = daemon
        database = sqlite3.connect(f'file:{daemon.database}?mode=ro', uri=True)
        bench.note(f'findings in {size:,} objects', None, wall=database.execute('SELECT count(*) FROM finding').fetchone()[0])
        database.close()

    def command(daemon, *words):
        return [bench.programs.scanctl, '--config', daemon.config, *words]

    def keys(size):
        database = sqlite3.connect(f'file:{asked[size].database}?mode=ro', uri=True)
        dn = database.execute("SELECT dn FROM v_object WHERE kind = 'user' AND dn LIKE 'CN=Anna % 9__,%' LIMIT 1").fetchone()[0]
        database.close()
        found = subprocess.run(command(asked[size], 'show', dn, '--json'), capture_output=True, text=True, check=True).stdout
        name = dn.partition(',')[0].split()
        number = name[-1]
        guid = re.search(r'"guid": ?"([0-9a-f-]{36})"', found).group(1)
        return {'DN': dn, 'GUID': guid, 'sAMAccountName': f'u{number}', 'address': f'a{number}@contoso.com'}

    n = 15
    verbs = {'status': ['status'], 'status --json': ['status', '--json'], 'findings, first page': ['findings']}
    for name, words in verbs.items():
        compare_query(bench, name, [(size, command(asked[size], *words)) for size in sizes], n, 1.2 if name.startswith('status') else None,
                      bench.programs.empty_scanctl if name.startswith('status') else None)
    # It is CRITICAL: scand is stopped, so that nothing else computes.
    compare_query(bench, 'check_scand', [(size, [bench.programs.check_scand, '--file', asked[size].health_file]) for size in sizes], n, 1.2,
                  bench.programs.empty_check, codes=(2,))
    by_key = {size: keys(size) for size in sizes}
    for key in by_key[sizes[0]]:
        compare_query(bench, f'show by {key}', [(size, command(asked[size], 'show', by_key[size][key])) for size in sizes], n, 1.5, None)
    large = asked[sizes[-1]]
    commands = {name: (command(large, *words), (0,)) for name, words in (verbs | {'findings, all': ['findings', '--all']} |
                {f'show by {key}': ['show', value] for key, value in by_key[sizes[-1]].items()}).items()}
    commands['check_scand'] = ([bench.programs.check_scand, '--file', large.health_file], (2,))
    for name, (words, codes) in commands.items():
        folders = (os.path.dirname(large.database), os.path.dirname(large.health_file))
        warm, cold = alternate(bench.rounds, (f'{name}, warm, {sizes[-1]:,}', many(words, 1, codes=codes)),
                               (f'{name}, cold, {sizes[-1]:,}', many(words, 1, folders, codes)))
        bench.keep(warm, cold)
        bench.note(f'{name}, cold / warm, {sizes[-1]:,}', None, ratio(cold, warm, 'wall'), ratio(cold, warm, 'cpu'))
    for daemon in asked.values():
        daemon.remove()


def compare_query(bench, name, commands, n, goal, empty, codes=(0,)):
    pairs = [(f'{name}, {size:,}', many(words, n, codes=codes)) for size, words in commands]
    if empty:
        pairs.append((f'a program that does nothing, with the libraries of {name}', many([empty], n)))
    series = alternate(bench.rounds, *pairs)
    bench.keep(*series)
    bench.note(f'{name}: {commands[1][0]:,} / {commands[0][0]:,} objects', goal, ratio(series[1], series[0], 'wall'), ratio(series[1], series[0], 'cpu'))
    if empty:
        bench.note(f'{name} / an empty program with the same libraries', 3, ratio(series[1], series[2], 'wall'), ratio(series[1], series[2], 'cpu'))


def import_tenant(bench, daemon, path):
    """An export given by scanctl, until the daemon says that it is judged: both together, and what the daemon did behind reading alone."""
    cpu, others = measure.cpu_of(daemon.process.pid), measure.steal()
    begun = len(daemon.log())
    read = []

    def watch():
        peers.wait_until('the export is read', lambda: 'is judged now' in daemon.log()[begun:], interval=0.02)
        read.extend((time.monotonic(), measure.cpu_of(daemon.process.pid)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    given = measure.run([bench.programs.scanctl, '--config', daemon.config, 'cloud', 'import', path])
    end, computed = time.monotonic(), measure.cpu_of(daemon.process.pid) - cpu
    others = max(0.0, measure.steal() - others - computed - given['cpu'])
    watcher.join()
    database = sqlite3.connect(f'file:{daemon.database}?mode=ro', uri=True)
    peers.wait_until('the former inventory is removed', lambda: database.execute(
        'SELECT (SELECT min(import) FROM cloud_object) >= (SELECT min(import) FROM cloud_part)').fetchone()[0], interval=0.2)
    database.close()
    turn = daemon.longest_turn(begun)
    return {'wall': given['wall'], 'cpu': computed + given['cpu'], 'join_wall': end - read[0], 'join_cpu': cpu + computed - read[1], 'memory': measure.memory_of(daemon.process.pid),
            'scanctl_memory': given['memory'], 'others': others,
            'longest_turn_ms': turn[0], 'longest_turn_cpu_ms': turn[1]}


def cloud(bench):
    """A tenant of as many users as the domain: read, joined and judged, against the domain's own full read."""
    users = min(300000, bench.sizes[-1])
    size = users * 20 // 17
    path = peers.made(bench.programs, bench.folder, 'tenant', size)
    server = peers.FakeDc(bench.programs, bench.folder, size)
    read, joined, again = (measure.Series(name) for name in (f'full read of {size:,} objects', f'a tenant of {users:,} users', 'the same tenant again'))
    try:
        for _ in range(max(1, bench.rounds)):
            daemon = peers.Daemon(bench.programs, bench.folder, server)
            try:
                read.add(daemon.full_read())
                joined.add(import_tenant(bench, daemon, path))
                again.add(import_tenant(bench, daemon, path))
            finally:
                daemon.remove()
    finally:
        server.stop()
    bench.keep(read, joined, again)
    bench.note(f'a tenant of {users:,} users joined to a domain of as many / its full read', 0.33 if users == 300000 else None,
               *(measure.median([run['join_' + what] / whole[what] for run, whole in zip(joined.runs, read.runs)]) for what in ('wall', 'cpu')))
    bench.note('the same and its export read twice, by scanctl and the daemon / the full read', None, ratio(joined, read, 'wall'), ratio(joined, read, 'cpu'))
    bench.note('all that with the same tenant again / the full read', None, ratio(again, read, 'wall'), ratio(again, read, 'cpu'))
    bench.note('peak memory with both, MB', 200 if users == 300000 else None, wall=max(run['memory'] for run in joined.runs + again.runs))
    bench.note('importing a tenant, and once more over it: longest turn of the loop, ms', 50, wall=max(run['longest_turn_ms'] for run in joined.runs + again.runs),
               cpu=max(run['longest_turn_cpu_ms'] for run in joined.runs + again.runs), judged='cpu')


PARTS = {'reads': reads, 'script': script, 'slapd': slapd, 'samba': samba, 'apply': apply, 'deltas': deltas, 'polls': polls, 'queries': queries, 'cloud': cloud}

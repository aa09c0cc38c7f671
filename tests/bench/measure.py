# SPDX-License-Identifier: MIT
"""Programs that run to an end, and daemons that go on: how long, how much of the processor, how much memory."""

import os
import statistics
import subprocess
import time


def median(values):
    return statistics.median(values)


def cpu_of(pid):
    """Seconds that a living process has computed, in all of its threads."""
    total = 0
    for task in os.listdir(f'/proc/{pid}/task'):
        try:
            with open(f'/proc/{pid}/task/{task}/schedstat', encoding='ascii') as file:
                total += int(file.read().split()[0])
        except FileNotFoundError:
            pass
    return total / 1e9


def memory_of(pid):
    """The most that it ever had in memory, in MB."""
    with open(f'/proc/{pid}/status', encoding='ascii') as file:
        for line in file:
            if line.startswith('VmHWM:'):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def steal():
    """Seconds that all processors have worked so far, for whomever: what others did meanwhile is the difference."""
    with open('/proc/stat', encoding='ascii') as file:
        user, nice, system = (int(word) for word in file.readline().split()[1:4])
    return (user + nice + system) / os.sysconf('SC_CLK_TCK')


def run(command, server=None, output=None, env=None, codes=(0,)):
    """A program from start to end, which must be with one of these codes: {'wall', 'cpu', 'memory', 'server_cpu', 'others'}."""
    before = server.cpu() if server else 0
    others = steal()
    with open(output or os.devnull, 'wb') as out:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, env=env)
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stderr.close()
    if process.returncode not in codes:
        raise RuntimeError(f'{command[0]} ended with {process.returncode}: {error.decode(errors="replace")[-2000:]}')
    cpu = usage.ru_utime + usage.ru_stime
    server_cpu = server.cpu() - before if server else 0
    return {'wall': wall, 'cpu': cpu, 'memory': usage.ru_maxrss * 1024 / 1e6, 'server_cpu': server_cpu,
            'others': max(0.0, steal() - others - cpu - server_cpu)}


class Series:
    """One kind of run, measured again and again: raw figures, and their medians."""

    def __init__(self, name):
        self.name = name
        self.runs = []

    def add(self, figures):
        self.runs.append(figures)
        return figures

    def median(self, what):
        return median([figures[what] for figures in self.runs])

    def as_json(self):
        return {'name': self.name, 'runs': self.runs, 'median': {what: self.median(what) for what in self.runs[0]}}


def alternate(rounds, *measurements):
    """(name, function) pairs, each function giving figures: one of each a round, in turn. The Series, in that order."""
    series = [Series(name) for name, _ in measurements]
    for _ in range(rounds):
        for one, (_, function) in zip(series, measurements):
            one.add(function())
    return series


def ratio(a, b, what):
    """Of each round by itself, and the median of those: what others do on the machine falls on both of a round."""
    return median([x[what] / y[what] if y[what] else 0.0 for x, y in zip(a.runs, b.runs)])

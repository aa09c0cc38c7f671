# SPDX-License-Identifier: MIT
"""Load that lasts: ten times the changes of a busy domain, restarts of the domain controller, questions, and a pager that nobody reads.

A busy domain is taken to have one change a second that scand gets to see. 100,000 accounts give about 9,000 lastLogonTimestamps a day, as
many again of computers, 5,000 passwords, and what staff and software write; were all of it 40,000 a day and written in ten hours, that would
be 1.1 a second.

SCAND_TEST_SOAK=3600 is the long form: an hour, and so many seconds in general. Figures are printed as the hour goes by, so that one
that was cut short has said something, too.
"""

import math
import os
import re
import sqlite3
import statistics
import subprocess
import threading
import time
import unittest

import ldap
from ldap.controls import RequestControl

from lab import CORP, SCANCTL, SEED, Scand, addition, comparable, modification
from writer import Writer

SECONDS = int(os.environ.get('SCAND_TEST_SOAK', '10'))
RATE = 10                                  # changes a second
CHANGES = SECONDS * RATE
QUESTIONS = math.ceil(SECONDS * 5000 / 3600)
RESTARTS = max(1, SECONDS // 600)
LONG = 600                                 # seconds from which on thirds of the time can be compared
LOG_LIMIT = 16 << 20                       # LOG_SIZE_LIMIT of lib/state/store.c
CACHE = 16 << 10                           # kB, cache_size there


class Staff(Writer):
    """Changes as people and software make them: much about people who are there, and few who come and go. Who is synchronised stays so:
    when hundreds leave the cloud within a day, scand has more to count, which is another matter."""

    WEIGHTS = {'touch': 60, 'change': 30, 'move': 5, 'rename_folder': 3, 'add': 1, 'delete': 1}

    def choose(self):
        if len(self.objects) < 60:
            return self.add
        return getattr(self, self.random.choices(list(self.WEIGHTS), self.WEIGHTS.values())[0])

    def touch(self, connection):
        connection.modify_s(self.random.choice(self.objects), modification(displayName=[f'crash {self.number}'], mailNickname=['crash']))
        return True

    def change(self, connection):
        primary = self.address()
        connection.modify_s(self.random.choice(self.objects), modification(
            mail=[primary], proxyAddresses=sorted({f'SMTP:{primary}', f'smtp:{self.address()}'}), mailNickname=['crash']))
        return True


class Questions(threading.Thread):
    """5,000 an hour, one after the other, each of which must be answered."""

    SOMEBODY = f'CN=Administrator,CN=Users,{CORP.base}'
    VERBS = (['status', '--json'], ['findings'], ['findings', '--json', '--all'], ['findings', '--csv', '--rule', 'mail-not-primary'],
             ['history', SOMEBODY], ['show', SOMEBODY], ['rules'], ['status', '--domains'])

    def __init__(self, scand):
        super().__init__(daemon=True)
        self.scand = scand
        self.ending = threading.Event()
        self.asked = 0
        self.refused = []

    def run(self):
        begin = time.monotonic()
        while self.asked < QUESTIONS and not self.ending.is_set():
            verb = self.VERBS[self.asked % len(self.VERBS)]
            done = self.scand.ctl(*verb, check=False)
            self.asked += 1
            # 1: nothing found, or a domain is not fresh just now: its server restarts.
            if done.returncode not in (0, 1):
                self.refused.append(f'{verb}: {done.returncode} {done.stderr}')
            self.ending.wait(max(0, begin + self.asked * SECONDS / QUESTIONS - time.monotonic()))


class Watch:
    """What the process takes, how far it is behind, and how often it polls."""

    def __init__(self, scand):
        self.scand = scand
        self.samples = []     # (time, changes, polls, seconds of processor, kB of memory of its own, descriptors, bytes of the log)
        self.lags = []        # (time, seconds)
        self.longest = 0.0    # seconds between two polls
        self.polls = 0
        self.connection = None
        self.resume()

    def resume(self):
        """After a restart of the server, when all is current."""
        self.connection = CORP.account()
        self.asked = None
        self.watermark = None
        self.polled_at = time.monotonic()

    def look(self):
        """Is what was written before the last question to the server in the database now? And then the next question."""
        now = time.monotonic()
        watermark = self.scand.watermark(CORP)
        if watermark != self.watermark:
            if self.watermark is not None:
                self.polls += 1
                self.longest = max(self.longest, now - self.polled_at)
            self.watermark, self.polled_at = watermark, now
        if self.asked and watermark >= self.asked[1]:
            self.lags.append((now, now - self.asked[0]))
            self.asked = None
        if not self.asked:
            usn = self.connection.search_s('', ldap.SCOPE_BASE, attrlist=['highestCommittedUSN'])[0][1]['highestCommittedUSN'][0]
            self.asked = (now, int(usn))

    def sample(self, changes):
        folder = f'/proc/{self.scand.process.pid}'
        with open(f'{folder}/stat', encoding='ascii') as file:
            ticks = file.read().rsplit(')', 1)[1].split()[11:13]
        with open(f'{folder}/status', encoding='ascii') as file:
            memory = int(re.search(r'RssAnon:\s+(\d+) kB', file.read())[1])
        self.samples.append((time.monotonic(), changes, self.polls, sum(map(int, ticks)) / os.sysconf('SC_CLK_TCK'), memory,
                             len(os.listdir(f'{folder}/fd')), os.path.getsize(self.scand.database + '-wal')))

    def tell(self, begin):
        last = self.samples[-1]
        lags = [lag for _, lag in self.lags]
        print(f'       {last[0] - begin:5.0f} s: {last[1]} changes, {last[2]} polls, {last[3] * 1000 / max(last[2], 1):.1f} ms of processor a poll, '
              f'{last[4] / 1024:.1f} MB, {last[5]} descriptors, log {last[6] / 1e6:.1f} MB, behind {statistics.median(lags):.1f} s '
              f'(most {max(lags):.1f} s), longest between polls {self.longest:.1f} s', flush=True)


class Soak(unittest.TestCase):
    def setUp(self):
        CORP.start()
        connection = CORP.admin()
        top = f'OU=Soak,{CORP.base}'
        connection.add_s(top, addition(objectClass='organizationalUnit'))
        connection.unbind_s()
        self.addCleanup(lambda: CORP.admin().delete_ext_s(top, serverctrls=[RequestControl('1.2.840.113556.1.4.805', True, None)]))
        self.writer = Staff(top, RATE)
        self.addCleanup(self.writer.end)
        self.scand = Scand(CORP).start()

    def open_pager(self):
        """Somebody went for coffee: the pipe is full at once, and nobody reads it."""
        readable, writable = os.pipe()
        self.addCleanup(os.close, readable)
        pager = subprocess.Popen([SCANCTL, '--config', self.scand.config, 'findings', '--all', '--json'], stdout=writable,
                                 stdin=subprocess.DEVNULL)
        os.close(writable)
        self.addCleanup(pager.wait)
        self.addCleanup(pager.kill)
        return pager

    def restart(self, watch):
        """The domain controller, while nobody writes. Where the log was before, and is when all is well again."""
        with self.writer.may_write:
            before = len(self.scand.log())
            watch.connection.unbind_s()
            CORP.stop()
            self.scand.wait_until('the loss of its server', lambda: self.scand.domain_health().get('state') != 'following', 300)
            CORP.start()
            self.scand.wait_state('following', seconds=300)
            self.scand.wait_current(CORP, seconds=300)
        watch.resume()
        return before, len(self.scand.log())

    def check_flat(self, watch, begin, end):
        """The last third of the time is as the middle one was."""
        def third(number, column):
            since, until = begin + (end - begin) * number / 3, begin + (end - begin) * (number + 1) / 3
            return [sample[column] for sample in watch.samples if since <= sample[0] <= until]

        def lag(number):
            since, until = begin + (end - begin) * number / 3, begin + (end - begin) * (number + 1) / 3
            return statistics.median(lag for at, lag in watch.lags if since <= at <= until)

        def cost(number):
            polls, seconds = third(number, 2), third(number, 3)
            return (seconds[-1] - seconds[0]) / (polls[-1] - polls[0])

        print(f'       by thirds: {[round(cost(number) * 1000, 1) for number in range(3)]} ms of processor a poll, '
              f'{[round(max(third(number, 4)) / 1024, 1) for number in range(3)]} MB, {[min(third(number, 5)) for number in range(3)]} descriptors, '
              f'behind {[round(lag(number), 1) for number in range(3)]} s')
        # What stays open; at times somebody asks, or a server is looked for, while it is counted.
        self.assertLessEqual(min(third(2, 5)), min(third(1, 5)), 'descriptors')
        # What SQLite keeps of the database grows with it up to its limit; nothing else does.
        self.assertLess(max(third(2, 4)), max(1.1 * max(third(1, 4)), watch.samples[0][4] + CACHE), 'memory')
        self.assertLess(cost(2), 1.5 * cost(1), 'processor a poll')
        self.assertLess(lag(2), 2 * lag(1) + 2, 'how far it is behind')

    def test_ten_times_a_busy_domain_with_restarts_questions_and_a_pager(self):
        print(f'       seed {SEED}: {CHANGES} changes at {RATE} a second, {QUESTIONS} questions, {RESTARTS} restarts', flush=True)
        pager = self.open_pager()
        full = self.scand.domain_health()['last_full_ok']
        watch = Watch(self.scand)
        questions = Questions(self.scand)
        begin = told = time.monotonic()
        self.writer.start()
        questions.start()
        self.addCleanup(questions.ending.set)
        quiet, outages = len(self.scand.log()), []
        while self.writer.changes < CHANGES or len(outages) < RESTARTS:
            self.assertIsNone(self.writer.error)
            self.assertIsNone(self.scand.process.poll(), self.scand.log()[-2000:])
            watch.look()
            watch.sample(self.writer.changes)
            if self.writer.changes >= (len(outages) + 0.5) * CHANGES / RESTARTS:
                outages.append(self.restart(watch))
            if time.monotonic() > told + 60:
                told = time.monotonic()
                watch.tell(begin)
            time.sleep(0.2)
        end = time.monotonic()
        self.writer.end()
        questions.join()
        self.scand.wait_current(CORP)
        watch.tell(begin)

        self.assertIsNone(self.writer.error)
        self.assertFalse(questions.refused, '\n'.join(questions.refused))
        self.assertEqual(questions.asked, QUESTIONS)
        self.assertIsNone(pager.poll(), 'the pager is still open')
        self.assertLessEqual(max(sample[6] for sample in watch.samples), LOG_LIMIT, 'the write-ahead log')
        self.assertEqual(len(outages), RESTARTS)
        # Outside of these no connection was lost and no poll failed, so none was missed.
        log, troubles = self.scand.log(), []
        for since, until in zip([quiet, *(until for _, until in outages)], [*(since for since, _ in outages), len(log)]):
            troubles += [line for line in log[since:until].splitlines() if re.search('retrying in|connected to|reading everything|missed', line)]
        self.assertFalse(troubles, '\n'.join(troubles))
        self.assertGreater(watch.polls, 0)
        self.assertEqual(self.scand.domain_health()['last_full_ok'], full, 'no second full read')
        self.assertEqual(self.scand.json('status')['missed_changes_total'], 0)
        print(f'       {self.writer.changes} changes in {end - begin:.0f} s, {questions.asked} questions, {watch.polls} polls, {len(outages)} restarts',
              flush=True)
        if SECONDS >= LONG:
            # Slower is not what was to be shown.
            self.assertLess(end - begin, 1.25 * SECONDS + 60 * RESTARTS, 'the domain controller does not keep up with the changes')
            self.check_flat(watch, begin, end)

        fresh = Scand(CORP).start()
        fresh.wait_current(CORP)
        self.assertEqual(comparable(self.scand), comparable(fresh))
        self.assertEqual((self.scand.stop(), fresh.stop()), (0, 0))
        database = sqlite3.connect(self.scand.database)
        self.assertEqual(database.execute('PRAGMA integrity_check').fetchall(), [('ok',)])
        database.close()

# SPDX-License-Identifier: MIT
"""Many objects with the settings as shipped: memory, disk, and the time of a first read.

Samba takes minutes to make a domain of 50,000, so it has a tenth of them here, and SCAND_TEST_OBJECTS=50000 is the long form. What scand
does with twice as many is tried with the server that replays.
"""

import json
import os
import re
import subprocess
import tempfile
import time
import unittest

from lab import BIG_ADDRESS, BUILD, ROOT, Domain, Scand

OBJECTS = int(os.environ.get('SCAND_TEST_OBJECTS', '5000'))
REPLAYED = 100000
LIMIT_MB = 80


class Memory(unittest.TestCase):
    def test_a_first_read_stays_below_the_limit(self):
        domain = Domain('corp.large.example', BIG_ADDRESS, '--objects', str(OBJECTS), '--flaws').start()
        try:
            # PollInterval= is not shipped at 2 s: that is left to the default, too.
            scand = Scand(domain, sections=[domain.section(PollInterval=None)])
            begin = time.monotonic()
            scand.start(wait=None)
            scand.wait_state('following', seconds=300)
            seconds = time.monotonic() - begin
            with open(f'/proc/{scand.process.pid}/status', encoding='ascii') as file:
                peak = int(re.search(r'VmHWM:\s+(\d+) kB', file.read()).group(1)) / 1024
            health = scand.health()
            size = sum(os.path.getsize(os.path.join(scand.state, name)) for name in os.listdir(scand.state)) / 1e6
            print(f'       {health["objects"]} objects in {seconds:.1f} s, peak memory {peak:.1f} MB, {size:.0f} MB on disk, '
                  f'{health["findings"]} findings, longest turn {health.get("longest_turn_ms")} ms')
            self.assertGreaterEqual(health['objects'], OBJECTS)
            self.assertLess(peak, LIMIT_MB)
            # A turn of the loop is a small piece of the whole, however fast the machine is.
            self.assertLess(health['longest_turn_ms'], seconds * 1000 / 50)
            self.assertEqual(scand.stop(), 0)
        finally:
            domain.stop()

    def test_a_first_read_of_a_hundred_thousand_does_too(self):
        with tempfile.TemporaryDirectory(prefix='scand-memory.') as folder:
            done = subprocess.run([os.path.join(ROOT, 'tests/bench/run'), '--build', BUILD, '--folder', folder, '--parts', 'reads', '--sizes', str(REPLAYED),
                                   '--rounds', '1'], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
            with open(os.path.join(folder, 'results.json'), encoding='utf-8') as file:
                series = json.load(file)['parts']['reads']['series']
        peaks = {one['name']: one['median']['memory'] for one in series if not one['name'].startswith('ldapsearch')}
        print(f'       {peaks}')
        self.assertEqual(len(peaks), 2, 'a first read, and all rules again')
        for name, peak in peaks.items():
            self.assertLess(peak, LIMIT_MB, name)

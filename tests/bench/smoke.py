#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark itself works: a few objects, one round. Nothing here is about speed."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
# pylint: disable=wrong-import-position
from peers import REQUIRED

HERE = pathlib.Path(__file__).resolve().parent
BUILD = sys.argv.pop(1)


def has_peers():
    # The interpreter with which the script runs, not this one.
    return shutil.which('ldapsearch') and subprocess.run(['/usr/bin/python3', '-c', 'import ldap'], capture_output=True, check=False).returncode == 0


@unittest.skipUnless(has_peers() or REQUIRED, 'ldapsearch or python3-ldap is not installed')
class Bench(unittest.TestCase):
    def test_every_part_measures_something_and_the_script_agrees(self):
        with tempfile.TemporaryDirectory(prefix='scand-bench.') as folder:
            result = subprocess.run([sys.executable, HERE / 'run', '--build', BUILD, '--folder', folder, '--parts', 'reads,script,apply,deltas,cloud',
                                     '--sizes', '300,2000', '--rounds', '1'], capture_output=True, text=True, check=False)
            self.assertEqual(result.returncode, 0, result.stdout[-2000:] + result.stderr[-2000:])
            with open(folder + '/results.json', encoding='utf-8') as file:
                parts = json.load(file)['parts']
            for name in 'reads', 'script', 'apply', 'deltas', 'cloud':
                self.assertTrue(parts[name]['ratios'], name)
                for series in parts[name]['series']:
                    self.assertGreaterEqual(series['median']['cpu'], 0)
                    self.assertTrue(series['runs'])
            # 10 in 300 are flawed: it was not the empty set that was found to be the same.
            self.assertRegex(result.stdout, r'findings of the [5-9]|findings of the 1\d')
            table = (pathlib.Path(folder) / 'table.txt').read_text(encoding='utf-8')
            self.assertIn('peak memory, 2,000 objects', table)
            xml.etree.ElementTree.parse(folder + '/plot.svg')


if __name__ == '__main__':
    unittest.main(verbosity=2)

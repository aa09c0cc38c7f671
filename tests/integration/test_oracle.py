# SPDX-License-Identifier: MIT
"""The domain controller as the judge: each rule that is a plain LDAP filter is sent to it, by scand's own account, and its answer
must name exactly the objects that scand flags."""

import base64
import subprocess
import unittest

from lab import CORP, Scand

class Oracle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()
        cls.scand = Scand(CORP).start()

    @classmethod
    def tearDownClass(cls):
        assert cls.scand.stop() == 0

    def ask(self, condition):
        """With ldapsearch, as an administrator would: {dn in lower case}."""
        output = subprocess.run(
            self.scand.command('ldapsearch', '-LLL', '-o', 'ldif-wrap=no', '-x', '-H', f'ldaps://{CORP.host}',
                               '-D', f'svc-scand@{CORP.realm}', '-y', CORP.file('svc-scand.password'), '-b', CORP.base,
                               '-E', 'pr=1000/noprompt', '-E', '!1.2.840.113556.1.4.1339', condition, '1.1'),
            capture_output=True, text=True, check=True, timeout=120).stdout
        return set(self._names(output))

    @staticmethod
    def _names(output):
        for line in output.splitlines():
            if line.startswith('dn:: '):
                yield base64.b64decode(line[5:]).decode().lower()
            elif line.startswith('dn: '):
                yield line[4:].lower()

    def test_the_directory_names_the_objects_that_scand_flags(self):
        rules = [rule for rule in self.scand.json('rules')['rules'] if rule['filter'] and rule['filter_is_exact']]
        self.assertGreater(len(rules), 8, 'too few rules to ask for')
        seen = 0
        for rule in rules:
            with self.subTest(rule['rule']):
                asked = self.ask(rule['filter'])
                flagged = {finding['dn'].lower() for finding in self.scand.findings('--rule', rule['rule'], '--all')}
                self.assertEqual(flagged, asked)
                seen += len(asked)
        self.assertGreater(seen, len(rules), 'the lab breaks most of these rules')

    def test_the_directory_counts_the_objects_that_scand_keeps(self):
        asked = self.ask('(&(|(objectCategory=person)(objectCategory=group))(|(objectClass=user)(objectClass=contact)(objectClass=group)))')
        self.assertEqual(self.scand.json('status')['objects'], len(asked))

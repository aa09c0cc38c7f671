# SPDX-License-Identifier: MIT
"""What `scanctl fix` prints, applied to a real directory by the ldapmodify that administrators have: it closes the findings that it
promised to close, and opens none. Afterwards everything is put back as it was."""

import base64
import os
import random
import subprocess
import unittest

from lab import CORP, SEED, Scand


def line(name, value):
    return f'{name}:: {base64.b64encode(value.encode()).decode()}\n'


def undo(fixes):
    """The same changes the other way round."""
    for fix in fixes:
        text = line('dn', fix['dn']) + 'changetype: modify\n'
        for edit in fix['edits']:
            if edit['add'] is not None:
                text += f'delete: {edit["attribute"]}\n' + line(edit['attribute'], edit['add']) + '-\n'
        for edit in fix['edits']:
            if edit['delete'] is not None:
                text += f'add: {edit["attribute"]}\n' + line(edit['attribute'], edit['delete']) + '-\n'
        yield text + '\n'


class Fix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()
        cls.scand = Scand(CORP).start()

    @classmethod
    def tearDownClass(cls):
        assert cls.scand.stop() == 0

    def ldapmodify(self, text):
        path = os.path.join(self.scand.directory, 'changes.ldif')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return subprocess.run(
            self.scand.command('ldapmodify', '-x', '-H', f'ldaps://{CORP.host}', '-D', f'administrator@{CORP.realm}',
                               '-y', CORP.file('admin.password'), '-f', path),
            capture_output=True, text=True, check=False, timeout=120)

    @staticmethod
    def changes_capitals_only(fix):
        return {edit['delete'].lower() for edit in fix['edits'] if edit['delete'] is not None} == {
            edit['add'].lower() for edit in fix['edits'] if edit['add'] is not None}

    def findings(self):
        """Of the present state: that something was changed is news to the rules of history, and meant."""
        self.scand.wait_current(CORP)
        rules = {rule['rule'] for rule in self.scand.json('rules')['rules'] if rule['basis'] == 'state'}
        return {finding['id']: (finding['dn'], finding['rule']) for finding in self.scand.findings('--all', '--unfolded') if finding['rule'] in rules}

    def apply_and_undo(self, *filters):
        """How many findings it closed."""
        before = self.findings()
        answer = self.scand.json('fix', *filters)
        promised = {finding['id'] for finding in answer['closes']}
        ldif = self.scand.ctl('fix', *filters).stdout

        done = self.ldapmodify(ldif)
        try:
            self.assertEqual(done.returncode, 0, done.stderr)
            after = self.findings()
            self.assertEqual({before[one] for one in before.keys() - after.keys()}, {before[one] for one in promised})
            self.assertEqual(before.keys() - after.keys(), promised)
            self.assertEqual([after[one] for one in after.keys() - before.keys()], [])

            # Every record takes away what is no longer there, or adds what is: none of them overwrites. Where only capitals differ,
            # the directory takes old and new for the same, and nothing changes.
            for fix, record in zip(answer['fixes'], ldif.split('\n\n')[1:], strict=True):
                if not self.changes_capitals_only(fix):
                    self.assertNotEqual(self.ldapmodify(record + '\n').returncode, 0, record)
        finally:
            back = self.ldapmodify(''.join(undo(answer['fixes'])))
        self.assertEqual(back.returncode, 0, back.stderr)
        self.assertEqual(self.findings(), before)
        return len(promised)

    def test_all_repairs_close_what_they_promise_and_open_nothing(self):
        self.assertGreater(self.apply_and_undo('--all'), 15)

    def test_the_repairs_of_one_rule_do_too(self):
        self.findings()
        rules = sorted({rule for fix in self.scand.json('fix', '--all')['fixes'] for rule in fix['rules']})
        self.assertGreater(len(rules), 8)
        rule = random.Random(SEED).choice(rules)
        self.assertGreater(self.apply_and_undo('--all', '--rule', rule), 0, rule)


if __name__ == '__main__':
    unittest.main()

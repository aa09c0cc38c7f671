# SPDX-License-Identifier: MIT
"""Samba's own comparison of strings judges scand's fold, over 10,000 pairs of random Unicode values.

Samba ignores case and runs of blanks, nothing else; Windows also ignores marks, kana type, width and other compatibility forms, and
scand takes values as Windows does (doc/equality.md lists both). So what Samba takes for equal, scand must, but for the blanks; and what
scand takes for equal and Samba does not must be of the sorts that Windows documents."""

import os
import random
import shutil
import subprocess
import tempfile
import time
import unicodedata
import unittest

from lab import BUILD

PAIRS = 10000
SCRIPTS = (range(0x21, 0x7f), range(0xa1, 0x250), range(0x250, 0x2b0), range(0x370, 0x400), range(0x400, 0x530), range(0x531, 0x588),
           range(0x10a0, 0x1100), range(0x1e00, 0x2000), range(0x2100, 0x2190), range(0x2460, 0x2500), range(0x2c00, 0x2e00),
           range(0x3041, 0x3100), range(0xa640, 0xa6a0), range(0xff01, 0xffa0), range(0x10400, 0x10450))
MARKS = '\u0300\u0301\u0302\u0303\u0308\u030a\u0327\u0328'


def random_value(chooser):
    characters = []
    for _ in range(chooser.randint(1, 8)):
        character = chr(chooser.choice(chooser.choice(SCRIPTS)))
        if unicodedata.category(character) not in ('Cn', 'Cs', 'Co'):
            characters.append(character)
    return ''.join(characters) or 'x'


def change_one(chooser, value):
    at = chooser.randrange(len(value))
    return value[:at] + random_value(chooser)[0] + value[at + 1:]


def kana(value):
    """Katakana for hiragana and the other way round: the blocks lie side by side."""
    return ''.join(chr(ord(c) + 0x60) if 'ぁ' <= c <= 'ゖ' else chr(ord(c) - 0x60) if 'ァ' <= c <= 'ヶ' else c for c in value)


def wide(value):
    return ''.join(chr(ord(c) + 0xfee0) if '!' <= c <= '~' else c for c in value)


VARIANTS = {
    'upper case': lambda c, v: v.upper(), 'lower case': lambda c, v: v.lower(), 'title case': lambda c, v: v.title(),
    'swapped case': lambda c, v: v.swapcase(), 'the same': lambda c, v: v, 'another character': change_one,
    'another value': lambda c, v: random_value(c), 'NFD': lambda c, v: unicodedata.normalize('NFD', v),
    'NFC': lambda c, v: unicodedata.normalize('NFC', v), 'NFKC': lambda c, v: unicodedata.normalize('NFKC', v),
    'a mark more': lambda c, v: v + c.choice(MARKS), 'kana': lambda c, v: kana(v), 'width': lambda c, v: wide(v),
    'one blank more': lambda c, v: v[:1] + '  ' + v[1:], 'blanks around': lambda c, v: ' ' + v + '  ',
}


def windows_form(value):
    """What is left of a value when all is taken away that Windows documents as ignored."""
    # Unicode's definition of a compatibility caseless match: some case pairs appear only when a form has been taken apart.
    value = unicodedata.normalize('NFKD', unicodedata.normalize('NFD', value).casefold())
    value = kana_to_hiragana(unicodedata.normalize('NFKD', value.casefold()))
    value = ''.join(c for c in value if unicodedata.category(c) != 'Mn')
    return value.replace('æ', 'ae').replace('œ', 'oe').replace('ø', 'o')


def kana_to_hiragana(value):
    return ''.join(chr(ord(c) - 0x60) if 'ァ' <= c <= 'ヶ' or c in 'ヽヾ' else c for c in value)


def squeezed(value):
    return ' '.join(part for part in value.split(' ') if part)


class Fold(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import ldb
        from samba import Ldb
        cls.ldb = ldb
        cls.folder = tempfile.mkdtemp()
        # Samba's Ldb folds as its domain controller does; "CASE_INSENSITIVE" is how the schema's Unicode strings are compared.
        cls.database = Ldb('tdb://' + os.path.join(cls.folder, 'fold.ldb'), options=['nosync:1'])
        cls.database.add({'dn': '@ATTRIBUTES', 'text': 'CASE_INSENSITIVE'})
        cls.seed = int(os.environ.get('SCAND_TEST_SEED') or time.time())
        print(f'  seed {cls.seed} (set SCAND_TEST_SEED to repeat)', flush=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def by_samba(self, pairs):
        self.database.transaction_start()
        answers = []
        for number, (one, two) in enumerate(pairs):
            dn = f'cn={number}'
            self.database.add({'dn': dn, 'text': one})
            escaped = ''.join(f'\\{byte:02x}' for byte in two.encode())
            answers.append(len(self.database.search(dn, self.ldb.SCOPE_BASE, f'(text={escaped})', ['dn'])) == 1)
        self.database.transaction_cancel()
        return answers

    @staticmethod
    def by_scand(pairs):
        lines = ''.join(f'{one.encode().hex()} {two.encode().hex()}\n' for one, two in pairs)
        output = subprocess.run([os.path.join(BUILD, 'tests', 'fold')], input=lines, capture_output=True, text=True, check=True).stdout
        return [line == '1' for line in output.split()]

    def test_ten_thousand_pairs_compare_as_samba_says_or_as_windows_documents(self):
        chooser = random.Random(self.seed)
        names = list(VARIANTS)
        made = []
        for number in range(PAIRS):
            value = random_value(chooser)
            name = names[number % len(names)]
            made.append((name, value, VARIANTS[name](chooser, value)))
        pairs = [(one, two) for _, one, two in made]
        samba, scand = self.by_samba(pairs), self.by_scand(pairs)
        self.assertEqual(len(scand), PAIRS)
        blank = self.by_scand([(squeezed(one), squeezed(two)) for one, two in pairs])

        count = {'both': 0, 'neither': 0, 'Samba only': 0, 'scand only': 0}
        wrong = []
        for (name, one, two), by_samba, by_scand, without_blanks in zip(made, samba, scand, blank):
            if by_samba == by_scand:
                count['both' if by_scand else 'neither'] += 1
            elif by_samba:
                count['Samba only'] += 1
                if not without_blanks:
                    wrong.append(f'{name}: Samba takes {one!a} and {two!a} for equal')
            else:
                count['scand only'] += 1
                if windows_form(one) != windows_form(two):
                    wrong.append(f'{name}: scand takes {one!a} and {two!a} for equal, which nobody documents')
        print('  ' + ', '.join(f'{name}: {n}' for name, n in count.items()), flush=True)
        self.assertEqual(wrong[:20], [])
        self.assertTrue(all(n > PAIRS // 100 for n in count.values()), count)

    def test_the_differences_that_the_page_lists_are_there(self):
        here = os.path.dirname(os.path.abspath(__file__))
        with open(os.path.join(here, '..', '..', 'doc', 'equality.md'), encoding='utf-8') as page:
            rows = [[cell.strip().strip('`') for cell in line.split('|')[1:-1]] for line in page if line.startswith('| `')]
        self.assertGreater(len(rows), 12, 'the page lists examples in a table')
        pairs = [(row[0].replace('␠', ' '), row[1].replace('␠', ' ')) for row in rows]
        words = {True: 'equal', False: 'different'}
        for row, samba, scand in zip(rows, self.by_samba(pairs), self.by_scand(pairs)):
            with self.subTest(row[0] + ' ' + row[1]):
                self.assertEqual((row[2], row[3]), (words[samba], words[scand]))

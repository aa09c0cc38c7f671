#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The report, in a real browser: what it shows, what its filter does, and that nothing in it does anything else.

Some objects are called what would be markup, a script or another direction of writing, were it not escaped.
"""

import base64
import hashlib
import html.parser
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

import browser
from peers import REQUIRED

SCANCTL, MAKE_DATABASE = sys.argv[1:3]
del sys.argv[1:3]

BASE = 'DC=corp,DC=example'
DAY = 86400
NOW = int(time.time())
HOSTILE = ['<img src=x onerror=alert(1)>', '"><script>alert(2)</script>', '\u202egnp.exe', "';alert(3)//", '&lt;b&gt;', '</style><b>x']
ENV = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'HOME': '/nonexistent', 'TZ': 'UTC'}


def escaped(name):
    """As the value of an RDN."""
    return re.sub(r'([",<>;+\\=#])', r'\\\1', name)


def person(number, name, usn, **attributes):
    login = f'user{number}'
    everything = {'cn': name, 'sAMAccountName': login, 'displayName': name, 'givenName': 'A', 'userAccountControl': 512,
                  'userPrincipalName': f'{login}@example.com', 'mailNickname': login, 'mail': f'{login}@example.com',
                  'proxyAddresses': [f'SMTP:{login}@example.com', f'smtp:{login}@contoso.mail.onmicrosoft.com']} | attributes
    lines = ['dn:: ' + base64.b64encode(f'CN={escaped(name)},OU=Staff,{BASE}'.encode()).decode()]
    lines += [f'objectClass: {kind}' for kind in ('top', 'person', 'organizationalPerson', 'user')]
    lines += ['objectGUID:: ' + base64.b64encode(uuid.UUID(int=number << 96 | 1).bytes_le).decode(), f'uSNChanged: {usn}']
    for key, values in everything.items():
        for value in values if isinstance(values, list) else [values]:
            data = value if isinstance(value, bytes) else str(value).encode()
            lines.append(f'{key}:: {base64.b64encode(data).decode()}')
    return '\n'.join(lines) + '\n\n'


class Page(html.parser.HTMLParser):
    """What is in the file, without a browser."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts, self.inside = [], [], {'style': '', 'script': ''}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attr) for attr in attrs]
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside in self.texts:
            self.texts[self.inside] += data


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix='scand-report.'))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        (cls.folder / 'run').mkdir()
        cls.config = cls.folder / 'scand.conf'
        cls.config.write_text(
            f'[domain corp.example]\n[tenant]\nInitialDomain=contoso.onmicrosoft.com\nVerifiedDomain=example.com\n'
            f'RoutingDomain=contoso.mail.onmicrosoft.com\n[scand]\nStateDirectory={cls.folder}\nRuntimeDirectory={cls.folder}/run\n')
        people = [person(n, name, 100 + n, userPrincipalName=f'not a name {n}@example.com') for n, name in enumerate(HOSTILE, 1)]
        people += [person(n, f'Pair {n}', 100 + n, proxyAddresses=[f'SMTP:user{n}@example.com', 'smtp:team@example.com']) for n in (20, 21)]
        people += [person(30, 'Good', 130),
                   person(31, 'Other Login', 131, userPrincipalName='else@example.com', mailNickname='else'),
                   person(32, 'No Route', 132, msExchMailboxGuid=uuid.UUID(int=7).bytes_le, proxyAddresses=['SMTP:user32@example.com']),
                   person(33, 'Quite Hidden', 133, mailNickname=[], msExchHideFromAddressLists='TRUE'),
                   person(34, 'Old Suffix', 134, proxyAddresses=['SMTP:user34@example.com', 'smtp:user34@old-company.org'])]
        cls.make(NOW - 5 * DAY, 'first', ''.join(people))
        cls.make(NOW - 2 * DAY, 'delta', person(30, 'Good', 200, userPrincipalName='bad now@example.com'))
        cls.make(NOW - 600, 'delta', person(30, 'Good', 201) + person(1, HOSTILE[0], 202))
        for name, arguments in ('whole', []), ('cutover', ['--cutover']):
            cls.run_scanctl('report', *arguments, '--output', str(cls.folder / f'{name}.html'))
        cls.text = (cls.folder / 'whole.html').read_text(encoding='utf-8')

    @classmethod
    def make(cls, now, kind, ldif):
        (cls.folder / 'file.ldif').write_text(ldif, encoding='ascii')
        subprocess.run([MAKE_DATABASE, cls.folder / 'scand.db', cls.config, str(now), 'corp.example', kind, cls.folder / 'file.ldif'], check=True)

    @classmethod
    def run_scanctl(cls, *arguments, code=0, **more):
        done = subprocess.run([SCANCTL, '--config', str(cls.config), *arguments], capture_output=True, text=True, timeout=120, env=ENV, check=False, **more)
        if done.returncode != code:
            raise AssertionError((arguments, done.returncode, done.stdout[-500:], done.stderr))
        return done.stdout + done.stderr

    @classmethod
    def findings(cls):
        return json.loads(cls.run_scanctl('findings', '--json'))['findings']

    # --- without a browser ---

    def test_only_its_own_script_may_run(self):
        page = Page(self.text)
        self.assertEqual((page.tags.count('script'), page.tags.count('style'), page.tags.count('img')), (1, 1, 0))
        policy = next(value for tag, key, value in page.attributes if tag == 'meta' and key == 'content' and 'default-src' in value)
        for kind in 'style', 'script':
            digest = base64.b64encode(hashlib.sha256(page.texts[kind].encode()).digest()).decode()
            self.assertIn(f"{kind}-src 'sha256-{digest}'", policy)
        self.assertIn("default-src 'none'", policy)
        for tag, key, value in page.attributes:
            self.assertFalse(key.startswith('on'), (tag, key, value))
            if key in ('href', 'src', 'action', 'style'):
                self.assertTrue(key == 'href' and value.startswith('#'), (tag, key, value))
        targets = {value for _, key, value in page.attributes if key == 'id'}
        self.assertEqual(len(targets), sum(key == 'id' for _, key, _ in page.attributes))
        self.assertEqual({value[1:] for _, key, value in page.attributes if key == 'href'} - targets, set())

    def test_the_same_goes_to_standard_output_and_to_a_file_of_ones_own(self):
        path = self.folder / 'mine.html'
        path.write_text('the one before')
        self.run_scanctl('report', '-o', str(path))
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        undated = [re.sub(r'<time.*?</time>|\d+ min ago', '', text) for text in (path.read_text(encoding='utf-8'), self.run_scanctl('report'))]
        self.assertEqual(*undated)
        self.assertEqual({p.name for p in self.folder.glob('mine*')}, {'mine.html'})

    def test_where_it_cannot_be_written_nothing_is_left(self):
        missing = self.folder / 'nowhere' / 'x.html'
        self.assertIn(str(missing), self.run_scanctl('report', '--output', str(missing), code=2))
        with open('/dev/full', 'w', encoding='utf-8') as full:
            done = subprocess.run([SCANCTL, '--config', str(self.config), 'report'], stdout=full, stderr=subprocess.PIPE, text=True, env=ENV, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn('cannot write', done.stderr)

    def test_the_plot_tells_what_the_log_tells(self):
        rows = re.findall(r'<tr><th scope="row">(\d{4}-\d\d-\d\d)</th><td class="n">(\d+)</td><td class="n">(\d+)</td></tr>', self.text)
        days = {day: int(errors) for day, errors, _ in rows}
        self.assertEqual(len(rows), 6)

        def on(days_ago):
            return days[time.strftime('%Y-%m-%d', time.gmtime(NOW - days_ago * DAY))]
        now = sum(finding['severity'] == 'error' for finding in self.findings())
        # A bad name came two days ago and has gone; another has gone that was there from the beginning.
        if time.gmtime(NOW - 600).tm_mday == time.gmtime(NOW).tm_mday:
            self.assertEqual([on(n) for n in (5, 4, 3, 2, 1, 0)], [now + 1, now + 1, now + 1, now + 2, now + 2, now])
        self.assertEqual(int(rows[0][1]), now)

    # --- in a browser ---

    def open(self, name):
        if not browser.PROGRAM:
            if REQUIRED:
                self.fail('chromium is not installed')
            self.skipTest('chromium is not installed')
        page = browser.Browser()
        self.addCleanup(page.close)
        page.size(1200)
        page.media()
        page.open(self.folder / f'{name}.html')
        return page

    def check_quiet(self, page, name):
        self.assertEqual(page.complaints(), [])
        self.assertEqual(page.requests(), [f'file://{self.folder}/{name}.html'])

    def visible_rows(self, page):
        return page.evaluate("[...document.querySelectorAll('section.rule tbody tr')].filter((row) => row.checkVisibility()).length")

    def type(self, page, text):
        page.evaluate("document.getElementById('filter').focus(); document.getElementById('filter').select()")
        page.call('Input.insertText', text=text)
        end = time.monotonic() + 60
        while page.evaluate("document.getElementById('filter').value") != text and time.monotonic() < end:
            time.sleep(0.02)
        page.evaluate('new Promise((done) => setTimeout(done, 400))')

    def test_everything_is_shown_and_can_be_filtered(self):
        page = self.open('whole')
        findings = self.findings()
        rows = page.evaluate("[...document.querySelectorAll('section.rule')].map((section) => [section.id.slice(5),"
                             " [...section.querySelectorAll('tbody tr')].map((row) => row.textContent)])")
        self.assertEqual(sorted((rule, len(texts)) for rule, texts in rows),
                         sorted({(f['rule'], sum(g['rule'] == f['rule'] for g in findings)) for f in findings}))
        self.assertEqual(page.evaluate("document.getElementById('shown').textContent"), f'{len(findings)} findings')
        shown = dict(rows)
        for name in HOSTILE[1:]:
            seen = name.replace('\u202e', '\\u{202E}')
            self.assertTrue(any(text.startswith(f'error {seen} userCN=') for text in shown['upn-invalid']), (name, shown['upn-invalid']))
        pair = next(text for text in shown['smtp-address-not-unique'] if text.startswith('error Pair 20 user'))
        self.assertIn('CN=Pair 20,', pair)
        self.assertIn('CN=Pair 21,', pair)

        self.type(page, 'pair 20')
        self.assertEqual(self.visible_rows(page), 2)  # its own row, and the other side's
        self.assertEqual(page.evaluate("document.getElementById('shown').textContent"), f'2 of {len(findings)} findings')
        self.type(page, '<SCRIPT>')
        self.assertEqual(self.visible_rows(page), 1)
        self.type(page, '')
        self.assertEqual(self.visible_rows(page), len(findings))
        page.evaluate("document.querySelector('.tools input[value=error]').click()")
        self.assertEqual(self.visible_rows(page), sum(f['severity'] == 'warning' for f in findings))
        self.check_quiet(page, 'whole')

    def test_it_fits_a_phone_and_changes_with_the_colours_of_the_system(self):
        page = self.open('whole')
        colours = []
        for scheme in 'light', 'dark':
            page.media(scheme=scheme)
            colours.append(page.evaluate('getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color'))
        self.assertNotEqual(*colours)
        page.size(360)
        self.assertLessEqual(page.evaluate('document.documentElement.scrollWidth'), 360)
        page.media('print')
        self.assertFalse(page.evaluate("document.querySelector('.tools').checkVisibility()"))
        self.assertEqual(self.visible_rows(page), len(self.findings()))
        self.assertTrue(page.pdf().startswith(b'%PDF-'))
        self.check_quiet(page, 'whole')

    def test_it_can_be_used_with_the_keyboard_and_read_aloud(self):
        page = self.open('whole')
        for _ in range(2):
            page.call('Input.dispatchKeyEvent', type='keyDown', key='Tab', code='Tab', windowsVirtualKeyCode=9)
            page.call('Input.dispatchKeyEvent', type='keyUp', key='Tab', code='Tab', windowsVirtualKeyCode=9)
            if page.evaluate("document.activeElement.className") == 'skip':
                self.assertGreaterEqual(page.evaluate('document.activeElement.getBoundingClientRect().left'), 0)
        self.assertEqual(page.evaluate("document.activeElement.tagName"), 'A')
        unnamed = page.evaluate("[...document.querySelectorAll('input, svg[role=img]')].filter((e) => !(e.labels && e.labels.length)"
                                " && !e.getAttribute('aria-labelledby')).length")
        self.assertEqual(unnamed, 0)
        self.assertEqual(page.evaluate("document.querySelectorAll('thead th:not([scope])').length"), 0)
        self.assertEqual(page.evaluate("document.documentElement.lang"), 'en')

    def test_a_cutover_tells_what_bites_when_mailboxes_move(self):
        page = self.open('cutover')
        shown = dict(page.evaluate("[...document.querySelectorAll('section.rule')].map((section) => [section.id.slice(5),"
                                   " section.querySelector('tbody').textContent])"))
        for rule, name in [('routing-address-missing', 'No Route'), ('upn-not-primary', 'Other Login'), ('hidden-flag-lost', 'Quite Hidden'),
                           ('proxy-unverified-domain', 'Old Suffix'), ('mailbox-guid-stale', 'No Route')]:
            with self.subTest(rule):
                self.assertIn(name, shown.get(rule, shown))
                self.assertNotIn('Good', shown[rule])
        self.assertNotIn('Pair 20', shown['upn-not-primary'])
        self.check_quiet(page, 'cutover')


if __name__ == '__main__':
    unittest.main()

# SPDX-License-Identifier: MIT
"""Every way to bind, and every way in which it may not work: each failure has a name of its own."""

import os
import shutil
import subprocess
import unittest

from lab import CORP, NOBODY_ADDRESS, SCAND, TAILSPIN, Scand

SIMPLE = {'Bind': 'simple', 'Keytab': None, 'BindDN': f'svc-scand@{CORP.realm}'}


class Bind(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()
        TAILSPIN.start()
        cls.ca = CORP.file('ca.pem')
        cls.password = CORP.file('svc-scand.password')
        with open(CORP.file('hosts'), 'a', encoding='ascii') as hosts:
            hosts.write(f'{CORP.address} alias.{CORP.realm}\n')

    def works(self, **options):
        scand = Scand(CORP, sections=[CORP.section(**options)]).start()
        self.assertGreater(scand.domain_health()['objects'], 1000)
        self.assertEqual(scand.stop(), 0)
        return scand

    def fails(self, code, **options):
        scand = Scand(CORP, sections=[CORP.section(**options)])
        scand.start(wait=None)
        scand.wait_error(code)
        scand.wait_state('waiting')
        self.assertEqual(scand.stop(), 0)
        return scand.log()

    def refused(self, **options):
        scand = Scand(CORP, sections=[CORP.section(**options)]).start(wait=None)
        self.assertEqual(scand.wait_exit(), 78)
        return scand.log()

    def test_gssapi_with_a_keytab_seals(self):
        self.assertRegex(self.works().log(), r'GSSAPI, sealed with \d{3} bits')

    def test_spnego_with_a_keytab(self):
        self.works(Bind='spnego')

    def test_gssapi_with_servers_from_dns(self):
        self.works(Servers=None)

    def test_simple_over_ldaps(self):
        self.works(**SIMPLE, TLS='ldaps', CAFile=self.ca, PasswordFile=self.password)

    def test_simple_over_starttls(self):
        self.works(**SIMPLE, TLS='starttls', CAFile=self.ca, PasswordFile=self.password)

    def test_simple_by_address_where_the_certificate_has_it(self):
        self.works(**SIMPLE, Servers=CORP.address, TLS='ldaps', CAFile=self.ca, PasswordFile=self.password)

    def test_an_unverified_certificate_is_an_opt_out_that_warns(self):
        log = self.works(**SIMPLE, TLS='ldaps', CAFile=TAILSPIN.file('ca.pem'), TLSVerify='no', PasswordFile=self.password).log()
        self.assertIn('TLSVerify', log)

    def test_another_authority_is_not_trusted(self):
        for mode in ('ldaps', 'starttls'):
            with self.subTest(mode):
                self.fails('tls-untrusted', **SIMPLE, TLS=mode, CAFile=TAILSPIN.file('ca.pem'), PasswordFile=self.password)

    def test_a_certificate_for_another_name_is_refused(self):
        self.fails('tls-name', **SIMPLE, Servers=f'alias.{CORP.realm}', TLS='ldaps', CAFile=self.ca, PasswordFile=self.password)

    def test_a_password_in_the_clear_is_refused_before_it_is_sent(self):
        log = self.refused(**SIMPLE, TLS='none', PasswordFile=self.password)
        self.assertRegex(log, r'scand\.conf:\d+: .*TLS')

    def test_a_wrong_password_is_said(self):
        wrong = os.path.join(CORP.directory, 'wrong.password')
        with open(os.open(wrong, os.O_CREAT | os.O_WRONLY, 0o600), 'w', encoding='ascii') as file:
            file.write('not-the-password\n')
        log = self.fails('credentials-refused', **SIMPLE, TLS='ldaps', CAFile=self.ca, PasswordFile=wrong)
        self.assertNotIn('not-the-password', log)

    def test_a_password_file_that_others_read_is_refused(self):
        loose = os.path.join(CORP.directory, 'loose.password')
        with open(self.password, encoding='ascii') as source, open(loose, 'w', encoding='ascii') as file:
            file.write(source.read())
        os.chmod(loose, 0o644)
        self.fails('password-file', **SIMPLE, TLS='ldaps', CAFile=self.ca, PasswordFile=loose)

    def test_a_missing_keytab_is_said(self):
        self.fails('keytab-missing', Keytab=CORP.file('no.keytab'))

    def test_a_keytab_of_another_password_is_said_and_one_put_in_its_place_is_taken(self):
        stale = CORP.file('stale.keytab')
        if os.path.exists(stale):
            os.unlink(stale)
        subprocess.run(['ktutil'], text=True, check=True, stdout=subprocess.DEVNULL, input=(
            f'add_entry -password -p svc-scand@{CORP.realm.upper()} -k 1 -e aes256-cts-hmac-sha1-96\nnot-the-password\nwrite_kt {stale}\n'))
        scand = Scand(CORP, sections=[CORP.section(Keytab=stale)])
        scand.start(wait=None)
        scand.wait_error('keytab-stale')

        # It is opened at each bind: nobody need restart the daemon, or reload it.
        shutil.copy(CORP.file('svc-scand.keytab'), stale + '.new')
        os.rename(stale + '.new', stale)
        scand.wait_state('following')
        self.assertEqual(scand.stop(), 0)

    def test_no_kdc_is_said(self):
        self.fails('kdc-unreachable', KDC=NOBODY_ADDRESS)

    def test_nobody_listening_is_said(self):
        self.fails('connect-refused', **SIMPLE, Servers=NOBODY_ADDRESS, TLS='ldaps', CAFile=self.ca, PasswordFile=self.password)

    def test_no_srv_records_are_said(self):
        scand = Scand(CORP, sections=[CORP.section(Servers=None).replace('domain corp.example', 'domain nowhere.example')])
        scand.start(wait=None)
        scand.wait_error('no-servers')
        self.assertEqual(scand.stop(), 0)

    def test_the_wrong_domain_is_said(self):
        section = CORP.section(Servers=CORP.host).replace('domain corp.example', 'domain other.example')
        scand = Scand(CORP, sections=[section]).start(wait=None)
        scand.wait_error('wrong-domain')
        self.assertEqual(scand.stop(), 0)

    def test_two_realms_with_two_keytabs_at_once(self):
        scand = Scand(CORP, TAILSPIN).start()
        self.assertEqual({domain['name'] for domain in scand.health()['domains']}, {CORP.realm, TAILSPIN.realm})
        self.assertGreater(scand.domain_health(TAILSPIN.realm)['objects'], 90)
        # Tailspin never had Exchange: rules over its attributes cannot be judged there, and that is said rather than guessed.
        self.assertIn('contact-not-mail-enabled', {rule for _, rule in scand.finding_set('--domain', CORP.realm)})
        self.assertEqual(set(), scand.finding_set('--domain', TAILSPIN.realm))
        self.assertTrue(scand.json('status')['rules_unknown'])
        self.assertEqual(scand.stop(), 0)

    def test_one_domain_that_cannot_be_reached_does_not_hold_up_the_other(self):
        scand = Scand(CORP, TAILSPIN, sections=[CORP.section(), TAILSPIN.section(Keytab=CORP.file('svc-scand.keytab'))])
        scand.start(wait=None)
        scand.wait_state('following', CORP.realm)
        scand.wait_error(name=TAILSPIN.realm)
        self.assertEqual(scand.stop(), 0)

    def test_version_and_help_need_nothing(self):
        for option in ('--version', '--help'):
            self.assertEqual(subprocess.run([SCAND, option], capture_output=True, check=False).returncode, 0)

# SPDX-License-Identifier: MIT
"""`scand --check` against a real domain: what works is ticked in its order, and everything that may not work has its own words and remedy."""

import os
import re
import shutil
import subprocess
import unittest

import ldap

from lab import CORP, NOBODY_ADDRESS, ROOT, SCAND, TAILSPIN, Scand, addition, modification

SIMPLE = {'Bind': 'simple', 'Keytab': None, 'BindDN': f'svc-scand@{CORP.realm}'}
GOOD, REMARK, BAD = '✓', '!', '✗'
FINE, UNAVAILABLE = 0, 69


class Check(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()
        TAILSPIN.start()
        cls.ldaps = SIMPLE | {'TLS': 'ldaps', 'CAFile': CORP.file('ca.pem'), 'PasswordFile': CORP.file('svc-scand.password')}
        with open(CORP.file('hosts'), 'a', encoding='ascii') as hosts:
            hosts.write(f'{NOBODY_ADDRESS} nobody.{CORP.realm}\n{CORP.address} other.{CORP.realm}\n')

    def check(self, status, *sections, domains=(CORP,), tenant=None, before=()):
        """[(mark, what, how)] of the lines; the whole text is self.text."""
        scand = Scand(*domains, sections=sections, **({'tenant': tenant} if tenant else {}))
        done = subprocess.run(scand.command(*before, SCAND, '--config', scand.config, '--check'), capture_output=True, text=True, timeout=300,
                              stdin=subprocess.DEVNULL, check=False)
        self.text = done.stdout
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertEqual((os.listdir(scand.state), os.listdir(scand.runtime)), ([], []), 'it left something behind')
        return re.findall(r'^  ([✓!✗]) (.{17}) (.*)$', done.stdout, re.M)

    def marks(self, lines):
        return [(mark, what.strip()) for mark, what, _ in lines]

    def fails(self, what, code, remedy, **options):
        """The last line is bad, for this reason, with this remedy below it."""
        lines = self.check(UNAVAILABLE, CORP.section(**options))
        mark, where, how = lines[-1]
        self.assertEqual((mark, where.strip()), (BAD, what), self.text)
        self.assertTrue(how.endswith(f'({code})'), self.text)
        self.assertEqual({mark for mark, _, _ in lines[:-1]} - {GOOD}, set(), self.text)
        self.assertRegex(self.text, rf'\n      .*{remedy}')
        self.assertIn('1 of 1 domain cannot be followed like this.', self.text)
        return lines

    def test_all_is_well(self):
        lines = self.check(FINE, CORP.section())
        self.assertEqual([what for _, what in self.marks(lines)],
                         ['name', 'connection', 'Kerberos', 'bind', 'directory', 'fail-over', 'deleted objects', 'recycle bin', 'schema',
                          'clock', 'page', 'rights', 'limits', 'Entra Connect'])
        self.assertNotIn(BAD, self.text)
        self.assertRegex(self.text, r'✓ name +dc1\.corp\.example is 127\.')
        self.assertRegex(self.text, r'✓ bind +GSSAPI, sealed with \d{3} bits')
        self.assertRegex(self.text, r'✓ directory +dc1\.corp\.example is a domain controller of corp\.example')
        self.assertRegex(self.text, r"✓ schema +has Exchange's attributes")
        self.assertRegex(self.text, r'✓ clock +[0-9] s apart')
        self.assertRegex(self.text, r'✓ rights ')
        self.assertTrue(self.text.endswith('\n1 domain can be followed.\n'), self.text)

    def test_it_may_run_beside_the_daemon(self):
        scand = Scand(CORP).start()
        done = subprocess.run(scand.command(SCAND, '--config', scand.config, '--check'), capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, FINE, done.stdout + done.stderr)
        self.assertEqual(scand.domain_health()['state'], 'following')
        self.assertEqual(scand.stop(), 0)

    def test_servers_from_dns_and_the_site_are_told(self):
        lines = self.check(FINE, CORP.section(Servers=None))
        self.assertEqual(self.marks(lines)[0], (GOOD, 'DNS'))
        self.assertRegex(lines[0][2], r'^1 domain controller; site \S')

    def test_tls_comes_before_the_bind(self):
        for tls in ('ldaps', 'starttls'):
            lines = self.marks(self.check(FINE, CORP.section(**self.ldaps | {'TLS': tls})))
            self.assertEqual(lines[:4], [(GOOD, 'name'), (GOOD, 'connection'), (GOOD, 'TLS'), (GOOD, 'bind')])

    def test_a_certificate_that_is_not_looked_at_is_remarked(self):
        lines = self.marks(self.check(FINE, CORP.section(**self.ldaps | {'TLSVerify': 'no', 'CAFile': None})))
        self.assertIn((REMARK, 'TLS'), lines)
        self.assertIn('Remove TLSVerify=no', self.text)

    def test_a_forest_without_exchange_is_remarked(self):
        lines = self.marks(self.check(FINE, TAILSPIN.section(), domains=(TAILSPIN,)))
        self.assertIn((REMARK, 'schema'), lines)
        self.assertRegex(self.text, r"lacks \d+ of Exchange's attributes")

    def test_the_dsacls_line_names_the_domain(self):
        # Nothing has been deleted that this account could see.
        self.check(FINE, TAILSPIN.section(), domains=(TAILSPIN,))
        self.assertIn('dsacls "CN=Deleted Objects,DC=tailspin,DC=example" /g ACCOUNT:LCRP', self.text)

    def test_a_silent_server_is_passed_over(self):
        lines = self.marks(self.check(FINE, CORP.section(**self.ldaps | {'Servers': f'nobody.{CORP.realm} {CORP.host}'})))
        self.assertEqual(lines[0], (REMARK, 'connection'), self.text)
        self.assertIn('Trying the next domain controller.', self.text)
        self.assertIn((GOOD, 'rights'), lines)

    def test_the_connectors_account_is_found(self):
        self.check(FINE, CORP.section())
        self.assertRegex(self.text, r'✓ Entra Connect +its account is MSOL_\w+\n')
        tenant = '[tenant]\nInitialDomain=contoso.onmicrosoft.com\nConnectorAccount='
        self.check(FINE, CORP.section(), tenant=f'{tenant}svc-scand\n')
        self.assertRegex(self.text, r'✓ Entra Connect +its account is svc-scand\n')
        # A star is a letter here.
        self.check(FINE, CORP.section(), tenant=f'{tenant}svc-*\n')
        self.assertRegex(self.text, r'! Entra Connect +there is no account svc-\*, which ConnectorAccount= names')

    def test_no_srv_records(self):
        lines = self.check(UNAVAILABLE, CORP.section(Servers=None).replace('domain corp.example', 'domain nowhere.example'))
        self.assertEqual(self.marks(lines), [(BAD, 'DNS')])
        self.assertIn('(no-servers)', self.text)
        self.assertIn('Servers=', self.text)

    def test_a_name_without_address(self):
        self.fails('name', 'dns-failure', 'getent hosts', Servers=f'nowhere.{CORP.realm}')

    def test_nobody_listens(self):
        self.fails('connection', 'connect-refused', 'Is it a domain controller', **self.ldaps | {'Servers': f'nobody.{CORP.realm}'})

    def test_no_kdc(self):
        self.fails('Kerberos', 'kdc-unreachable', 'port 88', KDC=NOBODY_ADDRESS)

    def test_no_keytab(self):
        self.fails('Kerberos', 'keytab-missing', 'ktpass or msktutil', Keytab=CORP.file('no.keytab'))

    def test_a_keytab_of_another_password(self):
        stale = CORP.file('check.keytab')
        subprocess.run(['ktutil'], text=True, check=True, stdout=subprocess.DEVNULL, input=(
            f'add_entry -password -p svc-scand@{CORP.realm.upper()} -k 1 -e aes256-cts-hmac-sha1-96\nnot-the-password\nwrite_kt {stale}\n'))
        self.fails('Kerberos', 'keytab-stale', 'msDS-KeyVersionNumber', Keytab=stale)

    def test_another_authority(self):
        self.fails('TLS', 'tls-untrusted', 'CAFile=', **self.ldaps | {'CAFile': TAILSPIN.file('ca.pem')})

    def test_a_certificate_for_another_name(self):
        self.fails('TLS', 'tls-name', 'as its certificate does', **self.ldaps | {'Servers': f'other.{CORP.realm}'})

    def password(self, text):
        path = CORP.file('check.password')
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), 'w', encoding='ascii') as file:
            file.write(text + '\n')
        return path

    def test_a_wrong_password_is_tried_once_however_many_servers_there_are(self):
        options = self.ldaps | {'PasswordFile': self.password('not-the-password'), 'Servers': f'{CORP.host} {CORP.address}'}
        lines = self.fails('bind', 'credentials-refused', 'it may be locked for that', **options)
        self.assertEqual(self.text.count('credentials-refused'), 1)
        self.assertEqual(self.marks(lines)[:3], [(GOOD, 'name'), (GOOD, 'connection'), (GOOD, 'TLS')])
        self.assertNotIn('not-the-password', self.text)

    def test_accounts_that_may_not_log_on_are_told_apart(self):
        admin = CORP.admin()
        dn = f'CN=Check,CN=Users,{CORP.base}'
        admin.add_s(dn, addition(objectClass='user', cn='Check', sAMAccountName='check', userPrincipalName=f'check@{CORP.realm}'))
        try:
            admin.modify_s(dn, modification(unicodePwd=['"Sesame-4711-open"'.encode('utf-16-le')]))
            options = self.ldaps | {'BindDN': f'check@{CORP.realm}', 'PasswordFile': self.password('Sesame-4711-open')}
            self.fails('bind', 'account-disabled', 'Enable-ADAccount', **options)
            admin.modify_s(dn, modification(userAccountControl=['512'], pwdLastSet=['0']))
            self.fails('bind', 'password-expired', 'Set a new one', **options)
            admin.modify_s(dn, modification(pwdLastSet=['-1']))
            self.check(FINE, CORP.section(**options))
        finally:
            admin.delete_s(dn)
            admin.unbind_s()

    def test_a_locked_account_is_not_taken_for_a_wrong_password(self):
        admin = CORP.admin()
        dn = f'CN=Locked,CN=Users,{CORP.base}'
        limits = {name: [value.decode() for value in admin.search_s(CORP.base, ldap.SCOPE_BASE, attrlist=[name])[0][1][name]]
                  for name in ('lockoutThreshold', 'lockoutDuration', 'lockOutObservationWindow')}
        admin.add_s(dn, addition(objectClass='user', cn='Locked', sAMAccountName='locked', userPrincipalName=f'locked@{CORP.realm}'))
        try:
            admin.modify_s(dn, modification(unicodePwd=['"Sesame-4711-open"'.encode('utf-16-le')]))
            admin.modify_s(dn, modification(userAccountControl=['512']))
            admin.modify_s(CORP.base, modification(lockoutThreshold=['2'], lockoutDuration=['-6000000000'], lockOutObservationWindow=['-6000000000']))
            for _ in range(3):
                other = ldap.initialize(f'ldaps://{CORP.address}')
                other.set_option(ldap.OPT_X_TLS_CACERTFILE, CORP.file('ca.pem'))
                other.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
                with self.assertRaises(ldap.INVALID_CREDENTIALS):
                    other.simple_bind_s(f'locked@{CORP.realm}', 'not-the-password')
                other.unbind_s()
            self.fails('bind', 'account-locked', 'Unlock-ADAccount',
                       **self.ldaps | {'BindDN': f'locked@{CORP.realm}', 'PasswordFile': self.password('Sesame-4711-open')})
        finally:
            admin.modify_s(CORP.base, modification(**limits))
            admin.delete_s(dn)
            admin.unbind_s()

    def test_attributes_that_the_account_may_not_read_are_told_with_the_grant(self):
        sam = os.path.join(ROOT, 'tests', 'lab', 'sam')
        subprocess.run([sam, CORP.directory, 'mask', 'svc-scand'], check=True)
        try:
            self.check(UNAVAILABLE, CORP.section())
            self.assertRegex(self.text, r'✗ rights +hardly one of \d+ users shows userAccountControl\n')
            self.assertIn(f'dsacls "{CORP.base}" /I:S /g "ACCOUNT:RP;;user"', self.text)
        finally:
            subprocess.run([sam, CORP.directory, 'unmask', 'svc-scand'], check=True)

    def test_the_limits_of_pages_and_ranges_are_told(self):
        self.check(FINE, CORP.section())
        self.assertRegex(self.text, r'✓ limits +1000 objects a page, 1500 values of an attribute at once\n')
        policy = f'CN=Default Query Policy,CN=Query-Policies,CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration,{CORP.base}'
        admin = CORP.admin()
        limits = admin.search_s(policy, ldap.SCOPE_BASE, attrlist=['lDAPAdminLimits'])[0][1]['lDAPAdminLimits']
        try:
            admin.modify_s(policy, modification(lDAPAdminLimits=[limit.replace(b'MaxValRange=1500', b'MaxValRange=100') for limit in limits]))
            self.check(FINE, CORP.section())
            self.assertRegex(self.text, r'! limits +1000 objects a page, 100 values of an attribute at once\n +Less than')
        finally:
            admin.modify_s(policy, modification(lDAPAdminLimits=limits))
            admin.unbind_s()

    def test_a_clock_that_is_wrong_is_told_before_kerberos_fails_for_it(self):
        if not shutil.which('faketime'):
            self.skipTest('faketime is not installed')
        for seconds, mark, status in ((120, REMARK, FINE), (3600, BAD, UNAVAILABLE)):
            lines = self.check(status, CORP.section(**self.ldaps | {'PasswordFile': CORP.file('svc-scand.password')}), before=('faketime', '-f', f'+{seconds}s'))
            self.assertIn((mark, 'clock'), self.marks(lines), self.text)
            self.assertRegex(self.text, rf'clock +{seconds // 10}\d s apart')
            self.assertIn('chronyc', self.text)
        self.check(UNAVAILABLE, CORP.section(), before=('faketime', '-f', '+3600s'))
        self.assertRegex(self.text, r'(?s)✗ (Kerberos|clock) .*(clock-skew|3\d\d\d s apart).*chronyc')

    def test_the_wrong_domain(self):
        lines = self.check(UNAVAILABLE, CORP.section().replace('domain corp.example', 'domain other.example'))
        self.assertEqual(self.marks(lines)[-1], (BAD, 'directory'))
        self.assertIn('(wrong-domain)', self.text)
        self.assertIn('Name the section [domain NAME] after the domain', self.text)

    def test_one_bad_domain_does_not_hide_the_other(self):
        lines = self.marks(self.check(UNAVAILABLE, CORP.section(Keytab=CORP.file('no.keytab')), TAILSPIN.section(), domains=(CORP, TAILSPIN)))
        self.assertIn((BAD, 'Kerberos'), lines)
        self.assertIn((GOOD, 'rights'), lines)
        self.assertIn('1 of 2 domains cannot be followed like this.', self.text)

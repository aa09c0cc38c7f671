# SPDX-License-Identifier: MIT
"""Rules that the lab's company does not break by itself, shown on its domain controller; and what that one refuses to hold, in its own
words. tests/rules/shown.tsv has all rules and where each is shown."""

import os
import re
import subprocess
import unittest

import ldap
from ldap.controls import RequestControl

from lab import CORP, ROOT, TENANT, Scand, addition, modification, shown_rows

SHOW_DELETED = RequestControl('1.2.840.113556.1.4.417', True, None)
DELETE_TREE = RequestControl('1.2.840.113556.1.4.805', True, None)
OPTIONS = TENANT + 'FederatedDomain=contoso.com fabrikam.com\nDeletionThreshold=1\nQuota=100\nPasswordHashSync=yes\nMemberLimit=3\n'
ATTRIBUTES = TENANT + 'SourceAnchor=employeeID\nLoginAttribute=mail\n'


class Shown(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()
        cls.ad = CORP.admin()
        cls.top = f'OU=Shown,{CORP.base}'
        cls.system = f'CN=Microsoft Exchange System Objects,{CORP.base}'
        cls.ad.add_s(cls.top, addition(objectClass='organizationalUnit'))
        cls.ad.add_s(cls.system, addition(objectClass='container'))
        cls.ad.add_s(f'CN=Monitoring Mailboxes,{cls.system}', addition(objectClass='container'))
        cls.ad.add_s(f'CN=HealthMailbox1,CN=Monitoring Mailboxes,{cls.system}', addition(objectClass='user', userAccountControl='514'))
        cls.user('shown.name', userPrincipalName='shown.name@contoso.com')
        cls.user('shown.anchor', employeeID='not_allowed', mail='shown.anchor@contoso.com')
        cls.phoenix = cls.user('shown.phoenix', userPrincipalName='shown.phoenix@contoso.com', mail='shown.phoenix@contoso.com')

        # Whoever created these is long gone: the times are what a domain controller writes by itself.
        cls.age(cls.user('MSOL_silent'), 3, 'lastLogon', 'lastLogonTimestamp')
        cls.age(cls.user('MSOL_abandoned'), 400, 'lastLogon', 'lastLogonTimestamp', 'whenCreated')
        cls.age(cls.user('AZUREADSSOACC$', 'computer', userAccountControl='4096'), 400, 'pwdLastSet')
        # Who replaced it took nothing back.
        cls.sam('grant', 'MSOL_abandoned')
        # An OU and one below it that the connector's account may not read.
        cls.board = f'OU=Board,{cls.top}'
        cls.ad.add_s(cls.board, addition(objectClass='organizationalUnit'))
        cls.sam('hide', cls.board, 'MSOL_silent')
        cls.ad.add_s(f'OU=Office,{cls.board}', addition(objectClass='organizationalUnit'))
        # An account that inherits nothing.
        cls.hidden = cls.user('shown.hidden', userPrincipalName='shown.hidden@contoso.com', adminCount='1')
        cls.sam('hide', cls.hidden, 'MSOL_silent')
        cls.scand = Scand(CORP, tenant=OPTIONS, sections=[CORP.section(ExcludeOU=f'OU=Gone,{CORP.base}')]).start()

    @classmethod
    def tearDownClass(cls):
        assert cls.scand.stop() == 0
        cls.sam('revoke', 'MSOL_abandoned')
        for dn in (cls.top, cls.system):
            cls.ad.delete_ext_s(dn, serverctrls=[DELETE_TREE])
        cls.ad.unbind_s()

    @classmethod
    def user(cls, name, kind='user', **attributes):
        dn = f'CN={name},{cls.top}'
        password = f'"Shown.{os.urandom(9).hex()}"'.encode('utf-16-le')
        cls.ad.add_s(dn, addition(objectClass=kind, sAMAccountName=name, unicodePwd=password,
                                  **({'userAccountControl': '512'} | attributes)))
        return dn

    @staticmethod
    def sam(verb, *words):
        subprocess.run([os.path.join(ROOT, 'tests', 'lab', 'sam'), CORP.directory, verb, *words], check=True)

    @classmethod
    def age(cls, dn, days, *names):
        cls.sam('age', dn, str(days), *names)

    def said_of_the_domain(self, rule, severity):
        finding, = self.scand.wait_until(f'{rule} of the domain', lambda: [
            finding for finding in self.scand.findings('--rule', rule, '--all') if finding['kind'] == 'container'])
        self.assertEqual((finding['severity'], finding['dn']), (severity, CORP.base))
        return finding

    def test_1_accounts_of_connectors_tell_how_old_they_are(self):
        self.assertEqual(self.said_of_the_domain('connector-silent', 'warning')['value'], 'MSOL_silent')
        abandoned = self.said_of_the_domain('connector-account-abandoned', 'warning')
        self.assertEqual(abandoned['value'], 'MSOL_abandoned')
        self.assertIn('still may read all password hashes', abandoned['detail'])
        self.assertEqual(self.said_of_the_domain('sso-key-old', 'warning')['value'], 'AZUREADSSOACC$')

    def test_2_what_an_account_may_do_is_read_from_the_domain(self):
        missing = self.said_of_the_domain('password-hash-rights-missing', 'warning')
        self.assertEqual(missing['value'], 'MSOL_silent')
        self.assertEqual(self.said_of_the_domain('not-readable', 'warning')['value'], self.board)
        finding, = self.scand.wait_finding('not-readable', self.hidden)
        self.assertEqual((finding['class'], finding['severity'], finding['certainty']), ('excluded', 'warning', 'probable'))
        # By a group within a group, as of the next start.
        inner, outer = f'CN=shown-inner,{self.top}', f'CN=shown-outer,{self.top}'
        self.ad.add_s(inner, addition(objectClass='group', sAMAccountName='shown-inner', member=f'CN=MSOL_silent,{self.top}'))
        self.ad.add_s(outer, addition(objectClass='group', sAMAccountName='shown-outer', member=inner))
        self.sam('grant', 'shown-outer')
        self.addCleanup(self.sam, 'revoke', 'shown-outer')
        self.assertEqual(self.scand.stop(), 0)
        self.scand.start()
        self.scand.wait_finding('password-hash-rights-missing', CORP.base, present=False)
        self.sam('unhide', self.board, 'MSOL_silent')
        self.sam('unhide', self.hidden, 'MSOL_silent')
        self.assertEqual(self.scand.stop(), 0)
        self.scand.start()
        self.scand.wait_finding('not-readable', CORP.base, present=False)
        self.scand.wait_finding('not-readable', self.hidden, present=False)

    def test_3_the_domain_has_more_than_the_options_allow(self):
        self.assertEqual(self.said_of_the_domain('health-mailboxes-in-scope', 'notice')['detail'], '1 of them')
        self.said_of_the_domain('quota', 'error')
        self.assertEqual(self.said_of_the_domain('scope-ou-missing', 'error')['value'], f'OU=Gone,{CORP.base}')

    def test_4_a_group_grows_beyond_the_limit(self):
        dn = f'CN=shown-group,{self.top}'
        people = [f'CN={name},{self.top}'.encode() for name in ('shown.name', 'shown.anchor', 'shown.phoenix')]
        self.ad.add_s(dn, addition(objectClass='group', sAMAccountName='shown-group', member=people[:2]))
        other = self.scand.wait_finding('group-too-large', 'CN=Team ')
        self.assertGreater(len(other), 1, 'groups of the lab have more from the beginning')
        self.scand.wait_current(CORP)
        self.assertEqual([], self.scand.findings('--rule', 'group-too-large', '--text', 'shown-group'))
        self.ad.modify_s(dn, [(ldap.MOD_ADD, 'member', people[2:])])
        finding, = self.scand.wait_finding('group-too-large', dn)
        self.assertIn('3 members, and the limit is 3', finding['detail'])
        self.ad.modify_s(dn, [(ldap.MOD_DELETE, 'member', people[:1])])
        self.scand.wait_finding('group-too-large', dn, present=False)

    def test_5_a_name_moves_between_federated_domains(self):
        dn = f'CN=shown.name,{self.top}'
        self.ad.modify_s(dn, modification(userPrincipalName=['shown.name@fabrikam.com']))
        self.scand.wait_finding('upn-federated-change', dn)

    def test_6_what_goes_and_comes_back_is_told(self):
        self.ad.delete_s(self.phoenix)
        self.said_of_the_domain('mass-deletion', 'error')
        found = self.ad.search_ext_s(CORP.base, ldap.SCOPE_SUBTREE, '(&(isDeleted=TRUE)(cn=shown.phoenix*))', ['1.1'],
                                     serverctrls=[SHOW_DELETED])
        tombstone = next(dn for dn, _ in found if dn)
        self.ad.modify_ext_s(tombstone, [(ldap.MOD_DELETE, 'isDeleted', None),
                                         (ldap.MOD_REPLACE, 'distinguishedName', [self.phoenix.encode()])], serverctrls=[SHOW_DELETED])
        finding, = self.scand.wait_finding('restored', self.phoenix)
        self.assertEqual(finding['severity'], 'warning', 'without a recycle bin it has lost its addresses')
        self.scand.wait_finding('mass-deletion', CORP.base, present=False)

    def test_7_options_make_rules_of_attributes(self):
        self.scand.write_config(CORP.section(), tenant=ATTRIBUTES)
        self.scand.ctl('reload')
        self.scand.wait_finding('anchor-invalid', f'CN=shown.anchor,{self.top}')
        self.scand.wait_finding('identifier-missing', f'CN=shown.name,{self.top}')

    def test_8_what_surveys_find_is_told_of_the_object(self):
        people = [f'CN={name},{self.top}' for name in ('shown.name', 'shown.anchor', 'shown.phoenix')]
        silent = f'CN=MSOL_silent,{self.top}'
        for number in range(3):
            people.append(self.user(f'shown.more{number}', userPrincipalName=f'shown.more{number}@contoso.com'))
        for number, dn in enumerate(people):
            self.ad.modify_s(dn, modification(**{'mS-DS-ConsistencyGuid': [bytes([number] * 16)]}))
        admin = self.user('shown.admin', userPrincipalName='shown.admin@contoso.com', adminCount='1')
        allowed = self.user('shown.allowed', userPrincipalName='shown.allowed@contoso.com', adminCount='1')
        self.sam('allow-anchor', allowed, 'MSOL_silent')
        self.ad.modify_s(people[3], modification(manager=[silent]))
        outside = f'CN=shown.outside,CN=Users,{CORP.base}'
        self.ad.add_s(outside, addition(objectClass='user', sAMAccountName='shown.outside', userAccountControl='514'))
        self.addCleanup(self.ad.delete_s, outside)
        self.ad.modify_s(people[4], modification(manager=[outside]))
        self.ad.modify_s(people[5], modification(manager=[people[0]]))
        with_outsiders, without = f'CN=shown-mixed,{self.top}', f'CN=shown-whole,{self.top}'
        self.ad.add_s(with_outsiders, addition(objectClass='group', sAMAccountName='shown-mixed', member=[people[0].encode(), outside.encode()]))
        self.ad.add_s(without, addition(objectClass='group', sAMAccountName='shown-whole', member=people[0]))
        certificates = [b'\x30\x82' + bytes([number] * 40) for number in range(16)]
        self.ad.modify_s(people[3], modification(mailNickname=['shown.more3'], userCertificate=certificates))
        self.ad.modify_s(people[4], modification(mailNickname=['shown.more4'], userCertificate=certificates[:15]))

        scand = Scand(CORP, sections=[CORP.section(IncludeOU=self.top)]).start()
        self.addCleanup(scand.kill)
        finding, = scand.wait_finding('write-back-blocked', admin)
        self.assertEqual((finding['class'], finding['severity']), ('fails', 'warning'))
        self.assertEqual([], scand.findings('--all', '--rule', 'write-back-blocked', '--text', 'shown.allowed'))
        said = {finding['dn']: finding['detail'] for finding in scand.findings('--all', '--rule', 'manager-out-of-scope')}
        self.assertEqual(said, {people[3]: 'the manager is excluded by a rule', people[4]: 'the manager is outside the scope'})
        names = [finding['dn'] for finding in scand.findings('--all', '--unfolded', '--rule', 'members-out-of-scope')]
        self.assertIn(with_outsiders, names)
        self.assertNotIn(without, names)
        finding, = scand.findings('--all', '--rule', 'members-out-of-scope')
        self.assertEqual((finding['dn'], finding['detail']), (CORP.base, f'{len(names)} group{" has" if len(names) == 1 else "s have"} members who do not arrive'))
        finding, = scand.findings('--rule', 'certificates-too-many')
        self.assertEqual((finding['dn'], finding['detail']), (people[3], '16 certificates or more'))
        self.assertEqual(scand.stop(), 0)

    # --- what the domain controller refuses

    def attempt(self, rule):
        """Does to an object what would break the rule."""
        dn = f'CN=shown.anchor,{self.top}'
        changes = {'samaccountname-missing': {'sAMAccountName': None}, 'attribute-too-long': {'displayName': ['x' * 257]}}
        self.ad.modify_s(dn, modification(**changes[rule]))

    def test_9_what_is_refused_is_refused_in_these_words(self):
        refused = [row for row in shown_rows() if row[1] == 'refused']
        self.assertTrue(refused)
        for rule, _, _, words in refused:
            with self.subTest(rule):
                name, _, text = words.partition(' ')
                with self.assertRaises(getattr(ldap, name)) as raised:
                    self.attempt(rule)
                said = re.sub(r"'CN=[^']*'", "'{dn}'", raised.exception.args[0]['info'])
                self.assertEqual(said, text)

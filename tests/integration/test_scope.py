# SPDX-License-Identifier: MIT
"""The scope as sites have it, followed on a domain controller: the direct members of a group, and a filter. And rules that ask for membership,
through nested groups too: a change of a group is a change of nobody in it."""

import unittest

import ldap
from ldap.controls import RequestControl

from lab import CORP, TENANT, Scand, addition, modification

RULE = 'proxy-no-prefix'


class Scope(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()
        cls.ad = CORP.admin()
        cls.top = f'OU=Scope,{CORP.base}'
        cls.ad.add_s(cls.top, addition(objectClass='organizationalUnit'))
        cls.one, cls.two = cls.add_contact('scope-one'), cls.add_contact('scope-two')
        cls.pilot = cls.add_group('scope-pilot (1)', cls.one)
        cls.inner = cls.add_group('scope-inner', cls.two)
        cls.outer = cls.add_group('scope-outer', cls.inner)
        cls.scand = Scand(CORP, tenant=cls.config(cls.pilot)).start()

    @classmethod
    def tearDownClass(cls):
        assert cls.scand.stop() == 0
        cls.ad.delete_ext_s(cls.top, serverctrls=[RequestControl('1.2.840.113556.1.4.805', True, None)])
        cls.ad.unbind_s()

    @classmethod
    def config(cls, group):
        return (f'{TENANT}\nGroupFilter={group}\n\n[rule in-outer]\nClass=directory\n'
                f'Filter=(memberOf:1.2.840.113556.1.4.1941:={cls.outer})\n')

    @classmethod
    def add_contact(cls, name):
        dn = f'CN={name},{cls.top}'
        cls.ad.add_s(dn, addition(objectClass='contact', mail=f'{name}@partner.com', proxyAddresses=[f'SMTP:{name}@partner.com', name]))
        return dn

    @classmethod
    def add_group(cls, name, member):
        dn = f'CN={name},{cls.top}'
        cls.ad.add_s(dn, addition(objectClass='group', sAMAccountName=name, groupType='8', mail=f'{name.partition(" ")[0]}@contoso.com', member=member))
        return dn

    def member(self, change, group, dn):
        self.ad.modify_s(group, [(change, 'member', [dn.encode()])])

    def flagged(self):
        return {finding['dn'] for finding in self.scand.findings('--rule', RULE)}

    def test_1_only_the_groups_members_are_judged(self):
        self.assertEqual(self.flagged(), {self.one})
        self.assertEqual(self.scand.json('show', self.two)['objects'][0]['in_scope'], False)
        self.assertIn('GroupFilter=', self.scand.ctl('show', self.two).stdout)

    def test_2_who_comes_is_judged_and_who_goes_is_not(self):
        self.member(ldap.MOD_ADD, self.pilot, self.two)
        self.scand.wait_finding(RULE, self.two)
        self.member(ldap.MOD_DELETE, self.pilot, self.one)
        self.scand.wait_finding(RULE, self.one, present=False)
        self.assertEqual(self.flagged(), {self.two})

    def test_3_nested_groups_count_where_the_rule_says_so(self):
        self.scand.wait_finding('in-outer', self.two)
        self.member(ldap.MOD_ADD, self.inner, self.one)
        self.member(ldap.MOD_ADD, self.pilot, self.one)
        self.scand.wait_finding('in-outer', self.one)
        self.member(ldap.MOD_DELETE, self.outer, self.inner)
        self.ad.modify_s(self.outer, modification(description=['no members now']))
        self.scand.wait_finding('in-outer', self.one, present=False)

    def test_4_a_group_that_is_not_there_leaves_nobody_out(self):
        self.scand.write_config(CORP.section(), tenant=self.config('CN=mistyped,' + self.top))
        self.scand.ctl('reload')
        self.scand.wait_until('all are judged', lambda: len(self.flagged()) > 2)
        self.assertLessEqual({self.one, self.two}, self.flagged())

    def test_5_a_filter_leaves_out_what_does_not_match(self):
        self.scand.write_config(CORP.section(Filter='(cn=scope-*)'), tenant=self.config(self.pilot))
        self.scand.ctl('reload')
        self.scand.wait_until('the filter decides', lambda: self.flagged() == {self.one, self.two})
        self.scand.write_config(CORP.section(Filter='(!(cn=SCOPE-two))'), tenant=self.config(self.pilot))
        self.scand.ctl('reload')
        self.scand.wait_until('the other filter decides', lambda: self.flagged() == {self.one})
        self.assertIn('Filter=', self.scand.ctl('show', self.two).stdout)

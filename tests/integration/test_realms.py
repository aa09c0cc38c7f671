# SPDX-License-Identifier: MIT
"""Two forests of one tenant: values that nobody inside one forest can see are disputed."""

import unittest

from lab import CORP, TAILSPIN, Scand, addition, modification


class Realms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()
        TAILSPIN.start()
        cls.scand = Scand(CORP, TAILSPIN).start()
        cls.corp, cls.tailspin = CORP.admin(), TAILSPIN.admin()
        cls.ours, cls.theirs = f'CN=both,CN=Users,{CORP.base}', f'CN=both,CN=Users,{TAILSPIN.base}'
        for connection, dn in ((cls.corp, cls.ours), (cls.tailspin, cls.theirs)):
            connection.add_s(dn, addition(objectClass='user', sAMAccountName='both', userAccountControl='514'))

    @classmethod
    def tearDownClass(cls):
        cls.corp.delete_s(cls.ours)
        cls.tailspin.delete_s(cls.theirs)
        assert cls.scand.stop() == 0

    def test_equal_account_names_in_two_domains_are_no_finding(self):
        self.scand.wait_current(CORP)
        self.scand.wait_current(TAILSPIN)
        self.assertEqual([], self.scand.findings('--rule', 'samaccountname-not-unique', '--text', 'CN=both'))

    def test_a_upn_in_two_forests_is_disputed_until_one_gives_it_up(self):
        for connection, dn in ((self.corp, self.ours), (self.tailspin, self.theirs)):
            connection.modify_s(dn, modification(userPrincipalName=['both@contoso.com']))
        for dn, other, domain in ((self.ours, self.theirs, TAILSPIN), (self.theirs, self.ours, CORP)):
            finding, = self.scand.wait_finding('upn-not-unique', dn)
            holder, = finding['others']
            self.assertEqual((holder['dn'].lower(), holder['domain']), (other.lower(), domain.realm))
        self.tailspin.modify_s(self.theirs, modification(userPrincipalName=['both@tailspin.com']))
        for dn in (self.ours, self.theirs):
            self.scand.wait_finding('upn-not-unique', dn, present=False)

    def test_an_address_in_two_forests_is_disputed_until_its_holder_is_deleted(self):
        mine, yours = f'CN=mine,CN=Users,{CORP.base}', f'CN=yours,CN=Users,{TAILSPIN.base}'
        for connection, dn, name in ((self.corp, mine, 'mine'), (self.tailspin, yours, 'yours')):
            connection.add_s(dn, addition(objectClass='contact', mail=f'{name}@partner.com', proxyAddresses=[
                f'SMTP:{name}@partner.com', 'smtp:over.forests@partner.com']))
        finding, = self.scand.wait_finding('smtp-address-not-unique', mine)
        self.assertEqual(finding['value'].lower().removeprefix('smtp:'), 'over.forests@partner.com')
        self.tailspin.delete_s(yours)
        self.scand.wait_finding('smtp-address-not-unique', mine, present=False)
        self.corp.delete_s(mine)

    def test_a_domain_without_a_trace_has_no_connector(self):
        alone = Scand(TAILSPIN).start()
        finding, = alone.wait_finding('connector-missing', TAILSPIN.base)
        self.assertEqual(finding['severity'], 'notice')
        self.assertEqual([], self.scand.findings('--all', '--rule', 'connector-missing'), 'Contoso has one')
        self.assertEqual(alone.stop(), 0)

    def test_while_one_forest_is_down_the_other_is_followed(self):
        TAILSPIN.stop('kill')
        try:
            self.scand.wait_state('waiting', TAILSPIN.realm)
            dn = f'CN=alone,CN=Users,{CORP.base}'
            self.corp.add_s(dn, addition(objectClass='contact', mailNickname='alone'))
            self.scand.wait_finding('contact-not-mail-enabled', dn)
            self.corp.delete_s(dn)
            self.scand.wait_finding('contact-not-mail-enabled', dn, present=False)
        finally:
            TAILSPIN.start()
            type(self).tailspin = TAILSPIN.admin()
        self.scand.wait_state('following', TAILSPIN.realm, seconds=120)

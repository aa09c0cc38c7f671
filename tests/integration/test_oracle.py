# SPDX-License-Identifier: MIT
"""The domain controller as the judge: each rule that is a plain LDAP filter is sent to it, by scand's own account, and its answer
must name exactly the objects that scand flags. Rules of the site's own bring every form that a filter may have."""

import base64
import subprocess
import unittest

from ldap.controls import RequestControl

from lab import CORP, TENANT, Scand, addition, modification

# Every form and every syntax, on values that the lab's company has.
FORMS = {
    'equal': '(department=sales)', 'equal-beyond-ascii': '(l=KRAKÓW)', 'equal-escaped': '(l=\\4bRAK\\c3\\93w)', 'approximate': '(department~=Legal)',
    'extensible': '(department:=IT)', 'present': '(msExchMailboxGuid=*)', 'absent': '(!(mail=*))', 'not-equal': '(!(department=Sales))',
    'begins': '(sAMAccountName=svc-*)', 'ends': '(mail=*@FABRIKAM.com)', 'contains': '(displayName=*berg*)', 'parts': '(proxyAddresses=smtp:*.*@*contoso*)',
    'star-and-parentheses': '(displayName=*\\28*\\29)', 'number': '(msExchRecipientTypeDetails=2147483648)',
    'number-negative': '(groupType=-2147483646)', 'number-at-least': '(userAccountControl>=514)', 'number-at-most': '(groupType<=-2147483640)',
    'text-at-least': '(employeeID>=100300)', 'text-at-most': '(employeeID<=100299)', 'bit-and': '(userAccountControl:1.2.840.113556.1.4.803:=65536)',
    'bit-and-two': '(userAccountControl:1.2.840.113556.1.4.803:=514)', 'bit-or': '(groupType:1.2.840.113556.1.4.804:=10)',
    'bit-sign': '(groupType:1.2.840.113556.1.4.803:=2147483648)', 'boolean': '(msExchHideFromAddressLists=TRUE)',
    'boolean-not': '(!(msExchHideFromAddressLists=TRUE))', 'class': '(objectClass=inetOrgPerson)', 'class-above': '(objectClass=person)',
    'category': '(objectCategory=person)', 'category-group': '(objectCategory=group)', 'sid': '(objectSid=S-1-5-32-544)', 'octets-present': '(mS-DS-ConsistencyGuid=*)',
    'time': '(&(whenCreated>=20200101000000.0Z)(!(whenCreated>=20990101000000.0Z))(department=Sales))', 'and-or-not': '(&(|(department=Sales)(department=Finance))(!(|(l=Oslo)(l=Paris))))',
    'not-not': '(!(!(department=Sales)))', 'and-of-absent': '(&(!(extensionAttribute1=*))(!(department=*)))',
    'names': '(distinguishedName=CN=Administrators,CN=Builtin,DC=corp,DC=example)', 'never-asked-for': '(telephoneNumber=+49 30 5550001*)',
    'member-of': '(memberOf=CN=Team Finance 1,OU=Groups,OU=Contoso,DC=corp,DC=example)',
    'no-member-of': '(&(department=Sales)(!(memberOf=CN=Team Finance 1,OU=Groups,OU=Contoso,DC=corp,DC=example)))',
    'in-chain': '(memberOf:1.2.840.113556.1.4.1941:=CN=Administrators,CN=Builtin,DC=corp,DC=example)',
    'below-manager': '(manager:1.2.840.113556.1.4.1941:=CN=Chain 1,OU=Chain,DC=corp,DC=example)',
    'not-below-manager': '(&(sAMAccountName=chain*)(!(manager:1.2.840.113556.1.4.1941:=CN=Chain 1,OU=Chain,DC=corp,DC=example)))',
    'next-manager': '(manager=CN=Chain 1,OU=Chain,DC=corp,DC=example)',
    'above': '(directReports:1.2.840.113556.1.4.1941:=CN=Chain 3,OU=Chain,DC=corp,DC=example)',
    'next-above': '(directReports=CN=Chain 3,OU=Chain,DC=corp,DC=example)',
    'beside-unset': '(|(employeeType=x)(department=Sales))',
}
RULES = ''.join(f'\n[rule form-{name}]\nClass=directory\nSeverity=notice\nFilter={form}\n' for name, form in FORMS.items())


class Oracle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()
        cls.ad = CORP.admin()
        cls.top = f'OU=Chain,{CORP.base}'
        cls.ad.add_s(cls.top, addition(objectClass='organizationalUnit'))
        for n in range(1, 5):
            above = {'manager': f'CN=Chain {n - 1},{cls.top}'} if n > 1 else {}
            cls.ad.add_s(f'CN=Chain {n},{cls.top}', addition(objectClass='user', sAMAccountName=f'chain{n}', **above))
        cls.scand = Scand(CORP, tenant=TENANT + RULES).start()

    @classmethod
    def tearDownClass(cls):
        assert cls.scand.stop() == 0
        cls.ad.delete_ext_s(cls.top, serverctrls=[RequestControl('1.2.840.113556.1.4.805', True, None)])
        cls.ad.unbind_s()

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

    def test_each_form_of_a_filter_finds_some_and_not_all(self):
        objects = self.scand.json('status')['objects']
        counts = self.scand.json('status')['rules']
        for name, form in FORMS.items():
            with self.subTest(form):
                self.assertIn(f'form-{name}', counts)
                self.assertLess(counts[f'form-{name}'], objects)

    def test_who_is_below_a_manager_is_followed(self):
        """Nobody changes but the one in the middle."""
        below = FORMS['below-manager']
        before = self.ask(below)
        self.assertEqual(len(before), 3)
        self.ad.modify_s(f'CN=Chain 3,{self.top}', modification(manager=None))
        after = self.ask(below)
        self.assertEqual(len(after), 1)
        self.scand.wait_until('the shorter chain', lambda: after == {
            finding['dn'].lower() for finding in self.scand.findings('--rule', 'form-below-manager', '--all')})
        self.ad.modify_s(f'CN=Chain 3,{self.top}', modification(manager=[f'CN=Chain 2,{self.top}']))
        self.scand.wait_until('the whole chain', lambda: before == {
            finding['dn'].lower() for finding in self.scand.findings('--rule', 'form-below-manager', '--all')})

    def test_the_directory_counts_the_objects_that_scand_keeps(self):
        asked = self.ask('(&(|(objectCategory=person)(objectCategory=group))(|(objectClass=user)(objectClass=contact)(objectClass=group)))')
        self.assertEqual(self.scand.json('status')['objects'], len(asked))

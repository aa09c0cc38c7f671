# SPDX-License-Identifier: MIT
"""An export of the tenant against a real domain: a finding of each rule that looks there, and one that a change in the directory closes."""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

import ldap

from lab import CORP, ROOT, SCANCTL, Scand, modification

sys.path.insert(0, os.path.join(ROOT, 'tests', 'lab'))
import tenant  # noqa: E402 pylint: disable=wrong-import-position


def ldif(connection, base):
    """What ldapsearch would print: only what the tenant is made of."""
    names = ['cn', 'objectGUID', 'mS-DS-ConsistencyGuid', 'sAMAccountName', 'userPrincipalName', 'proxyAddresses']
    page = ldap.controls.SimplePagedResultsControl(True, size=500, cookie='')
    while True:
        message = connection.search_ext(f'OU=Contoso,{base}', ldap.SCOPE_SUBTREE, '(&(objectClass=user)(!(objectClass=computer)))', names, serverctrls=[page])
        _, entries, _, controls = connection.result3(message)
        for name, attributes in entries:
            if name:
                yield {'dn': [name]} | {key.lower(): [value if key.lower() in ('objectguid', 'ms-ds-consistencyguid') else value.decode() for value in values]
                                        for key, values in attributes.items()}
        page.cookie = controls[0].cookie
        if not page.cookie:
            return


class Cloud(unittest.TestCase):
    def test_each_rule_of_the_cloud_finds_something_and_a_change_here_closes_it(self):
        CORP.start()
        connection = CORP.admin()
        self.addCleanup(connection.unbind_s)
        for name in tenant.PEOPLE:
            self.addCleanup(connection.delete_s, tenant.dn(name, CORP.base))
        self.modify(tenant.people(CORP.base))
        scand = Scand(CORP).start()
        scand.wait_current(CORP)
        self.assertEqual([f for f in scand.findings('--all') if f['rule'] in tenant.PEOPLE.values()], [])

        folder = tempfile.mkdtemp(dir=scand.directory)
        made = tenant.Tenant({guid for guid, in scand.query('SELECT guid FROM v_object WHERE in_scope')})
        for entry in ldif(connection, CORP.base):
            made.add_object(entry)
        made.write(folder)
        files = sorted(os.path.join(folder, name) for name in os.listdir(folder))
        done = subprocess.run([SCANCTL, '--config', scand.config, 'cloud', 'import', *files], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done)

        # What the export says of the tenant itself counts in a moment: with it everything is judged once more.
        found = {}
        for name, rule in tenant.PEOPLE.items():
            found[rule], = (f for f in scand.wait_finding(rule, name) if name in f['dn'])
        guest, = found['cloud-value-in-use']['others']
        self.assertEqual((guest['where'], guest['state'], guest['name']), ('cloud', 'guest', 'Viola of the partner'))

        self.compare_with_the_connector(scand, folder)

        # The directory gives way: the conflict with the cloud is over, and the others stay.
        self.modify(tenant.mend(CORP.base))
        scand.wait_finding('cloud-value-in-use', 'Viola Value', present=False)
        left = {f['rule'] for f in scand.findings('--all')}
        self.assertEqual([rule for rule in tenant.PEOPLE.values() if rule not in left], ['cloud-value-in-use'])

        # And back, so that it was the change.
        connection.modify_s(tenant.dn('Viola Value', CORP.base), modification(proxyAddresses=['SMTP:viola.value@contoso.com']))
        scand.wait_finding('cloud-value-in-use', 'Viola Value')
        self.assertEqual(scand.stop(), 0)

    def compare_with_the_connector(self, scand, folder):
        """What Connect Health would export of it: an error that was predicted, found by its DN, one that nobody predicted, and one of nobody here."""
        path = os.path.join(folder, 'errors.csv')
        with open(path, 'w', encoding='utf-8-sig', newline='') as file:
            file.write('Error Type,Distinguished Name,User Principal Name,Attribute Name,Attribute Value\r\n'
                       f'InvalidSoftMatch,"{tenant.dn("Sofia Soft", CORP.base)}",,ProxyAddresses,SMTP:sofia.soft@contoso.com\r\n'
                       'ObjectTypeMismatch,,TILO.TYPE@contoso.com,,\r\n'
                       f'IdentityDataValidationFailed,"{tenant.dn("Viola Value", CORP.base)}",,,\r\n'
                       'InvalidSoftMatch,"CN=Nobody,DC=other,DC=example",,,\r\n')
        os.utime(path, (time.time() + tenant.AHEAD,) * 2)
        done = subprocess.run([SCANCTL, '--config', scand.config, 'errors', 'import', '--json', path], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done)
        told = json.loads(done.stdout)
        self.assertEqual([(error['dn'] and error['dn'].split(',')[0], error['outcome'], [finding['rule'] for finding in error['findings']])
                          for error in told['errors']],
                         [('CN=Sofia Soft', 'predicted', ['cloud-soft-match-conflict']), ('CN=Tilo Type', 'predicted', ['cloud-type-mismatch']),
                          ('CN=Viola Value', 'not-found', []), (None, 'unknown-object', [])])
        # And the other way round: what scand expects to fail, and the connector did not report.
        self.assertIn('cloud-admin-conflict', {finding['rule'] for finding in told['balance']['not_there']})

    def modify(self, text):
        environment = os.environ | {'LDAPTLS_CACERT': CORP.file('ca.pem'), 'LDAPTLS_REQCERT': 'demand'}
        done = subprocess.run(['ldapmodify', '-x', '-H', f'ldaps://{CORP.address}', '-D', f'administrator@{CORP.realm}', '-y', CORP.file('admin.password')],
                              input=text, env=environment, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tenant of the lab's company: an export of the cloud in which there is one thing wrong for each rule that looks there.

    tenant.py people BASE               LDIF of the people whom it is about, for ldapmodify
    tenant.py export DATABASE FOLDER    reads the users of the domain as LDIF (ldapsearch -LLL -o ldif-wrap=no) from standard input and
                                        writes users.json and so on; prints a line "RULE TEXT" for each finding that must come of it
    tenant.py mend BASE                 LDIF after which the first of them is wrong no more

Everybody else in scope is in the tenant as the directory has them. An export says nothing of what changed in the hour before it, and a domain
of the lab is minutes old: so the files are dated three hours ahead.
"""

import base64
import json
import os
import pathlib
import sqlite3
import sys
import time
import uuid

MAIL = 'contoso.com'
AHEAD = 3 * 3600

# Of each: the name in the directory, and the rule that names them.
PEOPLE = {
    'Viola Value': 'cloud-value-in-use',
    'Sofia Soft': 'cloud-soft-match-conflict',
    'Tilo Type': 'cloud-type-mismatch',
    'Hanna Hard': 'cloud-hard-match-blocked',
    'Ada Admin': 'cloud-admin-conflict',
    'Otto Overtaken': 'cloud-soft-match',
    'Orla Outside': 'cloud-orphan',
    'Dora Differs': 'cloud-differs',
    'Quinn Quarantined': 'cloud-quarantined',
    'Nora Never': 'cloud-not-arrived',
    'Paula Password': 'password-not-synced',
    'Rosa Restored': 'cloud-restored-unmanaged',
}

# Kept out of scope, as administrators do it.
OUTSIDE = ('Orla Outside', 'Rosa Restored')


def alias(name):
    return name.lower().replace(' ', '.')


def dn(name, base):
    return f'CN={name},OU=Berlin,OU=People,OU=Contoso,{base}'


def people(base):
    records = []
    for name in PEOPLE:
        address = f'{alias(name)}@{MAIL}'
        lines = [f'dn: {dn(name, base)}', 'changetype: add', 'objectClass: user', f'sAMAccountName: {alias(name)[:20]}', f'userPrincipalName: {address}',
                 f'displayName: {name}', f'givenName: {name.split()[0]}', f'sn: {name.split()[1]}', 'userAccountControl: 546', f'mail: {address}',
                 f'mailNickname: {alias(name)}', f'proxyAddresses: SMTP:{address}']
        if name == 'Quinn Quarantined':
            lines.append(f'proxyAddresses: smtp:wanted@{MAIL}')
        if name in OUTSIDE:
            lines.append('adminDescription: User_NoSync')
        records.append('\n'.join(lines))
    records.append(f'dn: {dn("Paula Password", base)}\nchangetype: modify\nreplace: pwdLastSet\npwdLastSet: -1')
    return '\n\n'.join(records) + '\n'


def mend(base):
    address = f'viola.mended@{MAIL}'
    return (f'dn: {dn("Viola Value", base)}\nchangetype: modify\nreplace: proxyAddresses\nproxyAddresses: SMTP:{address}\n-\n'
            f'replace: mail\nmail: {address}\n-\n'
            f'replace: userPrincipalName\nuserPrincipalName: {address}\n')


def read_ldif(lines):
    """Objects as {attribute in lower case: [value]}, lines not wrapped. GUIDs are bytes."""
    entry = {}
    for line in lines:
        line = line.rstrip('\n')
        if not line or line.startswith('#'):
            if not line and entry:
                yield entry
                entry = {}
            continue
        name, _, value = line.partition(':')
        if value.startswith(':'):
            data = base64.b64decode(value[1:])
            value = data if name.lower() in ('objectguid', 'ms-ds-consistencyguid') else data.decode()
        else:
            value = value.strip()
        entry.setdefault(name.lower(), []).append(value)
    if entry:
        yield entry


class Tenant:
    def __init__(self, in_scope):
        self.in_scope = in_scope  # GUIDs
        self.users, self.roles, self.groups = [], [], []

    def add(self, login, anchor=None, synced=None, addresses=(), name=None, **more):
        entry = {'id': str(uuid.uuid5(uuid.NAMESPACE_DNS, f'{login}.{len(self.users)}')), 'displayName': name or login, 'userPrincipalName': login,
                 'mail': None, 'proxyAddresses': list(addresses), 'userType': 'Member', 'onPremisesImmutableId': anchor, 'onPremisesSyncEnabled': synced,
                 'onPremisesSecurityIdentifier': None, 'onPremisesProvisioningErrors': [], 'lastPasswordChangeDateTime': None} | more
        self.users.append(entry)
        return entry

    def add_object(self, entry):
        """Whoever is in scope, as the connector would have exported them; and what is wrong with some of them."""
        name = (entry.get('cn') or [''])[0]
        guid = entry['objectguid'][0]
        anchor = base64.b64encode((entry.get('ms-ds-consistencyguid') or [guid])[0]).decode()
        login = (entry.get('userprincipalname') or [f'{entry["samaccountname"][0]}@contoso.onmicrosoft.com'])[0]
        if name in PEOPLE:
            self.add_person(name, anchor, login)
        elif str(uuid.UUID(bytes_le=guid)) in self.in_scope:
            self.add(login, anchor, True, entry.get('proxyaddresses', ()), name)

    def add_person(self, name, anchor, login):
        primary = [f'SMTP:{login}']
        other = base64.b64encode(uuid.uuid5(uuid.NAMESPACE_DNS, name).bytes).decode()
        elsewhere = f'{alias(name)}@contoso.onmicrosoft.com'
        if name == 'Viola Value':
            self.add(f'viola_partner.example#EXT#@{elsewhere.split("@")[1]}', addresses=primary, name='Viola of the partner', userType='Guest')
        elif name == 'Sofia Soft':
            self.add(elsewhere, other, True, primary, 'Sofia of a forest that is gone')
        elif name == 'Tilo Type':
            self.groups.append({'id': str(uuid.uuid5(uuid.NAMESPACE_DNS, name)), 'displayName': 'Team Tilo', 'mail': login, 'mailEnabled': True,
                                'securityEnabled': False, 'groupTypes': ['Unified'], 'proxyAddresses': primary, 'onPremisesSyncEnabled': None,
                                'onPremisesSecurityIdentifier': None, 'onPremisesProvisioningErrors': []})
        elif name == 'Hanna Hard':
            self.add(elsewhere, anchor, None, [], 'Hanna, of the time before the sync')
        elif name == 'Ada Admin':
            admin = self.add(elsewhere, addresses=primary, name='Ada, an administrator')
            self.roles.append({'id': 'r1', 'principalId': admin['id'], 'roleDefinitionId': '62e90394-69f5-4237-9190-012177145e10'})
        elif name == 'Otto Overtaken':
            self.add(elsewhere, addresses=primary, name='Otto, made in the portal')
        elif name == 'Orla Outside':
            self.add(login, anchor, True, primary, name)
        elif name == 'Dora Differs':
            self.add(f'dora.before@{MAIL}', anchor, True, primary, name)
        elif name == 'Quinn Quarantined':
            self.add(login, anchor, True, primary, name, onPremisesProvisioningErrors=[{
                'category': 'PropertyConflict', 'occurredDateTime': '2026-11-20T09:30:00Z', 'propertyCausingError': 'ProxyAddress',
                'value': f'smtp:wanted@{MAIL}'}])
        elif name == 'Paula Password':
            self.add(login, anchor, True, primary, name, lastPasswordChangeDateTime='2025-01-01T00:00:00Z')
        elif name == 'Rosa Restored':
            self.add(login, anchor, False, primary, name)
        # Nora Never is not there: that is it.

    def write(self, folder):
        graph = 'https://graph.microsoft.com/v1.0/$metadata#'
        parts = {
            'users': {'@odata.context': graph + 'users', 'value': self.users},
            'groups': {'@odata.context': graph + 'groups', 'value': self.groups},
            'roles': {'@odata.context': graph + 'roleManagement/directory/roleAssignments', 'value': self.roles},
            'synchronization': {'value': [{'id': 'x', 'features': {
                'blockCloudObjectTakeoverThroughHardMatchEnabled': True, 'blockSoftMatchEnabled': False, 'passwordSyncEnabled': True,
                'softMatchOnUpnEnabled': True, 'quarantineUponProxyAddressesConflictEnabled': True, 'quarantineUponUpnConflictEnabled': True}}]},
            'organization': {'value': [{'id': str(uuid.uuid5(uuid.NAMESPACE_DNS, 'tenant')), 'displayName': 'Contoso', 'verifiedDomains': [
                {'name': 'contoso.onmicrosoft.com', 'isInitial': True}, {'name': MAIL, 'isInitial': False}, {'name': 'fabrikam.com', 'isInitial': False}],
                'directorySizeQuota': {'used': len(self.users), 'total': 50000}}]},
        }
        for part, content in parts.items():
            path = pathlib.Path(folder) / f'{part}.json'
            path.write_text(json.dumps(content), encoding='utf-8')
            os.utime(path, (time.time() + AHEAD,) * 2)


def export(database, folder, lines):
    connection = sqlite3.connect(f'file:{database}?mode=ro', uri=True)
    tenant = Tenant({guid for guid, in connection.execute('SELECT guid FROM v_object WHERE in_scope')})
    connection.close()
    for entry in read_ldif(lines):
        if 'objectguid' in entry and 'samaccountname' in entry:
            tenant.add_object(entry)
    tenant.write(folder)
    return [(rule, name) for name, rule in PEOPLE.items()]


def main():
    verb, arguments = sys.argv[1], sys.argv[2:]
    if verb == 'people':
        print(people(arguments[0]))
    elif verb == 'mend':
        print(mend(arguments[0]))
    elif verb == 'export':
        for rule, name in export(*arguments, sys.stdin):
            print(rule, name)
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main()

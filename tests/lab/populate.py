#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fills a freshly provisioned domain, straight into Samba's database while the domain controller is stopped.

    populate.py DIR [--schema FILE] [--objects N] [--flaws]

Samba's own modules do the work, so USNs, GUIDs, SIDs and replication metadata are as real as over LDAP, at ten times the speed.
Always made: the account svc-scand (its password in DIR/svc-scand.password) with DIR/svc-scand.keytab, and its right to list
deleted objects. With --objects also DIR/manifest.json: how much there is, and which findings it must give.
"""

import argparse
import base64
import json
import os
import uuid

import ldb
import samba.dckeytab  # noqa: F401 gives Net its export_keytab()
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
from samba.net import Net
from samba.param import LoadParm
from samba.samdb import SamDB

import company
import flaws

BATCH = 10000

# attributeSyntax, oMSyntax, oMObjectClass
SYNTAXES = {
    'string': ('2.5.5.12', '64', None), 'integer': ('2.5.5.9', '2', None), 'large': ('2.5.5.16', '65', None),
    'boolean': ('2.5.5.8', '1', None), 'octets': ('2.5.5.10', '4', None), 'sid': ('2.5.5.17', '4', None),
    'dn': ('2.5.5.1', '127', 'KwwCh3McAIVK'), 'orname': ('2.5.5.7', '127', 'VgYBAgULHQ=='),
}


def open_database(directory, options=()):
    parameters = LoadParm()
    parameters.load(f'{directory}/smb.conf')
    parameters.set('dsdb:schema update allowed', 'yes')
    database = SamDB(url=f'{directory}/dc/private/sam.ldb', session_info=system_session(), lp=parameters, options=list(options))
    return parameters, database


# --- schema

def add_schema(database, file):
    """The attributes go into the class Mail-Recipient, which users, groups and contacts all have; back links into top."""
    schema = str(database.get_schema_basedn())
    forward, back = ['mS-DS-ConsistencyGuid', 'thumbnailPhoto'], []
    with open(file, encoding='utf-8') as lines:
        for line in lines:
            if line.startswith('#') or not line.strip():
                continue
            name, oid, syntax, values, flags, lower, upper, link = line.split()
            attribute_syntax, om_syntax, om_class = SYNTAXES[syntax]
            entry = {
                'dn': f'CN={name},{schema}', 'objectClass': ['top', 'attributeSchema'], 'lDAPDisplayName': name, 'adminDisplayName': name,
                'attributeID': oid, 'attributeSyntax': attribute_syntax, 'oMSyntax': om_syntax,
                'isSingleValued': 'TRUE' if values == 'one' else 'FALSE', 'searchFlags': flags, 'showInAdvancedViewOnly': 'TRUE',
                'isMemberOfPartialAttributeSet': 'TRUE', 'schemaIDGUID': uuid.uuid5(uuid.NAMESPACE_OID, oid).bytes_le,
            }
            if om_class:
                entry['oMObjectClass'] = base64.b64decode(om_class)
            for key, value in (('rangeLower', lower), ('rangeUpper', upper), ('linkID', link)):
                if value != '-':
                    entry[key] = value
            database.add(entry)
            (back if name.endswith('BL') else forward).append(name)
    database.set_schema_update_now()
    for holder, names in (('Mail-Recipient', forward), ('Top', back)):
        modify(database, f'CN={holder},{schema}', {'mayContain': names}, ldb.FLAG_MOD_ADD)
    database.set_schema_update_now()


def modify(database, dn, attributes, flag=ldb.FLAG_MOD_REPLACE, controls=()):
    message = ldb.Message(ldb.Dn(database, dn))
    for name, values in attributes.items():
        message[name] = ldb.MessageElement(values, flag, name)
    database.modify(message, controls=list(controls))


# --- the account that scand uses

def add_account(directory, parameters, database, name):
    with open(f'{directory}/{name}.password', encoding='ascii') as file:
        password = file.read().strip()
    database.newuser(name, password, userou='CN=Users')
    dn = f'CN={name},CN=Users,{database.domain_dn()}'
    modify(database, dn, {'userAccountControl': [str(company.NEVER_EXPIRES)]})

    keytab = f'{directory}/{name}.keytab'
    Net(None, parameters).export_keytab(keytab=keytab, principal=f'{name}@{parameters.get("realm")}')
    os.chmod(keytab, 0o600)
    return dn


def grant_deleted_objects(database, account_dn):
    """List and read for one account on CN=Deleted Objects, as `dsacls … /G account:LCRP` does it on Windows.

    samba-tool dsacl cannot: it does not ask for deleted objects, and the container is one."""
    sid = ndr_unpack(security.dom_sid, database.search(account_dn, ldb.SCOPE_BASE, attrs=['objectSid'])[0]['objectSid'][0])
    domain_sid = security.dom_sid(database.get_domain_sid())
    dn = f'CN=Deleted Objects,{database.domain_dn()}'
    entry = database.search(dn, ldb.SCOPE_BASE, attrs=['nTSecurityDescriptor'], controls=['show_deleted:1', 'sd_flags:1:7'])[0]
    descriptor = ndr_unpack(security.descriptor, entry['nTSecurityDescriptor'][0])
    descriptor.dacl_add(security.descriptor.from_sddl(f'D:(A;CI;RPLCLORC;;;{sid})', domain_sid).dacl.aces[0])
    modify(database, dn, {'nTSecurityDescriptor': ndr_pack(descriptor)}, controls=['show_deleted:1', 'sd_flags:1:4'])


# --- the company

class Writer:
    """Adds objects in large transactions; resolves what refers to another object's SID."""

    def __init__(self, database):
        self.database = database
        self.pending = 0
        self.count = 0

    def add(self, dn, attributes):
        if self.pending == 0:
            self.database.transaction_start()
        entry = {'dn': dn}
        for name, value in attributes.items():
            if isinstance(value, company.SidOf):
                value = self.database.search(value.dn, ldb.SCOPE_BASE, attrs=['objectSid'])[0]['objectSid'][0]
            entry[name] = value
        self.database.add(entry, controls=['relax:0'])
        self.pending += 1
        self.count += 1
        if self.pending == BATCH:
            self.commit()

    def commit(self):
        if self.pending:
            self.database.transaction_commit()
        self.pending = 0


def add_exchange_containers(writer, firm, configuration):
    """Where homeMDB points to: databases below the organisation, all as plain containers."""
    path = f'CN=Services,{configuration}'
    for name in firm.exchange:
        path = f'CN={name},{path}'
        writer.add(path, {'objectClass': 'container'})
    for dn in firm.databases:
        writer.add(dn, {'objectClass': 'container'})
    # The next transaction is to find them.
    writer.commit()


def populate(database, options):
    firm = company.Company(str(database.domain_dn()))
    writer = Writer(database)
    has_exchange = options.schema is not None
    if has_exchange:
        add_exchange_containers(writer, firm, str(database.get_config_basedn()))
    for dn, attributes in firm.folders():
        writer.add(dn, attributes)

    expected = []
    healthy = 0
    for dn, attributes in firm.objects(options.objects):
        if not has_exchange:
            attributes = company.without_exchange(attributes)
        writer.add(dn, attributes)
        healthy += 1
    if options.flaws:
        for dn, attributes, rules in flaws.flaws(firm):
            writer.add(dn, attributes)
            expected += [{'dn': dn, 'rule': rule, 'severity': severity} for rule, severity in rules.items()]
    writer.commit()
    return {'healthy': healthy, 'expected': expected}


def main():
    parser = argparse.ArgumentParser(description='fill a provisioned lab domain')
    parser.add_argument('directory')
    parser.add_argument('--schema')
    parser.add_argument('--objects', type=int, default=0)
    parser.add_argument('--flaws', action='store_true')
    options = parser.parse_args()

    parameters, database = open_database(options.directory)
    if options.schema:
        add_schema(database, options.schema)
    account = add_account(options.directory, parameters, database, 'svc-scand')
    grant_deleted_objects(database, account)

    if options.objects:
        # Without batch_mode every single add copies the caches of the transaction: ten times slower from 15,000 objects on.
        _, database = open_database(options.directory, ['batch_mode:1', 'transaction_index_cache_size:400000'])
        manifest = populate(database, options)
        with open(f'{options.directory}/manifest.json', 'w', encoding='utf-8') as file:
            json.dump(manifest, file, indent=1, ensure_ascii=False)


if __name__ == '__main__':
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What an administrator would write on an afternoon: python-ldap reads the directory, sqlite3 keeps it, and a few dozen lines look for
what Entra Connect will not take. No trick was left out that everybody knows: pages of 1,000, one transaction, executemany, compiled
regular expressions, an index made after the rows.

    admin-script.py URL CA-FILE USER PASSWORD-FILE BASE FILTER DATABASE ATTRIBUTE…

Prints what it found, "RULE\\tDN" a line: the same as scand for the flaws that the made-up company has.
"""

import collections
import re
import sqlite3
import sys

import ldap
import ldap.controls

URL, CA_FILE, USER, PASSWORD_FILE, BASE, FILTER, DATABASE, *ATTRIBUTES = sys.argv[1:]
VERIFIED = {'contoso.com', 'fabrikam.com', 'contoso.onmicrosoft.com', 'contoso.mail.onmicrosoft.com'}
LOGIN = re.compile(r"[A-Za-z0-9'.\-_!#^~]+(?<!\.)@[A-Za-z0-9.\-]+")
ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]+(?<!\.)@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+")
NICKNAME = re.compile(r"(?!\.)(?!.*\.\.)[^\s@\\\"|,/\[\]:<>+=;?*']{1,64}(?<!\.)")
LIMITS = {'displayName': 256, 'givenName': 64, 'sn': 64, 'title': 128, 'department': 64, 'company': 64, 'l': 128, 'mail': 256,
          'sAMAccountName': 256, 'description': 448, 'info': 448}


def connect():
    connection = ldap.initialize(URL)
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, CA_FILE)
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    connection.set_option(ldap.OPT_REFERRALS, 0)
    with open(PASSWORD_FILE, encoding='ascii') as file:
        connection.simple_bind_s(USER, file.read().strip())
    return connection


def read(connection):
    page = ldap.controls.SimplePagedResultsControl(True, size=1000, cookie='')
    deleted = ldap.controls.RequestControl('1.2.840.113556.1.4.417', True)
    while True:
        message = connection.search_ext(BASE, ldap.SCOPE_SUBTREE, FILTER, ATTRIBUTES, serverctrls=[page, deleted])
        _, entries, _, controls = connection.result3(message)
        for dn, attributes in entries:
            if dn:
                yield dn, {name: [value if name in ('objectGUID', 'parentGUID', 'objectSid') else value.decode('utf-8', 'replace')
                                  for value in values] for name, values in attributes.items()}
        page.cookie = next(control.cookie for control in controls if control.controlType == page.controlType)
        if not page.cookie:
            return


def smtp(addresses):
    return [address for address in addresses if address.lower().startswith('smtp:')]


def judge(dn, entry):
    """Rules about one object."""
    classes = [name.lower() for name in entry['objectClass']]
    display, nickname = entry.get('displayName', [''])[0], entry.get('mailNickname', [''])[0]
    addresses = entry.get('proxyAddresses', [])
    mail = entry.get('mail', [''])[0]
    if 'user' in classes:
        login = entry.get('userPrincipalName', [''])[0]
        if not login:
            yield 'upn-missing'
        elif not LOGIN.fullmatch(login):
            yield 'upn-invalid'
        elif login.partition('@')[2].lower() not in VERIFIED:
            yield 'upn-not-routable' if login.endswith('.local') else 'upn-unverified-domain'
        elif len(login.partition('@')[0]) > 64:
            yield 'upn-too-long'
    if display and not display.strip():
        yield 'displayname-blank'
    if nickname and not NICKNAME.fullmatch(nickname):
        yield 'mailnickname-invalid'
    if len([address for address in addresses if address.startswith('SMTP:')]) > 1:
        yield 'primary-smtp-several'
    for address in smtp(addresses):
        if not ADDRESS.fullmatch(address[5:]):
            yield 'proxy-invalid'
        elif 'user' in classes and address.rpartition('@')[2].lower() not in VERIFIED:
            yield 'proxy-unverified-domain'
    primary = next((address[5:] for address in addresses if address.startswith('SMTP:')), '')
    if mail and primary and mail.lower() != primary.lower():
        yield 'mail-not-primary'
    for name, limit in LIMITS.items():
        if any(len(value) > limit for value in entry.get(name, [])):
            yield 'value-truncated'


def main():
    database = sqlite3.connect(DATABASE, isolation_level=None)
    database.executescript('''
        PRAGMA journal_mode=WAL;
        CREATE TABLE object(guid BLOB PRIMARY KEY, dn TEXT, usn INTEGER);
        CREATE TABLE attribute(guid BLOB, name TEXT, value TEXT);
        CREATE TABLE address(address TEXT, guid BLOB);
        CREATE TABLE finding(guid BLOB, rule TEXT, UNIQUE(guid, rule));''')
    database.execute('BEGIN')
    rows = collections.defaultdict(list)

    def flush():
        database.executemany('INSERT INTO object VALUES (?, ?, ?)', rows['object'])
        database.executemany('INSERT INTO attribute VALUES (?, ?, ?)', rows['attribute'])
        database.executemany('INSERT INTO address VALUES (?, ?)', rows['address'])
        database.executemany('INSERT OR IGNORE INTO finding VALUES (?, ?)', rows['finding'])
        rows.clear()

    for dn, entry in read(connect()):
        guid = entry['objectGUID'][0]
        rows['object'].append((guid, dn, int(entry['uSNChanged'][0])))
        for name, values in entry.items():
            rows['attribute'].extend((guid, name, value) for value in values)
        held = {address[5:].lower() for address in smtp(entry.get('proxyAddresses', []))}
        held.update(value.lower() for value in entry.get('userPrincipalName', []))
        rows['address'].extend((address, guid) for address in held)
        rows['finding'].extend((guid, rule) for rule in judge(dn, entry))
        if len(rows['object']) >= 10000:
            flush()
    flush()
    database.execute('CREATE INDEX address_by_name ON address(address)')
    database.execute('''
        INSERT OR IGNORE INTO finding SELECT guid, 'smtp-address-not-unique' FROM address
                WHERE address IN (SELECT address FROM address GROUP BY address HAVING count(*) > 1)''')
    database.execute('COMMIT')
    for rule, dn in database.execute('SELECT rule, dn FROM finding JOIN object USING (guid) ORDER BY rule, dn'):
        print(f'{rule}\t{dn}')


main()

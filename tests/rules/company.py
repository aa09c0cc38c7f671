#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A healthy company of 50,000 must open with no error and no warning; with 100 faults in it, exactly those are named.

    company.py SCANCTL [COUNT] [--keep FILE]

The company is that of the lab (tests/lab/company.py) and around it what a directory gathers in twenty years: what Windows, Exchange
and the connector made for themselves, people without Exchange, admins, contractors, front-line workers, names in all scripts, old
addresses of every type. A false positive here is a mistake of a rule, never of the company.

SCAND_TEST_SEED repeats a run. TAP.
"""

import base64
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lab'))
sys.dont_write_bytecode = True
from company import (CITIES, DISABLED, DISTRIBUTION_UNIVERSAL, ENABLED, INITIAL, NEVER_EXPIRES, REMOTE_ROOM, REMOTE_SHARED,  # noqa: E402
                     REMOTE_USER, ROUTING, SECURITY_GLOBAL, SECURITY_UNIVERSAL, USER_MAILBOX, Company, SidOf, ascii_alias, escape_rdn)

BASE = 'DC=corp,DC=contoso,DC=com'
CONFIG = f'''[tenant]
InitialDomain={INITIAL}
VerifiedDomain=contoso.com, fabrikam.com
RoutingDomain={ROUTING}
SourceAnchor=mS-DS-ConsistencyGuid
UserMatch=none
'''
MAIL = 'contoso.com'
FAULTS = 100

# msExchRecipientTypeDetails of what the lab does not have
MAIL_USER, LEGACY_MAILBOX, ARBITRATION, DISCOVERY, MONITORING, PUBLIC_FOLDER = 128, 8, 1 << 23, 1 << 29, 1 << 39, 1 << 36
AUDIT_LOG, ROLE_GROUP, SYSTEM_MAILBOX = 1 << 42, 1 << 30, 1 << 14
DOMAIN_LOCAL, BUILTIN_LOCAL = -2147483644, -2147483643


class Contoso(Company):
    """The lab's company, with the corners of an old one."""

    def __init__(self):
        super().__init__(BASE)
        self.mail = MAIL
        self.name = 'Contoso'
        self.is_contoso = True

    def _dn(self, name, *path):
        """AD takes Müller and Muller for one name, of which there can be one in a place."""
        number, wish = 1, name
        while self._seen(name, path) in self.names:
            number += 1
            name = f'{wish} {number}'
        self.names.add(self._seen(name, path))
        return f'CN={escape_rdn(name)},{self.place(*path)}'

    @staticmethod
    def _seen(name, path):
        return ascii_alias(name), path

    def everything(self, count):
        yield from self.windows()
        yield from self.exchange_itself()
        yield from self.connector()
        old = list(self.corners(count // 10))
        yield from old
        yield from self.objects(count - len(old))

    # --- what nobody made by hand

    def builtin(self, name, path='CN=Users', **attributes):
        return f'CN={name},{path},{BASE}', {'sAMAccountName': name} | attributes

    def windows(self):
        for name, control in (('Administrator', 66048), ('Guest', 66082), ('krbtgt', 514), ('krbtgt_20113', 514), ('DefaultAccount', 66082)):
            yield self.builtin(name, objectClass='user', userAccountControl=str(control), isCriticalSystemObject='TRUE',
                               description=f'Built-in account {name}')
        for name in ('Domain Users', 'Domain Admins', 'Domain Guests', 'Enterprise Admins', 'Cert Publishers', 'Protected Users'):
            yield self.builtin(name, objectClass='group', groupType=str(SECURITY_GLOBAL), isCriticalSystemObject='TRUE')
        for name in ('Administrators', 'Users', 'Guests', 'Remote Desktop Users', 'Event Log Readers'):
            yield self.builtin(name, 'CN=Builtin', objectClass='group', groupType=str(BUILTIN_LOCAL), isCriticalSystemObject='TRUE')
        # Not critical, so they sync, without mail and display name: nothing is wrong with them.
        for name, kind in (('DnsAdmins', DOMAIN_LOCAL), ('DnsUpdateProxy', SECURITY_GLOBAL), ('DHCP Users', DOMAIN_LOCAL),
                           ('WINS Users', DOMAIN_LOCAL), ('TelnetClients', DOMAIN_LOCAL), ('HelpServicesGroup', DOMAIN_LOCAL)):
            yield self.builtin(name, objectClass='group', groupType=str(kind), description='Made by Windows')
        yield self.builtin('FABRIKAM$', objectClass='user', userAccountControl='2080', isCriticalSystemObject='TRUE')
        yield self.builtin('SUPPORT_388945a0', objectClass='user', userAccountControl='66050', displayName='CN=Microsoft Corporation',
                           description='This is a vendor account for the Help and Support Service')
        yield self.builtin('IUSR_WEB01', objectClass='user', userAccountControl=str(NEVER_EXPIRES), displayName='Internet Guest Account',
                           userPrincipalName='IUSR_WEB01@corp.contoso.com', description='Anonymous access to IIS')

    def exchange_itself(self):
        """Enabled or not as Exchange leaves them, with addresses of the domain's own name."""
        for number in range(60):
            name = f'HealthMailbox{uuid.uuid5(uuid.NAMESPACE_DNS, str(number)).hex}'
            yield (f'CN={name},CN=Monitoring Mailboxes,CN=Microsoft Exchange System Objects,{BASE}', {
                'objectClass': 'user', 'sAMAccountName': f'HM_{name[13:29]}', 'userPrincipalName': f'{name}@corp.contoso.com',
                'displayName': f'HealthMailbox-EX0{number % 4}-{number:03}', 'userAccountControl': str(NEVER_EXPIRES),
                'mail': f'{name}@corp.contoso.com', 'mailNickname': name, 'proxyAddresses': f'SMTP:{name}@corp.contoso.com',
                'msExchRecipientTypeDetails': str(MONITORING), 'homeMDB': self.databases[0], 'msExchHideFromAddressLists': 'TRUE',
                'msExchMailboxGuid': uuid.uuid5(uuid.NAMESPACE_DNS, name).bytes_le,
                'legacyExchangeDN': f'/o=Contoso/ou=Exchange/cn=Recipients/cn={name}'})
        for name, kind in (('SystemMailbox{1f05a927-89c0-4725-adca-4527114196a1}', ARBITRATION),
                           ('SystemMailbox{e0dc1c29-89c3-4034-b678-e6c29d823ed9}', ARBITRATION),
                           ('Migration.8f3e7716-2011-43e4-96b1-aba62d229136', ARBITRATION),
                           ('FederatedEmail.4c1f4d8b-8179-4148-93bf-00a95fa1e042', ARBITRATION),
                           ('DiscoverySearchMailbox {D919BA05-46A6-415f-80AD-7E09334BB852}', DISCOVERY),
                           ('SystemMailbox{8cc370d3-822a-4ab8-a926-bb94bd0641a9}', AUDIT_LOG)):
            alias = name.replace(' ', '')
            address = f'{alias.replace("{", "").replace("}", "")}@corp.contoso.com'
            yield self.builtin(name, objectClass='user', userAccountControl='514', userPrincipalName=f'{alias}@corp.contoso.com',
                               displayName='Microsoft Exchange', mail=address, mailNickname=alias, proxyAddresses=f'SMTP:{address}',
                               msExchRecipientTypeDetails=str(kind), homeMDB=self.databases[0], sAMAccountName='SM_' + str(abs(hash_of(name)))[:16],
                               msExchHideFromAddressLists='TRUE', msExchMailboxGuid=uuid.uuid5(uuid.NAMESPACE_DNS, name).bytes_le)
        yield self.builtin('$331000-8V7L5QI1T0FA', objectClass='user', userAccountControl='514')
        for number in range(3):
            name = f'PublicFolders{number}'
            yield self.builtin(name, objectClass='user', userAccountControl='514', userPrincipalName=f'{name}@contoso.com',
                               displayName=name, mail=f'{name}@contoso.com', mailNickname=name, proxyAddresses=f'SMTP:{name}@contoso.com',
                               msExchRecipientTypeDetails=str(PUBLIC_FOLDER), homeMDB=self.databases[1],
                               msExchMailboxGuid=uuid.uuid5(uuid.NAMESPACE_DNS, name).bytes_le)
        for name in ('Organization Management', 'Recipient Management', 'View-Only Organization Management', 'Help Desk', 'Hygiene Management'):
            yield self.builtin(name, 'OU=Microsoft Exchange Security Groups', objectClass='group', groupType=str(SECURITY_UNIVERSAL),
                               msExchRecipientTypeDetails=str(ROLE_GROUP))
        for name in ('Exchange Servers', 'Exchange Trusted Subsystem', 'Exchange Windows Permissions', 'ExchangeLegacyInterop'):
            yield self.builtin(name, 'OU=Microsoft Exchange Security Groups', objectClass='group', groupType=str(SECURITY_UNIVERSAL),
                               displayName=name)
        name = 'extest_0d3f5a1c2b4e4'
        yield self.builtin(name, objectClass='user', userAccountControl=str(NEVER_EXPIRES), userPrincipalName=f'{name}@corp.contoso.com',
                           mail=f'{name}@contoso.com', mailNickname=name, proxyAddresses=f'SMTP:{name}@contoso.com', displayName=name,
                           msExchRecipientTypeDetails=str(USER_MAILBOX), homeMDB=self.databases[0],
                           msExchMailboxGuid=uuid.uuid5(uuid.NAMESPACE_DNS, name).bytes_le)

    def connector(self):
        yield self.builtin('MSOL_0a1b2c3d4e5f', objectClass='user', userAccountControl=str(NEVER_EXPIRES),
                           userPrincipalName='MSOL_0a1b2c3d4e5f@corp.contoso.com',
                           description='Account created by Microsoft Azure Active Directory Connect with installation identifier …')
        yield self.builtin('AAD_5e4d3c2b1a0f', objectClass='user', userAccountControl=str(NEVER_EXPIRES))
        for name in ('ADSyncAdmins', 'ADSyncOperators', 'ADSyncBrowse', 'ADSyncPasswordSet'):
            yield self.builtin(name, objectClass='group', groupType=str(DOMAIN_LOCAL), description='Made by Entra Connect')

    # --- people and things as they became over the years

    def corners(self, count):
        makers = [maker for name, maker in sorted(vars(Contoso).items()) if name.startswith('corner_')]
        for number in range(count):
            for dn, attributes in makers[number % len(makers)](self, number):
                yield dn, attributes

    def person(self, number, name=None, *path, **changes):
        dn, attributes = self.user(name or self._name(), *(path or ('People', CITIES[number % len(CITIES)])),
                                   kind=changes.pop('kind', USER_MAILBOX), control=changes.pop('control', ENABLED))
        return dn, {key: value for key, value in (attributes | changes).items() if value is not None}

    @staticmethod
    def bare():
        """Without Exchange."""
        return dict.fromkeys(('mailNickname', 'proxyAddresses', 'msExchRecipientTypeDetails', 'homeMDB', 'msExchMailboxGuid',
                              'targetAddress', 'msExchRemoteRecipientType', 'legacyExchangeDN'))

    def corner_mail_only(self, number):
        """Never had Exchange here: mail is all there is."""
        yield self.person(number, **self.bare())

    def corner_cloud_first(self, number):
        """Mail and addresses, written by a provisioning tool, no mailNickname."""
        dn, attributes = self.person(number)
        keep = {key: attributes[key] for key in ('objectClass', 'sAMAccountName', 'userPrincipalName', 'displayName', 'givenName', 'sn',
                                                 'mail', 'proxyAddresses', 'userAccountControl')}
        yield dn, keep | {'extensionAttribute1': 'provisioned', 'employeeType': 'FTE'}

    def corner_written_in_capitals(self, number):
        dn, attributes = self.person(number)
        alias = attributes['mailNickname']
        yield dn, attributes | {
            'userPrincipalName': f'{alias.title()}@Contoso.COM', 'mail': f'{alias}@CONTOSO.com',
            'proxyAddresses': [f'SMTP:{alias.title()}@contoso.com', f'smtp:{alias}@{ROUTING}', f'sip:{alias}@contoso.com']}

    def corner_signs_of_rfc_5322(self, number):
        dn, attributes = self.person(number)
        alias = attributes['mailNickname']
        yield dn, attributes | {
            'mail': f"o'{alias}@{MAIL}", 'userPrincipalName': f"o'{alias}@{MAIL}", 'mailNickname': f"o'{alias}",
            'proxyAddresses': [f"SMTP:o'{alias}@{MAIL}", f'smtp:{alias}+news@{MAIL}', f'smtp:r&d_{alias}@{MAIL}', f'smtp:{alias}-{number}@{MAIL}',
                               f'smtp:{alias}=x@{MAIL}', f'smtp:#{alias}@{MAIL}']}

    def corner_number_signs_in(self, number):
        yield self.person(number, userPrincipalName=f'e{200000 + number}@{MAIL}', sAMAccountName=f'e{200000 + number}')

    def corner_trimmed(self, number):
        dn, attributes = self.person(number)
        yield dn, attributes | {'displayName': attributes['displayName'] + ' ', 'mail': attributes['mail'] + ' ',
                                'department': ' Sales', 'description': 'Moved from Bern \r\nin 2009 '}

    def corner_old_addresses(self, number):
        dn, attributes = self.person(number)
        alias = attributes['mailNickname']
        yield dn, attributes | {'proxyAddresses': attributes['proxyAddresses'] + [
            f'X500:/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={uuid.uuid5(uuid.NAMESPACE_DNS, alias).hex}-{alias}',
            f'x500:/o=Contoso/ou=First Administrative Group/cn=Recipients/cn={alias}{number}', f'EUM:{7000 + number};phone-context=UM.contoso.com',
            f'X400:C=US;A= ;P=Contoso;O=Exchange;S={alias};', f'SPO:SPO_{uuid.uuid5(uuid.NAMESPACE_DNS, alias)}@SPO_{uuid.uuid5(uuid.NAMESPACE_DNS, MAIL)}',
            f'NOTES:{alias}/Bern/Contoso@CONTOSO', f'MS:CONTOSO/BERN/{alias[:8].upper()}{number}', f'smtp:{alias}@fabrikam.com']}

    def corner_skype(self, number):
        dn, attributes = self.person(number)
        alias = attributes['mailNickname']
        yield dn, attributes | {'msRTCSIP-PrimaryUserAddress': f'sip:{alias}@{MAIL}',
                                'proxyAddresses': attributes['proxyAddresses'] + [f'sip:{alias}@{MAIL}']}

    def corner_admin(self, number):
        """A second account of the same person: same name, no mail."""
        name = self._name()
        yield self.person(number, name)
        alias = self._alias('adm ' + name)
        first, _, last = name.partition(' ')
        yield self._dn(f'{last}, {first} (Admin)', 'Services'), {
            'objectClass': 'user', 'sAMAccountName': self._account(alias), 'userPrincipalName': f'{alias}@{MAIL}', 'givenName': first, 'sn': last,
            'displayName': f'{last}, {first} (Admin)', 'userAccountControl': str(ENABLED), 'adminCount': '1'}

    def corner_service(self, number):
        """Made by a script: no user principal name, or one with the domain's own name."""
        account = f'sql-{number:05}'
        _, attributes = self.service(account)
        changes = ({'userPrincipalName': None}, {'userPrincipalName': f'{account}@corp.contoso.com'}, {'userPrincipalName': f'{account}@{MAIL}'})
        yield (self._dn(account, 'Services'), {key: value for key, value in (attributes | changes[number % 3] | {
            'displayName': f'SQL Server {number}', 'servicePrincipalName': f'MSSQLSvc/sql{number}.corp.contoso.com:1433'}).items() if value})

    def corner_contractor(self, number):
        """A mail user: the address is that of the agency."""
        dn, attributes = self.person(number, kind=MAIL_USER)
        address = f'{attributes["mailNickname"]}@{self.partners[number % len(self.partners)]}'
        own = f'{attributes["mailNickname"]}.ext@{MAIL}'
        attributes |= {'targetAddress': f'SMTP:{address}', 'userPrincipalName': own}
        if number % 2:
            attributes |= {'mail': own, 'proxyAddresses': [f'SMTP:{own}', f'smtp:{address}']}
        else:
            attributes |= {'mail': address, 'proxyAddresses': [f'SMTP:{address}', f'smtp:{own}']}
        attributes.pop('msExchRemoteRecipientType', None)
        yield dn, attributes

    def corner_moved_to_the_cloud(self, number):
        """A remote mailbox that once was here keeps its GUID, and gets its archive there."""
        dn, attributes = self.person(number, kind=REMOTE_USER)
        yield dn, attributes | {'msExchMailboxGuid': self._guid('moved.' + attributes['mailNickname']), 'msExchRecipientDisplayType': '-2147483642',
                                'extensionAttribute2': 'wave 3'}

    def corner_legacy_mailbox(self, number):
        yield self.person(number, kind=LEGACY_MAILBOX, homeMDB=self.databases[3], targetAddress=None, msExchRemoteRecipientType=None,
                          msExchMailboxGuid=self._guid(f'legacy.{number}'))

    def corner_scripts(self, number):
        names = ('Дмитрий Иванов', 'Ελένη Παπαδοπούλου', '山田 太郎', 'محمد علي', '김 철수', 'Đặng Thị Hương', 'דוד כהן', 'ქეთევან გელაშვილი',
                 'Þórður Ægisson', 'Ñandú Ÿsaÿe', 'ﾔﾏﾀﾞ ﾀﾛｳ', 'Straße Weiẞ')
        display = names[number % len(names)]
        first, _, last = display.partition(' ')
        yield self.person(number, f'Person {number}', displayName=display, givenName=first, sn=last, company='Contoso Ελλάς', l='Zürich', st='Île-de-France')

    def corner_almost_same_name(self, number):
        """Told apart by a letter that AD ignores, in what need not be unique."""
        for name in ('Anna Müller', 'Anna Muller', 'Änna Muller'):
            yield self.person(number, name)

    def corner_leaver(self, number):
        """Disabled, and nobody tidied up: a UPN that is none, no mail left, an address of a domain that was sold."""
        broken = ({'userPrincipalName': f'zz left {number}@{MAIL}'}, {'userPrincipalName': f'left.{number}@contoso.local'},
                  {'userPrincipalName': None}, {'mail': f'left.{number}@sold-domain.com'},
                  {'proxyAddresses': [f'SMTP:left.{number}@{MAIL}', f'smtp:left.{number}@sold-domain.com'], 'mail': f'left.{number}@{MAIL}'})
        yield self.person(number, None, 'Leavers', control=DISABLED, **broken[number % len(broken)], msExchHideFromAddressLists='TRUE')

    def corner_sold_domain(self, number):
        """A secondary address of a domain that was given up."""
        dn, attributes = self.person(number)
        yield dn, attributes | {'proxyAddresses': attributes['proxyAddresses'] + [f'smtp:{attributes["mailNickname"]}@sold-domain.com']}

    def corner_shop_floor(self, number):
        yield self.person(number, mail=None, **self.bare())

    def corner_own_anchor(self, number):
        """The connector has written back the objectGUID, as it does."""
        guid = self._guid(f'own.{number}')
        yield self.person(number, objectGUID=guid, **{'mS-DS-ConsistencyGuid': guid})

    def corner_room(self, number):
        """As Exchange makes them: disabled, a name of two words, no person."""
        dn, attributes = self.user(f'Room {number} “Matterhorn”', 'Resources', kind=REMOTE_ROOM, control=DISABLED)
        del attributes['givenName'], attributes['sn']
        yield dn, attributes | {'msExchResourceCapacity': '12'}
        yield self.person(number, f'Office {number} shared', 'Resources', kind=REMOTE_SHARED, control=DISABLED, sn=None,
                          userPrincipalName=f'shared office {number}@{MAIL}')

    def corner_contacts(self, number):
        partner = self.partners[number % len(self.partners)]
        dn, attributes = self.contact(self._name(), partner, 'Contacts', partner)
        alias = attributes['mailNickname']
        yield dn, attributes | {'proxyAddresses': attributes['proxyAddresses'] + [f'smtp:{alias}.contact@{MAIL}',
                                                                                f'X500:/o=Contoso/ou=Exchange/cn=Recipients/cn={alias}']}
        # The address of the house in front, the partner's behind.
        dn, attributes = self.contact(self._name(), partner, 'Contacts', partner)
        own = f'{attributes["mailNickname"]}@{MAIL}'
        yield dn, attributes | {'mail': own, 'proxyAddresses': [f'SMTP:{own}']}
        # A card with a telephone number, and one with an address but without Exchange.
        yield self._dn(f'Taxi {number}', 'Contacts'), {'objectClass': 'contact', 'displayName': f'Taxi {number}', 'telephoneNumber': f'+49 30 {number}'}
        yield self._dn(f'Press {number}', 'Contacts'), {'objectClass': 'contact', 'displayName': f'Press {number}', 'mail': f'press{number}@{partner}'}
        # Hidden from address lists, as helpers of mail flow are.
        dn, attributes = self.contact(f'Relay {number}', partner, 'Contacts', partner)
        yield dn, attributes | {'msExchHideFromAddressLists': 'TRUE'}

    def corner_groups(self, number):
        yield self.group(f'Role {number} R&D #1', SECURITY_GLOBAL, 'Groups', mail=False)
        dn, attributes = self.group(f'Domain local {number}', DOMAIN_LOCAL, 'Groups', mail=False)
        del attributes['displayName']
        yield dn, attributes
        dn, attributes = self.group(f'News and views {number}', DISTRIBUTION_UNIVERSAL, 'Groups')
        yield dn, attributes | {'msExchHideFromAddressLists': 'TRUE', 'proxyAddresses': attributes['proxyAddresses'] + [f'X500:/o=Contoso/cn=news{number}']}
        # A list that has nothing but mail.
        dn, attributes = self.group(f'Old list {number}', DISTRIBUTION_UNIVERSAL, 'Groups', mail=False)
        yield dn, attributes | {'mail': f'old.list{number}@{MAIL}'}

    def corner_opted_out(self, number):
        yield self.person(number, adminDescription='User_NoSync')

    def corner_visible_hidden(self, number):
        yield self.person(number, msExchHideFromAddressLists='TRUE', publicDelegates=self.people[:1] or None, authOrig=None)

    def corner_child_domain(self, number):
        """Another domain of the forest has the same account names."""
        dn, attributes = self.person(number)
        yield dn, attributes
        alias = self._alias('emea ' + attributes['displayName'])
        child = f'OU=People,DC=emea,{self.base}'
        yield f'CN={alias},{child}', attributes | {
            'userPrincipalName': f'{alias}@{MAIL}', 'mail': f'{alias}@{MAIL}', 'mailNickname': alias, 'proxyAddresses': [f'SMTP:{alias}@{MAIL}'],
            'legacyExchangeDN': f'/o=Contoso/ou=EMEA/cn=Recipients/cn={alias}', 'msExchMailboxGuid': self._guid(alias)}
        yield f'CN=backup{number},{child}', {'objectClass': 'user', 'sAMAccountName': f'backup{number}', 'userAccountControl': str(NEVER_EXPIRES)}
        yield f'CN=backup{number},CN=Users,{self.base}', {'objectClass': 'user', 'sAMAccountName': f'backup{number}',
                                                         'userAccountControl': str(NEVER_EXPIRES)}

    def corner_shared_and_enabled(self, number):
        yield self.person(number, f'Info desk {number}', 'Resources', kind=4, sn=None)

    def corner_spaces_around_addresses(self, number):
        dn, attributes = self.person(number)
        yield dn, attributes | {'proxyAddresses': [' ' + attributes['proxyAddresses'][0]] + [attributes['proxyAddresses'][1] + ' '],
                                'mailNickname': attributes['mailNickname'] + ' ', 'givenName': attributes['givenName'] + ' '}

    def corner_kiosk(self, number):
        """Signs in on a screen in the hall: enabled, no person, no mail."""
        account = f'kiosk-{number:05}'
        yield self._dn(account, 'Services'), {'objectClass': 'user', 'sAMAccountName': account, 'userPrincipalName': f'{account}@{MAIL}',
                                              'displayName': f'Kiosk {number}', 'userAccountControl': str(NEVER_EXPIRES)}


def hash_of(text):
    return uuid.uuid5(uuid.NAMESPACE_DNS, text).int


# --- faults: a healthy person or thing is taken, and one thing of it is broken

def _proxies(attributes, *more):
    return {'proxyAddresses': attributes['proxyAddresses'] + list(more)}


ONE = (  # name of the rule, severity, what is broken
    ('critical-system-object', 'error', lambda a, n: {'isCriticalSystemObject': 'FALSE'}),
    ('msol-account', 'error', lambda a, n: {'sAMAccountName': f'MSOL_{n}'}),
    ('aad-account', 'error', lambda a, n: {'sAMAccountName': f'AAD_{n}'}),
    ('exchange-system-recipient', 'error', lambda a, n: {'msExchRecipientTypeDetails': str(SYSTEM_MAILBOX)}),
    ('linked-mailbox', 'error', lambda a, n: {'msExchRecipientTypeDetails': '2', 'msExchMasterAccountSid': sid_of(f'nobody {n}')}),
    ('primary-smtp-missing', 'warning', lambda a, n: {'proxyAddresses': ['smtp:' + a['mail']]}),
    ('primary-smtp-several', 'error', lambda a, n: _proxies(a, f'SMTP:second.{n}@{MAIL}')),
    ('mail-not-primary', 'warning', lambda a, n: {'mail': f'other.{n}@{MAIL}'}),
    ('proxy-no-prefix', 'warning', lambda a, n: _proxies(a, f'noprefix.{n}@{MAIL}')),
    ('proxy-reserved-suffix', 'warning', lambda a, n: _proxies(a, f'smtp:reserved.{n}@elsewhere.onmicrosoft.com')),
    ('proxy-invalid', 'warning', lambda a, n: _proxies(a, f'smtp:in valid.{n}@{MAIL}')),
    ('proxy-too-long', 'error', lambda a, n: _proxies(a, f'x500:/o={n}/{"y" * 250}')),
    ('mailnickname-invalid', 'warning', lambda a, n: {'mailNickname': f'.dot{n}'}),
    ('upn-missing', 'warning', lambda a, n: {'userPrincipalName': None}),
    ('upn-invalid', 'error', lambda a, n: {'userPrincipalName': f'white space.{n}@{MAIL}'}),
    ('upn-too-long', 'error', lambda a, n: {'userPrincipalName': f'{"t" * 70}{n}@{MAIL}'}),
    ('upn-not-routable', 'error', lambda a, n: {'userPrincipalName': f'local.{n}@contoso.local'}),
    ('upn-unverified-domain', 'error', lambda a, n: {'userPrincipalName': f'wrong.{n}@sold-domain.com'}),
    ('displayname-blank', 'warning', lambda a, n: {'displayName': '  '}),
    ('attribute-too-long', 'error', lambda a, n: {'displayName': 'd' * 257}),
)

BOTH = (  # two people are broken, and each is named
    ('smtp-address-not-unique', 'error', lambda a, n: _proxies(a, f'smtp:both.{n}@{MAIL}')),
    ('upn-not-unique', 'error', lambda a, n: {'userPrincipalName': f'both.upn.{n}@{MAIL}'}),
    ('anchor-not-unique', 'error', lambda a, n: {'mS-DS-ConsistencyGuid': uuid.uuid5(uuid.NAMESPACE_DNS, f'anchor {n}').bytes_le}),
    ('sip-not-unique', 'error', lambda a, n: _proxies(a, f'SIP:both.sip.{n}@{MAIL}')),
)


def seed_faults(objects, chooser):
    """Breaks FAULTS people: which, and {(dn, rule, severity)} of what must be said."""
    healthy = [index for index, (_, a) in enumerate(objects)
               if a.get('msExchRecipientTypeDetails') == str(USER_MAILBOX) and a['userAccountControl'] == str(ENABLED)
               and f'SMTP:{a["mail"]}' in a['proxyAddresses'] and a['objectClass'] == 'user'
               and a['mail'].islower() and 'adminDescription' not in a]
    victims = iter(chooser.sample(healthy, FAULTS))
    expected, broken_ones = set(), []
    number = 0

    def break_one(rule, severity, change):
        index = next(victims)
        dn, attributes = objects[index]
        broken = attributes | change(attributes, number)
        objects[index] = dn, {key: value for key, value in broken.items() if value is not None}
        expected.add((dn, rule, severity))
        broken_ones.append(index)

    while len(expected) < FAULTS:
        number += 1
        if number % 4 or len(expected) == FAULTS - 1:
            break_one(*ONE[number % len(ONE)])
        else:
            fault = BOTH[number // 4 % len(BOTH)]
            break_one(*fault)
            break_one(*fault)
    return broken_ones, expected


# --- LDIF

def sid_of(text):
    number = hash_of(text)
    return bytes.fromhex('010500000000000515000000') + (number >> 32).to_bytes(16, 'little')[:12] + (number & 0xffffffff).to_bytes(4, 'little')


def line(name, value):
    if isinstance(value, SidOf):
        value = sid_of(value.dn)
    if isinstance(value, bytes) or not value.isascii() or not value.isprintable() or value[:1] in ' :<' or value[-1:] == ' ':
        data = value if isinstance(value, bytes) else value.encode()
        return f'{name}:: {base64.b64encode(data).decode()}\n'
    return f'{name}: {value}\n'


def record(dn, attributes):
    lines = [line('dn', dn), line('objectSid', sid_of(dn))]
    for name, value in attributes.items():
        lines.extend(line(name, one) for one in (value if isinstance(value, list) else [value]))
    return ''.join(lines)


def write(records, path):
    with open(path, 'w', encoding='utf-8') as file:
        file.write('\n'.join(records))


# --- the test

class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def point(self, ok, text, comments=()):
        self.n += 1
        self.failed += not ok
        if not ok:
            for comment in list(comments)[:40]:
                print(f'# {comment}')
        print(f'{"ok" if ok else "not ok"} {self.n} - {text}', flush=True)


def judge(scanctl, config, path):
    process = subprocess.run([scanctl, 'check', '--config', config, '--json', path], capture_output=True, text=True, check=False, timeout=600)
    if process.returncode not in (0, 1) or process.stderr:
        raise RuntimeError(f'scanctl check: {process.returncode} {process.stderr}')
    return {(f['dn'], f['rule'], f['severity']) for f in json.loads(process.stdout)['findings']}


def main():
    scanctl = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 50000
    seed = int(os.environ.get('SCAND_TEST_SEED') or time.time())
    print(f'# seed {seed} (set SCAND_TEST_SEED to repeat)')
    tap = Tap()

    with tempfile.TemporaryDirectory() as folder:
        folder = sys.argv[4] if sys.argv[3:4] == ['--keep'] else folder
        config, path = os.path.join(folder, 'company.conf'), os.path.join(folder, 'company.ldif')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(CONFIG)

        objects = list(Contoso().everything(count))
        tap.point(len(objects) >= count * 98 // 100, f'the company has {len(objects)} objects')
        records = [record(dn, attributes) for dn, attributes in objects]
        write(records, path)
        said = judge(scanctl, config, path)
        tap.point(not said, 'it opens with no error and no warning', (' '.join(map(str, f)) for f in sorted(said, key=lambda f: f[1:])))

        # Nothing is known of the tenant: nothing is guessed.
        small = list(Contoso().everything(count // 20))
        write([record(dn, attributes) for dn, attributes in small], path)
        with open(config + '.none', 'w', encoding='utf-8'):
            pass
        said = judge(scanctl, config + '.none', path)
        tap.point(not said, f'{len(small)} of it do so without a configuration, too', (' '.join(map(str, f)) for f in sorted(said, key=lambda f: f[1:])))

        broken, expected = seed_faults(objects, random.Random(seed))
        for index in broken:
            records[index] = record(*objects[index])
        write(records, path)
        said = judge(scanctl, config, path)
        tap.point(expected <= said, f'{len(expected)} faults are named', (f'not said: {f}' for f in sorted(expected - said)))
        tap.point(said <= expected, 'and nothing else', (f'said: {f}' for f in sorted(said - expected)))

    print(f'1..{tap.n}')
    return 1 if tap.failed else 0


if __name__ == '__main__':
    sys.exit(main())

# SPDX-License-Identifier: MIT
"""A hybrid company as one finds it: half of the mailboxes in Exchange Online, rooms, shared mailboxes, leavers, service accounts,
partners as contacts, groups, linked mailboxes, names from all over Europe.

Everything here is healthy by scand's rules: none of it may get an error or a warning. What is wrong comes from flaws.py.
"""

import random
import unicodedata
import uuid

INITIAL = 'contoso.onmicrosoft.com'
ROUTING = 'contoso.mail.onmicrosoft.com'

CITIES = ('Berlin', 'Oslo', 'Paris', 'Istanbul', 'Kraków', 'Chicago')

FIRST = '''Anna Ben Clara David Eva Felix Greta Hugo Ida Jonas Katrin Lars Maja Nils Olga Paul Rosa Sven Tilda Uwe Vera Willem Yara
Zoë Jürgen Günther Åsa Søren Bjørn Éric Renée Chloé François Łukasz Zofia Michał İbrahim Çağla Gül Oğuz José Núñez Siân Dáire
Hélène Mårten Jiří Žofie Ștefan Ana-Maria'''.split()

LAST = '''Abel Berg Carlsen Dahl Eriksen Fischer Graf Hansen Iversen Jansen Krüger Lehmann Möller Nowak Olsen Pérez Quist Richter
Schröder Thomsen Ulrich Vogel Weiß Young Zimmermann Müller Ångström Østergård Lefèvre Señoret Kowalczyk Wójcik Öztürk Şahin
Yıldız O'Brien O'Neill Muñoz Novák Dvořák Popescu Smith-Jones García Bäcker Sørensen Guðmundsson'''.split()

DEPARTMENTS = ('Sales', 'Finance', 'Engineering', 'Human Resources', 'Logistics', 'Legal', 'IT', 'Marketing')

PARTNERS = ('fabrikam.com', 'northwindtraders.com', 'adventure-works.com', 'wingtiptoys.com')

# msExchRecipientTypeDetails
USER_MAILBOX, LINKED_MAILBOX, SHARED_MAILBOX, ROOM_MAILBOX, EQUIPMENT_MAILBOX = 1, 2, 4, 16, 32
MAIL_CONTACT, REMOTE_USER, REMOTE_ROOM, REMOTE_EQUIPMENT, REMOTE_SHARED = 64, 1 << 31, 1 << 33, 1 << 34, 1 << 35

# groupType
SECURITY_GLOBAL, DISTRIBUTION_UNIVERSAL, SECURITY_UNIVERSAL = -2147483646, 8, -2147483640

ENABLED, DISABLED, NEVER_EXPIRES = 512, 514, 66048

_WITHOUT_DECOMPOSITION = str.maketrans({'ß': 'ss', 'ø': 'o', 'Ø': 'O', 'ł': 'l', 'Ł': 'L', 'ı': 'i', 'æ': 'ae', 'ð': 'd', 'þ': 'th'})


def ascii_alias(text):
    """How an account generator writes a name: "Søren Müller" becomes "soren.muller"."""
    text = unicodedata.normalize('NFKD', text.translate(_WITHOUT_DECOMPOSITION))
    text = ''.join(c for c in text if not unicodedata.combining(c)).lower()
    return ''.join(c for c in text.replace(' ', '.') if c.isascii() and (c.isalnum() or c in '.-'))


def escape_rdn(name):
    return ''.join('\\' + c if c in ',+"\\<>;' else c for c in name)


class SidOf:
    """Stands for the objectSid of another object, which only the domain controller gives out."""

    def __init__(self, dn):
        self.dn = dn


class Company:
    """The company whose forest has the naming context `base`; the same every time.

    corp.example is Contoso. Any other forest is a company that Contoso bought: same tenant, own mail domain, and no value in common
    with another forest of the lab."""

    def __init__(self, base):
        self.base = base
        self.realm = base[3:].replace(',DC=', '.')
        label = self.realm.partition('.')[0]
        self.is_contoso = label == 'corp'
        self.name = 'Contoso' if self.is_contoso else label.capitalize()
        self.mail = f'{self.name.lower()}.com'
        self.partners = PARTNERS if self.is_contoso else (f'partner-of-{label}.com',)
        self.top = f'OU={self.name},{base}'
        self.random = random.Random(self.name)
        self.aliases = set()
        self.names = set()
        self.people = []  # DNs, for group members
        self.exchange = ['Microsoft Exchange', self.name, 'Databases']  # nested containers below CN=Services
        # Many databases, as in life: every mailbox is written into a back link of its own.
        databases = f'{",".join("CN=" + name for name in reversed(self.exchange))},CN=Services,CN=Configuration,{base}'
        self.databases = [f'CN=DB{number:02},{databases}' for number in range(1, 41)]

    def place(self, *path):
        """The DN of a folder below the company's: place('People', 'Oslo')."""
        return ','.join('OU=' + name for name in reversed(path)) + (',' if path else '') + self.top

    # --- one object each: (dn, attributes). Flaws take these and break them.

    def _alias(self, name):
        alias = wish = ascii_alias(name)
        number = 1
        while alias in self.aliases:
            number += 1
            alias = f'{wish}{number}'
        self.aliases.add(alias)
        return alias

    def routing(self, alias):
        """The address by which Exchange here sends mail to Exchange Online; one domain serves the whole tenant."""
        return f'{alias if self.is_contoso else self.name.lower() + "." + alias}@{ROUTING}'

    def _guid(self, alias):
        return uuid.uuid5(uuid.NAMESPACE_DNS, f'{alias}@{self.mail}').bytes_le

    def _account(self, alias):
        """sAMAccountName: 20 characters at most, unique through the number that the alias has already."""
        account = alias.replace("'", '')
        if len(account) <= 20:
            return account
        return account[:13] + uuid.uuid5(uuid.NAMESPACE_DNS, alias).hex[:7]

    def _dn(self, name, *path):
        # An RDN holds 64 characters at most, and must be unique where it stands.
        dn = f'CN={escape_rdn(name)},{self.place(*path)}'
        number = 1
        while dn.lower() in self.names:
            number += 1
            dn = f'CN={escape_rdn(name)} {number},{self.place(*path)}'
        self.names.add(dn.lower())
        return dn

    def user(self, name, *path, kind=USER_MAILBOX, control=ENABLED, object_class='user'):
        """A person with a mailbox, here or in the cloud."""
        alias = self._alias(name)
        address = f'{alias}@{self.mail}'
        first, _, last = name.partition(' ')
        attributes = {
            'objectClass': object_class,
            'sAMAccountName': self._account(alias),
            'userPrincipalName': address,
            'displayName': name,
            'givenName': first,
            'sn': last or first,
            'mail': address,
            'mailNickname': alias,
            'proxyAddresses': [f'SMTP:{address}', f'smtp:{self.routing(alias)}'],
            'legacyExchangeDN': f'/o={self.name}/ou=Exchange/cn=Recipients/cn={alias}',
            'userAccountControl': str(control),
            'msExchRecipientTypeDetails': str(kind),
            'company': self.name,
        }
        if kind in (USER_MAILBOX, LINKED_MAILBOX, SHARED_MAILBOX, ROOM_MAILBOX, EQUIPMENT_MAILBOX):
            attributes['homeMDB'] = self.databases[len(self.aliases) % len(self.databases)]
            attributes['msExchMailboxGuid'] = self._guid(alias)
        else:
            attributes['targetAddress'] = f'SMTP:{self.routing(alias)}'
            attributes['msExchRemoteRecipientType'] = '4'
        return self._dn(name, *path), attributes

    def contact(self, name, domain, *path):
        alias = self._alias(name)
        address = f'{alias}@{domain}'
        first, _, last = name.partition(' ')
        return self._dn(name, *path), {
            'objectClass': 'contact',
            'displayName': f'{name} ({domain})',
            'givenName': first,
            'sn': last or first,
            'mail': address,
            'mailNickname': f'ext.{alias}',
            'targetAddress': f'SMTP:{address}',
            'proxyAddresses': [f'SMTP:{address}'],
            'msExchRecipientTypeDetails': str(MAIL_CONTACT),
        }

    def group(self, name, kind, *path, members=(), mail=True):
        alias = self._alias(name)
        attributes = {'objectClass': 'group', 'sAMAccountName': name[:60], 'displayName': name, 'groupType': str(kind)}
        if mail:
            attributes['mail'] = f'{alias}@{self.mail}'
            attributes['mailNickname'] = alias
            attributes['proxyAddresses'] = [f'SMTP:{alias}@{self.mail}', f'smtp:{self.routing(alias)}']
        if members:
            attributes['member'] = list(members)
        return self._dn(name, *path), attributes

    def service(self, account, suffix=None):
        self.aliases.add(account)
        return self._dn(account, 'Services'), {
            'objectClass': 'user', 'sAMAccountName': account, 'userPrincipalName': f'{account}@{suffix or self.mail}',
            'userAccountControl': str(NEVER_EXPIRES), 'description': 'runs without a person behind it',
        }

    def linked_mailbox(self, name, account_dn):
        """A mailbox of a disabled account; who signs in is the other account. The connector makes one person of the two."""
        dn, attributes = self.user(name, 'People', 'Paris', kind=LINKED_MAILBOX, control=DISABLED)
        attributes['userPrincipalName'] = attributes['mailNickname'] + '.mailbox@' + self.mail
        attributes['msExchMasterAccountSid'] = SidOf(account_dn)
        return dn, attributes

    def linked_account(self, name):
        alias = self._alias(name + ' login')
        first, _, last = name.partition(' ')
        return self._dn(name, 'Accounts'), {
            'objectClass': 'user', 'sAMAccountName': self._account(alias), 'userPrincipalName': f'{alias}@{self.mail}',
            'displayName': name, 'givenName': first, 'sn': last, 'userAccountControl': str(ENABLED),
        }

    # --- the whole company

    def folders(self):
        yield self.top, {'objectClass': 'organizationalUnit'}
        for path in (['People'], *(['People', city] for city in CITIES), ['Leavers'], ['Resources'], ['Services'], ['Contacts'],
                     *(['Contacts', partner] for partner in self.partners), ['Groups'], ['Accounts'], ['Computers']):
            yield self.place(*path), {'objectClass': 'organizationalUnit'}

    def _name(self):
        return f'{self.random.choice(FIRST)} {self.random.choice(LAST)}'

    def objects(self, count):
        """About `count` objects, in the proportions of a real company."""
        for number in range(count * 70 // 100):
            yield self._person(number)
        for _ in range(count * 5 // 100):
            yield self._leaver()
        yield from self._resources(count * 4 // 100)
        for _ in range(count // 100):
            name = self._name()
            account = self.linked_account(name)
            yield account
            yield self.linked_mailbox(name, account[0])
        for number in range(count * 3 // 100):
            # Accounts of services often have the domain's own name in their UPN: nothing is lost, nobody signs in with them.
            yield self.service(f'svc-app{number:03}', suffix=self.realm if number % 3 == 0 else None)
        for number in range(count * 9 // 100):
            partner = self.partners[number % len(self.partners)]
            yield self.contact(self._name(), partner, 'Contacts', partner)
        for number in range(count * 7 // 100):
            yield self._group(number)

    def _person(self, number):
        kind = REMOTE_USER if number % 2 else USER_MAILBOX
        dn, attributes = self.user(self._name(), 'People', CITIES[number % len(CITIES)], kind=kind,
                                   object_class='inetOrgPerson' if number % 97 == 96 else 'user')
        alias = attributes['mailNickname']
        attributes |= {
            'department': DEPARTMENTS[number % len(DEPARTMENTS)], 'title': 'Specialist', 'l': CITIES[number % len(CITIES)],
            'telephoneNumber': f'+49 30 555{number:05}', 'employeeID': str(100000 + number), 'extensionAttribute1': f'cost{number % 40}',
        }
        if number % 3 == 0:
            attributes['proxyAddresses'].append(f'SIP:{alias}@{self.mail}')
            if self.is_contoso:
                attributes['proxyAddresses'].append(f'smtp:{alias}@fabrikam.com')
        if number % 5 == 0:
            attributes['proxyAddresses'].append(f'X500:/o=Old {self.name}/ou=Site/cn=Recipients/cn={alias}')
        if number % 7 == 0:
            # Came from another forest: the anchor is the old object's GUID.
            attributes['mS-DS-ConsistencyGuid'] = self._guid('former.' + alias)
        if number % 11 == 10:
            # Works on the shop floor: signs in, has a name and no mail.
            for name in ('mail', 'mailNickname', 'proxyAddresses', 'msExchRecipientTypeDetails', 'homeMDB', 'msExchMailboxGuid',
                         'targetAddress', 'msExchRemoteRecipientType', 'legacyExchangeDN'):
                attributes.pop(name, None)
        self.people.append(dn)
        return dn, attributes

    def _leaver(self):
        dn, attributes = self.user(self._name(), 'Leavers', control=DISABLED)
        attributes['msExchHideFromAddressLists'] = 'TRUE'
        if self.random.random() < 0.5:
            for name in ('mail', 'mailNickname', 'proxyAddresses', 'msExchRecipientTypeDetails', 'homeMDB', 'msExchMailboxGuid',
                         'legacyExchangeDN', 'msExchHideFromAddressLists'):
                attributes.pop(name, None)
        return dn, attributes

    def _resources(self, count):
        kinds = (('Room', ROOM_MAILBOX), ('Room', REMOTE_ROOM), ('Car', EQUIPMENT_MAILBOX), ('Car', REMOTE_EQUIPMENT),
                 ('Team mailbox', SHARED_MAILBOX), ('Team mailbox', REMOTE_SHARED))
        for number in range(count):
            name, kind = kinds[number % len(kinds)]
            dn, attributes = self.user(f'{name} {number}', 'Resources', kind=kind, control=DISABLED)
            del attributes['givenName'], attributes['sn']
            yield dn, attributes

    def _group(self, number):
        members = self.random.sample(self.people, min(20, len(self.people)))
        if number % 3 == 0:
            return self.group(f'Access to share {number}', SECURITY_GLOBAL, 'Groups', members=members, mail=False)
        kind = SECURITY_UNIVERSAL if number % 3 == 1 else DISTRIBUTION_UNIVERSAL
        return self.group(f'Team {DEPARTMENTS[number % len(DEPARTMENTS)]} {number}', kind, 'Groups', members=members)


# Only a forest where Exchange was once installed has these in its schema.
_OF_EXCHANGE = ('mailNickname', 'targetAddress', 'homeMDB', 'extensionAttribute1')


def without_exchange(attributes):
    return {name: value for name, value in attributes.items() if name not in _OF_EXCHANGE and not name.startswith('msExch')}

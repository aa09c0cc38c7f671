# SPDX-License-Identifier: MIT
"""What is wrong in the company: at least one object for every rule that an object can break, each with the findings it must give.

flaws() yields (dn, attributes, {rule: severity}). The names are as ordinary as everybody's; the manifest tells them apart.
Severities are the ones scand must give; a notice is listed where the rule gives no more than that.
"""

from company import (DISABLED, DISTRIBUTION_UNIVERSAL, LINKED_MAILBOX, REMOTE_USER, ROUTING, SECURITY_GLOBAL,
                     SECURITY_UNIVERSAL)

MAIL = 'contoso.com'
NOWHERE_SID = bytes.fromhex('010500000000000515000000') + b'\x01\x02\x03\x04' * 3 + b'\x51\x04\x00\x00'

_MAILBOX = ('mail', 'mailNickname', 'proxyAddresses', 'msExchRecipientTypeDetails', 'homeMDB', 'msExchMailboxGuid', 'targetAddress',
            'msExchRemoteRecipientType', 'legacyExchangeDN')


def flaws(company):
    people = company.people[:40]
    for maker in (_excluded_users, _excluded_contacts, _excluded_groups, _linked, _addresses, _exchange, _unique, _names, _others):
        for (dn, attributes), changes, expected in maker(company, people):
            for name, value in changes.items():
                if value is None:
                    attributes.pop(name, None)
                else:
                    attributes[name] = value
            yield dn, attributes, expected


def _without(*names):
    return dict.fromkeys(names or _MAILBOX)


def _excluded_users(c, people):
    """Section 1: left out without a word. Where the object looks like a person, that is an error."""
    yield c.user('Petra Vogel', 'People', 'Berlin'), {'isCriticalSystemObject': 'FALSE'}, {'critical-system-object': 'error'}
    yield (c.user('Migration Support', 'Services', control=DISABLED), {'sAMAccountName': 'SUPPORT_388945a0'} | _without(),
           {'support-account': 'notice'})
    yield c.service('MSOL_0a1b2c3d4e5f'), {}, {'msol-account': 'notice'}
    yield c.user('Mina Solberg', 'People', 'Oslo'), {'sAMAccountName': 'MSOL_Mina'}, {'msol-account': 'error'}
    yield c.service('AAD_5e4d3c2b1a0f'), {}, {'aad-account': 'notice'}
    yield c.user('Adele Adams', 'People', 'Chicago'), {'sAMAccountName': 'AAD_Adams'}, {'aad-account': 'error'}
    yield c.service('CAS_{5b1f0c2d7a93}'), {}, {'cas-account': 'notice'}
    yield (c.user('Client Access', 'Services', control=DISABLED), {'mailNickname': 'CAS_{8f2c5e9a}'}, {'cas-nickname': 'notice'})
    yield (c.user('System Mailbox', 'Services', control=DISABLED), {'mailNickname': 'SystemMailbox{1f05a927}'},
           {'system-mailbox': 'notice'})
    yield (c.user('Systine Mailer', 'People', 'Paris'), {'mailNickname': 'SystemMailbox{by-hand}'}, {'system-mailbox': 'error'})
    yield (c.user('Discovery Search', 'Services', kind=1 << 29, control=DISABLED), _without('targetAddress'),
           {'exchange-system-recipient': 'notice'})
    yield (c.user('Dieter Discovery', 'People', 'Berlin', kind=1 << 29), _without('targetAddress'),
           {'exchange-system-recipient': 'error'})
    # Two domain controllers took an object of this name at the same time; the loser was renamed.
    _, attributes = c.user('Zora Conflict', 'People', 'Oslo')
    yield ((f'CN=Zora Conflict\\0ACNF:8a3f2c9e-0b14-4d6e-9d61-5b7f4a1c2e30,{c.place("People", "Oslo")}', attributes), {},
           {'replication-conflict': 'error'})
    yield c.user('Nora Stays', 'People', 'Oslo'), {'adminDescription': 'User_NoSync'}, {'opted-out': 'notice'}


def _excluded_contacts(c, people):
    yield (c.contact('Max Without', 'fabrikam.com', 'Contacts'), _without('mail', 'proxyAddresses'),
           {'contact-not-mail-enabled': 'error'})
    yield (c.contact('Lena Lower', 'fabrikam.com', 'Contacts'),
           {'mail': None, 'proxyAddresses': ['smtp:lena.lower@fabrikam.com']},
           {'contact-not-mail-enabled': 'error', 'primary-smtp-missing': 'warning'})
    yield c.contact('Karl Card', 'fabrikam.com', 'Contacts'), _without(), {'contact-not-mail-enabled': 'notice'}
    yield c.contact('Moritz Mute', 'fabrikam.com', 'Contacts'), _without('mail'), {'contact-without-mail': 'warning'}
    yield (c.contact('Hidden Helper', 'fabrikam.com', 'Contacts'),
           {'displayName': 'Hidden Helper (MSOL)', 'msExchHideFromAddressLists': 'TRUE'}, {'hidden-msol-contact': 'notice'})
    yield (c.contact('Tabea Table', 'fabrikam.com', 'Contacts'), {'msExchHideFromAddressLists': 'TRUE'}, {'contact-table-rows': 'notice'})


def _excluded_groups(c, people):
    yield (c.group('List that nobody can write to', DISTRIBUTION_UNIVERSAL, 'Groups', members=people[:5]),
           _without('mail', 'proxyAddresses'), {'group-not-mail-enabled': 'error'})
    yield (c.group('List made by a script', DISTRIBUTION_UNIVERSAL, 'Groups', members=people[:5], mail=False), {},
           {'group-not-mail-enabled': 'warning'})
    yield (c.group('MSOL_AD_Sync_RichCoexistence', SECURITY_UNIVERSAL, 'Groups', mail=False), {}, {'rich-coexistence-group': 'notice'})
    yield (c.group('Recipient Managers', SECURITY_UNIVERSAL, 'Groups', mail=False), {'msExchRecipientTypeDetails': str(1 << 30)},
           {'role-group': 'notice'})
    yield (c.group('Contractors', SECURITY_UNIVERSAL, 'Groups'), {'adminDescription': 'Group_NoSync'}, {'opted-out': 'notice'})


def _linked(c, people):
    yield (c.user('Lina Link', 'People', 'Paris', kind=LINKED_MAILBOX), {'msExchMasterAccountSid': NOWHERE_SID},
           {'linked-mailbox': 'error'})
    yield (c.user('Leo Link', 'People', 'Paris', kind=LINKED_MAILBOX, control=DISABLED),
           {'msExchMasterAccountSid': NOWHERE_SID[:-4] + b'\x52\x04\x00\x00'}, {'linked-mailbox': 'warning'})
    account = c.linked_account('Twin Master')
    yield account, {}, {}
    for name in ('Twin One', 'Twin Two'):
        yield c.linked_mailbox(name, account[0]), {}, {'master-account-not-unique': 'error'}


def _addresses(c, people):
    """Section 2: addresses that are missing or wrong."""
    def alias(attributes):
        return attributes['mailNickname']

    user = c.user('Sina Secondary', 'People', 'Berlin')
    yield user, {'proxyAddresses': [f'smtp:{alias(user[1])}@{MAIL}', f'smtp:{alias(user[1])}@{ROUTING}']}, {'primary-smtp-missing': 'warning'}
    user = c.user('Selma Several', 'People', 'Berlin')
    yield (user, {'proxyAddresses': user[1]['proxyAddresses'] + [f'SMTP:{alias(user[1])}.two@{MAIL}']}, {'primary-smtp-several': 'error'})
    yield c.user('Otto Other', 'People', 'Kraków'), {'mail': f'otto.elsewhere@{MAIL}'}, {'mail-not-primary': 'warning'}
    user = c.user('Nadja Noprefix', 'People', 'Istanbul')
    yield user, {'proxyAddresses': user[1]['proxyAddresses'] + [f'nadja@{MAIL}']}, {'proxy-no-prefix': 'warning'}
    user = c.user('Lutz Legacy', 'People', 'Istanbul')
    yield (user, {'proxyAddresses': user[1]['proxyAddresses'] + ['X400:C=DE;A= ;P=Contoso;O=Exchange;S=Legacy;G=Lutz;']},
           {'proxy-legacy-type': 'notice'})
    user = c.user('Rita Reserved', 'People', 'Chicago')
    yield (user, {'proxyAddresses': user[1]['proxyAddresses'] + ['smtp:rita@othertenant.onmicrosoft.com']},
           {'proxy-reserved-suffix': 'warning'})
    yield (c.user('Ulla Unverified', 'People', 'Oslo'),
           {'mail': 'ulla@contoso-old.com', 'proxyAddresses': ['SMTP:ulla@contoso-old.com']}, {'proxy-unverified-domain': 'warning'})
    user = c.user('Ingo Invalid', 'People', 'Oslo')
    yield user, {'proxyAddresses': user[1]['proxyAddresses'] + [f'smtp:ingo the great@{MAIL}']}, {'proxy-invalid': 'warning'}
    yield (c.user('Inge Invalid', 'People', 'Oslo'),
           {'mail': f'inge..invalid@{MAIL}', 'proxyAddresses': [f'SMTP:inge..invalid@{MAIL}']}, {'proxy-invalid': 'error'})
    user = c.user('Lorenz Long', 'People', 'Kraków')
    yield (user, {'proxyAddresses': user[1]['proxyAddresses'] + ['X500:/o=Contoso/ou=' + 'x' * 240 + '/cn=lorenz']},
           {'proxy-too-long': 'error'})
    user = c.user('Marta Many', 'People', 'Kraków')
    yield (user, {'proxyAddresses': user[1]['proxyAddresses'] + [f'smtp:marta{n:03}@{MAIL}' for n in range(305)]},
           {'proxy-too-many': 'warning'})
    yield (c.user('Toni Target', 'People', 'Berlin'), {'targetAddress': f'SMTP:toni\\target@{ROUTING}'}, {'target-address-invalid': 'warning'})
    yield c.user('Manni Mail', 'People', 'Berlin'), _without() | {'mail': 'manni at contoso'}, {'mail-invalid': 'error'}
    yield c.user('Nico Nick', 'People', 'Paris'), {'mailNickname': '.nico'}, {'mailnickname-invalid': 'warning'}
    yield c.user('Nele Nick', 'People', 'Paris'), {'mailNickname': 'nele nick'}, {'mailnickname-invalid': 'warning'}


def _exchange(c, people):
    yield (c.group('Security group with half a mailbox', SECURITY_GLOBAL, 'Groups', members=people[:5]),
           _without('mail', 'proxyAddresses'), {'security-group-mail-dropped': 'warning'})
    yield (c.user('Hilda Hidden', 'People', 'Chicago'),
           _without('mailNickname') | {'msExchHideFromAddressLists': 'TRUE'}, {'exchange-attributes-dropped': 'warning'})
    yield (c.user('Stefan Stale', 'People', 'Chicago'), _without('homeMDB', 'msExchRecipientTypeDetails'),
           {'mailbox-guid-stale': 'warning'})
    yield (c.user('Remo Remote', 'People', 'Chicago', kind=REMOTE_USER), _without('targetAddress'), {'remote-mailbox-broken': 'warning'})


def _unique(c, people):
    """Section 3: values that several objects hold. Each holder gets the finding.

    Two equal user principal names are not here: a domain controller refuses them within its forest, so they take two."""
    one, two = c.user('Clara Clash', 'People', 'Berlin'), c.user('Claus Clash', 'People', 'Paris')
    yield one, {}, {'smtp-address-not-unique': 'error'}
    yield (two, {'proxyAddresses': two[1]['proxyAddresses'] + [f'smtp:{one[1]["mail"].upper()}']}, {'smtp-address-not-unique': 'error'})

    # A group keeps as its mail what a user holds as a secondary address: over two classes and two attributes.
    user, group = c.user('Gerda Shares', 'People', 'Oslo'), c.group('Gerda helps', SECURITY_UNIVERSAL, 'Groups')
    yield (user, {'proxyAddresses': user[1]['proxyAddresses'] + [f'smtp:gerda.helps.you@{MAIL}']}, {'smtp-address-not-unique': 'error'})
    yield group, {'mail': f'gerda.helps.you@{MAIL}', 'proxyAddresses': None}, {'smtp-address-not-unique': 'error'}

    # A sign-in name of somebody without mail, and another's address.
    login, owner = c.service('svc-scanner'), c.user('Svenja Scanner', 'People', 'Oslo')
    yield login, {}, {'smtp-address-not-unique': 'warning'}
    yield (owner, {'proxyAddresses': owner[1]['proxyAddresses'] + [f'smtp:svc-scanner@{MAIL}']}, {'smtp-address-not-unique': 'warning'})

    for name in ('Mia Samemail', 'Moe Samemail'):
        yield (c.user(name, 'People', 'Berlin'), {'mail': f'team.samemail@{MAIL}'},
               {'mail-not-unique': 'warning', 'mail-not-primary': 'warning'})
    for name in ('Sip One', 'Sip Two'):
        user = c.user(name, 'People', 'Istanbul')
        yield user, {'proxyAddresses': user[1]['proxyAddresses'] + [f'SIP:sip.both@{MAIL}']}, {'sip-not-unique': 'error'}
    for name in ('Xaver One', 'Xenia Two'):
        user = c.user(name, 'People', 'Istanbul')
        yield (user, {'proxyAddresses': user[1]['proxyAddresses'] + ['X500:/o=OldOrg/ou=Site/cn=Recipients/cn=xboth']},
               {'x500-not-unique': 'warning'})
    for name in ('Nick One', 'Nick Two'):
        yield c.user(name, 'People', 'Istanbul'), {'mailNickname': 'nickboth'}, {'mailnickname-not-unique': 'notice'}
    for name in ('Ansgar Anchor', 'Antje Anchor'):
        yield (c.user(name, 'People', 'Kraków'), {'mS-DS-ConsistencyGuid': bytes.fromhex('0f8fad5bd9cb469fa16570867728950e')}, {'anchor-not-unique': 'error'})
    yield (c.user('Doris Double', 'People', 'Kraków'), {'sAMAccountName': '$DUPLICATE-4f2'}, {'samaccountname-not-unique': 'warning'})
    for name in ('Ruth Route', 'Ralf Route'):
        yield (c.user(name, 'People', 'Paris', kind=REMOTE_USER), {'targetAddress': 'SMTP:route.both@fabrikam.com'},
               {'target-address-not-unique': 'notice', 'remote-mailbox-broken': 'warning'})
    shadow = c.user('Wanda Shadow', 'People', 'Paris')
    yield shadow, {}, {'contact-shadows-user': 'warning'}
    yield (c.contact('Wanda Shadow private', 'fabrikam.com', 'Contacts'),
           {'mail': shadow[1]['mail'], 'proxyAddresses': [f'SMTP:{shadow[1]["mail"]}']}, {'contact-shadows-user': 'warning'})


def _names(c, people):
    """Section 4: user principal names."""
    yield c.user('Udo Unnamed', 'People', 'Berlin'), {'userPrincipalName': None}, {'upn-missing': 'warning'}
    yield c.user('Sara Space', 'People', 'Berlin'), {'userPrincipalName': f'sara space@{MAIL}'}, {'upn-invalid': 'error'}
    yield c.user('Ümit Umlaut', 'People', 'Istanbul'), {'userPrincipalName': f'ümit.umlaut@{MAIL}'}, {'upn-invalid': 'error'}
    yield c.user('Dora Dot', 'People', 'Berlin'), {'userPrincipalName': f'dora.dot.@{MAIL}'}, {'upn-invalid': 'error'}
    yield c.user('Theo Toolong', 'People', 'Oslo'), {'userPrincipalName': 't' * 65 + f'@{MAIL}'}, {'upn-too-long': 'error'}
    yield c.user('Lotte Local', 'People', 'Oslo'), {'userPrincipalName': 'lotte.local@contoso.local'}, {'upn-not-routable': 'error'}
    yield (c.user('Wolf Wrong', 'People', 'Oslo'), {'userPrincipalName': 'wolf.wrong@contoso-old.com'}, {'upn-unverified-domain': 'error'})
    # An account name that is a person's, but disabled: quiet, so the same flaw is a notice only.
    yield (c.user('Quentin Quiet', 'Leavers', control=DISABLED), {'userPrincipalName': f'quentin quiet@{MAIL}'}, {'upn-invalid': 'notice'})


def _others(c, people):
    """Section 5."""
    yield c.user('Bella Blank', 'People', 'Paris'), {'displayName': ' '}, {'displayname-blank': 'warning'}
    yield (c.user('Sammy Strange', 'People', 'Paris'), {'sAMAccountName': 'a.name.of.thirty.characters.ok', 'userPrincipalName': None},
           {'samaccountname-invalid': 'warning', 'upn-missing': 'warning'})
    yield c.user('Daria Described', 'People', 'Paris'), {'description': 'd' * 600}, {'value-truncated': 'notice'}
    yield c.user('Trude Trimmed', 'People', 'Paris'), {'department': '  '}, {'white-space-trimmed': 'notice'}
    yield (c.group('Nameless list', DISTRIBUTION_UNIVERSAL, 'Groups'), {'displayName': None}, {'displayname-missing': 'warning'})
    yield c.service('MSOL_AD_Sync'), {}, {'connector-leftover': 'notice', 'msol-account': 'notice'}

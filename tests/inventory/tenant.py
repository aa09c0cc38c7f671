# SPDX-License-Identifier: MIT
"""A tenant that is made up, and exports of it in every shape that people have. Shares nothing with the importer: what is written here
is what Graph, PowerShell and the portal write."""

import calendar
import csv
import io
import json
import random
import re
import time
import uuid

CONTEXT = "https://graph.microsoft.com/v1.0/$metadata#"


class Tenant:
    """Users of all sorts, told by the number; addresses are nobody else's."""

    def __init__(self, n, seed=7):
        self.random = random.Random(seed)
        self.users = [self.user(i) for i in range(n)]

    def guid(self):
        return str(uuid.UUID(int=self.random.getrandbits(128)))

    def user(self, i):
        name = self.random.choice(["zoë", "anna", "łukasz", "光", "o'neil", "emma \U0001f600", "back\\slash"])
        account = f"user{i}"
        synced = i % 3 == 0
        return {
            "id": self.guid(),
            "displayName": f'{name} "{i}", [x] {{y}}',
            "userPrincipalName": f"{account}@contoso.com",
            "mail": f"{account}@contoso.com",
            "mailNickname": account,
            "proxyAddresses": [f"SMTP:{account}@contoso.com", f"smtp:{account}@contoso.onmicrosoft.com"],
            "userType": "Guest" if i % 10 == 9 else "Member",
            "onPremisesImmutableId": f"AAAAAAAAAAAAAAAA{i:06d}==" if synced else None,
            "onPremisesSyncEnabled": True if synced else None,
            "onPremisesSecurityIdentifier": f"S-1-5-21-1-2-3-{i}" if synced else None,
            "onPremisesProvisioningErrors": [],
            "lastPasswordChangeDateTime": f"2026-01-{1 + i % 28:02d}T10:00:00Z",
        }


def pages(objects, size, part="users", link_on_last=False):
    """Answers of Graph, one for each page."""
    parts = [objects[i:i + size] for i in range(0, len(objects), size)] or [[]]
    for i, part_of in enumerate(parts):
        page = {"@odata.context": f"{CONTEXT}{part}(id,displayName)"}
        if i < len(parts) - 1 or link_on_last:
            page["@odata.nextLink"] = f"https://graph.microsoft.com/v1.0/{part}?$skiptoken=x"
        page["value"] = part_of
        yield page


def pascal(value):
    """As the classes of the PowerShell module write it."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: pascal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [pascal(item) for item in value]
    return value


def powershell_json(value):
    """ConvertTo-Json of Windows PowerShell 5.1: wide indents, apostrophes and the like escaped, dates of its own."""
    text = json.dumps(value, indent=4, ensure_ascii=False).replace("'", "\\u0027").replace("&", "\\u0026")
    text = re.sub(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z"',
                  lambda m: f'"\\/Date({calendar.timegm(time.strptime(m[1], "%Y-%m-%dT%H:%M:%S"))}000)\\/"', text)
    return text.replace("\n", "\r\n")


def table(objects, separator=",", header_comment=False):
    out = io.StringIO()
    if header_comment:
        out.write("#TYPE Selected.Microsoft.Graph.PowerShell.Models.MicrosoftGraphUser\r\n")
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    names = list(objects[0])
    writer.writerow(name[0].upper() + name[1:] for name in names)
    for item in objects:
        writer.writerow("" if v is None else ";".join(v) if isinstance(v, list) else v for v in (item[name] for name in names))
    return out.getvalue()


def shapes(users):
    """{name: (shape, bytes)}: the same users, again and again."""
    one_page = json.dumps(next(pages(users, len(users) + 1)))
    many = "".join(json.dumps(page) + "\r\n" for page in pages(users, 7))
    unordered = json.dumps({"value": users, "@odata.context": f"{CONTEXT}users"}, ensure_ascii=False)
    bare = powershell_json(pascal(users))
    return {
        "page": ("pages of Graph", one_page.encode()),
        "pages": ("pages of Graph", many.encode()),
        "pages-glued": ("pages of Graph", many.replace("\r\n", "").encode()),
        "page-unordered": ("pages of Graph", unordered.encode()),
        "array": ("an array", bare.encode()),
        "array-mark": ("an array", b"\xef\xbb\xbf" + bare.encode()),
        "array-utf16": ("an array", bare.encode("utf-16")),
        "array-utf16-big": ("an array", b"\xfe\xff" + bare.encode("utf-16-be")),
        "array-utf16-without-mark": ("an array", bare.encode("utf-16-le")),
        "objects": ("single objects", "\n".join(json.dumps(user) for user in users).encode()),
        "csv": ("CSV", table(users).encode()),
        "csv-semicolon": ("CSV", b"\xef\xbb\xbf" + table(users, ";").encode()),
        "csv-tab-utf16": ("CSV", table(users, "\t").encode("utf-16")),
        "csv-typed": ("CSV", table(users, header_comment=True).encode()),
    }


def tenant_parts():
    """The parts that are no users: {part: (bytes, objects)}."""
    group = {"id": str(uuid.UUID(int=1)), "displayName": "G", "mail": "g@contoso.com", "mailEnabled": True, "securityEnabled": False,
             "groupTypes": ["Unified"], "proxyAddresses": ["SMTP:g@contoso.com"], "onPremisesSyncEnabled": None}
    contact = {"id": str(uuid.UUID(int=2)), "displayName": "C", "mail": "c@partner.com", "mailNickname": "c",
               "proxyAddresses": ["SMTP:c@partner.com"], "onPremisesSyncEnabled": True}
    gone = Tenant(1, 3).users[0] | {"deletedDateTime": "2026-11-01T00:00:00Z"}
    gone["userPrincipalName"] = gone["id"].replace("-", "") + gone["userPrincipalName"]
    gone_group = group | {"deletedDateTime": "2026-11-01T00:00:00Z", "onPremisesSecurityIdentifier": None}
    domains = [{"id": "contoso.com", "isVerified": True, "isInitial": False, "authenticationType": "Federated"},
               {"id": "contoso.onmicrosoft.com", "isVerified": True, "isInitial": True, "authenticationType": "Managed"},
               {"id": "soon.example", "isVerified": False, "isInitial": False, "authenticationType": "Managed"}]
    organization = {"id": str(uuid.UUID(int=3)), "displayName": "Contoso", "onPremisesSyncEnabled": True,
                    "onPremisesLastSyncDateTime": "2026-11-21T09:00:00Z", "directorySizeQuota": {"used": 12, "total": 300000},
                    "verifiedDomains": [{"name": "contoso.com", "isInitial": False, "isDefault": True, "type": "Managed"}]}
    settings = {"id": str(uuid.UUID(int=3)), "features": {"softMatchOnUpnEnabled": True, "blockSoftMatchEnabled": False},
                "configuration": {"accidentalDeletionPrevention": {"alertThreshold": 500, "synchronizationPreventionType": "enabledForCount"}}}
    role = {"id": "x", "principalId": str(uuid.UUID(int=4)), "roleDefinitionId": str(uuid.UUID(int=5))}
    eligible = role | {"memberType": "Direct"}
    return {
        "groups": [group], "contacts": [contact], "deleted-users": [gone], "deleted-groups": [gone_group], "domains": domains,
        "organization": [organization], "synchronization": [settings], "roles": [role], "eligible-roles": [eligible],
    }

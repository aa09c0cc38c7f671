# SPDX-License-Identifier: MIT
"""Somebody who changes a small world in the lab's domain without pause."""

import random
import threading
import time

import ldap

from lab import CORP, SEED, addition, modification


class Writer(threading.Thread):
    """Adds, deletes, renames, moves, and hands few addresses around among many holders. `rate`: changes a second; None: as they come."""

    def __init__(self, top, rate=None):
        super().__init__(daemon=True)
        self.top = top
        self.rate = rate
        self.random = random.Random(SEED)
        self.ending = threading.Event()
        self.may_write = threading.Lock()  # whoever holds it keeps the writer from writing
        self.changes = 0
        self.error = None
        self.folders = [f'OU=Start{number},{top}' for number in range(4)]
        self.objects = []
        self.number = 0

    def run(self):
        try:
            self.write()
        except ldap.LDAPError as error:
            self.error = error

    def write(self):
        connection = CORP.admin()
        for dn in self.folders:
            connection.add_s(dn, addition(objectClass='organizationalUnit'))
        begin = time.monotonic()
        while not self.ending.is_set():
            with self.may_write:
                try:
                    self.change_something(connection)
                except ldap.SERVER_DOWN:
                    # It was restarted while nobody wrote: nothing was done, and the next try is on a connection that lives.
                    connection = CORP.admin()
                    continue
            # Behind its rate it writes without pause.
            time.sleep(0.01 if self.rate is None else max(0.001, begin + self.changes / self.rate - time.monotonic()))
        connection.unbind_s()

    def choose(self):
        return self.random.choice((self.add, self.change, self.change, self.change, self.change, self.move, self.delete, self.rename_folder))

    def change_something(self, connection):
        self.number += 1
        self.changes += bool(self.choose()(connection))

    def end(self):
        self.ending.set()
        self.join()

    def address(self):
        return f'crash{self.random.randrange(40)}@partner.com'

    # Each says whether it changed anything.

    def add(self, connection):
        if len(self.objects) > 120:
            return False
        name = f'crash{self.number}'
        dn = f'CN={name},{self.random.choice(self.folders)}'
        if self.random.random() < 0.3:
            entry = {'objectClass': 'group', 'sAMAccountName': name, 'groupType': self.random.choice(('8', '-2147483640'))}
        else:
            entry = {'objectClass': 'contact'}
        connection.add_s(dn, addition(**entry))
        self.objects.append(dn)
        return True

    def change(self, connection):
        if not self.objects:
            return False
        primary = self.address()
        proxies = {f'SMTP:{primary}', *(f'smtp:{self.address()}' for _ in range(self.random.randrange(3)))}
        values = {
            'mail': self.random.choice((None, [primary], [self.address()])),
            'proxyAddresses': self.random.choice((None, sorted(proxies))),
            'mailNickname': self.random.choice((None, ['crash'])),
        }
        connection.modify_s(self.random.choice(self.objects), modification(**values))
        return True

    def move(self, connection):
        if not self.objects:
            return False
        index = self.random.randrange(len(self.objects))
        rdn = f'CN=moved{self.number}'
        folder = self.random.choice(self.folders)
        connection.rename_s(self.objects[index], rdn, folder)
        self.objects[index] = f'{rdn},{folder}'
        return True

    def delete(self, connection):
        if len(self.objects) <= 20:
            return False
        connection.delete_s(self.objects.pop(self.random.randrange(len(self.objects))))
        return True

    def rename_folder(self, connection):
        index = self.random.randrange(len(self.folders))
        old, rdn = self.folders[index], f'OU=Folder{self.number}'
        connection.rename_s(old, rdn)
        self.folders[index] = new = f'{rdn},{self.top}'
        self.objects = [dn.removesuffix(old) + new if dn.endswith(',' + old) else dn for dn in self.objects]
        return True

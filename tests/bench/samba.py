# SPDX-License-Identifier: MIT
"""A domain controller of Samba's, as tests/lab/domain makes it: LDAPS with a password, or Kerberos with a keytab.

Its addresses and names are its own, so it wants root and a network namespace: unshare -n bash -c 'ip link set lo up; tests/bench/run --parts samba'
"""

import os
import subprocess

import measure
import peers

LAB = os.path.join(os.path.dirname(peers.HERE), 'lab/domain')
ADDRESS = '127.0.0.61'
HOST = 'dc1.' + peers.DOMAIN


class SambaDc(peers.Server):
    def __init__(self, folder, objects):
        self.folder = os.path.join(folder, f'samba-{objects}')
        if not os.path.exists(os.path.join(self.folder, 'manifest.json')):
            subprocess.run([LAB, 'create', self.folder, '--realm', peers.DOMAIN, '--address', ADDRESS, '--objects', str(objects)], check=True)
        self.ca_file = os.path.join(self.folder, 'ca.pem')
        self.password_file = os.path.join(self.folder, 'svc-scand.password')
        self.prefix = [LAB, 'exec', self.folder, '--']
        subprocess.run([LAB, 'start', self.folder], check=True, stdin=subprocess.DEVNULL)
        with open(os.path.join(self.folder, 'dc.pid'), encoding='ascii') as file:
            self.pid = int(file.read())
        self.bind = None

    def use(self, bind):
        """'ldaps' or 'gssapi' from here on."""
        self.bind = bind
        if bind == 'gssapi':
            subprocess.run([*self.prefix, 'kinit', '-c', self._ticket(), '-k', '-t', self._keytab(), 'svc-scand'], check=True)

    def _keytab(self):
        return os.path.join(self.folder, 'svc-scand.keytab')

    def _ticket(self):
        return 'FILE:' + os.path.join(self.folder, 'ticket')

    def environment(self):
        return os.environ | {'KRB5CCNAME': self._ticket()}

    def options(self):
        if self.bind == 'gssapi':
            return {'Servers': HOST, 'Bind': 'gssapi', 'Keytab': self._keytab()}
        return {'Servers': HOST, 'Bind': 'simple', 'BindDN': 'svc-scand@' + peers.DOMAIN, 'PasswordFile': self.password_file, 'TLS': 'ldaps',
                'CAFile': self.ca_file}

    def who(self):
        if self.bind == 'gssapi':
            return ['-H', 'ldap://' + HOST, '-Y', 'GSSAPI', '-Q']
        return ['-H', 'ldaps://' + HOST, '-x', '-D', 'svc-scand@' + peers.DOMAIN, '-y', self.password_file]

    def cpu(self):
        """Of all of its processes: they are a session of their own."""
        total = 0.0
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                if os.getsid(int(pid)) == os.getsid(self.pid):
                    total += measure.cpu_of(int(pid))
            except (ProcessLookupError, FileNotFoundError):
                pass
        return total

    def stop(self):
        subprocess.run([LAB, 'stop', self.folder], check=True)

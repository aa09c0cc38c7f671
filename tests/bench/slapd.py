# SPDX-License-Identifier: MIT
"""slapd with back-mdb, dressed as AD: what fakedc says of itself is read from it once and told again, and a plug-in accepts AD's controls."""

import os
import re
import shutil
import subprocess

import peers

CONFIGURATION = 'CN=Configuration,' + peers.BASE
# What slapd knows by itself.
BUILT_IN = {'objectclass', 'namingcontexts', 'supportedcontrol', 'supportedldapversion', 'cn', 'name', 'description', 'distinguishedname',
            'supportedextension', 'supportedfeatures', 'dc', 'ou', 'sn', 'member'}
NUMBERS = {'usnchanged', 'usncreated'}
OCTETS = '1.3.6.1.4.1.1466.115.121.1.40'


def records(text):
    """LDIF as ldapsearch prints it without wrapping: (dn, [(attribute, value as it is written)])."""
    for block in text.split('\n\n'):
        lines = [line for line in block.splitlines() if line and not line.startswith('#')]
        if lines and lines[0].startswith('dn:'):
            yield lines[0], [line for line in lines[1:] if not line.startswith('ref:')]


class Slapd(peers.Server):
    def __init__(self, programs, folder, objects):
        self.programs = programs
        self.folder = os.path.join(folder, f'slapd-{objects}')
        self.ca_file = os.path.join(self.folder, 'ca.pem')
        self.password_file = os.path.join(self.folder, 'password')
        if not peers.is_made(programs, os.path.join(self.folder, 'made')):
            shutil.rmtree(self.folder, ignore_errors=True)
            os.makedirs(self.folder)
            self._make(folder, objects)
        self.url = f'ldaps://127.0.0.1:{peers.free_port()}'
        with open(os.path.join(self.folder, 'log'), 'ab') as log:
            self.process = subprocess.Popen(['/usr/sbin/slapd', '-d', '0', '-h', self.url, '-f', self._path('slapd.conf')], stdout=log, stderr=log)
        self.pid = self.process.pid
        peers.wait_until('slapd answers', self._answers, 60, 0.1)

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _answers(self):
        if self.process.poll() is not None:
            with open(self._path('log'), encoding='utf-8', errors='replace') as file:
                raise RuntimeError('slapd ended: ' + file.read()[-1000:])
        return subprocess.run(['ldapsearch', '-x', '-H', self.url, '-b', '', '-s', 'base', '1.1'], env=self.environment(), capture_output=True,
                              check=False).returncode == 0

    def _make(self, folder, objects):
        self._certificate()
        root, entries = self._ask_fakedc(folder, objects)
        company = peers.made(self.programs, folder, 'ldif', objects)
        names = {line.split(':')[0] for _, lines in [root, *entries] for line in lines}
        with open(company, encoding='ascii') as file:
            names |= {line.split(':')[0] for line, _ in zip(file, range(200000)) if ':' in line}
        with open('/etc/ldap/schema/core.schema', encoding='utf-8') as file:
            known = BUILT_IN | {name.lower() for name in re.findall(r"'([\w-]+)'", re.sub('#.*', '', file.read()))} | {'dn', ''}
        self._write_schema({name for name in names if name.lower() not in known and not name.startswith((' ', '#'))})
        with open(self._path('root.ldif'), 'w', encoding='ascii') as file:
            file.write('\n'.join(['dn:', *(line for line in root[1] if not re.match('(?i)(namingContexts|supportedControl|supportedLDAPVersion):', line))]) + '\n')
        with open(self._path('slapd.conf'), 'w', encoding='ascii') as file:
            file.write(f'''include /etc/ldap/schema/core.schema
include {self._path("ad.schema")}
pidfile {self._path("pid")}
modulepath /usr/lib/ldap
moduleload back_mdb
plugin preoperation {self.programs.plug_in} ad_init
sizelimit unlimited
rootDSE {self._path("root.ldif")}
TLSCertificateFile {self._path("cert.pem")}
TLSCertificateKeyFile {self._path("key.pem")}
access to * by * read
''')
            # No index of objectClass: with one, the lists of all classes are merged for every page again, and a page takes ten times as long.
            for name, suffix in (('configuration', CONFIGURATION), ('domain', peers.BASE)):
                os.makedirs(self._path(name))
                file.write(f'''
database mdb
suffix "{suffix}"
rootdn "cn=scand,{suffix}"
directory {self._path(name)}
maxsize 17179869184
dbnosync
index uSNChanged,objectGUID eq
''')
            # Who binds is somebody in a database of his own.
            file.write(f'\ndatabase ldif\nsuffix "cn=scand"\nrootdn "cn=scand"\nrootpw {self.password}\ndirectory {self._path("nobody")}\n')
        os.makedirs(self._path('nobody'))
        for name, is_of in (('configuration', lambda dn: dn.endswith(CONFIGURATION)), ('domain', lambda dn: not dn.endswith(CONFIGURATION))):
            path = self._path(name + '.ldif')
            with open(path, 'w', encoding='ascii') as file:
                chosen = [(dn, lines) for dn, lines in entries if is_of(dn)]
                for dn, lines in sorted(chosen, key=lambda one: one[0].count(',')):
                    file.write('\n'.join([dn, *lines]) + '\n\n')
            number = '1' if name == 'configuration' else '2'
            for source in [path] + ([company] if name == 'domain' else []):
                subprocess.run(['/usr/sbin/slapadd', '-q', '-s', '-n', number, '-f', self._path('slapd.conf'), '-l', source], check=True,
                               capture_output=True)
        with open(self._path('made'), 'w', encoding='ascii'):
            pass

    def _certificate(self):
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=bench', '-addext',
                        'subjectAltName=IP:127.0.0.1', '-keyout', self._path('key.pem'), '-out', self._path('cert.pem')],
                       check=True, capture_output=True)
        shutil.copy(self._path('cert.pem'), self.ca_file)

    def _ask_fakedc(self, folder, objects):
        """The root DSE, and every entry but the company's."""
        server = peers.FakeDc(self.programs, folder, 0)
        try:
            shutil.copy(server.password_file, self.password_file)
            self.password = server.password
            # The company's USNs follow: what is told of the directory is told as if it had them.
            server.command(f'usn {10 ** 9 + objects + 100}')
            search = ['ldapsearch', '-LLL', '-o', 'ldif-wrap=no', '-H', server.url, '-x', '-D', peers.USER, '-y', server.password_file]

            def ask(*words):
                return list(records(subprocess.run([*search, *words], env=server.environment(), capture_output=True, text=True, check=True).stdout))

            root = ask('-b', '', '-s', 'base')[0]
            entries = ask('-b', peers.BASE, '-E', '!pr=1000/noprompt', '-E', '!1.2.840.113556.1.4.417')
            entries += ask('-b', CONFIGURATION, '-E', '!pr=1000/noprompt')
            return root, entries
        finally:
            server.stop()

    def _write_schema(self, names):
        classes = ('user', 'contact', 'group', 'computer', 'container', 'domainDNS', 'builtinDomain', 'lostAndFound', 'nTDSDSA', 'nTDSService',
                   'msExchSystemObjectsContainer', 'attributeSchema')
        with open(self._path('ad.schema'), 'w', encoding='ascii') as file:
            for number, name in enumerate(sorted(names)):
                rules = ('EQUALITY integerMatch ORDERING integerOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27' if name.lower() in NUMBERS
                         else f'EQUALITY octetStringMatch SYNTAX {OCTETS}')
                file.write(f"attributetype ( 1.3.6.1.4.1.99999.1.{number + 1} NAME '{name}' {rules} )\n")
            for number, name in enumerate(classes):
                file.write(f"objectclass ( 1.3.6.1.4.1.99999.2.{number + 1} NAME '{name}' SUP top STRUCTURAL )\n")

    def stop(self):
        self.process.terminate()
        self.process.wait()

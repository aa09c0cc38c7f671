# SPDX-License-Identifier: MIT
"""Channel binding against a server that checks it: slapd with GSSAPI inside TLS. Samba 4.17 knows of none.

Somebody who relays a bind has a certificate of his own, which the client may even trust. What he passes on was bound to that one, and a
server that looks sees it. The same relay to a slapd that does not look works: so it is the binding that is refused, and scand sent one.
"""

import os
import shutil
import socket
import ssl
import subprocess
import threading
import unittest

import ldap

from lab import CORP, SCAND, SCRATCH, Scand, addition, wait_until

SLAPD = '/usr/sbin/slapd'
NAME = f'binding.{CORP.realm}'
DIRECT, RELAYED, CLEAR = 1636, 2636, 1389
PASSWORD = 'Pw-binding-1aA'


class Relay:
    """Ends TLS with its own certificate and begins another one, as somebody in the middle would."""

    def __init__(self, folder):
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(f'{folder}/relay.pem', f'{folder}/relay.key')
        self.client = ssl.create_default_context(cafile=CORP.file('ca.pem'))
        self.listener = socket.create_server((CORP.address, RELAYED))
        self.carried = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, plain):
        try:
            with self.server.wrap_socket(plain, server_side=True) as client, \
                    socket.create_connection((CORP.address, DIRECT)) as wire, \
                    self.client.wrap_socket(wire, server_hostname=NAME) as server:
                back = threading.Thread(target=self._carry, args=(server, client), daemon=True)
                back.start()
                self._carry(client, server)
                back.join()
        except OSError:
            pass

    def _carry(self, source, target):
        try:
            while data := source.recv(1 << 16):
                self.carried += len(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@unittest.skipUnless(os.path.exists(SLAPD), 'slapd is not installed')
class Binding(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()
        cls.folder = os.path.join(SCRATCH, 'binding')
        os.mkdir(cls.folder)
        with open(CORP.file('hosts'), 'a', encoding='ascii') as hosts:
            hosts.write(f'{CORP.address} {NAME}\n')
        cls._make_certificate('slapd')
        cls._make_certificate('relay')
        cls._make_keytab()
        cls.relay = Relay(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.relay.close()
        admin = CORP.admin()
        admin.delete_s(cls.account)
        admin.unbind_s()

    @classmethod
    def _make_certificate(cls, name):
        def openssl(*words, **options):
            subprocess.run(['openssl', *words], check=True, capture_output=True, text=True, cwd=cls.folder, **options)

        openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', f'/CN={NAME}', '-keyout', f'{name}.key', '-out', f'{name}.csr')
        openssl('x509', '-req', '-in', f'{name}.csr', '-CA', CORP.file('ca.pem'), '-CAkey', CORP.file('dc/private/ca.key'), '-set_serial',
                {'slapd': '71', 'relay': '72'}[name], '-days', '30', '-sha256', '-extfile', '/dev/stdin', '-out', f'{name}.pem',
                input=f'subjectAltName=DNS:{NAME}\n')

    @classmethod
    def _make_keytab(cls):
        """An account of slapd's own, and its key as AD salts it."""
        cls.account = f'CN=binding,CN=Users,{CORP.base}'
        admin = CORP.admin()
        admin.add_s(cls.account, addition(
            objectClass='user', sAMAccountName='binding', servicePrincipalName=f'ldap/{NAME}', userAccountControl='512',
            msDS_SupportedEncryptionTypes='16', unicodePwd=f'"{PASSWORD}"'.encode('utf-16-le')))
        version = admin.search_s(cls.account, ldap.SCOPE_BASE, attrlist=['msDS-KeyVersionNumber'])[0][1]['msDS-KeyVersionNumber'][0]
        admin.unbind_s()
        realm = CORP.realm.upper()
        subprocess.run(['ktutil'], text=True, check=True, stdout=subprocess.DEVNULL, input=(
            f'add_entry -password -p ldap/{NAME}@{realm} -k {int(version)} -e aes256-cts-hmac-sha1-96 -s {realm}binding\n{PASSWORD}\n'
            f'write_kt {cls.folder}/slapd.keytab\n'))

    def start_slapd(self, binding):
        path = os.path.join(self.folder, 'slapd.conf')
        # Without TLS nothing but its layer would protect GSSAPI, and it offers none. The finished message that tls-unique is about ends with TLS 1.2.
        with open(path, 'w', encoding='ascii') as file:
            file.write(f'''pidfile {self.folder}/pid
sasl-host {NAME}
sasl-realm {CORP.realm.upper()}
sasl-cbinding {binding}
TLSCertificateFile {self.folder}/slapd.pem
TLSCertificateKeyFile {self.folder}/slapd.key
sasl-secprops noanonymous,noplain,maxssf=0
TLSCipherSuite NORMAL:-VERS-ALL:+VERS-TLS1.2
''')
        log = open(os.path.join(self.folder, 'log'), 'ab')
        self.addCleanup(log.close)
        daemon = subprocess.Popen(Scand(CORP).command('env', f'KRB5_KTNAME=FILE:{self.folder}/slapd.keytab', SLAPD, '-d', '0', '-h',
                                                      f'ldaps://{CORP.address}:{DIRECT} ldap://{CORP.address}:{CLEAR}', '-f', path), stdout=log, stderr=log)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)

        def listens():
            self.assertIsNone(daemon.poll(), 'slapd ended')
            with socket.socket() as probe:
                return probe.connect_ex((CORP.address, DIRECT)) == 0
        wait_until('slapd listens', listens)

    def check(self, port, mechanism, **options):
        """What scand says when it tries the server: of its bind, and afterwards that this is no domain controller."""
        scand = Scand(CORP, sections=[CORP.section(Servers=f'{NAME}:{port}', Bind=mechanism, **(options or {'TLS': 'ldaps', 'CAFile': CORP.file('ca.pem')}))])
        done = subprocess.run(scand.command(SCAND, '--config', scand.config, '--check'), capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def binds(self, port, mechanism):
        self.assertRegex(self.check(port, mechanism), r'✓ bind .*TLS1\.[23]\n.*\(not-active-directory\)')

    def is_refused(self, port, mechanism):
        # What fails is accepting the security context, and TLS and Kerberos were well until then.
        self.assertRegex(self.check(port, mechanism), r'✓ Kerberos .*\n *✓ TLS .*\n *✗ bind .*gss_accept_sec_context')

    def test_a_bind_is_bound_to_its_channel(self):
        for mechanism in ('gssapi', 'spnego'):
            with self.subTest(mechanism):
                self.start_slapd('tls-endpoint')
                self.binds(DIRECT, mechanism)
                self.doCleanups()

    def test_a_relayed_bind_is_refused_for_the_other_channel(self):
        for mechanism in ('gssapi', 'spnego'):
            with self.subTest(mechanism):
                self.start_slapd('none')
                before = self.relay.carried
                self.binds(RELAYED, mechanism)
                self.assertGreater(self.relay.carried, before)
                self.doCleanups()
                self.start_slapd('tls-endpoint')
                self.is_refused(RELAYED, mechanism)
                self.doCleanups()

    def test_a_bind_that_would_not_be_sealed_is_not_made(self):
        self.start_slapd('none')
        self.assertRegex(self.check(CLEAR, 'gssapi', TLS='none'), r'✓ Kerberos .*\n *✗ bind .*')

    def test_a_binding_of_another_kind_is_refused(self):
        self.start_slapd('tls-unique')
        self.is_refused(DIRECT, 'gssapi')

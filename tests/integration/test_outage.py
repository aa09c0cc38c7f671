# SPDX-License-Identifier: MIT
"""A domain controller that is not there, goes away, comes back, or says nothing."""

import os
import signal
import socket
import threading
import unittest

from lab import CORP, SILENT_ADDRESS, TAILSPIN, Scand, addition

CONNECT_TIMEOUT = 6


class SilentServer:
    """Accepts connections and never says a word."""

    def __init__(self, address, port=0):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((address, port))
        self.listener.listen()
        self.port = self.listener.getsockname()[1]
        self.accepted = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                self.accepted.append(self.listener.accept()[0])
            except OSError:
                return

    def close(self):
        self.listener.close()
        for connection in self.accepted:
            connection.close()


class Outage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        CORP.start()

    def tearDown(self):
        CORP.start()

    def test_a_domain_that_is_down_at_boot_is_waited_for(self):
        CORP.stop()
        scand = Scand(CORP).start(wait=None)
        scand.wait_until('READY=1 although nobody answers', lambda: scand.notify.last('READY'))
        scand.wait_state('waiting')
        self.assertIn(scand.domain_health()['last_error'], ('connect-refused', 'kdc-unreachable'))
        self.assertRegex(scand.log(), r'retrying')
        self.assertEqual(scand.ctl('status').returncode, 0)
        CORP.start()
        scand.wait_state('following', seconds=120)
        self.assertEqual(scand.stop(), 0)

    def test_no_network_at_boot_is_survived(self):
        # A mount namespace has the names, a network namespace without even loopback has nobody behind them.
        scand = Scand(CORP).start(wait=None, prefix=('unshare', '-n'))
        scand.wait_until('READY=1 without network', lambda: scand.notify.last('READY'))
        scand.wait_error()
        self.assertEqual(scand.stop(), 0)

    def test_a_restarted_domain_is_followed_again_without_a_full_read(self):
        scand = Scand(CORP).start()
        full = scand.domain_health()['last_full_ok']
        CORP.stop('kill')
        scand.wait_state('waiting')
        CORP.start()
        scand.wait_state('following', seconds=120)
        connection = CORP.admin()
        dn = f'CN=afterwards,CN=Users,{CORP.base}'
        connection.add_s(dn, addition(objectClass='contact', mailNickname='afterwards'))
        scand.wait_finding('contact-not-mail-enabled', dn)
        self.assertEqual(scand.domain_health()['last_full_ok'], full)
        connection.delete_s(dn)
        scand.wait_finding('contact-not-mail-enabled', dn, present=False)
        self.assertEqual(scand.stop(), 0)

    def test_a_domain_that_falls_silent_in_the_middle_is_given_up(self):
        scand = Scand(CORP, scand='RequestTimeout=5').start()
        with open(CORP.file('dc.pid'), encoding='ascii') as file:
            group = int(file.read())
        os.killpg(group, signal.SIGSTOP)
        try:
            scand.wait_state('waiting', seconds=90)
        finally:
            os.killpg(group, signal.SIGCONT)
        scand.wait_state('following', seconds=120)
        self.assertEqual(scand.stop(), 0)

    def test_silent_servers_delay_neither_the_watchdog_nor_another_domain(self):
        TAILSPIN.start()
        silent = SilentServer(SILENT_ADDRESS)
        kdc = SilentServer(SILENT_ADDRESS, 88)
        simple = {'Bind': 'simple', 'Keytab': None, 'BindDN': 'nobody@tailspin.example', 'PasswordFile': TAILSPIN.file('svc-scand.password'),
                  'Servers': f'{SILENT_ADDRESS}:{silent.port}', 'CAFile': TAILSPIN.file('ca.pem')}
        variants = {
            'LDAPS': {**simple, 'TLS': 'ldaps'},
            'StartTLS': {**simple, 'TLS': 'starttls'},
            'KDC': {'KDC': f'{SILENT_ADDRESS}:88'},
        }
        try:
            for name, options in variants.items():
                with self.subTest(name):
                    self._watchdog_with(silent if name != 'KDC' else kdc, options)
        finally:
            silent.close()
            kdc.close()

    def _watchdog_with(self, server, options):
        server.accepted.clear()
        scand = Scand(CORP, TAILSPIN, scand=f'ConnectTimeout={CONNECT_TIMEOUT}', sections=[CORP.section(), TAILSPIN.section(**options)])
        scand.start(wait=None, watchdog=1)
        scand.wait_until('a connection to the silent server', lambda: server.accepted)
        scand.wait_error(name=TAILSPIN.realm)
        scand.wait_state('following', CORP.realm)
        # A loop that waited for the server would be silent for as long as the connect may take.
        self.assertLess(scand.notify.longest_gap(), CONNECT_TIMEOUT)
        self.assertEqual(scand.stop(), 0)

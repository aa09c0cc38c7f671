# SPDX-License-Identifier: MIT
"""The way to a domain controller, which can be cut: then nothing answers and nothing refuses, as behind a firewall that drops."""

import select
import socket
import threading

PORTS = (88, 389)


class Wire:
    """Connections to `address` end at `target`, until somebody cuts the wire."""

    def __init__(self, address, target):
        self.address = address
        self.target = target
        self.is_whole = threading.Event()
        self.is_whole.set()
        self.listeners = []
        for port in PORTS:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen()
            self.listeners.append(listener)
            threading.Thread(target=self._accept, args=(listener, port), daemon=True).start()

    def cut(self):
        self.is_whole.clear()

    def mend(self):
        self.is_whole.set()

    def close(self):
        for listener in self.listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.mend()

    def _accept(self, listener, port):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client, port), daemon=True).start()

    def _carry(self, client, port):
        """Until one side ends. What was sent into a cut wire arrives when it is whole again, as TCP has it."""
        self.is_whole.wait()
        with client, socket.socket() as server:
            try:
                server.connect((self.target, port))
                other = {client: server, server: client}
                while True:
                    for side in select.select(list(other), [], [])[0]:
                        data = side.recv(1 << 16)
                        self.is_whole.wait()
                        if not data:
                            return
                        other[side].sendall(data)
            except OSError:
                return

# SPDX-License-Identifier: MIT
"""A small company, for tests of scanctl that need no daemon: its objects as LDIF, a database of them, and scanctl over it."""

import base64
import json
import os
import pathlib
import pty
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
import unittest
import uuid

SCANCTL, MAKE_DATABASE = sys.argv[1:3]
del sys.argv[1:3]

FINE, FOUND, TROUBLE = 0, 1, 2
PATIENCE = 120  # with what hangs
NOW = int(time.time())
DAY = 86400
BASE = "DC=corp,DC=example"
PLAIN = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "TZ": "UTC"}

ANNA, BERT, INFO, GONE, ODD, CONTACT, WIDE = (uuid.UUID(int=n << 96 | 0x4000 << 64 | n) for n in range(1, 8))


def record(dn, kind, guid, usn, **attributes):
    classes = {"user": ["top", "person", "organizationalPerson", "user"], "group": ["top", "group"],
               "contact": ["top", "person", "organizationalPerson", "contact"]}[kind]
    lines = [f"dn:: {base64.b64encode(dn.encode()).decode()}"] + [f"objectClass: {name}" for name in classes]
    lines += [f"objectGUID:: {base64.b64encode(guid.bytes_le).decode()}", f"uSNChanged: {usn}"]
    for name, values in attributes.items():
        for value in values if isinstance(values, list) else [values]:
            data = value if isinstance(value, bytes) else str(value).encode()
            lines.append(f"{name.replace('_', '-')}:: {base64.b64encode(data).decode()}")
    return "\n".join(lines) + "\n\n"


def user(cn, ou, guid, usn, sam, **attributes):
    defaults = {"cn": cn, "sAMAccountName": sam, "displayName": cn, "givenName": cn.split()[0], "userAccountControl": 512,
                "userPrincipalName": f"{sam}@example.com"}
    rdn = cn.replace(",", "\\,")
    return record(f"CN={rdn},{ou},{BASE}", "user", guid, usn, **(defaults | attributes))


FIRST = "".join([
    user("Berg, Anna", "OU=Staff", ANNA, 101, "anna.berg", mail="anna.berg@example.com", mailNickname="anna.berg",
         proxyAddresses=["SMTP:anna.berg@example.com", "smtp:info@example.com", "X500:/o=Old/cn=anna"],
         objectSid=bytes.fromhex("010500000000000515000000010000000200000003000000f4010000"),
         mS_DS_ConsistencyGuid=ANNA.bytes_le, description="\x1b[31mred\x1b[0m | ; \u202e"),
    user("Bert", "OU=Staff", BERT, 102, "bert", userPrincipalName="bert berg@example.com", mail="bert@example.com",
         proxyAddresses=["SMTP:bert@example.com"]),
    record(f"CN=Info,OU=Shared,OU=Staff,{BASE}", "group", INFO, 103, cn="Info", sAMAccountName="info", groupType=8,
           displayName="Info", mail="info@example.com", proxyAddresses=["SMTP:info@example.com"], mailNickname="info"),
    user("Gone Soon", "OU=Staff", GONE, 104, "gone", mail="gone@example.com", proxyAddresses=["SMTP:gone@example.com"]),
    user("Odd \u202e\x07 Name", "OU=Odd", ODD, 105, "odd", mail=b"odd\xff@example.com"),
    record(f"CN=Out There,OU=Contacts,{BASE}", "contact", CONTACT, 106, cn="Out There", mailNickname="out", targetAddress="SMTP:out@there.example"),
    user("東京 太郎", "OU=Odd", WIDE, 107, "taro", userPrincipalName="太郎@example.com", mail="taro@example.com",
         proxyAddresses=["SMTP:taro@example.com"]),
])

DELTA = record(f"CN=Gone Soon\nDEL:{GONE},CN=Deleted Objects,{BASE}", "user", GONE, 201, isDeleted="TRUE", sAMAccountName="gone",
               lastKnownParent=f"OU=Staff,{BASE}")

# Nothing is wrong with it.
GOOD = "dn: CN=A,OU=X,DC=corp,DC=example\nobjectClass: user\nsAMAccountName: a\ncn: A\ngivenName: A\nuserPrincipalName: a@example.com\n"

CONFIG = "[domain corp.example]\n[tenant]\nInitialDomain=contoso.onmicrosoft.com\nVerifiedDomain=example.com\n"


def columns(text):
    """How wide a terminal shows it."""
    return sum(0 if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Cf") else
               2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def shown(text):
    """As a terminal may see it."""
    return text.replace("\x07", "\\x07").replace("\u202e", "\\u{202E}")


class ProgramCase(unittest.TestCase):
    """A database of the company, and scanctl as people run it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="scanctl-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        (cls.folder / "run").mkdir()
        (cls.folder / "first.ldif").write_text(FIRST)
        (cls.folder / "delta.ldif").write_text(DELTA)
        cls.config = cls.folder / "scand.conf"
        cls.config.write_text(CONFIG + f"[scand]\nStateDirectory={cls.folder}\nRuntimeDirectory={cls.folder}/run\n")
        cls.make(NOW - 2 * DAY, "first")
        cls.make(NOW - 3600, "delta")

    @classmethod
    def make(cls, now, kind):
        subprocess.run([MAKE_DATABASE, cls.folder / "scand.db", cls.config, str(now), "corp.example", kind,
                        cls.folder / f"{kind}.ldif"], check=True)

    def run_scanctl(self, *arguments, env=None, stdin=None):
        done = subprocess.run([SCANCTL, "--config", str(self.config), *arguments], capture_output=True, text=True, timeout=PATIENCE,
                              env=PLAIN | (env or {}), input=stdin)
        return done.returncode, done.stdout, done.stderr

    def out(self, *arguments, code=FINE, **more):
        """What a run says that must go well."""
        got, out, err = self.run_scanctl(*arguments, **more)
        self.assertEqual((got, err), (code, ""), out)
        return out

    def err(self, *arguments, code=TROUBLE, **more):
        got, out, err = self.run_scanctl(*arguments, **more)
        self.assertEqual((got, out), (code, ""))
        self.assertTrue(err.startswith("scanctl: "), err)
        return err

    def findings(self, *arguments):
        answer = json.loads(self.out("findings", "--json", *arguments))
        self.assertEqual(answer["schema"], 1)
        return answer["findings"]

    def terminal(self, *arguments, width=80, env=None, code=FINE):
        """What a person sees on a terminal of that width; a code of None is any."""
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(SCANCTL, [SCANCTL, "--config", str(self.config), *arguments],
                      PLAIN | {"TERM": "xterm", "COLUMNS": str(width), "PAGER": ""} | (env or {}))
        seen = b""
        while select.select([fd], [], [], PATIENCE)[0]:
            try:
                block = os.read(fd, 65536)
            except OSError:
                break
            if not block:
                break
            seen += block
        os.close(fd)
        got = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code is not None:
            self.assertEqual(got, code)
        return seen.decode().replace("\r\n", "\n")

    def ask_daemon(self, answer, *arguments):
        """What is said to the daemon, and what scanctl makes of its answer; None hangs up."""
        path = self.folder / "run" / "control"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(PATIENCE)
        asked = []

        def serve():
            connection, _ = listener.accept()
            asked.append(connection.recv(4096).decode())
            if answer is not None:
                connection.send(answer.encode())
            connection.close()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            said = self.run_scanctl(*arguments)
            thread.join()
        finally:
            listener.close()
            path.unlink()
        return asked[0], said

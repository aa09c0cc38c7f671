# SPDX-License-Identifier: MIT
"""A daemon whose tenant is configured, and what tests say to it and to its domain controller."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import fakedc
from fakedc import FakeDc, wait_until  # pylint: disable=unused-import

fakedc.Running.SCAND, fakedc.Running.SCANCTL, fakedc.Running.FAKEDC = sys.argv[1:4]
del sys.argv[1:4]


class Running(fakedc.Running):
    TENANT = "InitialDomain=contoso.onmicrosoft.com\nVerifiedDomain=contoso.com\nSourceAnchor=mS-DS-ConsistencyGuid\n"

    def setUp(self):
        super().setUp()
        self.start("first-")

    def make_server(self):
        return FakeDc(self.FAKEDC, self.folder, "contoso.com", password="x", people=30)

    def start(self, name=""):
        super().start(name)
        self.wait_following()

    def command(self, line):
        self.server.command(line)

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""samba-tool, without the access control lists on SYSVOL.

They need a file system with security attributes and a package of file server modules. The lab serves no files, and wants to work
inside containers too. Takes samba-tool's own arguments."""

import sys

import samba.provision
from samba.netcmd.main import cmd_sambatool

samba.provision.setsysvolacl = lambda *arguments, **options: None
sys.exit(cmd_sambatool()._run('samba-tool', *sys.argv[1:]))

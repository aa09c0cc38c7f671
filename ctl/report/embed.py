#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns report.css and report.js into report-text.c, with a policy that lets a browser use these two and nothing else.

Whatever an object is called, and whatever escaping might have missed: what does not have one of these hashes is not run.
"""

import base64
import hashlib
import pathlib
import sys

style, script = (pathlib.Path(name).read_text(encoding="ascii") for name in sys.argv[1:3])


def digest(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def literal(name, text):
    lines = [line.replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")]
    return f"const char {name}[] =\n" + "\n".join(f'        "{line}\\n"' for line in lines[:-1]) + f'\n        "{lines[-1]}";\n'


policy = f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; base-uri 'none'; form-action 'none'"
pathlib.Path(sys.argv[3]).write_text(
    "/* Made by embed.py. */\n#include \"ctl/report.h\"\n\n" + literal("report_style", style) + literal("report_script", script)
    + literal("report_policy", policy), encoding="ascii")

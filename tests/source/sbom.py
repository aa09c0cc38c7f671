#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""packaging/sbom PROGRAM…: all that the linker loads for the programs is listed, with versions, and the same each time."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77


def listed(programs):
    return subprocess.run([ROOT / 'packaging/sbom', *programs], env=os.environ | {'SOURCE_DATE_EPOCH': '1767225600'}, capture_output=True, text=True,
                          check=True).stdout


def main(programs):
    if not shutil.which('dpkg-query'):
        print('SKIP: the packages of this system are not Debian\'s')
        return SKIPPED
    text = listed(programs)
    document = json.loads(text)
    packages = {package['name']: package for package in document['packages']}
    loaded = set()
    for program in programs:
        loaded |= set(re.findall(r'=> (/\S+)', subprocess.run(['ldd', program], capture_output=True, text=True, check=True).stdout))
    complaints = []
    # A library's package has files of that name; several libraries may be of one.
    names = [package for package, it in packages.items() if 'versionInfo' in it]
    files = subprocess.run(['dpkg-query', '-L', *names], capture_output=True, text=True, check=True).stdout.splitlines()
    kept = {os.path.basename(path) for path in files}
    complaints += [f'not listed: {name}' for name in map(os.path.basename, loaded) if name not in kept]
    complaints += [f'without a version: {name}' for name, it in packages.items() if 'checksums' not in it and not it.get('versionInfo')]
    known = {it['SPDXID'] for it in document['packages']} | {'SPDXRef-DOCUMENT'}
    complaints += [f'a relation with nobody: {it}' for it in document['relationships'] if {it['spdxElementId'], it['relatedSpdxElement']} - known]
    if len(packages) < 10 or {os.path.basename(program) for program in programs} - packages.keys():
        complaints.append(f'too few: {sorted(packages)}')
    if listed(programs) != text:
        complaints.append('another one each time')
    print('\n'.join(complaints) or f'# {len(packages)} cases: package')
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))

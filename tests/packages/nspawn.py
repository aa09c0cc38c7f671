# SPDX-License-Identifier: MIT
"""A minimal Debian with what scand's package needs, booted by a real systemd: for the tests of what is installed."""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
MACHINE_DONE = 7  # what the machine exits with when it came to its end


def build_package(folder):
    """Puts the Debian package into the folder, unless SCAND_PACKAGES names one where it is already; gives the package's path."""
    if "SCAND_PACKAGES" in os.environ:
        folder = pathlib.Path(os.environ["SCAND_PACKAGES"])
    else:
        # The tests have been passed already, by whoever runs this.
        done = subprocess.run([ROOT / "packaging/build", "deb", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=os.environ | {"DEB_BUILD_OPTIONS": "nocheck parallel=4"})
        if done.returncode != 0:
            raise AssertionError(done.stdout[-4000:])
    return next(pathlib.Path(folder).glob("scand_*.deb"))


def make_root(root, package, *more):
    """The package's dependencies are in it, and not the package; SCAND_MACHINE names one that is copied instead."""
    depends = subprocess.run(["dpkg-deb", "-f", package, "Depends"], check=True, capture_output=True, text=True).stdout
    names = [re.match(r"\s*([\w.+-]+)", part)[1] for part in depends.split(",")]
    if "SCAND_MACHINE" in os.environ:
        subprocess.run(["cp", "-a", os.environ["SCAND_MACHINE"], root], check=True)
    else:
        suite = re.search(r"^VERSION_CODENAME=(\w+)$", pathlib.Path("/etc/os-release").read_text(), re.M)[1]
        sources = [path for path in map(pathlib.Path, ["/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"]) if path.exists()]
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(['systemd-sysv', 'dbus', *names, *more])}", suite, root,
                        *sources], check=True)
    (root / "out").mkdir()


def repack(package, folder, target):
    """The same package, as a newer one."""
    subprocess.run(["dpkg-deb", "-R", package, folder], check=True)
    control = folder / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*", lambda match: match[0] + "+newer", control.read_text(), flags=re.M))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", folder, target], check=True, stdout=subprocess.DEVNULL)


def boot(root, name, seconds=3600):
    """Boots it, has it run /out/machine, and returns when that is done. What it says it writes to /out/transcript."""
    units = root / "etc/systemd/system"
    (units / "driver.service").write_text("[Unit]\nAfter=basic.target dbus.service\n[Service]\nType=oneshot\nTimeoutStartSec=infinity\n"
                                          f"ExecStart=/out/machine\nExecStartPost=/bin/systemctl --no-block exit {MACHINE_DONE}\n")
    (units / "multi-user.target.wants").mkdir(exist_ok=True)
    (units / "multi-user.target.wants/driver.service").symlink_to("../driver.service")
    done = subprocess.run(["systemd-nspawn", "--directory", root, "--boot", "--register=no", "--keep-unit", "--resolv-conf=off",
                           "--machine", f"scand-{name}-{os.getpid()}", "--kill-signal=SIGRTMIN+3"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds)
    transcript = root / "out/transcript"
    text = transcript.read_text(errors="replace") if transcript.exists() else ""
    if done.returncode != MACHINE_DONE:
        raise AssertionError(f"the machine ended with {done.returncode}:\n{done.stdout[-2000:].decode(errors='replace')}\n{text}")
    return text

# tests/e2e/test_service.py — the gateway does all its work with the system calls that its systemd unit leaves it.
import ctypes
import os
import pathlib
import platform
import re
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from harness import SOURCE, Case, Gateway, admission, main, mllp_send

UNIT = SOURCE / "config/systemd/sluse.service"
# linux/audit.h, linux/seccomp.h and linux/filter.h.
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000
LOAD_WORD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06


def output(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, **options).stdout


def calls_of(name, seen=()):
    """The system calls behind a name as units use it: a call, or a group of systemd's with the groups in it."""
    if not name.startswith("@"):
        return {name}
    lines = [line.strip() for line in output("systemd-analyze", "syscall-filter", name).splitlines()]
    members = {word for line in lines[1:] if line and not line.startswith("#") for word in line.split()}
    return set().union(*(calls_of(member, (*seen, name)) for member in members - set(seen)))


def allowed_calls():
    """What SystemCallFilter= leaves, read as systemd reads it: the first line takes what it names, those after it add or take away."""
    allowed = calls_of("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$", UNIT.read_text(), re.M):
        named = set().union(*(calls_of(name) for name in line.lstrip("~").split()))
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed


def numbers():
    """Of the system calls on this machine, by name."""
    defined = output("g++", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null")
    return {name: int(number) for name, number in re.findall(r"^#define __NR_(\w+) (\d+)$", defined, re.M)}


def confine():
    """This process and what it becomes end at the first system call that the unit does not leave; under systemd the call would fail."""
    ops = [(LOAD_WORD, 0, 0, 4), (JUMP_EQUAL, 1, 0, AUDIT_ARCH[platform.machine()]), (RETURN, 0, 0, KILL_PROCESS), (LOAD_WORD, 0, 0, 0)]
    known = numbers()
    for number in sorted(known[name] for name in allowed_calls() & set(known)):
        ops += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    ops.append((RETURN, 0, 0, KILL_PROCESS))
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *op) for op in ops))
    program = ctypes.create_string_buffer(struct.pack("HP", len(ops), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, seccomp, filtering = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(seccomp, filtering, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


class ServiceTest(Case):
    def test_the_unit_leaves_the_gateway_what_it_needs(self):
        self.assertNotIn("chown", allowed_calls())
        self.assertNotIn("reboot", allowed_calls())
        with Gateway(wrapper=[sys.executable, os.path.abspath(__file__), "confine"]) as gateway:
            answers = mllp_send(gateway.mllp_port, [admission(f"S{i}", i, f"V{i}") for i in range(1, 20)])
            self.assertEqual({answer.code for answer in answers}, {"AA"})
            gateway.wait_processed()
            self.assertEqual(gateway.stop(), 0, gateway.log_tail())
            gateway.start()
            threads = pathlib.Path(f"/proc/{gateway.process.pid}/task").glob("*/stat")
            niceness = {int(stat.read_text().rpartition(")")[2].split()[16]) for stat in threads}
            self.assertIn(15, niceness, "processing gives way to those who wait for an acknowledgement")

    def test_systemd_finds_nothing_wrong_with_the_unit(self):
        done = subprocess.run(["systemd-analyze", "verify", str(UNIT)], capture_output=True, text=True, timeout=60)
        complaints = [line for line in done.stderr.splitlines() if "sluse" in line and "/usr/bin/sluse is not executable" not in line]
        self.assertEqual(complaints, [])


if __name__ == "__main__":
    if sys.argv[1:2] == ["confine"]:
        confine()
        os.execv(sys.argv[2], sys.argv[2:])
    main()

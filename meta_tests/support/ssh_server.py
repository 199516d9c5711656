"""An ssh server on a host of the test's own network, and the configuration by which a client reaches it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meta_tests.support import debian
from meta_tests.support.debian import ProgramMissing
from meta_tests.support.network import Host

_PORT = 2222
_SERVER = """\
Port {port}
ListenAddress {address}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/client_key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
"""
_CLIENT = """\
Host {name}
  HostName {address}
  Port {port}
  IdentityFile {folder}/client_key
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
"""


@contextmanager
def reached_by_ssh(host: Host) -> Iterator[Path]:
    """The client's configuration, in which the host has its name; the test is skipped where there can be no server."""
    try:
        debian.provide(["sshd", "ssh"], ["openssh-server", "openssh-client"])
    except ProgramMissing as reason:
        pytest.skip(str(reason))
    for key in ("host_key", "client_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(host.folder / key)], check=True)
    facts = {"name": host.name, "address": host.address, "port": _PORT, "folder": host.folder}
    server, client = host.folder / "server.conf", host.folder / "client.conf"
    server.write_text(_SERVER.format(**facts))
    client.write_text(_CLIENT.format(**facts))
    os.makedirs("/run/sshd", exist_ok=True)  # where sshd wants to be shut in
    program = shutil.which("sshd") or "/usr/sbin/sshd"
    with host.running([program, "-D", "-e", "-f", str(server)]):
        host.listens_at(_PORT)
        yield client

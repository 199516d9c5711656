"""Workers on other hosts: pytest-xdist's ``--px`` and ``--tx``, held to what a worker beside this process is held to.

A host is a Python that serves ``execnet.script.socketserver``, or that ssh starts, in a checkout of this suite. The
workers are its children: ``--px id=NAME//socket=HOST:PORT --tx N*popen//via=NAME``.
"""

import os
import platform
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import execnet
import pytest
from execnet.gateway_bootstrap import HostNotFound

from reports.digests.digest import state_of_the_suite
from reports.plugin.record import packages

_KEY = "controller"
# Seconds until a connection over which nothing comes is asked for, between the questions, and for an answer in all.
_IDLE, _BETWEEN, _ANSWER = 10, 5, 30
# In the server's process, whose children the workers are: as the controller has it for those beside it.
_SAME_ORDER_OF_SETS = 'import os; os.environ.setdefault("PYTHONHASHSEED", "0")'
_AS_HERE = (
    f"have there {os.getcwd()} and {sys.executable} as here, and start the workers by --px and //via as documented"
)
_LOST = (OSError, EOFError, execnet.RemoteError, HostNotFound)


def distribute(config: pytest.Config, flags: dict[str, str]) -> None:
    """Be ready for the hosts of a run with ``--tx``; ``flags`` are those that the user has set. pytest.UsageError."""
    if config.option.dist == "no":
        raise pytest.UsageError("--tx starts workers that get nothing to do: add --dist worksteal")
    if any(one.rpartition("*")[2] != "popen" for one in config.option.tx):
        config.pluginmanager.register(Hosts(_facts(flags)), "conformance-hosts")


def difference(config: pytest.Config, flags: dict[str, str]) -> str | None:
    """What differs between a worker's host and that of its controller, in a line; None if nothing does."""
    controllers = getattr(config, "workerinput", {}).get(_KEY)
    if controllers is None:
        return None
    here = _facts(flags)
    unlike = [
        f"{name} is {here.get(name)} here, and {controllers.get(name)} where the run was started"
        for name in here | controllers
        if here.get(name) != controllers.get(name)
    ]
    return f"host {socket.gethostname()}: {'; '.join(unlike)}: make them the same" if unlike else None


def _facts(flags: dict[str, str]) -> dict[str, Any]:
    """What has to be the same where a worker runs and where its report is written."""
    return {
        "Python": platform.python_version(),
        "processor": platform.machine(),
        "GPU": "yes" if any(Path("/dev").glob("nvidia[0-9]*")) else "none",
        "suite": state_of_the_suite(),
        **packages(),
        **flags,
    }


def _is_remote(node: Any) -> bool:
    return bool(node.gateway.spec.via) or not node.gateway.spec.popen


class Hosts:
    """Lives in the controller of a run with ``--tx``: prepares the hosts, and outlives the loss of one."""

    def __init__(self, of_the_controller: dict[str, Any]) -> None:
        self._facts = of_the_controller
        self._lost: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionstart(self, session: pytest.Session) -> Any:
        """Say in a line which host cannot be reached."""
        try:
            return (yield)
        # KeyError: of an unknown //via. AssertionError: of a port at which something else answers.
        except (*_LOST, KeyError, AssertionError) as error:
            asked = " ".join(session.config.option.px) or " ".join(session.config.option.tx)
            raise pytest.UsageError(f"a host of {asked} cannot be reached: {_said(error)}") from None

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, config: pytest.Config) -> None:
        session: Any = config.pluginmanager.get_plugin("dsession")
        for gateway in session.nodemanager.group:
            _notice_silence(gateway)
            gateway.remote_exec(_SAME_ORDER_OF_SETS).waitclose()
        session._clone_node = self._replacing(session, session._clone_node)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        if _is_remote(node):
            node.workerinput[_KEY] = self._facts

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self, node: Any) -> None:
        """Its worker is given this process's import path, and the paths of this command line."""
        if _is_remote(node) and node.workerinfo["cwd"] != os.getcwd():
            raise pytest.UsageError(f"a worker on host {_host(node)} works in {node.workerinfo['cwd']}: {_AS_HERE}")

    def _replacing(self, session: Any, start: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """``DSession._clone_node``, which starts a worker like one that died.

        Where that was on a host that is gone, those left go on; only if none is, one is started beside this process.
        """

        def replace(node: Any) -> Any:
            if _is_remote(node) and not hasattr(node, "workerinfo"):
                raise pytest.UsageError(f"no worker starts on host {_host(node)}: {_AS_HERE}")
            try:
                return start(node)
            except _LOST as error:
                if (host := _host(node)) not in self._lost:
                    self._lost.add(host)
                    session.report_line(f"\nhost {host} is lost ({_said(error)}); the others go on")
            if all(other is node or other.shutting_down for other in session._active_nodes):
                node.gateway.spec = execnet.XSpec("popen//execmodel=main_thread_only")
                return start(node)
            return None

        return replace


def _host(node: Any) -> str:
    return str(node.gateway.spec.via or node.gateway.spec.ssh or node.gateway.spec.socket)


def _said(error: BaseException) -> str:
    """The error's last line, or its type's name."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1]


def _notice_silence(gateway: Any) -> None:
    """A host whose network is gone ends its connection after half a minute; ssh has settings of its own for that."""
    connection = getattr(gateway._io, "sock", None)
    if connection is None:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_KEEPIDLE", _IDLE),
        ("TCP_KEEPINTVL", _BETWEEN),
        ("TCP_USER_TIMEOUT", _ANSWER * 1000),
    ):
        with suppress(AttributeError, OSError):  # not every system has it
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)

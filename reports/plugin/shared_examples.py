"""A pytest plugin: hunts on several machines share the examples that fail, through a Redis server."""

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis.database import ExampleDatabase, MultiplexedDatabase
from hypothesis.extra.redis import RedisExampleDatabase
from redis import Redis
from redis.exceptions import RedisError

from reports.sanitize import visible

# How long an answer may take, and how long nothing is asked of a server that gave none.
_SECONDS, _PAUSE = 2, 60
_KEY = "conformance_lost_database"

T = TypeVar("T")


class BadDatabase(Exception):
    """A server that cannot be used; the message is one line that names the remedy."""


class SharedExamples(ExampleDatabase):
    """The examples of a server; none while it does not answer."""

    def __init__(self, server: Redis, of: str, pause: float = _PAUSE) -> None:
        super().__init__()
        self._examples = RedisExampleDatabase(server, key_prefix=f"hypothesis-example:{of}:".encode())
        self._pause, self._asks_again = pause, 0.0
        # Why it did not answer, the first time.
        self.lost: str | None = None

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """What failed anywhere, for a property."""
        return self._asked(lambda: list(self._examples.fetch(key)), [])

    def save(self, key: bytes, value: bytes) -> None:
        """Let the others try this one first."""
        self._asked(lambda: self._examples.save(key, value), None)

    def delete(self, key: bytes, value: bytes) -> None:
        """It does not fail any more, or a simpler one does."""
        self._asked(lambda: self._examples.delete(key, value), None)

    def _asked(self, ask: Callable[[], T], otherwise: T) -> T:
        if time.monotonic() < self._asks_again:
            return otherwise
        try:
            return ask()
        except (RedisError, OSError) as error:
            self._asks_again = time.monotonic() + self._pause
            self.lost = self.lost or type(error).__name__
            return otherwise


class Sharing:
    """Has the profile search among the shared examples too; says at the end if the server was lost.

    ``of`` names whatever decides if an example fails: what is tested, and on which release. An example that does not
    fail any more is deleted, which must not be asked of another implementation.
    """

    def __init__(self, url: str, profile: str, of: str) -> None:
        self._lost: set[str] = set()
        self._server, self._name = _server(url)
        self._shared = SharedExamples(self._server, of)
        own = settings.get_profile(profile)
        databases = [one for one in (own.database, self._shared) if one is not None]
        settings.register_profile(profile, own, database=MultiplexedDatabase(*databases))

    def check(self) -> None:
        """Raise a BadDatabase if the server cannot be used now."""
        try:
            self._server.ping()
        except (RedisError, OSError, ValueError, TypeError, LookupError) as error:
            raise BadDatabase(
                f"the Redis server at {self._name} cannot be used ({type(error).__name__}); "
                "correct the address, start the server, or unset the variable"
            ) from None

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A worker tells the controller."""
        worker_output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        if worker_output is not None:
            worker_output[_KEY] = self._shared.lost
        elif self._shared.lost:
            self._lost.add(self._shared.lost)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        if lost := getattr(node, "workeroutput", {}).get(_KEY):
            self._lost.add(lost)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._lost:
            terminalreporter.write_line(
                f"The Redis server at {self._name} did not answer for a part of the run "
                f"({', '.join(sorted(self._lost))}); what failed meanwhile is in the database of this machine alone"
            )


def _server(url: str) -> tuple[Redis, str]:
    """The server, and where it is; BadDatabase. An address may hold a password, so nothing else of it is shown."""
    try:
        server = Redis.from_url(url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)
    except (ValueError, TypeError, LookupError) as error:
        raise BadDatabase("no address of a Redis server; give one as redis://host:6379/0") from error
    asked = server.connection_pool.connection_kwargs
    if asked.get("decode_responses"):
        raise BadDatabase("examples are bytes; leave decode_responses out of the address")
    return server, visible(str(asked.get("path") or f"{asked.get('host', 'localhost')}:{asked.get('port', 6379)}"))

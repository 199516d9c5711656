"""A package index on this machine, of packages that no other has (PEP 691, PEP 700)."""

import base64
import hashlib
import http.server
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

USER, PASSWORD = "me", "secret"
_JSON = "application/vnd.pypi.simple.v1+json"


def wheel(name: str, version: str) -> bytes:
    """A wheel of one module, which knows its version."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        folder = f"{name}-{version}.dist-info"
        archive.writestr(f"{name}.py", f"version = {version!r}\n")
        archive.writestr(f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{folder}/RECORD", f"{name}.py,,\n")
    return content.getvalue()


@contextmanager
def served(
    packages: dict[str, dict[str, str]], withdrawn: tuple[str, ...] = (), protected: bool = False
) -> Iterator[str]:
    """Its address, while it is there; ``packages`` holds the day of each version, ``withdrawn`` names files."""
    days = {
        f"{name}-{version}-py3-none-any.whl": day for name, all_ in packages.items() for version, day in all_.items()
    }
    files = {file: wheel(*file.split("-")[:2]) for file in days}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rstrip("/").rpartition("/")[2]
            token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            if protected and self.headers.get("Authorization") != f"Basic {token}":
                self._send(401, "text/plain", b"who are you?")
            elif name in files:
                self._send(200, "application/octet-stream", files[name])
            elif name in packages:
                self._send(200, _JSON, json.dumps(_page(name)).encode())
            else:
                self._send(404, "text/plain", b"no such page")

        def do_HEAD(self) -> None:
            self.do_GET()

        def _send(self, status: int, form: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", form)
            self.send_header("Content-Length", str(len(content)))
            if status == 401:
                self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    def _page(name: str) -> dict[str, object]:
        listed = [_file(file) for file in files if file.startswith(f"{name}-")]
        return {"meta": {"api-version": "1.1"}, "name": name, "versions": [*packages[name]], "files": listed}

    def _file(file: str) -> dict[str, object]:
        time = {"upload-time": f"{days[file]}T10:00:00Z"} if days[file] else {}
        hashes = {"sha256": hashlib.sha256(files[file]).hexdigest()}
        return {"filename": file, "url": f"/files/{file}", "hashes": hashes, "yanked": file in withdrawn, **time}

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple"
    finally:
        server.shutdown()
        server.server_close()

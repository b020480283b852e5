"""A hub on this machine: folders served by the requests that huggingface_hub makes."""

import hashlib
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "c" * 40
LARGE = (".safetensors", ".bin", ".ckpt", ".msgpack", ".onnx")


class LocalHub(BaseHTTPRequestHandler):
    """Answers for every ``owner/name`` below a folder."""

    protocol_version = "HTTP/1.1"
    root = Path()
    gated: set[str] = set()  # noqa: RUF012 - of the class, as the server makes the objects
    sent: dict[str, int] = {}  # noqa: RUF012
    """Bytes given, by file."""
    ranges: list[str] = []  # noqa: RUF012

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, *, body):
        path = unquote(urlsplit(self.path).path)
        api = re.fullmatch(r"/api/models/([\w.-]+/[\w.-]+)(?:/(revision|tree)/(\w+))?", path)
        file = re.fullmatch(r"/([\w.-]+/[\w.-]+)/resolve/(\w+)/(.+)", path)
        found = api or file
        if not found or not (self.root / found[1]).is_dir():
            self.plain(404, {"X-Error-Code": "RepoNotFound"})
        elif file and found[1] in self.gated:
            self.plain(403, {"X-Error-Code": "GatedRepo"})
        elif api:
            self.listing(api[1], tree=api[2] == "tree")
        else:
            self.file(self.root / file[1], file[3], body=body)

    def plain(self, status, headers, data=b""):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": len(data)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def listing(self, name, *, tree):
        folder = self.root / name
        files = sorted(p for p in folder.rglob("*") if p.is_file())
        rows = []
        for path in files:
            data = path.read_bytes()
            row = {"size": len(data)}
            if path.name.endswith(LARGE):
                digest = hashlib.sha256(data).hexdigest()
                row["lfs"] = {"oid": digest, "sha256": digest, "size": len(data), "pointerSize": 1}
            oid = hashlib.sha1(data).hexdigest()
            place = path.relative_to(folder).as_posix()
            key = {"type": "file", "path": place, "oid": oid} if tree else {
                "rfilename": place, "blobId": oid}  # fmt: skip
            rows.append(row | key)
        facts = rows if tree else {"id": name, "sha": COMMIT, "siblings": rows}
        self.plain(200, {"Content-Type": "application/json"}, json.dumps(facts).encode())

    def file(self, folder, name, *, body):
        path = folder / name
        if not path.is_file():
            self.plain(404, {"X-Error-Code": "EntryNotFound"})
            return
        data = path.read_bytes()
        large = name.endswith(LARGE)
        etag = (hashlib.sha256 if large else hashlib.sha1)(data).hexdigest()
        start = 0
        if "Range" in self.headers:
            start = int(re.fullmatch(r"bytes=(\d+)-.*", self.headers["Range"])[1])
            self.ranges.append(f"{name} {start}")
        part = data[start:]
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(part)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if body:
            self.sent[name] = self.sent.get(name, 0) + len(part)
            self.wfile.write(part)

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that was killed


@contextmanager
def serving(root, monkeypatch, cache):
    """Serves ``root`` as the hub of this process, with a cache of its own; gives the class."""
    from huggingface_hub import constants

    hub = type("Served", (LocalHub,), {"root": root, "gated": set(), "sent": {}, "ranges": []})
    server = _Server(("127.0.0.1", 0), hub)
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

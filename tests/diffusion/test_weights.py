"""Weights that are fetched by name: from a hub of our own, with real requests."""

import dataclasses
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from huggingface_hub import constants

from edition.diffusion import upscaler_weights
from edition.diffusion.upscaler_weights import WEIGHTS, WeightFile, WeightSet, pull_weights
from edition.errors import ModelError

CONTENT = b"numbers " * 5000


class Hub(BaseHTTPRequestHandler):
    """Answers for one file as a hub does."""

    content = CONTENT
    asked: list[str] = []  # noqa: RUF012 - told of every request

    def answer(self, *, body: bool):
        type(self).asked.append(f"{self.command} {self.path}")
        if not self.path.endswith("/some.safetensors"):
            self.send_response(404)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.send_header("X-Repo-Commit", "c" * 40)
        self.send_header("ETag", f'"{hashlib.sha256(CONTENT).hexdigest()}"')
        self.end_headers()
        if body:
            self.wfile.write(self.content)

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setattr(Hub, "asked", [])
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)  # read when the library was imported
    yield Hub
    server.shutdown()
    server.server_close()
    thread.join()


def some(**fields):
    digest = hashlib.sha256(CONTENT).hexdigest()
    piece = WeightFile("own/er", "some.safetensors", len(CONTENT), f"{digest[:8]}…{digest[-6:]}")
    return WeightSet("some", "Apache-2.0", "", (dataclasses.replace(piece, **fields),))


def test_a_set_is_fetched_once_and_checked(hub):
    asked = some()
    assert not asked.here
    folder = pull_weights(asked)
    assert (folder / "some.safetensors").read_bytes() == CONTENT
    assert asked.here
    assert any(line.startswith("GET /own/er/resolve/main/") for line in hub.asked)
    hub.asked.clear()
    assert pull_weights(asked) == folder
    assert not hub.asked


@pytest.mark.parametrize(
    "fields", [{"digest": "00000000…000000"}, {"bytes": 7}, {"digest": "", "bytes": 7}]
)
def test_another_file_than_the_published_one_is_refused_and_taken_away(hub, fields):
    asked = some(**fields)
    with pytest.raises(ModelError, match="not the file that was published") as caught:
        pull_weights(asked)
    assert caught.value.hint
    assert not (asked.folder / "some.safetensors").exists()


def test_what_the_hub_states_is_held_against_what_came(hub, monkeypatch):
    monkeypatch.setattr(hub, "content", CONTENT[:-1] + b"!")
    with pytest.raises(ModelError, match="not the file that was published"):
        pull_weights(some(digest=""))


def test_what_can_not_be_fetched_is_named(hub):
    with pytest.raises(ModelError, match=r"other\.pt of own/er can't be fetched") as caught:
        pull_weights(some(file="other.pt"))
    assert "by hand" in caught.value.hint


def test_published_sets_are_whole():
    for name, asked in WEIGHTS.items():
        assert asked.name == name
        assert asked.licence == "Apache-2.0"
        assert len(asked.pieces) == 3
    assert WEIGHTS["seedvr2-3b"].bytes == 6_783_018_808 + 501_324_814 + 595_100
    assert upscaler_weights._VAE.bytes == 501_324_814

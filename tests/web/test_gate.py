"""Who is let in: pure rules, no server."""

import pytest

from edition.errors import EditionError
from edition.web.auth import TokenAuth, check_host, url

GATE = TokenAuth()
PORT = 8090
HERE = {"Host": "127.0.0.1:8090"}


def refused(headers=HERE, query=(), cookies=()):
    return GATE.refused(headers, dict(query), dict(cookies), PORT)


def test_the_token_opens_in_the_address_and_in_the_cookie():
    token = GATE.token
    assert refused(query={"token": token}) == ""
    assert refused(cookies={"edition-8090": token}) == ""
    assert refused(query={"token": "old"}, cookies={"edition-8090": token}) == ""
    for wrong in ("", token[:-1], token + "a", token.upper(), "ü", "\udc80", "\0"):
        assert "token" in refused(query={"token": wrong})
        assert "token" in refused(cookies={"edition-8090": wrong})
    assert "token" in refused()
    assert "token" in refused(cookies={"edition-8091": token})  # another server's
    assert "token" in refused(cookies={"edition": token})


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8090", "localhost:8090", "[::1]:8090", "localhost", "LOCALHOST:9000"]
)
def test_this_machine_may_be_named_in_its_ways(host):
    asked = {"Host": host, "Origin": f"http://{host}"}
    assert refused(asked, {"token": GATE.token}) == ""


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "evil.example:8090", "127.0.0.1.evil.example", "127.0.0.1:80:90",
        "localhost.evil.example:8090", "evil.example/127.0.0.1", "127.0.0.2:8090", "0.0.0.0:8090",
        "user@127.0.0.1:8090", "127.0.0.1:8090\nevil", "[::1", "[::2]:8090", "2130706433",
    ],
)  # fmt: skip
def test_a_name_that_was_pointed_here_is_refused(host):
    assert "only to 127.0.0.1" in refused({"Host": host}, {"token": GATE.token})


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example", "null", "", "https://127.0.0.1:8090", "http://127.0.0.1:8091",
        "http://localhost:8090", "http://127.0.0.1:8090.evil.example", "file://",
    ],
)  # fmt: skip
def test_another_page_is_refused_even_with_the_token(origin):
    asked = {**HERE, "Origin": origin}
    assert "Another page" in refused(asked, {"token": GATE.token}, {"edition-8090": GATE.token})


def test_tokens_differ_and_are_long():
    assert len({TokenAuth().token for _ in range(50)}) == 50
    assert len(GATE.token) >= 43  # 256 bits in base64


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.168.1.4", "example.com", "127.1"])
def test_only_this_machine_is_served(host):
    with pytest.raises(EditionError) as caught:
        check_host(host)
    assert "ssh -t -L" in caught.value.hint


def test_addresses_are_whole():
    assert url("127.0.0.1", 8090, "t") == "http://127.0.0.1:8090/?token=t"
    assert url("::1", 8090, "t") == "http://[::1]:8090/?token=t"

"""What comes from outside is read, or refused by one of the program's own errors."""

import pytest

from edition import regular_files
from tools.campaigns.fuzz import run


def test_two_thousand_broken_inputs_of_every_kind() -> None:
    faults = run(2000, seed=1, wanted=set(), keep=None)
    assert not faults


def test_the_check_finds_a_reader_at_fault(monkeypatch) -> None:
    def raw(text: str) -> dict:
        import tomllib

        return tomllib.loads(text)

    monkeypatch.setattr(regular_files, "parse_toml", raw)
    assert run(700, seed=1, wanted={"settings"}, keep=None)


def test_what_was_found_stays_mended(tmp_path) -> None:
    from edition.diffusion.resolve import check_whole
    from edition.errors import EditionError, ModelError
    from edition.library.stack_overrides import split_of
    from edition.proof.edition_ledger import LedgerRow
    from edition.tui import user_settings

    nested = tmp_path / "terminal.toml"
    nested.write_text("theme = " + "[" * 5000)
    with pytest.raises(EditionError, match="nested too deeply"):
        user_settings.load(nested)

    header = b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, "4"]}}'
    weights = tmp_path / "x.safetensors"
    weights.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(ModelError, match="broken"):
        check_whole(weights)

    row = LedgerRow("open", "0" * 64, 1, "2026-01-01").to_json()
    with pytest.raises(EditionError, match="seed has the wrong type"):
        LedgerRow.from_json(row.replace('"seed": 1', '"seed": [[1]]'))

    line = {"digest": "a", "seed": 1, "apart": 10**400, "best": 1}
    assert split_of(line) == (("a", 1), (0, 1))

    from edition.tui.terminal.capabilities import understand

    digits = "9" * 5000  # more than Python makes a number of
    answers = f"\x1b[6;{digits};9t\x1b[?1;0;{digits}S\x1bP>|kitty({digits}.1)\x1b\\\x1b[?62;4c"
    assert understand(answers).cell == (0, 0)

    from edition.tui.terminal.key_driver import KeyParser

    keys = list(KeyParser().feed(f"\x1b[{2**64}~\x1b[{2**31};2u\x1b[97;1;{2**40}ua"))
    assert [message.key for message in keys] == ["a"]

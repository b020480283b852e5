"""What comes from outside is read, or refused by one of the program's own errors."""

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

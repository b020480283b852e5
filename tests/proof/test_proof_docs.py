"""docs/proof.md names every key of a style and of a print house, with its default."""

from pathlib import Path

import pytest

from edition.proof.export import PrintHouse, houses
from edition.proof.proof_styles import Style, StyleTable, names

TEXT = (Path(__file__).parents[2] / "docs" / "proof.md").read_text("utf-8")


def keys(model, prefix=""):
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, StyleTable):
            yield from keys(field.annotation, f"{name}.")
        else:
            yield prefix + name, field


@pytest.mark.parametrize("model", [Style, PrintHouse])
def test_every_key_stands_in_the_docs(model):
    for key, field in keys(model):
        rows = [line for line in TEXT.splitlines() if line.startswith(f"| `{key}` |")]
        assert rows, key
        if not field.is_required():
            default = field.default
            shown = f"{default:g}" if isinstance(default, float) else str(default)
            shown = str(list(default)) if isinstance(default, tuple) else shown
            assert any(shown.lower() in row.lower() for row in rows), key


def test_every_style_and_house_is_named():
    for name in (*names(), *houses()):
        assert f"`{name}`" in TEXT, name

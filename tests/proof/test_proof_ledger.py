"""The register only grows: sizes are fixed, numbers run out, rows are chained."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
import segno

from edition.errors import ProofError
from edition.proof import edition_ledger
from edition.proof.certificates import QR_MM, certificates, check_text
from edition.proof.edition_ledger import LedgerRow
from edition.proof.rasterize import render_page
from edition.recipe.proof_settings import ProofSettings

KEY = {"digest": "ab" * 32, "seed": 7}
SIZE = {"width_mm": 300.0, "height_mm": 200.0}
DAY = "2026-11-22"


def opened(count=3, **more):
    return [edition_ledger.open_edition([], **KEY, **SIZE, count=count, date=DAY, **more)]


def issue(rows, **more):
    rows.append(edition_ledger.issue(rows, **{**KEY, **SIZE, "date": DAY, **more}))
    return rows[-1]


def test_numbers_run_from_one_to_the_count_and_no_further():
    rows = opened(3)
    assert [issue(rows).label for _ in range(3)] == ["1/3", "2/3", "3/3"]
    with pytest.raises(ProofError, match="All 3 numbered prints of seed 7"):
        issue(rows)
    assert issue(rows, kind="AP").label == "AP I/I"
    with pytest.raises(ProofError, match="artist's proofs"):
        issue(rows, kind="AP")
    assert issue(rows, kind="PP").label == "PP 1/1"
    edition_ledger.verify(rows)


def test_size_is_fixed_at_the_first_printing():
    rows = opened()
    with pytest.raises(ProofError, match="300 × 200 mm; 400 × 200 mm was asked for"):
        issue(rows, width_mm=400.0)
    with pytest.raises(ProofError, match="is open"):
        edition_ledger.open_edition(rows, **KEY, **SIZE, count=50, date=DAY)
    with pytest.raises(ProofError, match="not open"):
        issue(rows, seed=8)
    issue(rows, width_mm=300.4)


@pytest.mark.parametrize("count", [0, 1001])
def test_a_count_out_of_range_is_refused(count):
    with pytest.raises(ProofError, match=str(count)):
        opened(count)


def test_withdrawn_numbers_stay_and_are_not_given_again():
    rows = opened(2)
    issue(rows)
    with pytest.raises(ProofError, match="with a reason"):
        edition_ledger.void(rows, **KEY, kind="number", number=1, note=" ", date=DAY)
    rows.append(edition_ledger.void(rows, **KEY, kind="number", number=1, note="torn", date=DAY))
    assert issue(rows).number == 2
    with pytest.raises(ProofError, match="All 2"):
        issue(rows)
    with pytest.raises(ProofError, match="withdrawn already"):
        edition_ledger.void(rows, **KEY, kind="number", number=1, note="again", date=DAY)
    with pytest.raises(ProofError, match="no number 9"):
        edition_ledger.void(rows, **KEY, kind="number", number=9, note="lost", date=DAY)
    assert [r.number for r in edition_ledger.issued(rows, **KEY)] == [1, 2]
    assert [r.number for r in edition_ledger.voided(rows, **KEY)] == [1]
    assert len(rows) == 4
    edition_ledger.verify(rows)


@pytest.mark.parametrize("harm", ["change", "remove", "insert", "swap"])
def test_a_register_that_was_changed_shows_it(harm):
    rows = opened(5)
    for _ in range(4):
        issue(rows)
    if harm == "change":
        rows[2] = replace(rows[2], paper="other")
    elif harm == "remove":
        del rows[1]
    elif harm == "insert":
        rows.insert(2, rows[1])
    else:
        rows[1], rows[2] = rows[2], rows[1]
    with pytest.raises(ProofError, match="does not follow"):
        edition_ledger.verify(rows)


def test_rows_survive_storage_and_garbage_is_named():
    rows = opened()
    issue(rows, paper="Büttenpapier", sha256="cd" * 32)
    assert [LedgerRow.from_json(row.to_json()) for row in rows] == rows
    for text in ("{", "[]", '{"act": "open"}', '{"colour": 1}'):
        with pytest.raises(ProofError, match="can't be read"):
            LedgerRow.from_json(text)


def test_the_certificate_carries_a_code_that_says_digest_and_recipe(show, tmp_path):
    first, *others = show.pictures
    digest = hashlib.sha256(first.file.read_bytes()).hexdigest()
    show = replace(show, pictures=(replace(first, sha256=digest), *others))
    rows = [
        edition_ledger.open_edition(
            [], digest=show.pictures[0].digest, seed=1, **SIZE, count=9, date=DAY
        )
    ]
    row = edition_ledger.issue(rows, digest=show.pictures[0].digest, seed=1, **SIZE, date=DAY,
                       paper="Photo Rag", sha256=digest)  # fmt: skip
    settings = ProofSettings()
    other = replace(row, sha256="ef" * 32)  # another file than the one at hand
    with pytest.raises(ProofError, match="registered file"):
        certificates(show, [other], settings, tmp_path / "no.pdf")
    report = certificates(show, [row], settings, tmp_path / "c.pdf")
    text = check_text(row)
    assert row.sha256 in text
    assert row.digest in text
    page = np.asarray(render_page(report.file, 0, dpi=600).convert("L"))
    matrix = np.array([list(line) for line in segno.make_qr(text, error="m").matrix])
    per_mm = 600 / 25.4
    margin = 18 * 1.25
    left = margin
    module = QR_MM / len(matrix)
    steps = (np.arange(len(matrix)) + 0.5) * module
    xs = np.rint((left + steps) * per_mm).astype(int)
    ys = np.rint((210 - margin - QR_MM + steps) * per_mm).astype(int)
    seen = (page[np.ix_(ys, xs)] < 128).astype(int)
    assert np.array_equal(seen, matrix)


def test_a_certificate_needs_its_print_and_a_number(show, tmp_path):
    rows = opened()
    row = issue(rows)
    with pytest.raises(ProofError, match="seed 7, 1/3, is missing"):
        certificates(show, [row], ProofSettings(), tmp_path / "c.pdf")
    with pytest.raises(ProofError, match="No number"):
        certificates(show, [], ProofSettings(), tmp_path / "c.pdf")
    assert list(tmp_path.iterdir()) == []

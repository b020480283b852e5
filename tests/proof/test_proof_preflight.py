"""What would go wrong on paper is named before anything is written, and nothing half is left."""

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from tests_proof_kit import make_show

from edition import paths
from edition.errors import ProofError
from edition.proof import icc_profiles
from edition.proof.contact_sheet import contact_sheet
from edition.proof.document_model import PrintSet, ProofPrint, Registered
from edition.proof.paper_sizes import PAPERS, paper
from edition.proof.plate import plan
from edition.proof.plate_nesting import nest
from edition.proof.preflight import licences, preflight
from edition.proof.print_pages import plates
from edition.proof.print_resolution import resolution
from edition.proof.proof_styles import names, style
from edition.proof.soft_proof import soft_proof
from edition.proof.wall_layout import frame
from edition.proof.wall_pdf import wall_proof
from edition.recipe import edition_file
from edition.recipe.proof_settings import ProofSettings

NO_BLEED = ProofSettings(print_mm=10, bleed_mm=0)


def one(show, **change):
    return replace(show, pictures=(replace(show.pictures[0], **change),))


def test_a_good_show_has_no_findings(show):
    digest = hashlib.sha256(show.pictures[0].file.read_bytes()).hexdigest()
    assert preflight(one(show, sha256=digest), NO_BLEED) == ()


def test_resolution_says_what_would_do(show):
    findings = preflight(one(show), ProofSettings(print_mm=20))
    assert [f.level for f in findings] == ["error"]
    assert "93.7 ppi at 26 mm with its bleed, needs an upscale with --scale 2.6" in findings[0].what
    assert "150 ppi is the least, which it has up to 10 mm" in findings[0].what
    many = preflight(show, ProofSettings(print_mm=20))
    assert "(seed 1) and 6 more" in many[0].what
    wall = preflight(show, ProofSettings(print_mm=20), stop_coarse=False)
    assert {f.level for f in wall} == {"warning"}
    sizes = preflight(one(show), NO_BLEED, sizes=(10, 12))
    assert [f.level for f in sizes] == ["warning"]


def enlarged(pixels, native, **change):
    """A square print of which nothing but its pixels is looked at."""
    return ProofPrint(Path("1.png"), 1, pixels, pixels, native_width=native, **change)


@pytest.mark.parametrize("pixels", [512, 2048, 2810, 2850, 2867, 2891])
@pytest.mark.parametrize("settings", [ProofSettings(print_mm=300), NO_BLEED])
def test_the_scale_that_is_named_ends_the_warning(pixels, settings):
    """It is of the original, as --scale is, and taken literally it does."""
    settings = settings.model_copy(update={"print_mm": 300.0})
    wanted = plan(PrintSet("a", (enlarged(pixels, 512),)), settings)
    found = resolution(wanted, settings, stop=False)
    if wanted[0].ppi >= settings.ppi_good:
        assert not found
        return
    (told,) = found
    assert "×" not in told.what
    scale = float(re.search(r"with --scale ([\d.]+)$", told.what)[1])
    assert scale > pixels / 512, "never smaller than what is there"
    better = PrintSet("a", (enlarged(round(512 * scale), 512),))
    assert not resolution(plan(better, settings), settings, stop=False)
    worse = PrintSet("a", (enlarged(round(512 * (scale - 0.1)), 512),))
    assert resolution(plan(worse, settings), settings, stop=False), "and no larger than needed"


def test_a_scale_that_does_not_exist_is_not_named():
    settings = NO_BLEED.model_copy(update={"print_mm": 1000.0})
    wanted = plan(PrintSet("a", (enlarged(2048, 512),)), settings)
    (told,) = resolution(wanted, settings, stop=True)
    assert "needs an upscale beyond --scale 16, the maximum, which gives 208 ppi" in told.what
    assert "or a size up to 866 mm" in told.what


def test_the_size_an_error_names_is_one_that_is_taken():
    for settings in (ProofSettings(), NO_BLEED):
        large = settings.model_copy(update={"print_mm": 400.0})
        show = PrintSet("a", (enlarged(2048, 512),))
        (told,) = resolution(plan(show, large), large, stop=True)
        most = float(re.search(r"which it has up to (\d+) mm", told.what)[1])
        levels = [
            found.level
            for more in (0, 1)
            for found in resolution(plan(show, large, (most + more,)), large, stop=True)
        ]
        assert levels == ["warning", "error"]


def test_drawn_detail_is_one_number_everywhere():
    picture = enlarged(4096, 512, drawn_width=512, upscaler="lanczos ×8")
    settings = ProofSettings(print_mm=300)
    show = PrintSet("a", (picture,))
    framed = resolution([frame(picture, settings)], settings, stop=True)
    assert framed == resolution(plan(show, settings), settings, stop=True)
    assert framed[-1].what.endswith("43 ppi of drawn detail at 300 mm")


@pytest.mark.parametrize(
    ("medium", "paper", "told"),
    [
        ("Pigment print on Hahnemühle Photo Rag", "Canson Platine, Pigment ink", True),
        ("Pigment print on Hahnemühle Photo Rag", "Hahnemühle German Etching", True),
        ("Pigment print on Photo Rag paper", "Hahnemühle Photo Rag 308 gsm, Ultrachrome", False),
        ("Pigment print on Canson Platine 310, framed", "Canson Platine, Pigment ink", False),
        ("Pigment print", "Canson Platine", False),
    ],
)
def test_a_medium_that_names_another_paper_than_the_certificate_is_warned_of(
    show, medium, paper, told
):
    registered = (Registered(10, 10, 5, 0, 0, 0, (paper,)), Registered(20, 20, 5, 0, 0))
    work = one(show, medium=medium, registered=registered)
    found = [f for f in preflight(work, NO_BLEED) if "its certificate" in f.what]
    assert bool(found) == told
    assert all(paper in f.what and f.level == "warning" and f.hint for f in found)
    assert not any("certificate" in f.what for f in preflight(work, NO_BLEED, sizes=(20,)))


def test_interpolated_pixels_are_no_detail(show):
    """96 px of picture enlarged ×11 by Lanczos pass by their pixels, and look like 21 ppi."""
    drawn = {"drawn_width": 9, "upscaler": "lanczos ×10.7"}
    (found,) = preflight(one(show, **drawn), NO_BLEED)
    assert found.level == "warning"
    assert found.what.endswith("enlarged by lanczos ×10.7: 22 ppi of drawn detail at 10 mm")
    assert "proof strip" in found.hint
    both = preflight(
        replace(show, pictures=tuple(replace(p, **drawn) for p in show.pictures[:2])),
        NO_BLEED,
    )
    assert [f.what.split(":")[0] for f in both] == ["Untitled (seed 1) and 1 more"]
    assert preflight(one(show, drawn_width=90), NO_BLEED) == ()
    assert preflight(one(show, drawn_width=96), NO_BLEED) == ()


@pytest.mark.parametrize("slug", ["pocket-dreams", "biased-dreams", "gorilla-and-chips"])
def test_shipped_examples_enlarge_to_what_they_print(slug):
    recipe = edition_file.read(paths.shipped_editions() / slug / "edition.toml")
    sides = recipe.sampling.width, recipe.sampling.height
    width, height = (round(side * recipe.upscale.scale) for side in sides)
    picture = ProofPrint(Path("enlarged.png"), 1, width, height, native_width=sides[0])
    wanted = plan(PrintSet(slug, (picture,)), recipe.proof)
    found = resolution(wanted, recipe.proof, stop=True)
    assert [one for one in found if one.level == "error"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"file": Path("/nowhere/1.png")}, "is not there"),
        ({"sha256": "00" * 32}, "digest has changed"),
        ({"width": 97}, "the library says 97"),
    ],
)
def test_missing_and_changed_files_stop_every_proof(show, change, words, tmp_path, coarse):
    broken = one(show, **change)
    found = preflight(broken, coarse)
    assert any(words in f.what and f.level == "error" and f.hint for f in found)
    for make in (contact_sheet, plates, wall_proof):
        with pytest.raises(ProofError, match=words):
            make(broken, coarse, tmp_path / "out.pdf")
    assert list(tmp_path.iterdir()) == []


def test_depth_transparency_and_licences_are_warned_of(show, tmp_path):
    file = tmp_path / "clear.png"
    Image.open(show.pictures[0].file).convert("RGBA").save(file)
    odd = one(show, file=file, licence="SUPIR: non-commercial")
    found = preflight(odd, NO_BLEED)
    assert [f.level for f in found] == ["warning", "warning"]
    assert "transparent" in found[0].what
    assert "not for sale" in found[1].what


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"paper": "A9"}, "no paper named 'A9'"),
        ({"paper": "10x10"}, "side of 10 mm"),
        ({"plate_paper": "x"}, "no paper named 'x'"),
        ({"style": "../etc"}, "no proof style"),
        ({"font": "/nowhere.ttf"}, "no font"),
        ({"profile": "/nowhere.icc"}, "can't be read"),
    ],
)
def test_settings_are_checked(show, change, words):
    found = preflight(one(show), ProofSettings(print_mm=10).model_copy(update=change))
    assert any(words in f.what and f.hint for f in found), found
    assert not any(f.what.endswith(".") for f in found), "a stop is set behind it"


@pytest.mark.parametrize("text", ["夢", "שלום", "سلام", "नमस्ते"])
def test_letters_that_can_not_be_set_are_named(show, text, tmp_path, coarse):
    titled = replace(show, title=f"Dream {text}")
    assert any(text[0] in f.what for f in preflight(titled, coarse))
    with pytest.raises(ProofError, match=text[0]):
        contact_sheet(titled, coarse, tmp_path / "out.pdf")
    assert list(tmp_path.iterdir()) == []


def test_brackets_and_control_letters_show_as_written(show, coarse, tmp_path):
    odd = replace(show, title="a [b] <c> & (d) \\ \x1b[31m é\u0301", statement="x\ty\r\nz")
    assert contact_sheet(odd, coarse, tmp_path / "out.pdf").pages == 1


def test_plates_that_do_not_fit_are_named(show, coarse, tmp_path):
    small = coarse.model_copy(update={"plate_paper": "A6", "print_mm": 60.0})
    with pytest.raises(ProofError, match="does not fit on A6") as caught:
        plates(show, small.model_copy(update={"border_mm": 20.0}), tmp_path / "out.pdf")
    assert "122 × 122 mm" in caught.value.message
    wide = coarse.model_copy(update={"plate_paper": "roll17", "ppi_least": 1.0})
    with pytest.raises(ProofError, match="does not fit on roll17"):
        plates(show, wide, tmp_path / "out.pdf", sizes=(500,))
    assert list(tmp_path.iterdir()) == []


def test_nesting_wastes_little_and_never_overlaps(show, coarse):
    wanted = plan(show, coarse, (100, 150, 200))
    roll = paper("roll24")
    (length, placed), *more = nest(wanted, roll, 3)
    assert not more
    assert len(placed) == len(wanted)
    area = sum((p.trim.width + 26) * (p.trim.height + 26) for p in wanted)
    assert area / (length * roll.size.width) > 0.75
    for index, (_, a) in enumerate(placed):
        assert a.x >= 13
        assert a.right <= roll.size.width - 13
        for _, b in placed[:index]:
            assert max(a.x - b.right, b.x - a.right, a.y - b.top, b.y - a.top) >= 25.9


def test_profiles_are_checked(tmp_path):
    data = icc_profiles.intent("fogra39").data
    for name, bad in (("cut.icc", data[:5000]), ("text.icc", b"hello" * 99), ("none.icc", b"")):
        (tmp_path / name).write_bytes(bad)
        with pytest.raises(ProofError, match="broken"):
            icc_profiles.intent(str(tmp_path / name))
    (tmp_path / "rgb.icc").write_bytes(icc_profiles.srgb().data)
    with pytest.raises(ProofError, match="RGB profile of class 'mntr'"):
        icc_profiles.intent(str(tmp_path / "rgb.icc"))


def test_soft_proof_marks_what_paper_can_not_reach(tmp_path):
    for name, colour, lost in (("grey", (128, 128, 128), 0.0), ("blue", (0, 0, 255), 1.0)):
        Image.new("RGB", (700, 500), colour).save(tmp_path / f"{name}.png")
        proof = soft_proof(tmp_path / f"{name}.png")
        assert proof.out_of_gamut == lost
        assert proof.image.size == (512, 366)
        assert 0 < proof.ink <= 330
    with pytest.raises(ProofError, match="no rendering intent 'vivid'"):
        soft_proof(tmp_path / "grey.png", intent="vivid")


def test_a_damaged_print_leaves_no_half_file(tmp_path, coarse):
    show = make_show(tmp_path / "prints", 3)
    file = show.pictures[2].file
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 255  # inside the pixels: only their checksum tells
    file.write_bytes(data)
    out = tmp_path / "out"
    for make in (contact_sheet, wall_proof, plates):
        with pytest.raises(ProofError, match="damaged"):
            make(show, coarse, out / "proof.pdf")
    file.write_bytes(data[: len(data) // 2])
    for make in (contact_sheet, wall_proof, plates):
        with pytest.raises(ProofError, match="cut short"):
            make(show, coarse, out / "proof.pdf")
    assert not out.exists() or list(out.iterdir()) == []


def test_a_full_disk_leaves_the_old_proof(tmp_path, coarse):
    show = make_show(tmp_path / "prints", 3)
    out = tmp_path / "out" / "sheet.pdf"
    contact_sheet(show, coarse, out)
    before = out.read_bytes()
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from tests_proof_kit import make_show\n"
        "from edition.errors import ProofError\n"
        "from edition.proof.contact_sheet import contact_sheet\n"
        "from edition.recipe.proof_settings import ProofSettings\n"
        f"show = make_show(Path({str(tmp_path / 'more')!r}), 6)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "try:\n"
        f"    contact_sheet(show, ProofSettings(), Path({str(out)!r}))\n"
        "except ProofError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                          check=True, env=os.environ)  # fmt: skip
    assert "Can't write" in done.stdout
    assert [f.name for f in out.parent.iterdir()] == ["sheet.pdf"]
    assert out.read_bytes() == before


def test_a_place_that_is_no_folder_is_named(show, coarse, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ProofError, match="Can't write"):
        contact_sheet(show, coarse, tmp_path / "file" / "out.pdf")


def test_every_paper_is_found_by_its_own_name():
    for one_paper in PAPERS.values():
        assert paper(one_paper.name) == one_paper
    assert paper("A3+").size.width == 329
    assert paper("16×20in").size.height == pytest.approx(508)
    assert paper("40x50cm").size.width == 400
    assert paper("a4").size == paper("210x297").size


def test_shipped_styles_load_and_bad_ones_name_the_key(tmp_path, show, coarse):
    assert {"gallery", "minimal", "newspaper"} <= set(names())
    for name in ("gallery", "minimal", "newspaper"):
        named = coarse.model_copy(update={"style": name})
        assert wall_proof(show, named, tmp_path / f"{name}.pdf").pages >= 4
    for text, words in (
        ("[colour]\nwall = [0, 0, 0, 400]", "colour.wall.3"),
        ("[page]\nmargins = 3", "page.margins: no such key"),
        ("[sheet]\ncaption = '{prompt}'", "sheet.caption"),
        ("[sheet]\ncaption = '{seed.__class__}'", "sheet.caption"),
        ("[type", "not TOML"),
    ):
        (tmp_path / "mine.toml").write_text(text)
        with pytest.raises(ProofError, match=words.replace(".", r"\.")):
            style(str(tmp_path / "mine.toml"))


@pytest.mark.slow
def test_hundreds_of_pages_in_bounded_memory(tmp_path):
    """600 pictures of 600 KB on plates: far more than the memory that is added."""
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from dataclasses import replace\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from tests_proof_kit import make_show\n"
        "from edition.proof.print_pages import plates\n"
        "from edition.recipe.proof_settings import ProofSettings\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "show = make_show(folder, 2, 448, 448)\n"
        "links = []\n"
        "for seed in range(600):\n"
        "    link = folder / f'link{seed}.png'\n"
        "    link.hardlink_to(show.pictures[seed % 2].file)\n"
        "    links.append(replace(show.pictures[0], file=link, seed=seed))\n"
        "settings = ProofSettings(print_mm=40)\n"
        "plates(show, settings, folder / 'small.pdf')\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "plates(replace(show, pictures=tuple(links)), settings, folder / 'large.pdf')\n"
        "added = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before\n"
        "print(added, (folder / 'large.pdf').stat().st_size // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    added, size = map(int, done.stdout.split())
    assert size > 150_000
    assert added < size / 2


def test_a_licence_that_nobody_stated_is_warned_of(show):
    (unstated,) = one(show, model="dreamy", licence="unknown").pictures
    told = [finding.what for finding in licences([unstated, unstated])]
    assert told == ["The licence of dreamy is not known"]

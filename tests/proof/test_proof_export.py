"""Files for print houses: tagged, named, as deep as asked, and lossless where they say so."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from tests_proof_kit import make_show

from edition import atomic
from edition.errors import ProofError
from edition.proof import export as room
from edition.proof import icc_profiles
from edition.proof.export import export, houses
from edition.recipe.proof_settings import ProofSettings

SETTINGS = ProofSettings(print_mm=10)


@pytest.fixture(scope="module")
def show(tmp_path_factory):
    return make_show(tmp_path_factory.mktemp("prints"), 3, 160, 160)


@pytest.mark.parametrize("house", ["gallery-16bit", "lab-8bit", "web-lab", "offset", "png"])
def test_every_house_gets_what_it_wants(house, show, tmp_path):
    report = export(show, SETTINGS, house, tmp_path)
    wants = houses()[house]
    assert len(report.files) == len(show.pictures)
    assert sorted(f.name for f in tmp_path.iterdir()) == sorted(f.name for f in report.files)
    for file in report.files:
        assert not wants.name_length or len(file.name) <= wants.name_length
        assert " " not in file.name
        assert b"trainedAlgorithmicMedia" in file.read_bytes()
        with Image.open(file) as image:
            assert image.mode == ("CMYK" if house == "offset" else "RGB")
            assert image.info["icc_profile"] == icc_profiles.space(wants.space).data
            assert image.info["dpi"][0] == pytest.approx(160 / 10 * 25.4, abs=1)
    again = export(show, SETTINGS, house, tmp_path / "again")
    for one, two in zip(report.files, again.files, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_png_and_tiff_keep_every_pixel(show, tmp_path):
    source = np.asarray(Image.open(show.pictures[0].file))
    png = export(show, SETTINGS, "png", tmp_path).files[0]
    assert np.array_equal(np.asarray(Image.open(png)), source)


def test_sixteen_bits_are_finer_than_eight_and_agree_with_littlecms(show, tmp_path):
    file = export(show, SETTINGS, "gallery-16bit", tmp_path).files[0]
    deep = tifffile.imread(file)
    assert deep.dtype == np.uint16
    assert len(np.unique(deep)) > 256
    source = Image.open(show.pictures[0].file)
    eight = ImageCms.profileToProfile(
        source,
        ImageCms.ImageCmsProfile(io.BytesIO(icc_profiles.srgb().data)),
        ImageCms.ImageCmsProfile(io.BytesIO(icc_profiles.adobe_rgb().data)),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert np.abs(deep / 257 - np.asarray(eight, dtype=float)).max() < 1.1


def test_houses_refuse_what_they_would_send_back(show, tmp_path, monkeypatch):
    with pytest.raises(ProofError, match="no print house 'nowhere'"):
        export(show, SETTINGS, "nowhere", tmp_path)
    with pytest.raises(ProofError, match="needs an upscale"):
        export(show, ProofSettings(print_mm=20), "offset", tmp_path)
    limits = {
        "small": room.PrintHouse(format="png", max_mb=0.001),
        "inky": room.PrintHouse(format="tiff", space="fogra39", ink_limit=50),
        "short": room.PrintHouse(format="jpeg", name_length=4),
    }
    monkeypatch.setattr(room, "houses", lambda: limits)
    for name, words in (("small", "takes 0.001"), ("inky", "limit is 50 %"), ("short", "4 lett")):
        with pytest.raises(ProofError, match=words):
            export(show, SETTINGS, name, tmp_path)
    twins = replace(show, pictures=(show.pictures[0], show.pictures[0]))
    monkeypatch.undo()
    with pytest.raises(ProofError, match="Two files would be named"):
        export(twins, SETTINGS, "png", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_bad_house_names_its_key(tmp_path):
    for text, words in (
        ("[lab]\nbits = 12", "bits"),
        ('[lab]\npaper = "A4"', "paper: no such key"),
        ('[lab]\nbits = 16\nformat = "jpeg"', "bits = 16 goes with format tiff"),
    ):
        (tmp_path / "houses.toml").write_text(text)
        with pytest.raises(ProofError, match=words):
            room._read(tmp_path / "houses.toml")


@pytest.mark.parametrize("house", ["gallery-16bit", "lab-8bit", "web-lab", "png"])
def test_files_say_who_what_and_print_their_exact_size(house, show, tmp_path):
    first = replace(show.pictures[0], title="Sea & Sky", year="2025", medium="Linen", artist="")
    told = replace(show, pictures=(first,))
    settings = ProofSettings(print_mm=11.7)
    file = export(told, settings, house, tmp_path).files[0]
    if not houses()[house].name_length:
        assert file.stem == "sea-sky-12mm-1"
    data = file.read_bytes()
    for words in ("Sea &amp; Sky", "Ada Őrsi", "© 2025 Ada Őrsi", "Linen, seed 1"):
        assert words.encode() in data, words
    with Image.open(file) as image:
        exif = image.getexif()
        ppi = float(exif[282]) if 282 in exif else float(image.info["dpi"][0])
        assert image.width / ppi * 25.4 == pytest.approx(11.7, abs=0.005)


def test_killed_exports_leave_nothing_next_time_and_living_ones_keep_theirs(show, tmp_path):
    writing = (
        "import sys\nfrom pathlib import Path\nfrom edition import atomic\n"
        "with atomic.replacing(Path(sys.argv[1])) as part:\n"
        "    part.write_bytes(b'half'); print(part, flush=True); sys.stdin.read()\n"
    )
    parts = []
    for file in (tmp_path / f"{'long ' * 48}.tif", tmp_path / "wall.pdf"):
        child = subprocess.Popen(
            [sys.executable, "-c", writing, file], stdin=-1, stdout=-1, text=True
        )
        parts.append(Path(child.stdout.readline().strip()))
        child.kill()
        child.communicate()
    foreign = tmp_path / ".film.mp4.part"
    foreign.write_bytes(b"somebody else's")
    assert all(part.is_file() for part in parts)
    with atomic.replacing(tmp_path / "living.tif") as mine:
        (file, *_) = export(show, SETTINGS, "png", tmp_path).files
        assert mine.is_file()
    assert not any(part.exists() for part in parts)
    assert {path.name for path in tmp_path.iterdir() if path.name[0] == "."} == {foreign.name}
    assert file.is_file()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's peak memory")
def test_sixteen_bits_are_written_in_strips(tmp_path):
    """8192² in less than 1 GB: 4 bytes a pixel for the picture, and a few strips."""
    script = (
        "import re, sys\nfrom pathlib import Path\nfrom dataclasses import replace\n"
        "from PIL import Image\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from tests_proof_kit import make_show\n"
        "from edition.proof.export import export\n"
        "from edition.recipe.proof_settings import ProofSettings\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "def peak():\n"
        "    return int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
        "show = make_show(folder, 1, 300, 300)\n"
        "Image.new('RGB', (3000, 3000), (200, 90, 30)).save(folder / 'large.png')\n"
        "large = replace(show.pictures[0], file=folder / 'large.png', width=3000, height=3000)\n"
        "settings = ProofSettings(print_mm=20)\n"
        "export(show, settings, 'gallery-16bit', folder / 'small')\n"
        "before = peak()\n"
        "export(replace(show, pictures=(large,)), settings, 'gallery-16bit', folder / 'large')\n"
        "print((peak() - before) * 1024 / 3000**2)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 12  # 8192² are 0.9 GB; whole it took over 20
    (file,) = (tmp_path / "large").iterdir()
    with tifffile.TiffFile(file) as tiff:
        assert len(tiff.pages[0].dataoffsets) == 47
        pixels = tiff.asarray()
    assert (pixels == pixels[0, 0]).all()


def test_programs_that_read_no_xmp_find_who_made_it(show, tmp_path):
    for house in ("gallery-16bit", "lab-8bit", "web-lab"):
        with Image.open(export(show, SETTINGS, house, tmp_path / house).files[0]) as image:
            exif = image.getexif()
            fields = [exif[code] for code in (270, 315, 33432)]
        raw = [t.encode("latin-1").decode() if "Å" in t or "Ã" in t else t for t in fields]
        assert raw == ["seed 1", "Ada Őrsi", "© 2026 Ada Őrsi"], house

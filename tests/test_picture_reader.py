"""Pictures of every kind come in as the same scene: 8-bit sRGB, upright, on white."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from tests.fakes import scene

from edition import picture_reader
from edition.errors import PictureError
from edition.proof import icc_profiles

CASES = Path(__file__).parent / "cases"
RAMP = np.arange(256, dtype=np.uint8)[None].repeat(64, 0)
"""Greys from black to white, (64, 256)."""


def grey(path: Path) -> np.ndarray:
    found = picture_reader.read(path)
    assert found.mode == "RGB"
    array = np.asarray(found).astype(int)
    assert (array == array[..., :1]).all(), "a grey stays grey"
    return array[..., 0]


def test_a_sixteen_bit_grey_shows_the_same_scene() -> None:
    found = grey(CASES / "05a-gray16.png")
    right = np.asarray(Image.open(CASES / "05a-gray8-same-scene.png").convert("L")).astype(int)
    assert np.abs(found - right).max() <= 1


def test_adobe_rgb_becomes_srgb() -> None:
    pixel = picture_reader.read(CASES / "05c-adobe-rgb.png").getpixel((64, 64))
    assert np.abs(np.subtract(pixel, (0, 181, 94))).max() <= 1


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("16.tif", RAMP.astype(np.uint16) * 257),
        ("16.png", RAMP.astype(np.uint16) * 257),
        ("32.tif", RAMP.astype(np.int32) * 257),
        ("unit.tif", RAMP.astype(np.float32) / 255),
        ("bytes.tif", RAMP.astype(np.float32)),
        ("words.tif", RAMP.astype(np.float32) * 257),
    ],
)
def test_deep_greys_keep_their_ramp(tmp_path: Path, name: str, values: np.ndarray) -> None:
    Image.fromarray(values).save(tmp_path / name)
    assert np.abs(grey(tmp_path / name) - RAMP).max() <= 1


def test_a_dark_sixteen_bit_picture_stays_dark(tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 200, np.uint16)).save(tmp_path / "night.png")
    assert grey(tmp_path / "night.png").max() == 1, "200 of 65535 is no light grey"


def test_floats_above_white_stay_white(tmp_path: Path) -> None:
    values = RAMP.astype(np.float32) / 255
    values[0, 0] = 7.5
    Image.fromarray(values).save(tmp_path / "hdr.tif")
    found = grey(tmp_path / "hdr.tif")
    assert found[0, 0] == 255
    assert np.abs(found[1:] - RAMP[1:]).max() <= 1


def test_floats_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    values = RAMP.astype(np.float32) / 255
    values[3, 3] = np.nan
    Image.fromarray(values).save(tmp_path / "nan.tif")
    with pytest.raises(PictureError, match="not numbers"):
        picture_reader.read(tmp_path / "nan.tif")


@pytest.mark.parametrize("kind", [np.float32, np.float16, np.uint16])
def test_colour_tiffs_of_deep_channels(tmp_path: Path, kind: type) -> None:
    colours = np.asarray(scene(3, 64))
    full = np.iinfo(kind).max if kind is np.uint16 else 1.0
    values = (colours / 255 * full).astype(kind)
    tifffile.imwrite(tmp_path / "deep.tif", values, photometric="rgb")
    found = np.asarray(picture_reader.read(tmp_path / "deep.tif")).astype(int)
    assert np.abs(found - colours).max() <= 1


def test_white_is_zero(tmp_path: Path) -> None:
    values = RAMP.astype(np.uint16) * 257
    tifffile.imwrite(tmp_path / "scan.tif", values, photometric="miniswhite")
    assert np.abs(grey(tmp_path / "scan.tif") - (255 - RAMP)).max() <= 1


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA", "1", "L", "CMYK", "LAB"])
def test_every_mode_shows_the_scene(tmp_path: Path, mode: str) -> None:
    base = scene(3, 64).convert("L").convert("RGB")
    if mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        made = ImageCms.profileToProfile(base, ImageCms.createProfile("sRGB"), lab, outputMode=mode)
    else:
        made = base.convert("RGBA").convert(mode) if mode in ("LA", "RGBA") else base.convert(mode)
    made.save(tmp_path / "a.tif")
    found = np.asarray(picture_reader.read(tmp_path / "a.tif")).astype(int)
    right = made if mode in ("1", "P") else base
    assert np.abs(found - np.asarray(right.convert("RGB"))).max() <= 2


def test_what_is_transparent_is_white_in_every_mode(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    clear.save(tmp_path / "rgba.png")
    clear.convert("LA").save(tmp_path / "la.png")
    Image.new("P", (8, 8), 0).save(tmp_path / "p.png", transparency=0)
    Image.new("L", (8, 8), 90).save(tmp_path / "l.png", transparency=90)
    Image.new("I;16", (8, 8), 900).save(tmp_path / "i.png", transparency=900)
    for path in tmp_path.iterdir():
        assert picture_reader.read(path).getpixel((3, 3)) == (255, 255, 255), path.name


def test_a_palette_and_transparency_with_a_profile_are_obeyed(tmp_path: Path) -> None:
    adobe = Image.open(CASES / "05c-adobe-rgb.png")
    profile = adobe.info["icc_profile"]
    adobe.convert("P").save(tmp_path / "p.png", icc_profile=profile)
    pixel = picture_reader.read(tmp_path / "p.png").getpixel((64, 64))
    assert pixel[0] < 80, "the palette's colours are AdobeRGB, too"
    clear = adobe.convert("RGBA")
    clear.putpixel((0, 0), (0, 0, 0, 0))
    clear.save(tmp_path / "a.png", icc_profile=profile)
    found = picture_reader.read(tmp_path / "a.png")
    assert found.getpixel((0, 0)) == (255, 255, 255)
    assert np.abs(np.subtract(found.getpixel((64, 64)), (0, 181, 94))).max() <= 1


def test_pixels_tagged_as_srgb_are_kept_as_they_are(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    scene(3, 80).save(tmp_path / "same.png", icc_profile=profile)
    assert picture_reader.read(tmp_path / "same.png").tobytes() == scene(3, 80).tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_rotation_by_exif_is_obeyed_in_every_mode(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    Image.new("RGB", (20, 10), "navy").save(tmp_path / "a.jpg", exif=exif)
    values = np.zeros((10, 20), np.uint16)
    Image.fromarray(values).save(tmp_path / "b.png", exif=exif)
    deep = np.zeros((10, 20, 3), np.float32)
    tags = [(274, "H", 1, orientation, True)]
    tifffile.imwrite(tmp_path / "c.tif", deep, photometric="rgb", extratags=tags)
    size = (10, 20) if orientation > 4 else (20, 10)
    for name in ("a.jpg", "b.png", "c.tif"):
        assert picture_reader.read(tmp_path / name).size == size, name


@pytest.mark.parametrize("name", ["IMG_1.HEIC", "a.heif", "a.jxl", "DSC_1.NEF", "a.dng", "a.jpg"])
def test_what_is_not_read_is_named_with_the_next_step(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_reader, "reads_heic", lambda: False)  # without the extra
    heic = b"\0\0\0\x18ftypheic" + b"\0" * 40
    (tmp_path / name).write_bytes(heic)  # a.jpg: a HEIC under another ending, as phones send it
    with pytest.raises(PictureError, match=r"is a (HEIC|JPEG XL|camera raw) picture") as raised:
        picture_reader.read(tmp_path / name)
    assert "Save it as JPEG" in raised.value.hint


def test_no_picture_and_half_a_picture_are_told(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    scene(1, 128).save(buffer, "PNG")
    (tmp_path / "cut.png").write_bytes(buffer.getvalue()[:3000])
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "empty.tif").write_bytes(b"")
    (tmp_path / "program.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    (tmp_path / "folder.png").mkdir()
    for name in ("cut.png", "text.png", "empty.tif", "program.eps", "folder.png", "missing.png"):
        with pytest.raises(PictureError, match=name) as raised:
            picture_reader.read(tmp_path / name)
        assert raised.value.hint


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_does_not_make_it_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(PictureError, match="named pipe"):
        picture_reader.read(tmp_path / "a.png")


def test_too_large_a_picture_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    Image.new("1", (20_000, 10_000)).save(tmp_path / "large.png")
    with pytest.raises(PictureError, match="20000 x 10000") as raised:
        picture_reader.read(tmp_path / "large.png")
    assert "smaller" in raised.value.hint
    with picture_reader.opened(tmp_path / "large.png") as image:
        assert image.size == (20_000, 10_000), "the program makes such pictures itself"


def test_inks_of_a_print_house_and_a_camera_s_wide_gamut_are_converted(tmp_path: Path) -> None:
    """Against littlecms called directly, through the profile each file embeds."""
    inks = icc_profiles.load("fogra39").data
    Image.new("CMYK", (8, 8), (200, 30, 40, 20)).save(tmp_path / "a.tif", icc_profile=inks)
    Image.new("CMYK", (8, 8), (200, 30, 40, 20)).save(tmp_path / "a.jpg", icc_profile=inks)
    wide = icc_profiles.adobe_rgb().data
    Image.new("RGB", (8, 8), (100, 180, 100)).save(tmp_path / "b.jpg", icc_profile=wide)
    for name in ("a.tif", "a.jpg", "b.jpg"):
        with Image.open(tmp_path / name) as image:
            source = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
            target = ImageCms.createProfile("sRGB")
            right = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
            plain = image.convert("RGB").getpixel((4, 4))
        found = picture_reader.read(tmp_path / name).getpixel((4, 4))
        assert found == right.getpixel((4, 4))
        assert max(np.abs(np.subtract(found, plain))) > 20, "without the profile it is another"

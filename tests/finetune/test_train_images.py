"""Pictures of every kind turn into what a model sees; those that won't do are named first."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.fakes import scene

from edition import picture_reader
from edition.errors import TrainError
from edition.finetune import image_dataset


def left_half_red(size: tuple[int, int] = (120, 80)) -> Image.Image:
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    return picture


def test_exif_rotation_is_obeyed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6  # the camera was held upright: turn it by 90 degrees clockwise
    left_half_red().save(tmp_path / "a.jpg", exif=exif, quality=100, subsampling=0)
    upright = image_dataset.open_upright(tmp_path / "a.jpg")
    assert upright.size == (80, 120)
    assert upright.getpixel((40, 10))[0] > 200, "what was left is on top"
    assert upright.getpixel((40, 110))[2] > 200
    (picture,) = image_dataset.survey(tmp_path, 64).pictures
    assert (picture.width, picture.height) == (80, 120)


def test_alpha_and_palettes_turn_white_where_nothing_is(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (90, 90), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 45, 90))
    clear.save(tmp_path / "alpha.png")
    palette = Image.new("P", (90, 90), 1)
    palette.putpalette([0, 0, 255, 255, 0, 0] + [0] * 762)
    palette.paste(0, (0, 0, 45, 90))
    palette.save(tmp_path / "palette.png", transparency=1)
    for name in ("alpha.png", "palette.png"):
        picture = image_dataset.open_upright(tmp_path / name)
        assert picture.mode == "RGB"
        assert picture.getpixel((10, 10)) == (0, 0, 255)
        assert picture.getpixel((80, 10)) == (255, 255, 255)


def test_sixteen_bits_keep_their_greys(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(64, 0)
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    found = np.asarray(image_dataset.open_upright(tmp_path / "ramp.png"))[0, :, 0]
    assert np.abs(found.astype(int) - np.arange(256)).max() <= 1
    Image.fromarray((ramp / 65535).astype(np.float32)).save(tmp_path / "float.tiff")
    found = np.asarray(image_dataset.open_upright(tmp_path / "float.tiff"))[0, :, 0]
    assert np.abs(found.astype(int) - np.arange(256)).max() <= 1


def test_cmyk_is_converted(tmp_path: Path) -> None:
    Image.new("CMYK", (70, 70), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=100)
    red, green, blue = image_dataset.open_upright(tmp_path / "a.jpg").getpixel((30, 30))
    assert red > 200
    assert max(green, blue) < 60


def test_a_colour_profile_is_obeyed(tmp_path: Path) -> None:
    """Lab has a profile of its own in every Pillow: a grey by it is a grey in sRGB."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    scene(3, 80).save(tmp_path / "same.png", icc_profile=profile)
    scene(3, 80).save(tmp_path / "none.png")
    same, none = (image_dataset.open_upright(tmp_path / name) for name in ("same.png", "none.png"))
    assert np.abs(np.asarray(same).astype(int) - np.asarray(none)).max() <= 1
    scene(3, 80).save(tmp_path / "broken.png", icc_profile=b"no profile at all")
    assert image_dataset.open_upright(tmp_path / "broken.png").size == (80, 80)


def test_centre_and_pad(tmp_path: Path) -> None:
    wide = left_half_red((300, 100))
    cut = np.asarray(image_dataset.fit(wide, 64))
    assert cut.shape == (64, 64, 3)
    assert (cut[:, 2] == (255, 0, 0)).all()
    assert (cut[:, -3] == (0, 0, 255)).all()
    padded = np.asarray(image_dataset.fit(wide, 64, "pad"))
    assert padded.shape == (64, 64, 3)
    assert (padded[0, 2] == (255, 0, 0)).all(), "edges go on: no bars are learned"
    tall = np.asarray(image_dataset.fit(wide.rotate(90, expand=True), 64, "pad"))
    assert tall.shape == (64, 64, 3)
    array = image_dataset.values(image_dataset.fit(wide, 64))
    assert array.shape == (3, 64, 64)
    assert (array.min(), array.max()) == (-1.0, 1.0)


def test_what_will_not_do_is_named_all_at_once(tmp_path: Path) -> None:
    scene(1, 128).save(tmp_path / "good.png")
    scene(1, 40).save(tmp_path / "small.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    buffer = io.BytesIO()
    scene(1, 128).save(buffer, "PNG")
    (tmp_path / "cut.png").write_bytes(buffer.getvalue()[:3000])
    (tmp_path / "notes.txt").write_text("not a picture, and no fault")
    (tmp_path / "._good.png").write_bytes(b"left by a Mac")
    with pytest.raises(TrainError) as raised:
        image_dataset.survey(tmp_path, 64)
    text = raised.value.message
    assert text.count("\n") == 2
    assert "small.png: 40 x 40 is smaller than 64" in text
    assert "broken.jpg" in text
    assert "cut.png" in text
    assert "good.png" not in text
    assert raised.value.hint


@pytest.mark.parametrize(("count", "warned"), [(3, True), (4, False), (30, False), (31, True)])
def test_few_and_many_pictures_warn(tmp_path: Path, count: int, warned: bool) -> None:
    for index in range(count):
        scene(0, 64).save(tmp_path / f"{index}.png")
    found = image_dataset.survey(tmp_path, 64)
    assert bool(found.warnings) == warned
    names = [picture.path.name for picture in found.pictures]
    assert names == [f"{index}.png" for index in range(count)], "2 comes before 10"


def test_an_empty_or_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="holds no picture"):
        image_dataset.survey(tmp_path, 64)
    with pytest.raises(TrainError, match="no folder of pictures"):
        image_dataset.survey(tmp_path / "nowhere", 64)


def test_phone_and_raw_pictures_in_the_folder_are_named_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_reader, "reads_heic", lambda: False)  # without the extra
    scene(1, 128).save(tmp_path / "good.png")
    (tmp_path / "IMG_2.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 40)
    (tmp_path / "DSC_3.NEF").write_bytes(b"II*\0" + b"\0" * 40)
    with pytest.raises(TrainError) as raised:
        image_dataset.survey(tmp_path, 64)
    assert "IMG_2.HEIC is a HEIC picture" in raised.value.message
    assert "DSC_3.NEF is a camera raw picture" in raised.value.message

"""Ratings, labels and keywords as XMP: as other programs write them, and as exiftool reads ours."""

import io
import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from edition import picture_reader
from edition.domain import Marks
from edition.errors import LibraryError
from edition.library import xmp, xmp_files
from edition.library.content_digest import content_digest, with_texts
from edition.library.xmp import Told

needs_exiftool = pytest.mark.skipif(
    shutil.which("exiftool") is None,
    reason="exiftool is a system package and not here: apt install libimage-exiftool-perl",
)

LIGHTROOM = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0-c000">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
   xmp:Rating="4" xmp:Label="Blue" crs:Exposure2012="+0.35">
   <dc:subject><rdf:Bag><rdf:li>Night Sea</rdf:li><rdf:li>fog</rdf:li></rdf:Bag></dc:subject>
   <lr:hierarchicalSubject><rdf:Bag><rdf:li>places|Kiel</rdf:li></rdf:Bag></lr:hierarchicalSubject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>"""
DARKTABLE = b"""<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:darktable="http://darktable.sf.net/"
   xmp:Rating="-1"
   darktable:xmp_version="5" darktable:history_end="3">
   <darktable:colorlabels><rdf:Seq><rdf:li>2</rdf:li></rdf:Seq></darktable:colorlabels>
   <darktable:history><rdf:Seq>
     <rdf:li darktable:num="0" darktable:operation="exposure" darktable:params="00ff"/>
   </rdf:Seq></darktable:history>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>"""
DIGIKAM = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
   xmp:Rating="2" digiKam:PickLabel="0" digiKam:ColorLabel="6">
   <digiKam:TagsList><rdf:Seq><rdf:li>Places/Kiel</rdf:li></rdf:Seq></digiKam:TagsList>
  </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


@pytest.mark.parametrize(
    ("packet", "told"),
    [
        (LIGHTROOM, Told(4, "blue", ("fog", "kiel", "night-sea"))),
        (DARKTABLE, Told(-1, "green", ())),
        (DIGIKAM, Told(2, "purple", ("kiel",))),
        (DIGIKAM.replace(b'PickLabel="0"', b'PickLabel="1"'), Told(-1, "purple", ("kiel",))),
        (DIGIKAM.replace(b'ColorLabel="6"', b'ColorLabel="8"'), Told(2, None, ("kiel",))),
        (LIGHTROOM.replace(b'"4"', b'"0"').replace(b"Blue", b"Winner"),
         Told(0, None, ("fog", "kiel", "night-sea"))),
        (LIGHTROOM.replace(b'xmp:Rating="4"', b'xmp:Rating="9"'),
         Told(None, "blue", ("fog", "kiel", "night-sea"))),
        (LIGHTROOM.replace(b' xmp:Rating="4"', b"").replace(
            b"<dc:subject>", b"<xmp:Rating>3</xmp:Rating><dc:subject>"),
         Told(3, "blue", ("fog", "kiel", "night-sea"))),
        (b"", Told()),
        (b"<x:xmpmeta", Told()),
        (b'<!DOCTYPE r [<!ENTITY a "x">]>' + LIGHTROOM, Told()),
        (b"\xff\xd8 no XML at all", Told()),
    ],
)  # fmt: skip
def test_other_programs_words_are_read_as_they_mean_them(packet: bytes, told: Told) -> None:
    assert xmp.read(packet) == told


def test_what_means_nothing_here_is_named() -> None:
    assert xmp.read(LIGHTROOM.replace(b"Blue", b"Winner")).unknown == ("Winner",)


@pytest.mark.parametrize("text", ["2.5", "99", "NaN", "Rot"])
def test_a_rating_that_is_no_whole_one_is_named(text: str) -> None:
    told = xmp.read(DARKTABLE.replace(b'Rating="-1"', f'Rating="{text}"'.encode()))
    assert (told.rating, told.unknown) == (None, (text,))


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_sidecars_in_wide_letters_are_read_and_kept(coding: str, tmp_path: Path) -> None:
    wide = DARKTABLE.decode().replace("UTF-8", "UTF-16").encode(coding)
    assert xmp.read(wide) == xmp.read(DARKTABLE)
    (tmp_path / "a.jpg.xmp").write_bytes(wide)
    xmp_files.write_sidecar(tmp_path / "a.jpg", xmp.told_of(Marks(rating=3), ()))
    written = (tmp_path / "a.jpg.xmp").read_bytes()
    assert xmp.read(written).rating == 3
    assert b'operation="exposure"' in written, "all else in it stays"
    entity = '<!DOCTYPE a [<!ENTITY x "y">]>'.encode(coding)
    assert xmp.read(entity + LIGHTROOM.decode().encode(coding)) == Told()


def test_a_sidecar_that_is_not_understood_is_left(tmp_path: Path) -> None:
    sidecar = tmp_path / "a.jpg.xmp"
    for broken in (DARKTABLE[:300], b"notes of mine"):
        sidecar.write_bytes(broken)
        with pytest.raises(LibraryError, match="left as it is"):
            xmp_files.write_sidecar(tmp_path / "a.jpg", WANT)
        assert sidecar.read_bytes() == broken
    sidecar.write_bytes(b"\n")
    xmp_files.write_sidecar(tmp_path / "a.jpg", WANT)
    assert xmp.read(sidecar.read_bytes()).label == "green"


@pytest.mark.parametrize("packet", [None, LIGHTROOM, DARKTABLE, DIGIKAM])
@pytest.mark.parametrize(
    ("marks", "tags"),
    [
        (Marks(star=True), ("fog", "harbour")),
        (Marks(reject=True, label="red"), ()),
        (Marks(rating=3, label="purple"), ("kiel",)),
        (Marks(), ()),
    ],
)
def test_what_is_written_is_read_again(
    packet: bytes | None, marks: Marks, tags: tuple[str, ...]
) -> None:
    want = xmp.told_of(marks, tags)
    written = xmp.merged(packet, want)
    found = xmp.read(written)
    assert (found.rating or 0, found.label or "") == (want.rating, want.label)
    assert found.tags == tags
    assert xmp.read(xmp.merged(written, want)) == found, "once more changes nothing"


def test_a_packet_has_the_usual_prefixes_whatever_was_read_before() -> None:
    for before in (b"", b'<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:xmp="urn:other"><rdf'):
        xmp.read(before)
        packet = xmp.merged(None, xmp.told_of(Marks(rating=3, label="red"), ("fog",)))
        for words in (b"<x:xmpmeta ", b'xmp:Rating="3"', b'xmp:Label="Red"', b"<dc:subject>"):
            assert words in packet, words


def test_all_else_in_a_sidecar_stays() -> None:
    written = xmp.merged(DARKTABLE, xmp.told_of(Marks(rating=5, label="red"), ())).decode()
    assert 'darktable:operation="exposure"' in written
    assert 'darktable:params="00ff"' in written
    assert 'darktable:history_end="3"' in written
    kept = xmp.merged(LIGHTROOM, xmp.told_of(Marks(rating=1), ("night-sea",))).decode()
    assert 'crs:Exposure2012="+0.35"' in kept
    assert "Night Sea" in kept, "a keyword keeps its spelling"
    assert "fog" not in kept


def saved(kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").crop((0, 0, 97, 61)).save(out, kind, **how)
    return out.getvalue()


KINDS = {
    "a.png": saved("PNG"),
    "b.jpg": saved("JPEG"),
    "c.webp": saved("WEBP"),
    "d.webp": saved("WEBP", lossless=True),
    "e.webp": saved("WEBP", xmp=LIGHTROOM),
    "f.jpg": saved("JPEG", xmp=LIGHTROOM, comment=b"kept"),
    "g.png": saved("PNG", dpi=(300, 300)),
}
WANT = xmp.told_of(Marks(star=True, label="green"), ("harbour", "night-sea"))


@pytest.mark.parametrize("name", KINDS)
def test_embedding_touches_no_pixel(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(KINDS[name])
    path.chmod(0o640)
    before = picture_reader.read(path).tobytes()
    xmp_files.embed(path, WANT)
    assert picture_reader.read(path).tobytes() == before
    assert content_digest(path.read_bytes()) == content_digest(KINDS[name])
    assert path.read_bytes() != KINDS[name]
    assert path.stat().st_mode & 0o777 == 0o640
    with Image.open(path) as image:
        packet = image.info["xmp"]
        assert image.info.get("comment") in (None, b"kept")
    assert xmp.read(packet if isinstance(packet, bytes) else packet.encode()).rating == 5


def test_what_cannot_take_a_packet_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(saved("TIFF"))
    with pytest.raises(LibraryError, match=r"can't be embedded into a\.tif") as raised:
        xmp_files.embed(path, WANT)
    assert "sidecar" in raised.value.hint
    for cut in (KINDS["a.png"][:40], KINDS["b.jpg"][:30], KINDS["c.webp"][:25]):
        path.write_bytes(cut)
        with pytest.raises(LibraryError):
            xmp_files.embed(path, WANT)
        assert path.read_bytes() == cut


def exiftool(*words: object) -> list[dict[str, object]]:
    command = ["exiftool", "-json", "-struct", "-XMP:all", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@needs_exiftool
def test_exiftool_reads_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "h.tif").write_bytes(saved("TIFF"))
    for name, data in KINDS.items():
        (tmp_path / name).write_bytes(data)
        xmp_files.embed(tmp_path / name, WANT)
    (tmp_path / "i.jpg.xmp").write_bytes(DARKTABLE)
    for picture in ("h.tif", "i.jpg"):
        xmp_files.write_sidecar(tmp_path / picture, WANT)
    files = [tmp_path / name for name in (*KINDS, "h.tif.xmp", "i.jpg.xmp")]
    for found in exiftool("-validate", "-warning", *files):
        assert (found["Rating"], found["Label"]) == (5, "Green"), found["SourceFile"]
        tags = {str(word).lower().replace(" ", "-") for word in found["Subject"]}
        assert {"harbour", "night-sea"} == tags, found["SourceFile"]
        assert "Warning" not in found, found


@pytest.mark.skipif(
    shutil.which("darktable-cli") is None,
    reason="darktable is a system package and not here: "
    "apt install --no-install-recommends darktable",
)
def test_darktable_takes_in_what_is_written(tmp_path: Path) -> None:
    home = tmp_path / "pictures"
    home.mkdir()
    given = {
        "a.png": (Marks(star=True), "sidecar"),
        "b.jpg": (Marks(reject=True), "embed"),
        "c.png": (Marks(rating=2, label="purple"), "embed"),
        "d.webp": (Marks(label="green", rating=3), "embed"),
        "e.jpg": (Marks(rating=1, label="blue"), "darktable's own"),
    }
    for name, (marks, way) in given.items():
        kinds = {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP"}
        (home / name).write_bytes(saved(kinds[name[1:]]))
        if way == "darktable's own":
            (home / f"{name}.xmp").write_bytes(DARKTABLE)
        write = xmp_files.embed if way == "embed" else xmp_files.write_sidecar
        write(home / name, xmp.told_of(marks, ("harbour",)))
    places = [f"--{kind}dir" for kind in ("config", "cache")]
    subprocess.run(
        ["darktable-cli", home, tmp_path / "out", "--out-ext", "png", "--width", "8", "--core",
         *(word for place in places for word in (place, tmp_path / place[2:])),
         "--library", tmp_path / "library.db", "--disable-opencl"],
        check=True, capture_output=True,
    )  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "library.db")) as library:
        library.execute("ATTACH ? AS data", (str(tmp_path / "configdir" / "data.db"),))
        found = {
            name: (-1 if flags & 8 else flags & 7, colour, tag)
            for name, flags, colour, tag in library.execute(
                "SELECT filename, i.flags, color, g.name FROM images AS i"
                " LEFT JOIN color_labels AS c ON c.imgid = i.id"
                " LEFT JOIN tagged_images AS t ON t.imgid = i.id"
                " LEFT JOIN data.tags AS g ON g.id = t.tagid WHERE g.name = 'harbour'"
            )
        }
    assert found == {
        "a.png": (5, None, "harbour"),
        "b.jpg": (-1, None, "harbour"),
        "c.png": (2, 4, "harbour"),
        "d.webp": (3, 2, "harbour"),
        "e.jpg": (1, 3, "harbour"),
    }


@needs_exiftool
def test_what_exiftool_writes_is_read(tmp_path: Path) -> None:
    for name, data in KINDS.items():
        (tmp_path / name).write_bytes(data)
    pictures = [tmp_path / name for name in KINDS]
    subprocess.run(
        ["exiftool", "-q", "-overwrite_original", "-XMP:Rating=3", "-XMP:Label=Red",
         "-XMP-dc:Subject=fog", *map(str, pictures)],
        check=True,
    )  # fmt: skip
    for path in pictures:
        with Image.open(path) as image:
            packet = image.info.get("xmp", b"")
        told = xmp.read(packet if isinstance(packet, bytes) else packet.encode())
        assert (told.rating, told.label) == (3, "red"), path.name
        assert "fog" in told.tags
        assert content_digest(path.read_bytes()) == content_digest(KINDS[path.name]), path.name


def test_the_newest_sidecar_comes_first_whichever_name_it_has(tmp_path: Path) -> None:
    picture = tmp_path / "night.jpg"
    picture.write_bytes(KINDS["b.jpg"])
    (tmp_path / "night.jpg.xmp").write_bytes(DARKTABLE)
    (tmp_path / "night.xmp").write_bytes(LIGHTROOM)
    os.utime(tmp_path / "night.xmp", ns=(1, 1))
    assert xmp_files.read(picture).rating == -1
    os.utime(tmp_path / "night.jpg.xmp", ns=(0, 0))
    assert xmp_files.read(picture).rating == 4
    xmp_files.write_sidecar(picture, xmp.told_of(Marks(rating=2), ()))
    both = [tmp_path / name for name in ("night.jpg.xmp", "night.xmp")]
    assert [xmp.read(path.read_bytes()).rating for path in both] == [2, 2]


def test_two_pictures_that_say_otherwise_are_two() -> None:
    shown = content_digest(KINDS["a.png"])
    assert with_texts(shown, {"title": "x"}) == shown
    one, other = ({"parameters": text} for text in ("a", "b"))
    assert len({shown, with_texts(shown, one), with_texts(shown, other)}) == 3


def test_broken_files_have_a_digest_too() -> None:
    for data in KINDS.values():
        for end in (0, 3, 20, 33, len(data) // 2):
            assert len(content_digest(data[:end])) == 64

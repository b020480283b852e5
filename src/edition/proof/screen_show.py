"""A show for the screen: one HTML file that holds everything and loads nothing from elsewhere.

Pictures, captions and the wall to scale; with answers to rate by, where they are asked for. The
file carries no prompts, no recipes and no metadata of pictures. Without ratings it has no script.
"""

import base64
import io
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

from PIL import Image

from edition import atomic
from edition.errors import ProofError
from edition.proof import preflight, sequence
from edition.proof.document_model import PrintSet, Progress, ProofPrint, ProofReport
from edition.proof.gallery_lists import work_lines
from edition.proof.png_passthrough import flat
from edition.proof.wall_layout import HungPrint, Wall, hang_walls
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import count

SIDE_PX = 1400
"""Longer side of a picture on the screen."""
QUALITY = 84
MOST_STARS = 5
FORMAT = "edition ratings 1"
"""What an answers' file says it is."""
_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;
 style-src 'unsafe-inline'; script-src {scripts}; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --paper: #fff; --ink: #111; --wall: #f1efe9; --frame: #333; }}
@media (prefers-color-scheme: dark) {{
 :root {{ --paper: #141414; --ink: #eee; --wall: #2a2927; --frame: #0a0a0a; }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--paper); color: var(--ink);
 font: 16px/1.5 "Lato", "Helvetica Neue", Arial, sans-serif; }}
header, main, footer {{ max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem; }}
h1 {{ font-weight: 300; font-size: clamp(1.8rem, 6vw, 3.2rem); line-height: 1.15; margin: 0; }}
h2 {{ font-weight: 400; font-size: 1.1rem; margin: 2.5rem 0 .5rem; }}
.room {{ overflow-x: auto; }}
.wall {{ position: relative; min-width: 40rem; background: var(--wall);
 border-bottom: 3px solid var(--ink); }}
.wall a, .wall i {{ position: absolute; display: block; }}
.wall a {{ background: var(--frame); }}
.mat {{ display: block; height: 100%; background: #fff; }}
.wall i {{ background: var(--paper); border: 1px solid var(--ink); }}
.works {{ display: grid; gap: 2.5rem 2rem; padding: 0; list-style: none;
 grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }}
.picture {{ display: block; width: 100%; background-size: cover; background-position: center; }}
.works p {{ margin: .6rem 0 0; white-space: pre-line; }}
.big {{ display: none; position: fixed; inset: 0; padding: 1rem; background: var(--paper); }}
.big:target {{ display: grid; place-items: center; z-index: 2; }}
.big span {{ width: 100%; height: 100%; background: center / contain no-repeat; }}
a {{ color: inherit; }}
fieldset {{ border: 0; padding: 0; margin: .5rem 0 0; }}
label {{ display: inline-block; padding: .35rem .5rem; }}
textarea, input[type=text] {{ width: 100%; font: inherit; }}
button {{ font: inherit; padding: .6rem 1.2rem; }}
{pictures}
</style></head><body>
"""
_SCRIPT = """
document.getElementById("save").onclick = function () {
  var works = Array.prototype.map.call(document.querySelectorAll("[data-print]"), function (item) {
    var chosen = item.querySelector("input:checked");
    return {print: item.dataset.print, rating: chosen ? Number(chosen.value) : 0,
            note: item.querySelector("textarea").value};
  });
  var told = {format: FORMAT, show: document.title, who: document.getElementById("who").value,
              works: works};
  var file = new Blob([JSON.stringify(told, null, 1)], {type: "application/json"});
  var link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = "ratings.json";
  link.click();
};
"""


def screen_show(
    show: PrintSet,
    settings: ProofSettings,
    out: Path,
    progress: Progress | None = None,
    *,
    rate: bool = False,
) -> ProofReport:
    """Writes a show as one HTML file, to mail or to put on a server.

    Args:
        show: what hangs.
        settings: sizes, walls and hang.
        out: the file to make.
        progress: called after each picture.
        rate: ask for stars and words; the answers are saved to a file that comes back.

    Raises:
        ProofError: nothing to show, a wall is too small, or a print is missing or damaged.
    """
    if not show.pictures:
        raise ProofError("There is nothing to show.", hint="Star some prints first.")
    walls = hang_walls(sequence.sequence(show.pictures, settings), settings)
    hung = [one for wall in walls for one in wall.numbered]
    warnings = preflight.framed([one.framed for one in hung], settings)
    rules = []
    for done, one in enumerate(hung, 1):
        rules.append(_picture_rule(one))
        if progress is not None:
            progress(done, len(hung))
    scripts = "'unsafe-inline'" if rate else "'none'"
    parts = [
        _HEAD.format(title=escape(show.title), scripts=scripts, pictures="\n".join(rules)),
        _opening(show, len(hung)),
        "<main>",
        *(_wall(wall, settings) for wall in walls),
        _works(show, hung, rate=rate),
        _asking() if rate else "",
        "</main>",
        *(_large(one) for one in hung),
        "</body></html>\n",
    ]
    atomic.sweep(out.parent)
    atomic.write(out, "".join(parts).encode(), ProofError)
    return ProofReport(out, 1, warnings)


def _picture_rule(one: HungPrint) -> str:
    """One style rule that holds a picture; the wall, the list and the large view name it."""
    image = flat(one.framed.picture.file)
    image.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f".p{one.number} {{ background-image: url(data:image/jpeg;base64,{data}); }}"


def _opening(show: PrintSet, works: int) -> str:
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in show.statement.split("\n\n") if part)
    artist = f"<p>{escape(show.artist)}</p>" if show.artist else ""
    told = f"<p>{count(works, 'work')}</p>"
    return f"<header><h1>{escape(show.title)}</h1>{artist}{paragraphs}{told}</header>"


def _wall(wall: Wall, settings: ProofSettings) -> str:
    """A wall to scale: every place in percent of it, so that it fits any screen.

    Paddings too: their percents are of the width of what they are in.
    """
    width, height = wall.size.width, wall.size.height
    moulding, mat = settings.frame_mm, settings.mat_mm
    items = [
        f'<i style="left:{o.x_mm / width:.4%};width:{o.width_mm / width:.4%};'
        f'bottom:{o.y_mm / height:.4%};height:{o.height_mm / height:.4%}" title="{o.kind}"></i>'
        for o in wall.openings
    ]
    for one in wall.numbered:
        box = one.box
        name = escape(one.framed.picture.name, quote=True)
        items.append(
            f'<a href="#p{one.number}" aria-label="{one.number}: {name}"'
            f' style="left:{box.x / width:.4%};width:{box.width / width:.4%};'
            f"bottom:{box.y / height:.4%};height:{box.height / height:.4%};"
            f'padding:{moulding / width:.4%}"><span class="mat"'
            f' style="padding:{mat / (box.width - 2 * moulding):.4%}">'
            f'<span class="picture p{one.number}" style="height:100%"></span></span></a>'
        )
    title = f"<h2>{escape(wall.name)}</h2>" if wall.name else ""
    shape = f"aspect-ratio:{width:.0f}/{height:.0f}"
    return (
        f'{title}<div class="room"><div class="wall" style="{shape}">{"".join(items)}</div></div>'
    )


def _works(show: PrintSet, hung: Sequence[HungPrint], *, rate: bool) -> str:
    items = []
    for one in hung:
        picture, size = one.framed.picture, one.framed.print_size
        told = "\n".join(escape(line) for line in work_lines(picture, size, show.artist))
        note = f"\n\n{escape(picture.note)}" if picture.note else ""
        asked = _stars(one.number) if rate else ""
        name = f' data-print="{picture.digest[:16]}:{picture.seed}"' if rate else ""
        shape = f"aspect-ratio:{picture.width}/{picture.height}"
        alt = escape(picture.name, quote=True)
        items.append(
            f'<li{name}><a href="#p{one.number}" aria-label="{alt}, large"><span role="img"'
            f' aria-label="{alt}" class="picture p{one.number}" style="{shape}"></span></a>'
            f"<p><b>{one.number}</b>  {told}{note}</p>{asked}</li>"
        )
    return f'<h2>Works</h2><ol class="works">{"".join(items)}</ol>'


def _stars(number: int) -> str:
    choices = "".join(
        f'<label><input type="radio" name="r{number}" value="{stars}"> {"★" * stars or "–"}</label>'
        for stars in range(MOST_STARS + 1)
    )
    return (
        f"<fieldset><legend>Stars</legend>{choices}</fieldset>"
        '<textarea rows="2" aria-label="Words" placeholder="Words, if you like"></textarea>'
    )


def _asking() -> str:
    script = _SCRIPT.replace("FORMAT", json.dumps(FORMAT))
    return (
        '<h2>Your answers</h2><p><input type="text" id="who" placeholder="Your name"'
        ' aria-label="Your name"></p><p><button id="save" type="button">Save the answers</button>'
        f" and send ratings.json back.</p><script>{script}</script>"
    )


def _large(one: HungPrint) -> str:
    name = escape(one.framed.picture.name, quote=True)
    return (
        f'<a class="big" id="p{one.number}" href="#" aria-label="{name}, close">'
        f'<span class="p{one.number}"></span></a>'
    )


def named_prints(pictures: Sequence[ProofPrint]) -> dict[str, ProofPrint]:
    """What an answers' file calls each print."""
    return {f"{picture.digest[:16]}:{picture.seed}": picture for picture in pictures}

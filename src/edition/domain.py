"""The frozen facts that cross the walls between rooms. No behaviour, no imports of rooms."""

from dataclasses import dataclass, field
from typing import Any, Literal

LABELS = ("", "red", "yellow", "green", "blue", "purple")
"""Colour labels of a print; the first means none."""

READING = "reading:"
"""Of a setting of the library, before a slug: how far the reading of its folders has come."""

RETOUCHED = "retouched"
"""Method of a version that a person made elsewhere."""

JobKind = Literal["render", "upscale", "train", "study", "corridor"]
JobState = Literal["queued", "running", "paused", "done", "failed", "cancelled"]
Order = Literal["made", "newest", "seed", "rating", "likeness", "colour", "spread"]
"""Orders of prints: oldest or newest first, by seed, best rated first, like one of them, by hue,
unlike ones first."""
LIVE_STATES: tuple[JobState, ...] = ("queued", "running", "paused")
"""States of a job that is still to be done."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a person thinks of a print."""

    star: bool = False
    reject: bool = False
    """A print is never starred and rejected at once."""
    rating: int = 0
    """0 to 5; 0 means not rated."""
    label: str = ""
    """One of LABELS."""

    @property
    def undecided(self) -> bool:
        """Neither starred nor rejected nor rated."""
        return not (self.star or self.reject or self.rating)


MARK_GROUPS = (("star", "reject"), ("rating",), ("label",))
"""Marks that exclude each other are written and undone together, the others each by itself."""


@dataclass(frozen=True, slots=True)
class Print:
    """One image that a recipe and a seed made."""

    id: int
    slug: str
    digest: str
    """SHA-256 of the recipe, hex, 64 characters."""
    seed: int
    file: str
    """Relative to the library's root, with forward slashes."""
    width: int
    height: int
    made: float
    """Unix time, seconds."""
    marks: Marks = Marks()
    stack: int = 0
    """Id of the print on top of its stack; 0 when it is in no stack."""
    stack_size: int = 1
    upscaled: str = ""
    """The newest enlarged file, relative to the library's root; empty when there is none."""
    parent: str = ""
    """Digest and seed of the print it was made from, ``digest:seed``; empty for none."""
    note: str = ""
    tags: tuple[str, ...] = ()
    """Short words of a person, sorted."""
    trash: float = 0.0
    """Unix time at which it went into the trash; 0 when it isn't there."""


@dataclass(frozen=True, slots=True)
class NewPrint:
    """A print as it comes off the bench, with all that the library keeps of it."""

    slug: str
    digest: str
    seed: int
    file: str
    width: int
    height: int
    made: float
    phash: int
    """64-bit perceptual hash, unsigned."""
    dhash: int
    """64-bit difference hash, unsigned."""
    colour: bytes
    """The colour hash: see edition.similarity.perceptual_hash."""
    thumb: bytes
    """JPEG, 128 pixels on its longer side."""
    rgb: bytes
    """32x32 RGB8, row-major: 3072 bytes."""
    recipe: str = ""
    """The recipe as canonical JSON."""
    prompt: str = ""
    seconds: float = 0.0
    """Time spent on this print, its share of the batch."""
    parent: str = ""
    sha256: str = ""
    """Of the file's bytes, hex."""


@dataclass(frozen=True, slots=True)
class FoundFacts:
    """What an adopted picture's file says of its making; what it doesn't say is None or empty."""

    program: str = ""
    """What wrote it; empty where no program's words were understood."""
    prompt: str | None = None
    negative: str | None = None
    model: str | None = None
    sampler: str | None = None
    steps: int | None = None
    guidance: float | None = None
    seed: int | None = None
    lost: tuple[str, ...] = ()
    """What can't be made again or isn't known, a sentence each."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A picture's file in an adopted folder, as it was when it was last read."""

    file: str
    """Relative to the library's root."""
    size: int
    """Bytes."""
    changed: int
    """Time of its last change, nanoseconds."""
    sidecar: int = 0
    """Time of its sidecars' last change, nanoseconds; 0 without one."""
    digest: str = ""
    """Of what it shows: see edition.library.content_digest; empty where it can't be read."""
    sha256: str = ""
    """Of its bytes."""
    fault: str = ""
    """Why it can't be read."""
    said: str = ""
    """Its XMP when last read or written: see edition.library.xmp.Told."""


@dataclass(frozen=True, slots=True)
class MarkChange:
    """One print's marks before and after."""

    print_id: int
    before: Marks
    after: Marks


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value before and after, other than a print's marks: a note, tags, a place in a stack."""

    kind: str
    """What changed: a row of edition.library.change_writers.WRITERS."""
    key: str
    """Of which one: a print's id as text, or a name."""
    before: Any
    """Plain JSON: None, a number, a text, a list or a table of them; equal to ``after`` when
    nothing changes."""
    after: Any


Change = MarkChange | FieldChange


@dataclass(frozen=True, slots=True)
class ActPlace:
    """Where an act was done."""

    kind: Literal["edition", "exhibition"]
    name: str
    """Slug of the edition, name of the exhibition; empty for any exhibition."""

    def __str__(self) -> str:
        return self.name if self.kind == "edition" else f"exhibition {self.name}"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One undoable act of a person, of one or many prints."""

    id: int
    time: float
    action: str
    """What was done, in words: "star 3 prints"."""
    changes: tuple[Change, ...]
    undone: bool = False
    places: tuple[ActPlace, ...] = ()
    """The editions and exhibitions that it changed, as far as their prints are still there."""


@dataclass(frozen=True, slots=True)
class ActResult:
    """What an act came to: done, undone or done again. False when nothing changed."""

    action: str = ""
    """What was done, in words, as the history shows it; only to be shown, never to be read."""
    kinds: frozenset[str] = frozenset()
    """Kinds of its changes: ``marks``, and rows of edition.library.change_writers.WRITERS."""
    ids: tuple[int, ...] = ()
    """The prints it changed, gone ones too; none of exhibitions."""
    emptied: int = 0
    """How many prints could not come back: they were emptied from the trash since."""
    ungrouped: tuple[str, ...] = ()
    """Editions whose stacks have still to be grouped again: that was refused after the act."""
    places: tuple[ActPlace, ...] = ()
    """Where it was done."""

    def __bool__(self) -> bool:
        return bool(self.action)


MAX_STACK_DISTANCE = 16
"""The widest that stacks are made: bits of the pHash. Different pictures differ in about 32 bits,
seldom in fewer."""


@dataclass(frozen=True, slots=True)
class Counts:
    """An edition's counts."""

    prints: int = 0
    starred: int = 0
    rejected: int = 0
    stacks: int = 0
    """How many stacks there are: groups of near-duplicates of two prints or more."""
    upscaled: int = 0
    """How many prints have an enlarged file."""
    trash: int = 0
    """How many prints are in the trash; no other number counts them."""
    cells: int = 0
    """How many of the prints are in nothing but a study, and have no star."""


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from one to another; None leaves an end open."""

    low: float | None = None
    high: float | None = None
    above: bool = False
    """Whether ``low`` itself is left out."""
    below: bool = False
    """Whether ``high`` itself is left out."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a filter as a person writes it: see edition.library.filter_parser."""

    field: str = ""
    """One of edition.library.filter_fields.FIELDS; empty for words found anywhere."""
    value: str = ""
    """Words, a name or ``yes`` and ``no``; not looked at where there are spans."""
    spans: tuple[Span, ...] = ()
    """For numbers and times: any of them."""
    phrase: bool = False
    """The words whole and in this order; otherwise the last may go on."""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Which prints to show. Every condition must hold; the default lets all pass."""

    star: bool | None = None
    reject: bool | None = None
    undecided: bool = False
    """Neither starred nor rejected nor rated."""
    rating_from: int = 0
    label: str | None = None
    digest: str | None = None
    seeds: tuple[int, ...] = ()
    text: str = ""
    """Words that all must begin a word of prompt, model, edition, tags or note, or be the seed."""
    terms: tuple[Term, ...] = ()
    """What a person wrote."""
    tops_only: bool = False
    """Of every stack only the best-of."""
    stack: int = 0
    """Only this stack's members (the id of its top)."""
    alike: bool = False
    """Stacks are those of look-alikes, not of near-duplicates."""
    trash: bool | None = False
    """Only what is in the trash, or only what doesn't; None for both."""
    cells: bool | None = None
    """Only prints that are in nothing but a study, or all but those of them that have no star; None
    for both."""


@dataclass(frozen=True, slots=True)
class Job:
    """One row of the press's queue."""

    id: int
    kind: JobKind
    slug: str
    payload: dict[str, Any]
    state: JobState
    position: float
    """Smaller comes first."""
    done: int = 0
    total: int = 0
    attempts: int = 0
    message: str = ""
    """What it is doing now, in words; of a job that is done: its notes, a line each."""
    error: str = ""
    hint: str = ""
    seconds_each: float = 0.0
    """Measured time a finished item took, averaged over the latest; 0 before the first."""
    created: float = 0.0
    started: float = 0.0
    finished: float = 0.0


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One training, as the library knows it."""

    id: int
    slug: str
    """The edition it was trained for."""
    name: str
    """Its folder in the edition's ``models``."""
    kind: str
    """``dreambooth`` or ``inversion``."""
    settings: dict[str, Any] = field(default_factory=dict)
    """The training table it was started with."""
    step: int = 0
    """The last step of its curve."""
    steps: int = 0
    """Where it is to end."""
    made: str = ""
    """Slug of the edition that was made of it; empty before."""
    started: float = 0.0
    """Unix time."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One step of a training."""

    step: int
    loss: float
    grad_norm: float
    """Before clipping."""
    rate: float
    """Learning rate."""
    seconds: float


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One of the devices that a press works with, as it last was."""

    name: str
    """A number, or a number and the machine's place in the cluster."""
    machine: str
    device: str
    pid: int
    """Of its process, on its machine; 0 before its first message."""
    state: str
    """starting, idle, loading, working, lost, refused, gone or given up."""
    model: str = ""
    seconds_each: float = 0.0
    """From measured batches; 0 before the first."""
    pictures: int = 0
    lost: int = 0
    """Batches that were lost with it and drawn again."""
    words: str = ""
    """Its latest trouble; empty while there was none."""


@dataclass(frozen=True, slots=True)
class PressState:
    """The press's latest state."""

    pid: int | None = None
    """None when no press runs."""
    state: Literal["off", "starting", "loading", "working", "idle", "paused", "stopping"] = "off"
    device: str = ""
    job_id: int = 0
    heartbeat: float = 0.0
    step: int = 0
    steps: int = 0
    preview: tuple[bytes, ...] = field(default=(), repr=False)
    """The batch in progress as it looks now: 32x32 RGB8 pictures, 3072 bytes each."""
    seeds: tuple[int, ...] = ()
    """The seeds of the batch in progress, in the preview's order."""
    workers: tuple[WorkerState, ...] = ()
    """Empty where the press computes in its own process."""

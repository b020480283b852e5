"""Random acts, undos, redos, restarts and lost databases: the library equals a simple model.

The model is a dictionary of what a person decided, and two lists of its former and later values.
"""

import copy
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.conftest import SMALL
from tests.fakes import add_prints

from edition import paths
from edition.actions import exhibitions, history, search, trash
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.domain import LABELS
from edition.errors import LibraryError

SEEDS = (1, 2, 3, 4)
SHOW = "show"
some = st.sets(st.sampled_from(SEEDS), min_size=1)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four prints and an empty exhibition."""
    root = tmp_path_factory.mktemp("template") / "library"
    (root / "small").mkdir(parents=True)
    (root / "small/edition.toml").write_text(SMALL)
    with Session(root) as session:
        add_prints(session, "small", SEEDS, side=64)
    return root


class Decisions(RuleBasedStateMachine):
    template: Path

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.root = self.folder / "library"
        shutil.copytree(self.template, self.root)
        self.session = Session(self.root)
        self.now: dict = {
            seed: {"star": False, "reject": False, "rating": 0, "label": "", "note": "",
                   "tags": set(), "trash": False}
            for seed in SEEDS
        }  # fmt: skip
        self.now[SHOW] = None
        self.before: list[dict] = []
        self.after: list[dict] = []
        self.act(lambda: exhibitions.new(self.session, SHOW), lambda s: s.update({SHOW: []}))

    def teardown(self) -> None:
        self.session.close()
        shutil.rmtree(self.folder)

    def ids(self, seeds) -> list[int]:
        found = {p.seed: i for i, p in self.session.store.prints.get(range(1, 100)).items()}
        return [found[seed] for seed in sorted(seeds)]

    def act(self, do, change) -> None:
        """Does it in both; what changes nothing is no act and forgets nothing to be redone."""
        expected = copy.deepcopy(self.now)
        change(expected)
        do()
        if expected != self.now:
            self.before.append(self.now)
            self.after.clear()
            self.now = expected

    @rule(seeds=some, kind=st.sampled_from(["star", "unstar", "reject", "unreject", "unmark"]))
    def mark(self, seeds, kind) -> None:
        new = {
            "star": {"star": True, "reject": False}, "unstar": {"star": False},
            "reject": {"reject": True, "star": False}, "unreject": {"reject": False},
            "unmark": {"star": False, "reject": False, "rating": 0, "label": ""},
        }[kind]  # fmt: skip
        self.act(
            lambda: self.session.mark(self.ids(seeds), kind),
            lambda s: [s[seed].update(new) for seed in seeds],
        )

    @rule(seeds=some, rating=st.integers(0, 5))
    def rate(self, seeds, rating) -> None:
        self.act(
            lambda: self.session.rate(self.ids(seeds), rating),
            lambda s: [s[seed].update(rating=rating) for seed in seeds],
        )

    @rule(seeds=some, label=st.sampled_from(LABELS))
    def label(self, seeds, label) -> None:
        self.act(
            lambda: self.session.label(self.ids(seeds), label),
            lambda s: [s[seed].update(label=label) for seed in seeds],
        )

    @rule(seeds=some, text=st.sampled_from(["", "moon", "äöü\nline", "a  b"]))
    def note(self, seeds, text) -> None:
        self.act(
            lambda: search.write_note(self.session, self.ids(seeds), text),
            lambda s: [s[seed].update(note=text) for seed in seeds],
        )

    @rule(seeds=some, add=st.sampled_from(["dark", "odd"]), remove=st.sampled_from(["", "wet"]))
    def tag(self, seeds, add, remove) -> None:
        self.act(
            lambda: search.tag(self.session, self.ids(seeds), add=add, remove=remove),
            lambda s: [s[seed].update(tags=s[seed]["tags"] - {remove} | {add}) for seed in seeds],
        )

    @rule(seeds=some)
    def into_the_trash(self, seeds) -> None:
        goes = [n for n in seeds if not self.now[n]["star"] and not self.now[n]["trash"]]
        try:
            self.act(
                lambda: trash.put(self.session, self.ids(seeds)),
                lambda s: [s[seed].update(trash=True) for seed in goes],
            )
        except LibraryError:
            assert not goes, "refused, though something could go"

    @rule(seeds=some)
    def out_of_the_trash(self, seeds) -> None:
        self.act(
            lambda: trash.restore(self.session, self.ids(seeds)),
            lambda s: [s[seed].update(trash=False) for seed in seeds],
        )

    @rule(seeds=some)
    def hang(self, seeds) -> None:
        if self.now[SHOW] is not None:
            self.act(
                lambda: exhibitions.add(self.session, SHOW, self.ids(seeds)),
                lambda s: s[SHOW].extend(n for n in sorted(seeds) if n not in s[SHOW]),
            )

    @rule(place=st.integers(0, 3))
    def take_down(self, place) -> None:
        if self.now[SHOW] is not None and place < len(self.now[SHOW]):
            self.act(
                lambda: exhibitions.remove(self.session, SHOW, [place]),
                lambda s: s[SHOW].pop(place),
            )

    @rule(times=st.integers(1, 3))
    def undo(self, times) -> None:
        for _ in range(times):
            done = history.undo(self.session)
            assert bool(done.action) == bool(self.before)
            if self.before:
                self.after.append(self.now)
                self.now = self.before.pop()

    @rule(times=st.integers(1, 3))
    def redo(self, times) -> None:
        for _ in range(times):
            done = history.redo(self.session)
            assert bool(done.action) == bool(self.after)
            if self.after:
                self.before.append(self.now)
                self.now = self.after.pop()

    @rule()
    def start_again(self) -> None:
        self.session.close()
        self.session = Session(self.root)

    @rule()
    def lose_the_database(self) -> None:
        """What was decided comes back from the files; the history is gone with the database."""
        self.session.close()
        for file in self.root.glob(f"{paths.database_file(self.root).name}*"):
            file.unlink()
        self.session = Session(self.root)
        rescan(self.session)
        self.before.clear()
        self.after.clear()

    @invariant()
    def equal(self) -> None:
        if not hasattr(self, "session"):
            return
        found: dict = {
            p.seed: {
                "star": p.marks.star, "reject": p.marks.reject, "rating": p.marks.rating,
                "label": p.marks.label, "note": p.note, "tags": set(p.tags),
                "trash": bool(p.trash),
            }
            for p in self.session.store.prints.get(range(1, 100)).values()
        }  # fmt: skip
        show = self.session.store.exhibitions.get(SHOW)
        found[SHOW] = None if show is None else [place.seed for place in show.places]
        assert found == self.now


def test_decisions_equal_a_simple_model(template: Path) -> None:
    Decisions.template = template
    case = Decisions.TestCase
    case.settings = settings(
        max_examples=30, stateful_step_count=40, deadline=None, database=None,
        derandomize=True, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    case("runTest").runTest()

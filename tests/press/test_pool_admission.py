"""Who may join a pool, what crosses the wire, and what a worker that is silent is taken for."""

import io
import queue
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from edition import errors
from edition.errors import EditionError, ModelError, OutOfMemory, PressError, WorkerLost
from edition.press import batching
from edition.press.loop import Press
from edition.press.pool import task_bodies, worker_messages, worker_record
from edition.press.pool.admission import Admission
from edition.press.pool.channels import Seat
from edition.press.pool.pool_task import Task
from edition.press.pool.pooled_loop import Shift
from edition.press.pool.worker_messages import Unfit
from edition.press.pool.worker_pool import Pool
from edition.press.pool.worker_record import Worker
from edition.recipe.recipe import Init, Prompt, Recipe, Sampling


def worker(name: str, title: str = "Card A", **hello: object) -> Worker:
    """One that has said hello; nothing is started."""
    seat = Seat(name, f"host-{name}", "cuda:0", start=lambda *_: None)  # type: ignore[arg-type, return-value]
    facts = {"versions": worker_messages.versions(), "title": title, "sees_library": True}
    return Worker(seat, stage="ready", hello=facts | hello)


def task(do: str = "render", *, needs_library: bool = False, **body: object) -> Task:
    replies: queue.SimpleQueue = queue.SimpleQueue()
    return Task({"do": do, **body}, 1, (0, 1), replies, needs_library=needs_library)


def test_a_worker_of_other_versions_is_refused_by_what_differs() -> None:
    other = worker_messages.versions() | {"torch": "1.0"}
    other.pop("pillow")
    said = Admission(mixed=False).join(worker("1", versions=other))
    assert "torch 1.0" in said
    assert "pillow missing" in said
    assert "numpy" not in said


def test_devices_of_another_kind_join_only_a_mixed_pool() -> None:
    strict, mixed = Admission(mixed=False), Admission(mixed=True)
    for admission in (strict, mixed):
        assert admission.join(worker("1")) == ""
        assert admission.refusal is None
    assert "Card B among Card A" in strict.join(worker("2", "Card B"))
    assert strict.refusal is not None
    assert strict.refusal.message.startswith("host-2: ")
    assert strict.join(worker("3")) == "", "one like the first is still welcome"
    assert mixed.join(worker("2", "Card B")) == ""
    assert mixed.refusal is None


def test_the_first_worker_of_a_kind_sets_the_canary_for_the_others() -> None:
    admission = Admission(mixed=True)
    first, second, other = worker("1"), worker("2"), worker("3", "Card B")
    wish, later = {"places": 4}, {"places": 1}
    begun = task(fingerprint="f", canary=wish)
    assert admission.canary(first, begun) == wish
    assert admission.canary(second, task(fingerprint="f", canary=later)) == wish
    assert admission.canary(other, task(fingerprint="f", canary=later)) == later
    assert admission.canary(first, task("enlarge")) is None
    assert admission.judge(first, begun, "aa") == ""
    assert admission.judge(second, begun, "aa") == ""
    assert "worker 1 (cuda:0 on host-1)" in admission.judge(second, begun, "bb")
    assert admission.judge(other, begun, "bb") == "", "another kind draws other bytes"


def test_a_message_that_breaks_off_anywhere_is_no_message() -> None:
    message = {"say": "done", "value": (b"\0" * 50, "€")}
    stream = io.BytesIO()
    worker_messages.write(stream, message)
    whole = stream.getvalue()
    assert worker_messages.read(io.BytesIO(whole)) == message
    for cut in range(len(whole)):
        assert worker_messages.read(io.BytesIO(whole[:cut])) is None
    assert worker_messages.read(io.BytesIO(b"\xff" * 64)) is None, "a length that can't be"


KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type)]
FAMILY = [kind for kind in KINDS if issubclass(kind, EditionError)]


@pytest.mark.parametrize("kind", FAMILY, ids=lambda kind: kind.__name__)
def test_an_error_arrives_as_what_it_was(kind: type[EditionError]) -> None:
    fault = {"kind": kind.__name__, "message": "It broke.", "hint": "Mend it."}
    found = worker_messages.raised(fault, "host")
    wanted = errors.RecipeError if kind is errors.InvalidRecipe else kind
    assert type(found) is wanted
    assert (found.message, found.hint) == ("host: It broke.", "Mend it.")  # type: ignore[attr-defined]


def test_errors_of_no_family_keep_their_words_and_memory_stays_memory() -> None:
    sent = worker_messages.fault(ValueError("odd"))
    found = worker_messages.raised(sent, "host")
    assert (type(found), str(found)) == (RuntimeError, "host: ValueError: odd")
    assert isinstance(worker_messages.raised(worker_messages.fault(OutOfMemory())), OutOfMemory)
    unfit = worker_messages.fault(Unfit(ModelError("Other weights.", hint="Copy them.")))
    assert unfit == {
        "kind": "ModelError", "message": "Other weights.", "hint": "Copy them.", "unfit": True,
    }  # fmt: skip


def test_a_worker_is_silent_only_when_it_has_said_nothing_for_what_it_does() -> None:
    one = replace(worker("1"), heard=100.0)
    assert one.silent(1e9) == 0.0, "it has nothing to do"
    one.in_flight[1] = task()
    assert one.silent(100.0 + worker_record.LOAD_SECONDS) == 0.0, "the first batch is not measured"
    one.busy_since = 100.0
    one.did(task(), {"prints": [1, 2], "seconds": 2.0}, 104.0)
    assert (one.pictures, one.seconds_each, one.batch_seconds) == (2, 2.0, 4.0)
    assert one.silent(100.0 + 10 * 4.0) == 0.0
    assert one.silent(141.0) > 0
    one.in_flight[2] = task("train")
    assert one.silent(141.0) < 0, "a training may be silent for longer than a batch"


def test_a_worker_that_only_fails_is_given_up_and_one_task_done_forgives() -> None:
    one = worker("1")
    for _ in range(4):
        one.lose("died", work=True)
    assert (one.hopeless, one.state().state) == (False, "lost")
    one.did(task(), {"prints": [1], "seconds": 1.0}, 1.0)
    for _ in range(5):
        one.lose("died", work=False)
    assert (one.hopeless, one.state().state) == (True, "given up")
    assert (one.lost_batches, one.state().words) == (4, "died")


def test_tasks_that_need_the_library_or_a_barred_model_go_elsewhere() -> None:
    near, far = worker("1"), worker("2", sees_library=False)
    training = task("train", needs_library=True)
    assert (near.may_do(training), far.may_do(training)) == (True, False)
    near.barred.add("f")
    assert (near.may_do(task(fingerprint="f")), near.may_do(task(fingerprint="g"))) == (False, True)


def test_pictures_and_canaries_cross_unchanged_but_for_what_they_must_not_hold() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    data = task_bodies.png_of(Image.fromarray(pixels))
    assert np.array_equal(np.asarray(task_bodies.opened_png(data)), pixels)
    recipe = Recipe(
        init=Init(file="a.png"), sampling=Sampling(steps=50), prompt=Prompt(positive="x")
    )
    canary = task_bodies.canary_of(recipe, 3)
    shown = task_bodies.recipe_of(canary["recipe"])
    assert (shown.init, shown.sampling.steps, canary["places"]) == (None, 4, 3)
    assert shown.prompt == recipe.prompt
    short = Recipe(sampling=Sampling(steps=2))
    assert task_bodies.recipe_of(task_bodies.canary_of(short, 1)["recipe"]) == short


def test_the_size_of_batches_is_kept_by_model_shape_and_device() -> None:
    def key(fingerprint: str = "f", title: str = "Card A", **sampling: object) -> str:
        item = batching.todo_maker(Recipe(sampling=Sampling(**sampling)), "d")(7, (0,))  # type: ignore[arg-type]
        return batching.size_key(fingerprint, item, title)

    assert key() == key(guidance=5.0), "guidance changes no shape"
    assert len({key(), key(width=64), key("g"), key(title="Card B"), key(guidance=1.0)}) == 5
    assert batching.files_named({}) == {}
    said = batching.too_large(Recipe(sampling=Sampling(width=64, height=128)), "Card A")
    assert "64 x 128" in said.message
    assert "Card A" in said.message
    assert not isinstance(said, WorkerLost), "another worker of the kind could not do it either"


def test_a_press_stays_while_workers_may_come_and_jobs_wait_and_then_says_why(session) -> None:
    """A cluster that is slow, or away for long, is no reason to leave work behind in silence."""
    started: list[dict] = []

    def no_room(settings: dict, _: object) -> None:
        started.append(settings)
        raise OSError("no room on that machine")

    session.render("small", [1], start=False)
    press = Press(session.root, "cpu")
    pool = Pool(session.root, [Seat("1", "host-1", "cpu", start=no_room)])  # type: ignore[arg-type]
    try:
        with pytest.raises(PressError, match=r"No worker can work: .*no room on that machine"):
            Shift(press, pool).work(idle_seconds=0.0)
        assert len(started) == worker_record._MOST_FAILURES
        [job] = session.store.jobs.live()
        assert job.state == "queued"
        session.store.jobs.cancel(job.id)
        Shift(press, pool).work(idle_seconds=0.0)  # nothing to do: no word
    finally:
        pool.close()
        press.store.close()

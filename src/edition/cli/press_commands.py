"""Verbs on the press: start, stop, status, pause, resume, log, and what to do with a job."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edition.actions import batch_measurement, job_queries, press_control
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.errors import PressError
from edition.text_format import count, duration

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.domain import Job, WorkerState

app = typer.Typer(
    help="The background process that renders: start, watch, pause, stop.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
JobId = Annotated[int, typer.Argument(help="The job's number: see edition press status.")]


def add_to(parent: typer.Typer) -> None:
    """Adds the verbs."""
    parent.add_typer(app, name="press")


@app.command()
def status(as_json: Annotated[bool, JsonFlag] = False) -> None:
    """Show the running job and the queue."""
    with open_desk() as session:
        state = session.press_state()
        live, recent = job_queries.live(session), job_queries.recent(session, 5)
    if as_json:
        report(
            {
                "pid": state.pid,
                "state": state.state,
                "device": state.device,
                "workers": [asdict(worker) for worker in state.workers],
                "jobs": [job_facts(job) for job in live],
                "recent": [job_facts(job) for job in recent],
            }
        )
        return
    process = (f"process {state.pid}", state.device) if state.pid else ()
    say("press: " + ", ".join(filter(None, (state.state, *process))))
    if state.workers:
        head = (
            "worker",
            "machine",
            "device",
            "state",
            "model",
            "s a picture",
            "pictures",
            "lost",
            "",
        )
        table(head, [worker_row(worker) for worker in state.workers])
    rows = []
    for job in (*live, *recent):
        left = (job.total - job.done) * job.seconds_each
        detail = job.error.split("\n")[0] or (f"{duration(left)} left" if left else job.message)
        rows.append((job.id, job.state, job.kind, job.slug, f"{job.done}/{job.total}", detail))
    if rows:
        table(("job", "state", "kind", "edition", "done", ""), rows)
    for job in recent:
        if job.state == "failed" and job.hint:
            say(f"job {job.id}: {job.hint}")


def job_facts(job: Job) -> dict[str, Any]:
    """A job without its recipe."""
    names = (
        "id", "kind", "slug", "state", "done", "total", "attempts", "message", "error", "hint",
        "seconds_each",
    )  # fmt: skip
    return {name: getattr(job, name) for name in names}


@app.command()
def start(
    devices: Annotated[
        str, typer.Option(help="One worker for each: auto, cuda:0,cuda:1 or cpu*2.")
    ] = "",
    cluster: Annotated[
        str, typer.Option(help="Workers of a Ray cluster: auto, or its HOST:PORT.")
    ] = "",
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Allow devices of several kinds; their bytes differ.")
    ] = False,
) -> None:
    """Start the press; it stops by itself after five idle minutes."""
    with open_desk() as session:
        if devices or cluster:
            session.start_press_on(devices, cluster, mixed=mixed)
        elif mixed:
            raise PressError("--mixed needs --devices or --cluster.", hint="Name the devices.")
        else:
            session.start_press(wait=True)
        state = session.press_state()
        workers = f", {count(len(state.workers), 'worker')}" if state.workers else ""
        say(f"The press is running, process {state.pid}{workers}.")


def worker_row(worker: WorkerState) -> tuple[str, ...]:
    """A worker in words."""
    each = f"{worker.seconds_each:.2f}" if worker.seconds_each else ""
    lost = str(worker.lost) if worker.lost else ""
    return (
        worker.name, worker.machine, worker.device, worker.state, worker.model, each,
        str(worker.pictures), lost, worker.words,
    )  # fmt: skip


@app.command()
def stop() -> None:
    """Stop the press after its batch; its job goes on with the next start."""
    with open_desk() as session:
        process = session.press_state().pid
        if process is None:
            say(f"The press is not running. {_waiting(session)}")
            return
        if not session.stop_press():
            raise PressError(
                f"The press, process {process}, is still at its batch; it stops after it.",
                hint="See: edition press status",
            )
        say(f"The press, process {process}, has stopped. {_waiting(session)}")


def _waiting(session: Session) -> str:
    """What is left to do once the press has stopped."""
    live = job_queries.live(session)
    if not live:
        return "No job waits."
    first = live[0]
    done = f"job {first.id} of {first.slug} has {first.done} of {first.total}"
    return f"{count(len(live), 'job')} left: {done}. Go on with: edition press start"


@app.command()
def pause(job: Annotated[int | None, typer.Argument(help="One job; default: all.")] = None) -> None:
    """Pause all jobs, or one."""
    with open_desk() as session:
        if job is None:
            press_control.pause(session)
        else:
            press_control.pause_job(session, job)
    say("Paused. Resume with: edition press resume" + (f" {job}" if job else ""))


@app.command()
def resume(
    job: Annotated[int | None, typer.Argument(help="One job; default: all.")] = None,
) -> None:
    """Resume all jobs, or one."""
    with open_desk() as session:
        if job is None:
            press_control.resume(session)
        else:
            press_control.resume_job(session, job)
    say("Resumed.")


@app.command()
def cancel(job: JobId) -> None:
    """Cancel a job; the prints it has made stay."""
    with open_desk() as session:
        press_control.cancel_job(session, job)
    say(f"Job {job} is cancelled.")


@app.command()
def retry(job: JobId) -> None:
    """Queue a failed or cancelled job again; existing results are skipped."""
    with open_desk() as session:
        press_control.retry_job(session, job)
    say(f"Job {job} is queued.")


@app.command()
def move(
    job: JobId,
    places: Annotated[int, typer.Argument(help="Places to move; negative is earlier: -- -1")],
) -> None:
    """Move a waiting job up or down the queue."""
    with open_desk() as session:
        press_control.move_job(session, job, places)
    say(f"Job {job} is moved.")


@app.command()
def measure(
    slug: Annotated[str, typer.Argument(help="The edition.")],
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")] = "auto",
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Measure how many prints to draw together, and keep the fastest for the edition's model.

    Nothing is filed. A number that prints were begun with stays.

    Example: edition press measure night-sea
    """
    with open_desk() as session:
        found = batch_measurement.measure(session, slug, device)
    if as_json:
        report(asdict(found))
        return
    alone = found.timings[0].seconds
    rows = [(t.places, f"{t.seconds:.2f}", f"{alone / t.seconds:.2f}x") for t in found.timings]
    table(("together", "s a print", "as fast"), rows)
    together = count(found.places, "print")
    if found.chosen:
        say(f"From now on {together} together on {found.device}, for this model and size.")
    else:
        say(f"It stays at {together} together on {found.device}: prints were begun so.")


@app.command()
def log(lines: Annotated[int, typer.Option(help="How many of the last lines.")] = 40) -> None:
    """Show the last lines of the press's log."""
    with open_desk() as session:
        say(press_control.log_tail(session, lines) or "The press log is empty.")

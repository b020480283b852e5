"""Enlarging jobs: prints to larger files, here or on many workers."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING

from edition import atomic
from edition.errors import EditionError, Stopped, UpscaleError
from edition.press.job_payloads import UpscaleJob
from edition.press.pool.pooled_enlarging import enlarge_pooled
from edition.press.upscaled_print import enlarged_png, is_enlarged, opened, record, target_of
from edition.upscale import find

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edition.domain import Job, Print
    from edition.press.loop import Press
    from edition.recipe.upscale_settings import UpscaleSettings


def enlarge(press: Press, job: Job) -> None:
    """Does an upscale job; prints that have their file already are skipped.

    Raises:
        UpscaleError: some prints could not be enlarged; the others are.
    """
    wanted = UpscaleJob.model_validate_json(json.dumps(job.payload))
    find(wanted.settings.method)
    prints = press.store.prints.get(wanted.ids)
    if press.pool is not None:
        faults = enlarge_pooled(press, press.pool, job, wanted, prints)
    else:
        faults = _one_by_one(press, job, wanted, prints)
    press.store.jobs.progress(job.id, len(wanted.ids) - len(faults))
    if faults:
        raise UpscaleError("\n".join(faults[:5]), hint="The other prints are done.")


def _one_by_one(
    press: Press, job: Job, wanted: UpscaleJob, prints: Mapping[int, Print]
) -> list[str]:
    faults = []
    for done, print_id in enumerate(wanted.ids):
        press.check(job)
        press.store.jobs.progress(job.id, done, message="enlarging")
        if print_id not in prints:
            continue
        try:
            _one(press, job, prints[print_id], wanted.settings)
        except Stopped:
            raise
        except EditionError as error:
            faults.append(f"seed {prints[print_id].seed}: {error}")
    return faults


def _one(press: Press, job: Job, item: Print, settings: UpscaleSettings) -> None:
    target, relative = target_of(press, item, settings)
    if target.is_file() and is_enlarged(press, item, settings, target, relative):
        return
    started = time.monotonic()
    data, size, facts = enlarged_png(
        *opened(press, item), settings, device=press.device_wanted, progress=_watch(press, job)
    )
    atomic.write(target, data)
    record(press, item, relative, size, facts, hashlib.sha256(data).hexdigest())
    press.store.jobs.progress(job.id, job.done, seconds_each=time.monotonic() - started)


def _watch(press: Press, job: Job) -> Callable[..., None]:
    def progress(step: int, steps: int, preview: Callable[[], bytes] | None) -> None:
        press.check(job)
        if press.say_due():
            press.say(step=step, steps=steps, preview=(preview(),) if preview else ())

    return progress

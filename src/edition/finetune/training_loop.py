"""The training loop, the same for every kind: draw, predict, step, sample, keep."""

from __future__ import annotations

import contextlib
import math
import time
from typing import TYPE_CHECKING, Any, Protocol

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.state import AcceleratorState, GradientState

from edition.errors import Stopped, TrainError
from edition.finetune import checkpoint, memory_estimate, optimizers, sampling
from edition.finetune.callbacks import TrainingCallback, TrainingStep
from edition.finetune.seeded_rng import BatchRng, derive
from edition.finetune.training_loss import gradient_norm
from edition.recipe.seeds import parse_seeds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from torch import Tensor, nn

    from edition.finetune.networks import Networks
    from edition.recipe.recipe import Recipe


class TrainingMethod(Protocol):
    """What differs between the kinds of training."""

    networks: Networks
    sizes: memory_estimate.ParameterCounts

    def modules(self) -> list[nn.Module]:
        """What is wrapped for several devices and mixed precision, and put into training mode."""

    def parameters(self) -> list[nn.Parameter]:
        """What changes, in an order that never does."""

    def place(self, accelerator: Any, wrapped: list[nn.Module]) -> None:  # noqa: ANN401
        """Moves the rest to the device and computes what can be computed once."""

    def loss(self, draw: BatchRng) -> Tensor:
        """The loss of one batch."""

    def save_model(self, folder: Path) -> None:
        """Writes what other programs load."""

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint's model doesn't hold and going on needs."""

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Undoes what ``tensors`` gave."""

    def after_step(self) -> None:
        """Called after each step of the optimizer."""

    def drawing(self) -> contextlib.AbstractContextManager[None]:
        """The weights to draw and keep with: the running mean, where there is one."""


class TrainingLoop:
    """A run: from its last checkpoint, or from the start, to its last step."""

    def __init__(
        self,
        work: TrainingMethod,
        recipe: Recipe,
        run: Path,
        *,
        device: str = "cpu",
        keep: Collection[int] = (),
        watcher: TrainingCallback | None = None,
        sample: bool = True,
        start: int = 0,
    ) -> None:
        """Sets up devices and optimizer.

        Args:
            work: what is trained.
            recipe: its training table says how; its prompt and sampling draw the samples.
            run: the run's folder.
            device: ``cpu``, ``cuda`` or ``mps``.
            keep: steps whose checkpoints are kept; empty for every ``checkpoint_every``.
            watcher: sees the run.
            sample: draw samples.
            start: the checkpoint to continue from; 0 for the beginning.
        """
        self.start = start
        self.work, self.recipe, self.run = work, recipe, run
        self.settings = recipe.training
        self.watcher = watcher or TrainingCallback()
        self.device = device
        self._keep = frozenset(keep)
        self._sample = sample
        self._sampled = -1
        self.accelerator = self._accelerator()
        self.is_main = bool(self.accelerator.is_main_process)
        self.parameters = work.parameters()
        self.optimizer, self.fallback = optimizers.build(
            self.parameters, self.settings, self.accelerator.device.type
        )
        self._rate = optimizers.rate_factor(self.settings)

    def _accelerator(self) -> Any:  # noqa: ANN401 - accelerate.Accelerator
        wanted = self.settings.precision
        if wanted == "auto":
            wanted = "fp16" if self.device == "cuda" else "no"
        if wanted == "fp16" and self.device == "cpu":
            wanted = "no"  # torch multiplies half floats on few CPUs, and slowly
        return Accelerator(
            cpu=self.device == "cpu",
            mixed_precision=wanted,
            gradient_accumulation_steps=self.settings.accumulation,
            # XL takes its encoders' last layer but one: the last has weights without gradients
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )

    def go(self) -> int:
        """Trains to the last step.

        Returns:
            The step it went on from; 0 for the start.

        Raises:
            TrainError: out of memory, with what to turn on; or the loss is no number any more.
            Stopped: the watcher ended it; a checkpoint of the last whole step is kept.
        """
        try:
            with deterministic(self.settings.deterministic):
                return self._go()
        except torch.OutOfMemoryError as error:
            raise self._too_large() from error
        except RuntimeError as error:
            if "alloc" not in str(error):
                raise
            raise self._too_large() from error  # the CPU's allocator raises a plain RuntimeError
        finally:
            self._release()

    def _go(self) -> int:
        settings = self.settings
        start = self.start
        modules = self.work.modules()
        for module in modules:
            module.train()
        *wrapped, self.optimizer = self.accelerator.prepare(*modules, self.optimizer)
        self.watcher.phase("looking at the pictures")
        self.work.place(self.accelerator, wrapped)
        if start:
            self._restore(start)
        else:
            self._samples(0)
        self.watcher.phase("training")
        done = start
        try:
            for step in range(start, settings.steps):
                facts = self._step(step, wrapped)
                done = step + 1
                self.watcher.step(facts)
                if self._wanted(done):
                    self._checkpoint(done)
                if done % settings.sample_every == 0 or done == settings.steps:
                    self._samples(done)
        except Stopped:
            if done > start and done not in checkpoint.found(self.run):
                self._checkpoint(done)
            raise
        return start

    def _wanted(self, step: int) -> bool:
        """Whether a checkpoint of this step is kept."""
        if step == self.settings.steps:
            return True
        return step in self._keep if self._keep else step % self.settings.checkpoint_every == 0

    def _step(self, step: int, wrapped: list[nn.Module]) -> TrainingStep:
        """One step of the optimizer, over all batches that make it up."""
        accelerator, settings = self.accelerator, self.settings
        started = time.monotonic()
        torch.manual_seed(derive(settings.seed, "step", step))  # for networks that drop out
        rate = settings.learning_rate * self._rate(step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        total, norm = 0.0, torch.zeros(())
        for part in range(settings.accumulation):
            number = step * settings.accumulation + part
            number = number * accelerator.num_processes + accelerator.process_index
            with accelerator.accumulate(*wrapped):
                loss = self.work.loss(BatchRng(settings.seed, number, settings.batch))
                accelerator.backward(loss)
                total += float(accelerator.gather(loss.detach()).mean()) / settings.accumulation
                if accelerator.sync_gradients:
                    clipped = accelerator.clip_grad_norm_(self.parameters, settings.max_grad_norm)
                    norm = gradient_norm(self.parameters) if clipped is None else clipped
                self.optimizer.step()
                self.optimizer.zero_grad(set_to_none=True)
        if not math.isfinite(total):
            raise TrainError(
                f"The loss of step {step + 1} is {total}: the weights are lost.",
                hint="Lower the learning rate, or use --precision bf16 or no; the checkpoints "
                "before this step are whole.",
            )
        self.work.after_step()
        seconds = time.monotonic() - started
        return TrainingStep(step + 1, total, float(norm), rate, seconds)

    def _samples(self, step: int) -> None:
        if not (self._sample and self.is_main) or self._sampled == step:
            return
        self._sampled = step
        seeds = parse_seeds(self.settings.sample_seeds)
        self.watcher.phase("drawing samples")
        with self.work.drawing():
            device = str(self.accelerator.device)
            networks, beat = self.work.networks, self.watcher.beat
            images = sampling.draw(networks, self.recipe, seeds, device, beat)
        self.watcher.sample(step, seeds, images)
        self.watcher.phase("training")

    def _checkpoint(self, step: int) -> None:
        if self.is_main:
            self.watcher.phase("writing a checkpoint")
            moments, rest = checkpoint.flatten(self.optimizer.state_dict())
            scaler = self.accelerator.scaler
            facts = {
                "optimizer": rest,
                "scaler": scaler.state_dict() if scaler else None,
                "kept": self._wanted(step),
            }
            tensors = {"optimizer": moments, "weights": self.work.tensors()}
            with self.work.drawing():
                folder = checkpoint.write(self.run, step, self.work.save_model, tensors, facts)
            checkpoint.prune(self.run, step)
            self.watcher.checkpoint(step, folder)
            self.watcher.phase("training")
        self.accelerator.wait_for_everyone()

    def _restore(self, step: int) -> None:
        self.watcher.phase(f"going on after step {step}")
        tensors, facts = checkpoint.read(self.run, step)
        self.work.restore(tensors.get("weights", {}))
        state = checkpoint.unflatten(tensors.get("optimizer", {}), facts["optimizer"])
        self.optimizer.load_state_dict(state)
        if self.accelerator.scaler is not None and facts["scaler"]:
            self.accelerator.scaler.load_state_dict(facts["scaler"])

    def _too_large(self) -> TrainError:
        peak = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0
        mixed = self.accelerator.mixed_precision != "no"
        eight = "8bit" in type(getattr(self.optimizer, "optimizer", self.optimizer)).__name__
        hint = memory_estimate.advice(self.settings, self.work.sizes, peak, mixed, eight)
        return TrainError("The training does not fit into the device's memory.", hint=hint)

    def _release(self) -> None:
        """Lets go of the device; the next run may want another precision."""
        if self.accelerator.num_processes == 1:
            self.accelerator.free_memory()
            AcceleratorState._reset_state(reset_partial_state=True)
            GradientState._reset_state()


@contextlib.contextmanager
def deterministic(wanted: bool) -> Iterator[None]:
    """Torch's deterministic algorithms for a while; those that have none only warn."""
    before = torch.are_deterministic_algorithms_enabled()
    warn = torch.is_deterministic_algorithms_warn_only_enabled()
    benchmark = torch.backends.cudnn.benchmark
    if wanted:
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn)
        torch.backends.cudnn.benchmark = benchmark

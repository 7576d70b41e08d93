"""What a step costs beside the model: ours, the plainest loop there is, and transformers' Trainer as it is.

    python tests/benchmarks/step_overhead.py                       a model of 100 million weights on the CPU
    python tests/benchmarks/step_overhead.py --rounds 5 --steps 6 --workers 0
    python tests/benchmarks/step_overhead.py --shape starcoder2-3b --length 4096 --micro-batch 1 --lora
                                                                   on a GPU, if there is one: tokens/s and MFU

Ours is `training.train.fit` on windows that are cut and packed while it trains, with a row of figures for
each step. On a CPU its time inside the model is taken with it: forward, backward, clipping and the optimiser;
what is left of a step is the share outside, in the same step and so whatever else the machine does. `bare` is
these four on the same windows, made beforehand; `trainer` is transformers' Trainer on these. All start from
the same weights and take turns in one process, so that a busy machine slows them alike; the first step of
each turn is not counted. Shown are medians over rounds, and the medians of the ratios within a round, of
seconds and of processor seconds (`cpu`, of the process that trains); 1 - bare / ours also holds what the same
operations take longer beside other things in memory. Peak memory is the process' on a CPU, and each one's own
on a GPU.
"""

import argparse
import gc
import itertools
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import torch
import windows as corpus
from pii_corpus import site_packages, texts
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from training.data.collator import Collator
from training.data.dataset import Windows
from training.data.settings import PackingSettings
from training.fim.settings import FimSettings
from training.model import lora
from training.model.load import load_model
from training.model.make import make_model
from training.model.settings import LoraSettings, ModelSettings, Shape
from training.model.shapes import shape_named
from training.tokenizer.coder import Coder
from training.tokenizer.load import load_coder
from training.tokenizer.made import make_tokenizer
from training.train import fit as fitting
from training.train import flops
from training.train.arguments import arguments
from training.train.figures import METRICS, memory_peak
from training.train.session import Session, begin
from training.train.settings import (
    CheckpointSettings,
    DeviceSettings,
    EvaluationSettings,
    LogSettings,
    OptimiserSettings,
)

HUNDRED_MILLION = Shape(layers=14, hidden=768, heads=12, kv_heads=2, feed_forward=3072, positions=16384)
"""With 16,384 entries in its vocabulary: 98 million weights."""
VOCABULARY = 16_384
TRAINED_ON = 1500
"""Texts that the tokenizer is trained from, and that windows are made of."""
COLUMNS = {
    "": 10,
    "s/step": 9,
    "tokens/s": 11,
    "MFU": 8,
    "wait": 8,
    "GiB": 8,
    "/ ours": 9,
    "cpu s": 9,
    "cpu / ours": 11,
}
"""Titles and widths of the table."""
SHARES = {"seconds": "seconds", "processor": "processor seconds"}
"""What is compared, and its name."""


class Turn(NamedTuple):
    """Some steps, one way."""

    seconds: list[float]
    """Of each step but the first."""
    processor: list[float]
    """The same, of the processor."""
    wait: float
    """Share of the time that was spent waiting for windows."""
    outside: float = 0.0
    """Share of the time that was not spent in the model; of ours on a CPU."""


class Inside:
    """A clock that runs while the model computes.

    Attributes:
        seconds: So far.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def begin(self, *_: Any) -> None:
        """From here on."""
        self._began = time.perf_counter()

    def end(self, *_: Any) -> None:
        """Until here."""
        self.seconds += time.perf_counter() - self._began

    def around(self, action: Callable[..., Any]) -> Callable[..., Any]:
        """The same action, timed."""

        def timed(*args: Any, **named: Any) -> Any:
            self.begin()
            try:
                return action(*args, **named)
            finally:
                self.end()

        return timed

    @contextmanager
    def watching(self, model: Any) -> Iterator[None]:
        """While forward and backward passes, clipping and steps of the optimiser are timed."""
        model.forward = self.around(model.forward)
        hooks = [register_optimizer_step_pre_hook(self.begin), register_optimizer_step_post_hook(self.end)]
        backward, clip = torch.Tensor.backward, torch.nn.utils.clip_grad_norm_
        with (
            mock.patch.object(torch.Tensor, "backward", self.around(backward)),
            mock.patch.object(torch.nn.utils, "clip_grad_norm_", self.around(clip)),
        ):
            yield
        for hook in hooks:
            hook.remove()


class Bench:
    """One setting, and the ways to train it."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options = options
        self.folder = folder
        self.devices = DeviceSettings(precision=options.precision)
        self.session: Session = begin(self.devices)
        self.lora = LoraSettings(enabled=options.lora)
        self.base = folder / "base"
        coder = self._coder()
        shape = shape_named(options.shape) if options.shape else HUNDRED_MILLION
        make_model(shape, max(coder.size, VOCABULARY), 1, self.base, coder.specials.end)
        self.hf = coder.hf
        packing = PackingSettings(sequence_length=options.length)
        documents = [coder.encode(text) for text in some_texts()]
        self.windows = Windows(corpus.InMemory(documents), coder, FimSettings(), packing, seed=1)
        self.collator = Collator(isolate=True, attention=options.attention)
        self.optimiser = OptimiserSettings(
            steps=options.steps + 1, batch=options.batch, micro_batch=options.micro_batch, warmup_steps=0
        )

    def _coder(self) -> Coder:
        folder = self.folder / "tokenizer"
        make_tokenizer(some_texts(), VOCABULARY, "starcoder2", folder)
        return load_coder(folder)

    def model(self) -> Any:
        """The same weights every time."""
        settings = ModelSettings(name=str(self.base), attention=self.options.attention)
        model = load_model(settings, self.lora, self.devices, base=None, positions=self.options.length)
        again = self.options.gradient_checkpointing
        return lora.attach(model, self.lora, gradient_checkpointing=again) if self.lora.enabled else model

    def arguments(self, name: str) -> Any:
        """Of a Trainer that saves nothing."""
        made = arguments(
            self.session,
            self.folder / name,
            self.optimiser,
            self.devices,
            CheckpointSettings(every=10**6),
            LogSettings(every=1),
            EvaluationSettings(),
            steps=self.options.steps + 1,
            seed=1,
            gradient_checkpointing=self.options.gradient_checkpointing,
            loader_workers=self.options.workers if name == "ours" else 0,
        )
        made.save_strategy = "no"
        return made

    def ours(self) -> Turn:
        """Ours."""
        ticks: list[float] = []
        inside, spent, model = Inside(), [], self.model()
        args = self.arguments("ours")
        shutil.rmtree(args.output_dir, ignore_errors=True)
        samples = self.windows.stretch((self.options.steps + 1) * self.options.batch)

        def tick(_: str) -> None:
            ticks.append(time.process_time())
            spent.append(inside.seconds)

        with mock.patch.object(fitting, "_save", lambda watch, _: watch.output), inside.watching(model):
            fitting.fit(
                self.session,
                model,
                args,
                samples,
                self.collator,
                hf_tokenizer=self.hf,
                resume=None,
                note={},
                manner=fitting.Manner(show=tick),
            )
        lines = (Path(args.output_dir) / METRICS).read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines][1:]
        wait = statistics.median(row["data_wait_share"] for row in rows)
        seconds = [row["step_seconds"] for row in rows]
        parts = [1 - part / whole for part, whole in zip(_differences(spent), seconds, strict=True)]
        return Turn(seconds, _differences(ticks), wait, statistics.median(parts))

    def batches(self) -> list[list[dict[str, Any]]]:
        """Micro-batches of each step, made beforehand."""
        size, batch = self.options.micro_batch, self.options.batch
        starts = range(0, (self.options.steps + 1) * batch, size)
        made = [self.collator([self.windows[n] for n in range(start, start + size)]) for start in starts]
        each = batch // size
        return [made[first : first + each] for first in range(0, len(made), each)]

    def bare(self) -> Turn:
        """The plainest loop: what a step costs at least."""
        device, model = torch.device(self.session.device_kind), self.model()
        model.to(device).train()
        if self.options.gradient_checkpointing:
            model.activation_checkpointing_enable({"use_reentrant": False})
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        optimiser = torch.optim.AdamW(trained, lr=5e-5, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
        half = self.options.precision == "bf16"
        seconds, processor = [], []
        for batches in self.batches():
            _wait(device)
            began, ticked = time.perf_counter(), time.process_time()
            targets = sum(int((batch["labels"][..., 1:] != -100).sum()) for batch in batches)
            for batch in batches:
                inputs = {key: _moved(value, device) for key, value in batch.items()}
                with torch.autocast(device.type, torch.bfloat16, enabled=half):
                    loss = model(**inputs, use_cache=False, num_items_in_batch=targets).loss
                loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            optimiser.zero_grad()
            loss.item()
            _wait(device)
            seconds.append(time.perf_counter() - began)
            processor.append(time.process_time() - ticked)
        return Turn(seconds[1:], processor[1:], 0.0)

    def trainer(self) -> Turn:
        """transformers' Trainer, on windows made beforehand."""
        from transformers import Trainer, TrainerCallback
        from transformers.trainer_callback import PrinterCallback

        times: list[float] = []
        ticks: list[float] = []
        device = torch.device(self.session.device_kind)

        class Clock(TrainerCallback):  # type: ignore[misc]  # transformers is not looked into
            def on_step_end(self, *_: Any, **__: Any) -> None:
                _wait(device)
                times.append(time.perf_counter())
                ticks.append(time.process_time())

        samples = [self.windows[n] for n in range((self.options.steps + 1) * self.options.batch)]
        trainer = Trainer(
            model=self.model(),
            args=self.arguments("trainer"),
            train_dataset=samples,
            data_collator=self.collator,
            callbacks=[Clock()],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        return Turn(_differences(times), _differences(ticks), 0.0)


def some_texts() -> Iterator[str]:
    """Code of the running environment."""
    found = (text for name, text in texts([site_packages()]) if name.endswith(".py"))
    return itertools.islice(found, TRAINED_ON)


def _differences(moments: list[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(moments)]


def _moved(value: Any, device: torch.device) -> Any:
    return value.to(device) if torch.is_tensor(value) else value


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def turn(bench: Bench, way: Callable[[], Turn]) -> dict[str, float]:
    """One turn: the median step, the share of waiting, the peak of memory."""
    gc.collect()
    if bench.session.device_kind == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    made = way()
    return {
        "seconds": statistics.median(made.seconds),
        "processor": statistics.median(made.processor),
        "wait": made.wait,
        "outside": made.outside,
        "memory": memory_peak(bench.session),
    }


def ratio(turns: dict[str, list[dict[str, float]]], way: str, what: str) -> float:
    """Median of the ratios to ours within a round."""
    return statistics.median(
        one[what] / ours[what] for one, ours in zip(turns[way], turns["ours"], strict=True)
    )


def report(bench: Bench, turns: dict[str, list[dict[str, float]]]) -> None:
    """Print medians, and ratios within rounds."""
    options = bench.options
    tokens = options.batch * options.length
    model = bench.model()
    trained, total = lora.counts(model)
    each = flops.flops_per_token(model.config, options.length, frozen=options.lora)
    name = torch.cuda.get_device_name() if bench.session.device_kind == "cuda" else "cpu"
    peak = flops.peak(name, options.precision)
    lines = [
        f"{name}, {options.precision}, {total:,} parameters ({trained:,} trained)",
        f"{options.batch} windows of {options.length:,} tokens, {options.rounds} x {options.steps} steps",
        "".join(f"{title:>{width}}" for title, width in COLUMNS.items()),
    ]
    for way, rounds in turns.items():
        seconds = statistics.median(one["seconds"] for one in rounds)
        processor = statistics.median(one["processor"] for one in rounds)
        mfu = f"{tokens / seconds * each / peak:.3f}" if peak and each else "-"
        wait = statistics.median(one["wait"] for one in rounds)
        memory = max(one["memory"] for one in rounds)
        lines.append(
            f"{way:>10}{seconds:9.3f}{tokens / seconds:11,.0f}{mfu:>8}{wait:8.2%}{memory:8.2f}"
            f"{ratio(turns, way, 'seconds'):9.3f}{processor:9.3f}{ratio(turns, way, 'processor'):11.3f}"
        )
    if bench.session.device_kind == "cpu":
        outside = statistics.median(one["outside"] for one in turns["ours"])
        lines.append(f"outside the model, within our steps: {outside:.2%} of the time")
    if "bare" in turns:
        shares = [f"{1 - ratio(turns, 'bare', what):.2%} of our {name}" for what, name in SHARES.items()]
        lines.append(f"more than bare: {', '.join(shares)}")
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    """Parse, train in turns, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shape", help="a published shape; without it 100 million weights")
    parser.add_argument("--length", type=int, default=512, help="tokens of a window")
    parser.add_argument("--batch", type=int, default=2, help="windows of a step")
    parser.add_argument("--micro-batch", type=int, default=1, help="windows at once")
    parser.add_argument("--steps", type=int, default=4, help="steps of a turn that count")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1, help="processes that make our windows")
    parser.add_argument("--lora", action="store_true", help="train adapters")
    parser.add_argument("--gradient-checkpointing", action="store_true")
    parser.add_argument("--attention", choices=("sdpa", "flash_attention_2", "eager"), default="sdpa")
    parser.add_argument("--precision", choices=("bf16", "fp32"), help="bf16 on a GPU, else fp32")
    parser.add_argument(
        "--ways", nargs="+", choices=("ours", "bare", "trainer"), default=["ours", "bare", "trainer"]
    )
    options = parser.parse_args()
    options.precision = options.precision or ("bf16" if torch.cuda.is_available() else "fp32")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, Path(folder))
        ways: dict[str, list[dict[str, float]]] = {way: [] for way in options.ways}
        for _ in range(options.rounds):
            for way, done in ways.items():
                done.append(turn(bench, getattr(bench, way)))
        report(bench, ways)


if __name__ == "__main__":
    main()

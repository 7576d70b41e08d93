r"""What `training plan` predicts for a step's memory, beside what the step really takes.

    python tests/benchmarks/plan_accuracy.py                       # all that this machine can do
    python tests/benchmarks/plan_accuracy.py --list
    python tests/benchmarks/plan_accuracy.py two-fp32 zero3 --json

Each case is a model with random weights that does two steps in a process of its own; the second is measured,
with the optimiser's states in place. On a GPU it is torch.cuda.max_memory_allocated. On a CPU it is exact
too, and the same in every run: torch's profiler reports each allocation and release of its allocator, and
what is alive is looked at where an operation of torch ends, so that scratch memory of CPU kernels does not
count. Under DeepSpeed, on two processes, what stays between steps is every tensor that Python's garbage
collector knows, and the profiler's part is what comes on top.

    measured   bytes of weights, optimiser, gradients and activations that are alive at once, in MB of 10^6
    predicted  what the plan says of the same
    of step    the same without what stays between steps: the part that is rehearsed

`bf16` cases hold all weights in bf16 as under DeepSpeed, but without it, to look at the passes alone.
"""

import argparse
import gc
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__)
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT))

TWO = {"family": "starcoder2", "layers": 6, "hidden": 512, "heads": 8, "kv_heads": 2, "feed_forward": 2048}
ONE = {**TWO, "family": "starcoder", "kv_heads": 1}
SMALL = {"layers": 3, "hidden": 256, "heads": 4, "feed_forward": 1024}
LARGE = {"layers": 12, "hidden": 768, "heads": 12, "kv_heads": 2, "feed_forward": 3072}
RANK = 16
ZERO_PROCESSES = 2


@dataclass(frozen=True)
class Case:
    """A model and how a step is done with it."""

    shape: dict[str, Any] | str
    """Sizes, or the name of published ones."""
    length: int = 512
    """Tokens of a window."""
    vocabulary: int = 8192
    batch: int = 1
    """Windows at once."""
    precision: Literal["fp32", "bf16", "autocast"] = "bf16"
    """bf16: all weights are. autocast: weights that are trained are fp32."""
    lora: bool = False
    """Whether adapters are trained, of rank 16 on all linear layers of the blocks."""
    checkpointing: bool = True
    """Whether blocks are computed again on the way back."""
    attention: Literal["sdpa", "eager"] = "sdpa"
    isolate: bool = True
    """Whether each window holds two documents that are kept apart."""
    micro_batches: int = 1
    zero: str = ""
    """Name of a file in configs/deepspeed, if DeepSpeed trains."""


TINY = {
    "tiny-one-fp32": Case({**ONE, **SMALL}, 256, 2048, precision="fp32", checkpointing=False),
    "tiny-one-lora": Case({**ONE, **SMALL}, 256, 2048, lora=True),
    "tiny-two-bf16": Case({**TWO, **SMALL}, 256, 2048, checkpointing=False, isolate=False),
    "tiny-two-autocast": Case({**TWO, **SMALL}, 256, 2048, precision="autocast"),
    "tiny-two-adapters": Case(
        {**TWO, **SMALL}, 256, 2048, lora=True, precision="autocast", checkpointing=False, micro_batches=2
    ),
    "tiny-zero2": Case({**TWO, **SMALL}, 256, 2048, zero="zero2", micro_batches=2),
    "tiny-zero3-lora": Case({**ONE, **SMALL}, 256, 2048, zero="zero3", lora=True),
}
"""Of 3 million parameters, for the tests."""
CPU = {
    "two-fp32": Case(TWO, precision="fp32"),
    "two-bf16": Case(TWO),
    "two-bf16-kept": Case(TWO, checkpointing=False),
    "two-autocast": Case(TWO, precision="autocast"),
    "two-lora": Case(TWO, lora=True),
    "two-lora-autocast": Case(TWO, lora=True, precision="autocast", checkpointing=False),
    "two-long": Case(TWO, length=2048, lora=True),
    "two-whole-window": Case(TWO, isolate=False, checkpointing=False, micro_batches=2),
    "two-untied": Case({**TWO, "tied": False}, batch=2),
    "two-eager": Case(TWO, length=256, attention="eager", checkpointing=False),
    "one-fp32-kept": Case(ONE, precision="fp32", checkpointing=False),
    "one-bf16": Case(ONE, micro_batches=2, batch=2),
    "one-lora": Case(ONE, lora=True, checkpointing=False),
    "one-lora-autocast": Case(ONE, lora=True, precision="autocast"),
    "one-dropout": Case({**ONE, "dropout": 0.1}, length=256, checkpointing=False),
    "one-long": Case(ONE, length=2048),
    "two-100m": Case({**TWO, **LARGE}, length=1024),
    "one-100m": Case({**ONE, **LARGE, "kv_heads": 1}, length=1024, precision="autocast"),
    "zero2": Case(TWO, zero="zero2", micro_batches=2),
    "zero3": Case(TWO, zero="zero3", micro_batches=2),
    "zero2-lora": Case(TWO, zero="zero2", lora=True),
    "zero3-lora": Case(ONE, zero="zero3", lora=True),
}
"""Of 18 to 110 million parameters."""
THREE = Case("starcoder2-3b", vocabulary=49152)
GPU = {
    "3b-lora-8k": replace(THREE, length=8192, lora=True),
    "3b-lora-8k-autocast": replace(THREE, length=8192, lora=True, precision="autocast"),
    "3b-lora-4k-kept": replace(THREE, length=4096, lora=True, checkpointing=False, isolate=False),
    "3b-full-4k": replace(THREE, length=4096, micro_batches=2),
    "3b-full-8k": replace(THREE, length=8192),
    "3b-full-4k-autocast": replace(THREE, length=4096, precision="autocast"),
    "1b-starcoder-8k": replace(THREE, shape="starcoderbase-1b", length=8192),
}
"""Of the published shapes; they fit into 80 GB."""


def main() -> None:
    """Measure, predict, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", help="names of cases; all that this machine can do by default")
    parser.add_argument("--list", action="store_true", help="list the cases and stop")
    parser.add_argument("--json", action="store_true", help="print JSON, in bytes")
    parser.add_argument("--measure", metavar="CASES", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        cases = [Case(**case) for case in json.loads(asked.measure)]
        found = [_under_deepspeed(case) if case.zero else _alone(case) for case in cases]
        if all(found):
            _say(json.dumps(found))
    elif asked.list:
        for name, case in {**TINY, **CPU, **GPU}.items():
            _say(f"{name:22} {'GPU' if name in GPU else 'CPU'}  {case}")
    else:
        _compare(asked.cases or list({**CPU, **(GPU if _has_gpu() else {})}), as_json=asked.json)


def _compare(names: Sequence[str], *, as_json: bool) -> None:
    cases = {**TINY, **CPU, **GPU}
    if as_json:
        alone = [name for name in names if not cases[name].zero]
        found = dict(zip(alone, _measured([cases[name] for name in alone]), strict=True))
        found |= {name: _measured([cases[name]])[0] for name in names if cases[name].zero}
        _say(json.dumps({name: {**found[name], **predicted(cases[name])} for name in names}))
        return
    _say(f"{'case':22} {'measured':>10} {'predicted':>10} {'off by':>8} {'of step':>8}")
    for name in names:
        row = {**_measured([cases[name]])[0], **predicted(cases[name])}
        measured, guessed, held = row["measured"], row["predicted"], row["held"]
        _say(
            f"{name:22} {measured / 1e6:>10.1f} {guessed / 1e6:>10.1f} {guessed / measured - 1:>+8.1%} "
            f"{(guessed - held) / (measured - held) - 1:>+8.1%}"
        )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _measured(cases: Sequence[Case]) -> list[dict[str, int]]:
    """Measure in a process of its own, or one case in two under DeepSpeed."""
    if not cases:
        return []
    command = [sys.executable, str(HERE), "--measure", json.dumps([asdict(case) for case in cases])]
    if cases[0].zero:
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ZERO_PROCESSES}"]
        command[1:1] = launcher
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TORCH_CPP_LOG_LEVEL": "ERROR"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-4000:])
    lines = [line for line in done.stdout.splitlines() if line.startswith("[{")]
    found: list[dict[str, int]] = json.loads(lines[-1])
    return found


def predicted(case: Case) -> dict[str, int]:
    """What the plan says of a case."""
    from training.model.families import targets_of
    from training.model.settings import Shape
    from training.model.shapes import config_of, shape_named
    from training.plan.memory import Setup, predict, step_of
    from training.plan.rehearsal import rehearse
    from training.plan.sizes import sizes_of
    from training.plan.zero import zero_of

    shape = shape_named(case.shape) if isinstance(case.shape, str) else Shape(**case.shape)
    sizes = sizes_of(config_of(shape, case.vocabulary))
    zero = zero_of(ROOT / f"configs/deepspeed/{case.zero}.json", sizes.hidden) if case.zero else None
    setup = Setup(
        sizes=sizes,
        length=case.length,
        method="lora" if case.lora else "full",
        precision="fp32" if case.precision == "fp32" else "bf16",
        zero=zero,
        devices=ZERO_PROCESSES if case.zero else 1,
        micro_batch=case.batch,
        accumulation=case.micro_batches,
        checkpointing=case.checkpointing,
        attention=case.attention,
        isolate=case.isolate,
        rank=RANK,
        targets=targets_of(sizes.family),
        cuda=_has_gpu(),
    )
    if case.precision != "bf16" or zero is not None:
        return {"predicted": predict(setup).peak}
    step = replace(step_of(setup), weights=2, autocast=0, adapters=2 if case.lora else 0)
    trained = 2 * setup.trained
    held = 2 * trained + setup.frozen + trained + sizes.buffers
    seen = rehearse(sizes, step, there=case.micro_batches > 1)
    return {"predicted": held + max(seen.peak, trained)}


def _alone(case: Case) -> dict[str, int]:
    """Measure a step without DeepSpeed."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = _for_training(case, _model(case, device))
    optimiser = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], fused=True)
    kind = torch.bfloat16 if case.precision == "autocast" else None

    def step() -> None:
        for _ in range(case.micro_batches):
            with torch.autocast(device, dtype=kind) if kind else nullcontext():
                loss = model(**_batch(case, device), use_cache=False).loss
            loss.backward()
            del loss
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    step()
    if device == "cuda":
        return _on_gpu(step)
    states = [one for state in optimiser.state.values() for one in state.values()]
    there = [*model.parameters(), *model.buffers(), *states]
    held = sum(one.numel() * one.element_size() for one in there)
    return {"measured": held + _on_cpu(step), "held": held}


def _model(case: Case, device: str) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    from training.model.settings import Shape
    from training.model.shapes import config_of, shape_named

    shape = shape_named(case.shape) if isinstance(case.shape, str) else Shape(**case.shape)
    half = case.precision == "bf16" or (case.precision == "autocast" and case.lora)
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(
            config_of(shape, case.vocabulary),
            attn_implementation=case.attention,
            dtype=torch.bfloat16 if half else torch.float32,
        )
    model.config.use_cache = False
    return model


def _for_training(case: Case, model: Any) -> Any:
    """With adapters and gradient checkpointing, if the case has them."""
    from training.model.lora import attach
    from training.model.settings import LoraSettings

    if case.lora:
        lora = LoraSettings(enabled=True, rank=RANK)
        model = attach(model, lora, gradient_checkpointing=case.checkpointing)
        if case.precision == "bf16":
            model = model.bfloat16()
    if case.checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return model.train()


def _batch(case: Case, device: str) -> dict[str, Any]:
    import torch

    ids = torch.randint(0, case.vocabulary, (case.batch, case.length), device=device)
    places = torch.arange(case.length, device=device).repeat(case.batch, 1)
    if case.isolate:
        places %= case.length // 2
    return {"input_ids": ids, "position_ids": places, "labels": ids.clone()}


def _on_gpu(step: Callable[[], None]) -> dict[str, int]:
    import torch

    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    held = torch.cuda.memory_allocated()
    step()
    torch.cuda.synchronize()
    return {"measured": torch.cuda.max_memory_allocated(), "held": held}


def _on_cpu(step: Callable[[], None]) -> int:
    """Bytes that a step takes at most beside what is there before it."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True, acc_events=True) as seen:
        step()
    events = seen.profiler.kineto_results.events()
    changes = [(one.start_ns(), one.nbytes()) for one in events if one.name() == "[memory]"]
    ends = [one.start_ns() + one.duration_ns() + 1 for one in events if _is_operation(one.name())]
    now = peak = 0
    for _, change in sorted([*changes, *((end, 0) for end in ends)], key=lambda one: one[0]):
        now += change
        peak = peak if change else max(peak, now)
    return peak


def _is_operation(name: str) -> bool:
    """Whether something is an operation, and not the memory that one of them takes."""
    return name.startswith("aten::") and not name.startswith(("aten::empty", "aten::resize"))


def _under_deepspeed(case: Case) -> dict[str, int]:
    """Measure a step of one of several processes under DeepSpeed."""
    os.environ["DS_ACCELERATOR"] = "cpu"
    import deepspeed
    import torch

    importlib.import_module(
        "torch._dynamo"
    )  # not possible under zero.Init, which replaces functions of torch
    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
    deepspeed.init_distributed(dist_backend="gloo", verbose=False)
    values = _settings(case)
    split = values["zero_optimization"]["stage"] == 3
    with deepspeed.zero.Init(config_dict_or_path=values) if split else nullcontext():
        model = _model(case, "cpu")
    model = _for_training(case, model)
    trained = [one for one in model.parameters() if one.requires_grad]
    engine = deepspeed.initialize(
        model=model, optimizer=torch.optim.AdamW(trained, fused=True), config=values
    )[0]
    del model, trained

    def step() -> None:
        for _ in range(case.micro_batches):
            loss = engine(**_batch(case, "cpu"), use_cache=False).loss
            engine.backward(loss)
            del loss
            engine.step()

    step()
    held = _tensors()
    peak = held + _on_cpu(step)
    return {"measured": peak, "held": held} if engine.global_rank == 0 else {}


def _settings(case: Case) -> dict[str, Any]:
    """DeepSpeed's configuration with what transformers puts for "auto"."""
    assert isinstance(case.shape, dict), "DeepSpeed is measured on small models"
    values: dict[str, Any] = json.loads((ROOT / f"configs/deepspeed/{case.zero}.json").read_text())
    square = case.shape["hidden"] ** 2
    auto = {
        "reduce_bucket_size": square,
        "stage3_prefetch_bucket_size": int(0.9 * square),
        "stage3_param_persistence_threshold": 10 * case.shape["hidden"],
    }
    zero = values["zero_optimization"]
    zero.update({name: value for name, value in auto.items() if zero.get(name) == "auto"})
    del values["fp16"]
    return {
        **values,
        "bf16": {"enabled": True},
        "gradient_clipping": 1.0,
        "gradient_accumulation_steps": case.micro_batches,
        "train_micro_batch_size_per_gpu": case.batch,
        "train_batch_size": ZERO_PROCESSES * case.batch * case.micro_batches,
    }


def _tensors() -> int:
    """Bytes of all tensors that there are."""
    import torch

    gc.collect()
    found: dict[int, int] = {}
    for one in gc.get_objects():
        if isinstance(one, torch.Tensor) and one.device.type == "cpu":
            storage = one.untyped_storage()
            found[storage.data_ptr()] = storage.nbytes()
    return sum(found.values())


def _has_gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())


if __name__ == "__main__":
    main()

"""How much memory and time merging an adapter takes, against peft's merge_and_unload on the same files.

python tests/benchmarks/merge_memory.py --layers 8 --hidden 1024 --rounds 3

Both write safetensors in bf16 from a base in bf16, summed in fp32, in processes of their own, in turn.
Printed are the medians of seconds, of the most anonymous memory (RssAnon, sampled; pages of mapped files are
given back when memory is short and do not count) above that of a process that has imported the same modules,
and of the ratios of each round.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from training.model.settings import Shape

OURS = """
from training.checkpoints import weights
from training.checkpoints.merge import merge
import torch, safetensors.torch
from transformers import Starcoder2ForCausalLM
ready()
weights.write_weights.__kwdefaults__["shard_bytes"] = SHARD
merge(ADAPTER, OUT, dtype="bf16")
"""
PEFTS = """
import torch, safetensors.torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, Starcoder2ForCausalLM
ready()
model = AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32)
model = PeftModel.from_pretrained(model, str(ADAPTER)).merge_and_unload(safe_merge=True)
model.to(torch.bfloat16).save_pretrained(OUT, max_shard_size=SHARD)
"""
COMMON = """
import sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
BASE, ADAPTER, OUT, SHARD = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
def ready():
    print("ready", flush=True)
    sys.stdin.readline()
"""


def prepare(folder: Path, layers: int, hidden: int) -> None:
    """Write a base in bf16 and an adapter on all its linear layers."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from training.model.families import targets_of
    from training.model.shapes import config_of

    heads = hidden // 64
    shape = Shape(layers=layers, hidden=hidden, heads=heads, kv_heads=2, feed_forward=4 * hidden)
    model = AutoModelForCausalLM.from_config(config_of(shape, 49152), dtype=torch.bfloat16)
    model.save_pretrained(folder / "base")
    model.name_or_path = str(folder / "base")
    targets = list(targets_of("starcoder2"))
    lora = LoraConfig(r=16, lora_alpha=32, target_modules=targets, init_lora_weights=False)
    get_peft_model(model, lora).save_pretrained(folder / "adapter")


def anonymous(pid: int) -> int:
    """Anonymous memory of a process in bytes."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon")), 0)


def measure(code: str, folder: Path, shard: int) -> tuple[float, float]:
    """Seconds, and the most memory above that at the start, in MB."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    words = [str(folder / "base"), str(folder / "adapter"), str(out), str(shard)]
    process = subprocess.Popen(
        [sys.executable, "-c", COMMON + code, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    while process.stdout.readline().strip() != "ready":
        pass
    before, peak = anonymous(process.pid), 0

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            peak = max(peak, anonymous(process.pid))
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    began = time.perf_counter()
    watcher.start()
    process.stdin.write("\n")
    process.stdin.close()
    process.wait()
    seconds = time.perf_counter() - began
    watcher.join()
    assert process.returncode == 0, f"exit code {process.returncode}"
    return seconds, (peak - before) / 1e6


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure both, in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--hidden", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shard-mb", type=int, default=50, help="largest file of weights, in MB")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, given.layers, given.hidden)
        size = sum(path.stat().st_size for path in (folder / "base").glob("*.safetensors")) / 1e6
        both = {"ours": OURS, "peft": PEFTS}
        found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in both}
        for _ in range(given.rounds):
            for kind, code in both.items():
                found[kind].append(measure(code, folder, given.shard_mb * 10**6))
    say(f"base of {size:.0f} MB in bf16, shards of {given.shard_mb} MB, {given.rounds} rounds")
    for kind, values in found.items():
        seconds, memory = (statistics.median(column) for column in zip(*values, strict=True))
        say(f"{kind}: {seconds:.2f} s, {memory:.0f} MB above the start")
    pairs = list(zip(found["ours"], found["peft"], strict=True))
    for number, what in enumerate(("seconds", "memory")):
        ratio = statistics.median(ours[number] / peft[number] for ours, peft in pairs)
        say(f"ours / peft, {what}: {ratio:.2f}")


if __name__ == "__main__":
    main()

"""The command `training generate`: one prompt, one gap, or a file of them."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from curation.errors import BadConfigError, BadInputError
from curation.settings_file import check_settings
from training.generate.load import Dtype, Quantize, locate
from training.generate.prompts import FILL, Where, split_at_mark
from training.generate.settings import Order, Sampling
from training.options import AsJson

Model = Annotated[
    str, typer.Argument(help="Hub id, or folder of a model, adapter or training run.", show_default=False)
]
Adapter = Annotated[str | None, typer.Option(help="Adapter of peft to put on the model.")]
Revision = Annotated[str | None, typer.Option(help="Branch, tag or commit on the hub.")]
Precision = Annotated[Dtype, typer.Option(help="Precision of the weights.")]
Bits = Annotated[Quantize, typer.Option(help="Hold the large weights in fewer bits.")]
Device = Annotated[str, typer.Option(help="auto, or one device, such as cpu or cuda:1.")]
ToContinue = Annotated[Path | None, typer.Option(help=f"File to continue, or with {FILL} to fill.")]
Stops = Annotated[list[str] | None, typer.Option(help=r"Text that ends it, \n for a new line; repeatable.")]


def generate(
    model: Model,
    prompt: Annotated[str | None, typer.Option(help=f"Text to continue, or with {FILL} to fill.")] = None,
    file: ToContinue = None,
    prefix_file: Annotated[Path | None, typer.Option(help="Text before the gap.")] = None,
    suffix_file: Annotated[Path | None, typer.Option(help="Text after the gap.")] = None,
    batch: Annotated[Path | None, typer.Option(help="JSONL: `prompt`, or `prefix` and `suffix`.")] = None,
    out: Annotated[Path | None, typer.Option(help="JSONL that --batch writes, or continues.")] = None,
    path: Annotated[
        str | None, typer.Option(help="Path of the file, told to the model with --repository.")
    ] = None,
    repository: Annotated[str | None, typer.Option(help="owner/name, told to the model.")] = None,
    context: Annotated[list[Path] | None, typer.Option(help="Other file it sees; repeatable.")] = None,
    order: Annotated[Order, typer.Option(help="Of a gap: prefix first, or suffix first.")] = "psm",
    max_new_tokens: Annotated[int, typer.Option(help="Tokens generated at most.")] = 256,
    temperature: Annotated[float, typer.Option(help="0 for the likeliest token always.")] = 0.0,
    top_p: Annotated[float, typer.Option(help="Share of the probability drawn from.")] = 1.0,
    samples: Annotated[int, typer.Option(help="Completions of each prompt.")] = 1,
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 0,
    stop: Stops = None,
    batch_size: Annotated[int, typer.Option(help="Completions made at the same time.")] = 8,
    adapter: Adapter = None,
    revision: Revision = None,
    dtype: Precision = "auto",
    quantize: Bits = "none",
    device_map: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Continue a text, or fill the gap in one."""
    from training.generate.ask import Way, ask_all, ask_once, load

    values: dict[str, Any] = {
        "max_new_tokens": max_new_tokens,
        "temperature": temperature,
        "top_p": top_p,
        "seed": seed,
    }
    values |= {"samples": samples, "batch": batch_size, "stops": tuple(map(newlines, stop or ()))}
    where = Where(repository, path, tuple((str(one), _text(one)) for one in context or ()))
    way = Way(check_settings(Sampling, values, "generate"), order, where)
    asked = _asked(prompt, file, prefix_file, suffix_file, batch, out)
    console = Console(stderr=True)
    loaded = load(
        model, adapter=adapter, revision=revision, dtype=dtype, quantize=quantize, device_map=device_map
    )
    console.print(loaded.told, highlight=False, soft_wrap=True)
    if asked is not None:
        ask_once(loaded, way, *asked, console, as_json=as_json)
        return
    assert batch is not None
    assert out is not None
    about = {"model": locate(model, adapter=adapter)._asdict(), "revision": revision, "dtype": dtype}
    ask_all(loaded, way, batch, out, about | {"quantize": quantize}, console)


def newlines(text: str) -> str:
    """A text with its written escapes of new line and tab as these themselves."""
    return text.replace(r"\n", "\n").replace(r"\t", "\t")


def _asked(
    prompt: str | None, file: Path | None, prefix: Path | None, suffix: Path | None, *batch: Path | None
) -> tuple[str, str | None] | None:
    """Prefix and suffix of the one prompt, or None for a file of them.

    Raises:
        BadConfigError: If not exactly one thing is asked for.
    """
    pair, batches = (prefix, suffix), batch
    given = [prompt is not None, file is not None, any(pair), batches[0] is not None]
    if sum(given) != 1:
        raise BadConfigError(
            f"expected one of --prompt, --file, --prefix-file with --suffix-file, --batch; saw {sum(given)}"
        )
    for both, names in ((pair, "--prefix-file and --suffix-file"), (batches, "--batch and --out")):
        if any(both) and not all(both):
            raise BadConfigError(f"{names} belong together, saw one of them")
    if batches[0] is not None:
        return None
    if prefix is not None and suffix is not None:
        return _text(prefix), _text(suffix)
    text, name = (_text(file), str(file)) if file is not None else (prompt or "", "--prompt")
    return split_at_mark(text, name) if FILL in text else (text, None)


def _text(path: Path) -> str:
    """A file's text, line ends as they are.

    Raises:
        BadInputError: If it cannot be read.
    """
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path}: expected a readable file in UTF-8, saw: {error}") from error

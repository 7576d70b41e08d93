"""How often each document is taken: caps, weights and epochs by folder of data/, and what comes of them.

    plan_mix({"java": Size(10, 400 * GB)}, MixSettings(profile="sc2"))  ->  one row: epochs 0.5, 200 GB
    copies("000003-00000017", 2.5, seed=0)                              ->  2 or 3, with even chances

A folder is a language (`python`) or a kind of document (`issues`). Its rule says how many times it is
taken (`epochs`, times `weight`) and how much that may be (`cap`); from sizes follows the number of epochs,
and from that, by a draw of its own, how often each document is taken. Raising the number never takes a
document out, and neither order nor workers nor other folders matter. It reads and writes no document.
"""

import difflib
import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from curation.draw import uniform
from curation.errors import BadConfigError
from curation.language import facts, partition
from curation.language.facts import data
from curation.ledger import KINDS

PROFILES = "mix_profiles.toml"
EVERYTHING = "*"
"""The name of the rule for all folders that have none of their own."""
REPOSITORIES = "repositories"
"""The name of the rule for whole repositories, where code is rendered so."""
UNITS: Mapping[str, tuple[str, float]] = {
    **{prefix + "b": ("bytes", 1000.0**n) for n, prefix in enumerate(("", "k", "m", "g", "t", "p"))},
    **{prefix + "ib": ("bytes", 1024.0**n) for n, prefix in enumerate(("k", "m", "g", "t", "p"), 1)},
    **{prefix + "tokens": ("tokens", 1000.0**n) for n, prefix in enumerate(("", "k", "m", "g", "t"))},
    "btokens": ("tokens", 1e9),
    "epochs": ("epochs", 1.0),
    "epoch": ("epochs", 1.0),
}
"""Lower-cased unit of a cap -> what it measures, and how many of that."""
_CAP = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?) ?([A-Za-z]+)")


class Size(NamedTuple):
    """What a folder of data/ holds."""

    files: int
    bytes: int
    """UTF-8 bytes of content."""


class Cap(NamedTuple):
    """At most so much."""

    amount: float
    unit: str
    """bytes, tokens or epochs."""

    def epochs(self, size: int, token_bytes: float) -> float:
        """How often `size` bytes may be taken."""
        if self.unit == "epochs":
            return self.amount
        allowed = self.amount * (token_bytes if self.unit == "tokens" else 1.0)
        return allowed / size if size else math.inf


def parse_cap(text: str) -> Cap | None:
    """A cap such as "200 GB", "512MiB", "5 Mtokens" or "2 epochs"; None for "none".

    Raises:
        BadConfigError: If it is not one.
    """
    if text.strip().lower() == "none":
        return None
    found = _CAP.fullmatch(text.strip())
    if not found or found[2].lower() not in UNITS:
        raise BadConfigError(
            "cap: expected a number and a unit, such as 200 GB, 512 MiB, 5 Mtokens or 2 epochs, or none;"
            f" saw {text!r}"
        )
    unit, scale = UNITS[found[2].lower()]
    return Cap(float(found[1]) * scale, unit)


class MixRule(BaseModel):
    """How often the documents of one folder are taken. What is not given is as in the rule for `*`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """How often each document is taken: 0 not at all, 0.5 half of them, 2.5 twice, and half of them three
    times; 1 if nothing is said."""
    weight: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """A factor on `epochs`, for the same choice in other words; 1 if nothing is said."""
    cap: str | None = None
    """What the folder may come to: a number with B, kB, MB, GB, TB (powers of 1000), KiB ... (of 1024),
    tokens, ktokens, Mtokens, Gtokens or epochs, such as 200 GB; a number alone is of epochs; none for no
    limit."""

    @field_validator("cap", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        """A number alone is of epochs."""
        return f"{value} epochs" if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("cap")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None:
            parse_cap(value)
        return value


class MixSettings(BaseModel):
    """How often the documents of each folder of data/ are taken: a profile, and what differs from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: str = "none"
    """Named rules that the others start from: none, sc1 (commits at half), sc2 (caps of StarCoder2)."""
    rules: dict[str, MixRule] = Field(default_factory=dict)
    """Folder of data/ (a language such as python, or a kind such as issues; * for all others; repositories
    for whole ones) -> its rule."""
    seed: int = 0
    """Of the draws that choose documents where a number of epochs is not whole, any integer."""
    max_epochs: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    """Epochs times weight that a rule may ask for, at most; 5 is StarCoder2's limit (section 4)."""
    token_bytes: float = Field(default=3.5, gt=0, allow_inf_nan=False)
    """UTF-8 bytes that a token stands for, to estimate tokens: 882 GB of starcoderdata are about 250 G tokens
    (its card); StarCoder2's Table 1 and 4, 1,923 GB and 775 G tokens, give 2.5."""

    @model_validator(mode="after")
    def _known(self) -> "MixSettings":
        """Check names and epochs.

        Raises:
            BadConfigError: If a name is not known, or a rule asks for more epochs than allowed.
        """
        _profile(self.profile)
        for name in self.rules:
            if name not in _folders():
                near = difflib.get_close_matches(name, _folders(), n=1, cutoff=0.4)
                hint = f"did you mean {near[0]!r}?" if near else "expected a folder of data/, or *."
                raise BadConfigError(f"rules: there is no folder {name!r}; {hint}")
        for name in (*self.rules, *_profile(self.profile), EVERYTHING):
            wanted = self.wanted(name)
            if wanted > self.max_epochs:
                raise BadConfigError(
                    f"rules: {name} asks for {wanted:g} epochs, and max_epochs is {self.max_epochs:g}; ask"
                    " for fewer, or raise max_epochs: what is repeated often is learnt by heart"
                )
        return self

    def rule(self, name: str) -> MixRule:
        """The rule of a folder. Each field is its own rule's, the profile's, or that of a rule for `*`."""
        profile = _profile(self.profile)
        values: dict[str, Any] = {}
        for rules, key in (
            (profile, EVERYTHING),
            (self.rules, EVERYTHING),
            (profile, name),
            (self.rules, name),
        ):
            values |= rules[key].model_dump(exclude_none=True) if key in rules else {}
        return MixRule(**values)

    def wanted(self, name: str) -> float:
        """Epochs that the rule of a folder asks for, whatever its size."""
        rule = self.rule(name)
        epochs, weight = rule.epochs, rule.weight
        return (1.0 if epochs is None else epochs) * (1.0 if weight is None else weight)


class MixRow(NamedTuple):
    """One folder in the plan; what comes out is the expected value of the draws, rounded."""

    name: str
    files: int
    bytes: int
    tokens: int
    """Estimated."""
    cap: str
    """As in the rule; "" for none."""
    epochs: float
    """How often the folder is taken, caps counted."""
    document_epochs: float
    """How often its single documents are drawn: less than `epochs` where whole repositories are drawn too."""
    files_out: int
    """A document that is taken twice counts twice."""
    bytes_out: int
    tokens_out: int
    """Estimated."""
    share: float
    """Of the bytes of all folders that come out, 0 to 1."""


def plan_mix(
    sizes: Mapping[str, Size], settings: MixSettings, *, by_repository: bool = False
) -> tuple[MixRow, ...]:
    """What of each folder is taken, the largest first; a name with a rule of the user's own is always listed.

    Args:
        sizes: Folder of data/ -> what it holds.
        settings: The rules.
        by_repository: Whether code is taken as whole repositories: then a file is drawn at most once, and
            its repository as often as the rule of `repositories` says.
    """
    named = [name for name in settings.rules if name not in {EVERYTHING, REPOSITORIES}]
    known = {**dict.fromkeys(named, Size(0, 0)), **sizes}
    documents = {name: _epochs(name, size, settings) for name, size in known.items()}
    epochs = dict(documents)
    if by_repository:
        for name in known.keys() - set(KINDS):
            documents[name] = min(1.0, documents[name])
            epochs[name] = documents[name] * settings.wanted(REPOSITORIES)
    out = {name: round(size.bytes * epochs[name]) for name, size in known.items()}
    total = sum(out.values())
    rows = [
        MixRow(
            name=name,
            files=size.files,
            bytes=size.bytes,
            tokens=round(size.bytes / settings.token_bytes),
            cap=_shown_cap(settings.rule(name)),
            epochs=epochs[name],
            document_epochs=documents[name],
            files_out=round(size.files * epochs[name]),
            bytes_out=out[name],
            tokens_out=round(out[name] / settings.token_bytes),
            share=out[name] / total if total else 0.0,
        )
        for name, size in known.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.bytes_out, -row.bytes, row.name)))


def copies(document: str, epochs: float, seed: int) -> int:
    """How often a document is taken; over all documents, `epochs` times on average.

    Args:
        document: Its id.
        epochs: Of its folder, from `plan_mix`; at least 0.
        seed: Of the settings.
    """
    whole = math.floor(epochs)
    return whole + (uniform(seed, document, "copies") < epochs - whole)


def profiles() -> tuple[str, ...]:
    """Names of all profiles."""
    return tuple(data(PROFILES))


@cache
def _profile(name: str) -> dict[str, MixRule]:
    """The rules of a profile by folder.

    Raises:
        BadConfigError: If there is none of this name.
    """
    known = data(PROFILES)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise BadConfigError(f"profile: there is no profile {name!r}; {hint}")
    kinds = known[name].get("kinds", {})
    rules = {
        partition(language.name, labels): MixRule(**kinds[language.kind])
        for language in facts().languages.values()
        for labels in ("sc1", "all")
        if language.kind in kinds
    }
    return rules | {folder: MixRule(**rule) for folder, rule in known[name].get("rules", {}).items()}


@cache
def _folders() -> frozenset[str]:
    """Every name that a folder of data/ can have, and `*`."""
    names = {partition(name, labels) for name in facts().languages for labels in ("sc1", "all")}
    return frozenset(names | {EVERYTHING, REPOSITORIES, partition(""), *KINDS})


def _epochs(name: str, size: Size, settings: MixSettings) -> float:
    """How often a folder is taken: as wanted, or as often as its cap allows."""
    cap = parse_cap(settings.rule(name).cap or "none")
    wanted = settings.wanted(name)
    return wanted if cap is None else min(wanted, cap.epochs(size.bytes, settings.token_bytes))


def _shown_cap(rule: MixRule) -> str:
    return "" if rule.cap is None or parse_cap(rule.cap) is None else rule.cap

"""The scorecard counts what it says, on texts whose figures are known."""

import json
from typing import Any

import pytest
from pii_stand_in import Applied, Redacted, find, redact

from curation.pii.context import Context
from curation.pii.scorecard.causes import causes
from curation.pii.scorecard.families import families
from curation.pii.scorecard.judge import judge, judge_all, verdict
from curation.pii.scorecard.labelled import Case, Label
from curation.pii.scorecard.measure import GROUPS, Row, score
from curation.pii.spans import Span


def case(text: str, *values: tuple[str, str], number: int = 1, source: str = "", language: str = "") -> Case:
    """A case in which these values have these tags."""
    labels = [Label(text.index(value), text.index(value) + len(value), tag) for value, tag in values]
    return Case(number, text, tuple(sorted(labels)), source=source, language=language)


CASES = [
    case("mail ann@ex.org", ("ann@ex.org", "EMAIL"), source="a/b#mail", language="Go"),
    case("key sk-abcdef", ("sk-abcdef", "KEY"), number=2, source="a/b#sk", language="Go"),
    case("key pw-abcdef", ("pw-abcdef", "KEY"), number=3, source="a/b#pw", language="C"),
    case("key zz-abcdef", ("zz-abcdef", "KEY"), number=4, source="a/b#zz", language="C"),
    case("nothing at all", number=5, source="a/b#none"),
    case("version 1.2.3.4", number=6, source="a/b#none"),
]
"""An address found, a key found, one taken for a password, one missed, and a false alarm in two negatives."""


def row(cases: list[Case], group: str, name: str = "", by: str = "tag") -> Row:
    """The row of a group."""
    rows = score(judge_all(cases, find, redact), by).rows
    (found,) = [one for one in rows if (one.name, one.group) == (name, group)]
    return found


@pytest.mark.parametrize(
    ("group", "labelled", "found", "leaked", "findings", "right"),
    [
        ("EMAIL", 1, 1, 0, 1, 1),
        ("KEY", 3, 1, 1, 1, 1),
        ("PASSWORD", 0, 0, 0, 1, 0),
        ("KEY+PASSWORD", 3, 2, 1, 2, 2),
        ("IP_ADDRESS", 0, 0, 0, 1, 0),
    ],
)
def test_the_worked_example(
    group: str, labelled: int, found: int, leaked: int, findings: int, right: int
) -> None:
    """A key taken for a password is missed as a key, found as a secret, and does not leak."""
    one = row(CASES, group)
    assert (one.labelled, one.found, one.leaked) == (labelled, found, leaked)
    assert (one.findings, one.right) == (findings, right)
    assert one.negatives == 2


def test_false_alarms_are_texts_not_findings() -> None:
    """Two findings in one clean text are one alarm; findings beside labels are none."""
    cases = [
        case("1.2.3.4 and 1.2.3.5"),
        case("fine"),
        case("sk-abcdef 1.2.3.4", ("sk-abcdef", "KEY")),
    ]
    one = row(cases, "IP_ADDRESS")
    assert (one.alarmed, one.negatives, one.findings, one.right) == (1, 2, 3, 0)
    assert one.alarms.share == 0.5


def test_shares_have_wilson_intervals() -> None:
    """Of two of three: 20.8 % to 93.9 %; of nothing: all of 0 to 1."""
    recall = row(CASES, "KEY+PASSWORD").recall
    assert (round(recall.low, 3), round(recall.high, 3)) == (0.208, 0.939)
    assert row(CASES, "PASSWORD").recall == (0, 0, None, 0.0, 1.0)


def test_f1_is_the_harmonic_mean() -> None:
    """Unknown where precision or recall is."""
    assert row(CASES, "KEY").f1 == pytest.approx(0.5)
    assert row(CASES, "PASSWORD").f1 is None


@pytest.mark.parametrize(
    ("spans", "label", "kind"),
    [
        ([(0, 10)], (0, 10), "right"),
        ([(0, 8)], (0, 10), "right"),
        ([(0, 7)], (0, 10), "partial"),
        ([(0, 12)], (0, 10), "right"),
        ([(0, 13)], (0, 10), "wide"),
        ([(20, 25)], (0, 10), "false"),
        ([(0, 5), (5, 10)], (0, 10), "right"),
    ],
)
def test_a_finding_is_right_if_it_is_mostly_the_label(
    spans: list[tuple[int, int]], label: tuple[int, int], kind: str
) -> None:
    """80 % of the label must be covered, by one or several, and 80 % of the finding must be in it."""
    found = [Span(start, end, "KEY", "x", 1.0) for start, end in spans]
    assert {verdict(one, [Label(*label, "KEY")], found) for one in found} == {kind}


def test_a_leak_is_the_whole_value_anywhere() -> None:
    """Cut in half it does not leak; a second copy that is not redacted does."""
    one = Label(0, 8, "KEY")

    def first_half(text: str, context: Context) -> list[Span]:
        return [Span(0, 4, "KEY", "half", 1.0)]

    assert judge(Case(1, "abcdefgh", (one,)), first_half, redact).leaked == (False,)
    assert judge(Case(1, "abcdefgh abcdefgh", (one,)), first_half, redact).leaked == (True,)


@pytest.mark.parametrize(
    ("edit", "intact"),
    [
        (Redacted("a <KEY> b", (Applied(2, 5, 5),)), True),
        (Redacted("A <KEY> b", (Applied(2, 5, 5),)), False),
        (Redacted("a  <KEY> b", (Applied(2, 5, 5),)), False),
        (Redacted("a <KEY> b ", (Applied(2, 5, 5),)), False),
        (Redacted("a <KEY>b", (Applied(2, 6, 5),)), False),
        (Redacted("a xyz b", (Applied(2, 5, 3, kept=True),)), True),
        (Redacted("a zyx b", (Applied(2, 5, 3, kept=True),)), False),
        (Redacted("A xyz b", ()), False),
    ],
)
def test_text_outside_spans_must_not_change(edit: Redacted, intact: bool) -> None:
    """Neither beside an edit, nor by one that is wider than what was found, nor where a value is kept."""

    def three(text: str, context: Context) -> list[Span]:
        return [Span(2, 5, "KEY", "x", 1.0)]

    judged = judge(Case(1, "a xyz b", ()), three, lambda *_: edit)
    assert judged.intact == intact
    assert score([judged]).changed_outside == (not intact)


def test_replaced_text_outside_labels_is_counted() -> None:
    """Characters of false and too wide findings; kept values are none."""
    result = score(judge_all([case("x@y.zz pw-1 8.8.8.8", ("pw-1", "PASSWORD"))], find, redact))
    assert (result.replaced_outside, result.characters) == (6, 15)


def test_texts_that_are_set_aside_count_in_nothing_else() -> None:
    """Neither as misses nor as leaks: they would not be passed on."""
    cases = [case(f"{word} sk-abcdef", ("sk-abcdef", "KEY")) for word in ("give up", "brittle", "fine")]
    result = score(judge_all(cases, find, redact))
    assert dict(result.set_aside) == {"timeout": 1, "syntax": 1}
    assert (result.cases, result.rows[0].labelled) == (1, 1)


def test_rows_by_source_language_and_rule() -> None:
    """Further rows, most leaks first; a rule has no recall of its own."""
    assert (
        row(CASES, "KEY+PASSWORD", "a/b#zz", "source").leaked,
        row(CASES, "EMAIL", "Go", "language").found,
    ) == (1, 1)
    further = [one for one in score(judge_all(CASES, find, redact), "source").rows if one.name]
    assert further[0].name == "a/b#zz"
    assert not any(one.group in {"KEY", "PASSWORD"} for one in further)
    dotted = row(CASES, "IP_ADDRESS", "dotted", "rule")
    assert (dotted.findings, dotted.right, dotted.alarmed, dotted.negatives) == (1, 0, 1, 2)
    assert dotted.recall.share is None
    assert row(CASES, "KEY+PASSWORD", by="rule").labelled == 3


def test_every_tag_is_in_a_group() -> None:
    """Nothing that is found is left out of the rows."""
    assert {tag for tags in GROUPS.values() for tag in tags} == {
        "KEY",
        "PASSWORD",
        "EMAIL",
        "IP_ADDRESS",
        "NAME",
        "USERNAME",
    }


def test_causes_tell_why_without_values() -> None:
    """Misses first; nothing found, partly covered, found as another tag; alarms with their rules."""
    cases = [
        *CASES,
        case("key sk-ab!cdefghij", ("sk-ab!cdefghij", "KEY"), number=7, source="a/b#cut"),
        case("name who@ex.org", ("who@ex.org", "NAME"), number=8, source="a/b#name"),
        case("mail tom@ex.orgorgorgorg", ("tom@ex.org", "EMAIL"), number=9, source="a/b#mail"),
    ]
    found = causes(judge_all(cases, find, redact))
    told = {(one.what, one.family, one.why, one.rule, one.leaked) for one in found}
    assert told == {
        ("missed", "a/b#zz", "nothing found", "", 1),
        ("missed", "a/b#cut", "partly covered", "", 0),
        ("missed", "a/b#name", "found as EMAIL", "", 0),
        ("alarm", "a/b#none", "clean text", "dotted", 0),
        ("alarm", "a/b#cut", "partial", "sk", 0),
        ("alarm", "a/b#name", "beside labels", "mail", 0),
        ("alarm", "a/b#mail", "too wide", "mail", 0),
    }
    assert [one.what for one in found] == sorted((one.what for one in found), reverse=True)
    assert found[0].shapes == ["key ⟦aa-aaaaaa⟧"]
    assert found[0].lines == [4]
    shown = json.dumps([one.as_json() for one in found])
    assert not any(value in shown for value in ("abcdef", "ex.org", "1.2.3"))


def test_causes_show_other_labels_as_shapes() -> None:
    """A password that is a word of code is a value all the same."""
    text = "ann user:secret@ key zz-1"
    labels = (("secret", "PASSWORD"), ("zz-1", "KEY"))
    shapes = [one.shapes for one in causes(judge_all([case(text, *labels)], find, redact))]
    assert sorted(shapes) == [["aaa user:aaaaaa@ key ⟦aa-0⟧"], ["aaa user:⟦aaaaaa⟧"]]


def test_families_count_once_each() -> None:
    """Nine cases of one family that is found and one of a family that is missed: mean 0.5, not 0.9."""
    cases = [case("sk-abcdef", ("sk-abcdef", "KEY"), source="a/b#sk")] * 9
    cases.append(case("zz-abcdef", ("zz-abcdef", "KEY"), source="a/b#zz"))
    (found,) = [one for one in families(judge_all(cases, find, redact)) if one.group == "KEY+PASSWORD"]
    assert (found.count, found.untouched) == (2, 1)
    assert (found.recall.over_cases, found.recall.over_families) == (0.9, 0.5)
    assert (found.recall.low, found.recall.high) == (0.0, 1.0)
    assert (found.recall.best_without, found.recall.worst_without) == (1.0, 0.0)
    assert (found.leak.best_without, found.leak.worst_without) == (0.0, 1.0)
    assert [one.name for one in found.worst] == ["a/b#zz"]


def test_one_family_alone_is_told() -> None:
    """There is nothing to leave out."""
    (found, *_) = families(judge_all(CASES[:1], find, redact))
    assert (found.count, found.leak.best_without, found.leak.worst_without) == (1, 0.0, 0.0)


def test_everything_goes_to_json() -> None:
    """Numbers and names only, no value."""
    judged = list(judge_all(CASES, find, redact))
    values: Any = score(judged, "source").as_json()
    values["families"] = [one.as_json() for one in families(judged)]
    text = json.dumps(values)
    assert json.loads(text)["rows"][0]["recall"]["of"] == 3
    assert "abcdef" not in text

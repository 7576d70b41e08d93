"""Memory is counted as long as something refers to it, and gradients go back as in torch."""

import pytest

from training.plan.tape import (
    BUCKETS,
    GRADIENTS,
    WEIGHT,
    Gradients,
    Held,
    Kept,
    Parameter,
    Tape,
    Tensor,
    backward,
    leaf,
    record,
)


def doubled(tape: Tape, x: Tensor, *, keep: bool = False) -> Tensor:
    """An operation with a gradient as large as its input."""
    out = tape.tensor(x.elements, x.width, "out")
    elements, width = x.elements, x.width

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        return [tape.tensor(elements, width, "back")]

    record(tape, [x], [out], (x,) if keep else (), back)
    return out


def nowhere(_gradients: Gradients, _kept: Kept) -> Gradients:
    return []


def begun(tape: Tape, elements: int = 100) -> Tensor:
    """A tensor that needs a gradient."""
    x = tape.tensor(elements, 1, "in")
    x.node = leaf(nowhere)
    return x


def test_memory_counts_until_nothing_refers_to_it() -> None:
    """Bytes are elements times width; views share them; the most that was there at once is remembered."""
    tape = Tape()
    one = tape.tensor(10, 4, "a")
    part = one.part(5)
    two = tape.tensor(10, 2, "b")
    assert (tape.now, tape.live["a"], tape.live["b"]) == (60, 40, 20)
    del one, two
    assert (tape.now, tape.peak, tape.at_peak["b"]) == (40, 60, 20)
    del part
    assert tape.now == 0


def test_what_is_kept_lives_until_its_operation_has_run_back() -> None:
    """Without a name for it, an input lives on if the operation keeps it, and not otherwise."""
    for keep, expected in ((True, 200), (False, 100)):
        tape = Tape()
        out = doubled(tape, doubled(tape, begun(tape)), keep=keep)
        assert tape.now == expected
        backward(out, tape.tensor(100, 1, "gradient"))
        assert tape.now == 100  # out itself
        del out
        assert tape.now == 0


def test_a_weight_s_gradient_is_taken_before_older_operations_run_back() -> None:
    """So that it can be sent while the way back goes on."""
    tape, order = Tape(), []

    def note(name: str) -> Gradients:
        order.append(name)
        return []

    weight = Parameter(1, 1, trainable=True)
    weight.node = leaf(lambda _gradients, _kept: note("weight"), WEIGHT)
    begin = tape.tensor(1, 1, "in")
    begin.node = leaf(lambda _gradients, _kept: note("begin"))
    older, newer = tape.tensor(1, 1, "out"), tape.tensor(1, 1, "out")
    one = tape.tensor(1, 1, "back")
    record(tape, [begin], [older], (), lambda _gradients, _kept: [*note("older"), one])
    record(tape, [older, weight], [newer], (), lambda _gradients, _kept: [*note("newer"), one, one])
    backward(newer, tape.tensor(1, 1, "gradient"))
    assert order == ["newer", "weight", "older", "begin"]


def test_nothing_is_kept_of_what_needs_no_gradient_or_is_not_recorded() -> None:
    """Frozen parts and passes without a tape leave only their results."""
    tape = Tape()
    out = doubled(tape, tape.tensor(100, 1, "in"), keep=True)
    assert (tape.now, out.node) == (100, None)
    tape.recording = False
    assert doubled(tape, begun(tape), keep=True).node is None


def test_operations_run_back_newest_first_and_after_all_that_depend_on_them() -> None:
    """A branch that joins later waits for the other: x -> a -> b, and x -> c of both."""
    tape, order = Tape(), []

    def step(name: str, inputs: list[Tensor]) -> Tensor:
        out = tape.tensor(1, 1, "out")
        count = len(inputs)

        def back(_gradients: Gradients, _kept: Kept) -> Gradients:
            order.append(name)
            return [tape.tensor(1, 1, "back") for _ in range(count)]

        record(tape, inputs, [out], (), back)
        return out

    x = step("x", [begun(tape, 1)])
    a = step("a", [x])
    b = step("b", [a])
    c = step("c", [x, b])
    backward(c, tape.tensor(1, 1, "gradient"))
    assert order == ["c", "b", "a", "x"]


@pytest.mark.parametrize(("turned", "most"), [(False, 1 + 1 + 20), (True, 1 + 30)])
def test_gradients_that_meet_are_added_in_place(turned: bool, most: int) -> None:
    """The sum takes no more memory than one of them, but a new tensor where it is seen turned."""
    tape = Tape()
    meeting, out = tape.tensor(1, 1, "x"), tape.tensor(1, 1, "out")
    meeting.node = leaf(nowhere)

    def both(_gradients: Gradients, _kept: Kept) -> Gradients:
        found = [tape.tensor(10, 1, "back"), tape.tensor(10, 1, "back")]
        found[0].turned = turned
        return [*found]

    record(tape, [meeting, meeting], [out], (), both)
    del meeting
    backward(out, tape.tensor(1, 1, "gradient"))
    assert tape.peak == most


@pytest.mark.parametrize(
    ("kept", "there", "buckets", "before", "after"),
    [
        (True, False, 0, 0, {GRADIENTS: 100}),
        (True, True, 0, 100, {GRADIENTS: 100}),
        (False, False, 0, 0, {}),
        (False, False, 7, 0, {BUCKETS: 7}),
    ],
)
def test_gradients_of_weights_stay_only_where_they_are_kept(
    kept: bool, there: bool, buckets: int, before: int, after: dict[str, int]
) -> None:
    """One that is there already takes the others in; buckets come with the first gradient."""
    tape = Tape()
    weight = Parameter(50, 2, trainable=True)
    frozen = Parameter(50, 2, trainable=False)
    held = Held(tape, [weight, frozen], kept=kept, there=there, buckets=buckets)
    assert tape.now == before
    assert frozen.node is None
    out = tape.tensor(1, 1, "out")
    record(tape, [weight, frozen], [out], (), lambda _gradients, _kept: [tape.tensor(50, 2, GRADIENTS), None])
    backward(out, tape.tensor(1, 1, "gradient"))
    del out
    assert {kind: size for kind, size in tape.live.items() if size} == after
    del held


def test_memory_can_be_counted_as_something_else_later() -> None:
    """A kind is a name; the sum stays."""
    tape = Tape()
    one = tape.tensor(10, 1, "a")
    one.storage.relabel("b")
    assert (tape.live["a"], tape.live["b"], tape.now, one.kind) == (0, 10, 10, "b")

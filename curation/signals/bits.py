r"""Sixty-four bytes at a time: the few machine operations that the kernels of this package are made of.

    classify(b"x = 1\n" + 58 * b" ", 0)[LETTER] -> 0b000001     (bit i is byte i)

`classify` asks of 64 bytes at once whether each is a letter, a digit, a space ..., and answers with one
64-bit mask per question; LLVM turns it into a few vector instructions per question on any processor.
`popcount`, `lowest`, `highest` and `load64` are single instructions that numba has no name for.

Each is a plain Python function, which runs wherever a kernel runs uncompiled (`kernel.py_func`), and an
`overload`, which is what compiled kernels get. It decides nothing about text. A kernel's cache does not
notice a change of this file (see `curation.kernels.kernel`): delete the caches after one.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from curation.kernels import Bytes

Mask: TypeAlias = np.uint64
"""One bit per byte of a block; bit 0 is the first byte."""
Masks: TypeAlias = npt.NDArray[np.uint64]

BLOCK = 64
"""Bytes in a block."""

(LETTER, DIGIT, SPACE, LEAD, CONTINUATION, LINE_FEED, RETURN, HEX, WORD, X, BASE64, ZERO, BACKSLASH, U) = (
    range(14)
)
"""Positions in the answer of `classify`. LEAD: first byte of a character above U+007F. WORD: [A-Za-z0-9_]."""
QUESTIONS = 14

_BYTE, _LONG, _VECTOR = ir.IntType(8), ir.IntType(64), ir.VectorType(ir.IntType(8), BLOCK)


def classify(data: Bytes, offset: int) -> tuple[Mask, ...]:
    """The masks of the 64 bytes from `offset`; space is str.isspace of ASCII. Nothing checks the bounds."""
    v = data[offset : offset + BLOCK].astype(np.int64)
    low = v | 0x20
    digit = (v >= 48) & (v <= 57)
    letter = (low >= 97) & (low <= 122)
    line_feed = v == 10
    answers = (
        letter,
        digit,
        (v >= 9) & (v <= 13) | (v >= 28) & (v <= 32),
        v >= 0xC0,
        (v >= 0x80) & (v < 0xC0),
        line_feed,
        v == 13,
        digit | (low >= 97) & (low <= 102),
        letter | digit | (v == 95),
        v == 120,
        letter | digit | line_feed | (v == 43) | (v == 47) | (v == 61),
        v == 48,
        v == 92,
        v == 117,
    )
    return tuple(np.packbits(answer, bitorder="little").view(np.uint64)[0] for answer in answers)


def popcount(mask: Mask) -> int:
    """How many bits are set."""
    return int(mask).bit_count()


def lowest(mask: Mask) -> int:
    """Number of the lowest set bit; 64 if there is none."""
    return (int(mask) & -int(mask)).bit_length() - 1 if mask else BLOCK


def highest(mask: Mask) -> int:
    """Number of the highest set bit; -1 if there is none."""
    return int(mask).bit_length() - 1


def load64(data: Bytes, offset: int) -> Mask:
    """Eight bytes from `offset` as one little-endian number. Nothing checks the bounds."""
    return np.uint64(int.from_bytes(data[offset : offset + 8].tobytes(), "little"))


def _pointer(context: Any, builder: Any, array_type: Any, values: tuple[Any, Any], target: Any) -> Any:
    """Pointer to `target` at a byte offset into an array."""
    array, offset = values
    start = builder.bitcast(context.make_array(array_type)(context, builder, array).data, _BYTE.as_pointer())
    return builder.bitcast(builder.gep(start, [offset]), target.as_pointer())


def _load(builder: Any, pointer: Any) -> Any:
    """Read from an address that need not be aligned."""
    value = builder.load(pointer)
    value.align = 1
    return value


def _byte_masks(builder: Any, v: Any) -> list[Any]:
    """LLVM vectors of 64 truth values, in the order of the answer of `classify`."""

    def every(number: int) -> Any:
        return ir.Constant(_VECTOR, [number] * BLOCK)

    def equal(character: str) -> Any:
        return builder.icmp_unsigned("==", v, every(ord(character)))

    def between(vector: Any, first: int, count: int) -> Any:
        return builder.icmp_unsigned("<", builder.sub(vector, every(first)), every(count))

    def either(*masks: Any) -> Any:
        joined = masks[0]
        for mask in masks[1:]:
            joined = builder.or_(joined, mask)
        return joined

    low = builder.or_(v, every(0x20))
    letter, digit, line_feed = between(low, ord("a"), 26), between(v, ord("0"), 10), equal("\n")
    return [
        letter,
        digit,
        either(between(v, 9, 5), between(v, 28, 5)),
        builder.icmp_unsigned(">=", v, every(0xC0)),
        between(v, 0x80, 0x40),
        line_feed,
        equal("\r"),
        either(digit, between(low, ord("a"), 6)),
        either(letter, digit, equal("_")),
        equal("x"),
        either(letter, digit, line_feed, equal("+"), equal("/"), equal("=")),
        equal("0"),
        equal("\\"),
        equal("u"),
    ]


def _type_classify(_: Any, data: Any, offset: Any) -> Any:
    signature = types.UniTuple(types.uint64, QUESTIONS)(data, offset)

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector = _load(builder, _pointer(context, builder, signature.args[0], values, _VECTOR))
        masks = [builder.bitcast(mask, _LONG) for mask in _byte_masks(builder, vector)]
        return context.make_tuple(builder, signature.return_type, masks)

    return signature, build


def _type_load64(_: Any, data: Any, offset: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _load(builder, _pointer(context, builder, signature.args[0], values, _LONG))

    return types.uint64(data, offset), build


def _call(builder: Any, name: str, value: Any, *flags: Any) -> Any:
    """Call LLVM's `name` for 64-bit numbers."""
    kinds = [_LONG, *(flag.type for flag in flags)]
    function = builder.module.declare_intrinsic(name, [_LONG], ir.FunctionType(_LONG, kinds))
    return builder.call(function, [value, *flags])


_ZERO_IS_64 = ir.Constant(ir.IntType(1), 0)


def _type_popcount(_: Any, mask: Any) -> Any:
    def build(_: Any, builder: Any, __: Any, values: Any) -> Any:
        return _call(builder, "llvm.ctpop", values[0])

    return types.int64(mask), build


def _type_lowest(_: Any, mask: Any) -> Any:
    def build(_: Any, builder: Any, __: Any, values: Any) -> Any:
        return _call(builder, "llvm.cttz", values[0], _ZERO_IS_64)

    return types.int64(mask), build


def _type_highest(_: Any, mask: Any) -> Any:
    def build(_: Any, builder: Any, __: Any, values: Any) -> Any:
        return builder.sub(ir.Constant(_LONG, 63), _call(builder, "llvm.ctlz", values[0], _ZERO_IS_64))

    return types.int64(mask), build


def _compile_as(plain: Any, typed: Any) -> None:
    """Let compiled kernels that call `plain` run the instructions of `typed` instead."""
    machine = intrinsic(typed)

    def call(*values: Any) -> Any:
        return machine(*values)

    overload(plain, strict=False)(lambda *_: call)


_compile_as(classify, _type_classify)
_compile_as(load64, _type_load64)
_compile_as(popcount, _type_popcount)
_compile_as(lowest, _type_lowest)
_compile_as(highest, _type_highest)

r"""Rows of parquet files: units of row groups, read as a stream.

    units(...) -> Unit("stack_v1", "a.parquet", {"row_groups": [0, 8], "first_row": 0}, size=67108864)
    rows(unit, ...) -> Row("a.parquet", group=0, number=0, values={"content": "x = 1\n", ...})

Only the needed columns are read, page by page: memory is bounded by a few pages and a batch of about
8 MiB (or one row, if a row is larger), however large the row groups are. A damaged file stops the unit
with its path. Text that is not UTF-8 comes out as bytes. A row group cannot be split.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.errors import BadInputError
from curation.sources.base import Unit
from curation.sources.inputs import MIB, Input, describe, is_url, local_path, open_input
from curation.sources.rows import Row
from curation.sources.wanted import Wanted, require

BATCH_BYTES = 8 * MIB
BATCH_ROWS = 1024
DICTIONARY_BATCH_ROWS = 64
"""Rows per batch where the footer cannot tell their size: a dictionary stores a repeated content once."""
LOCAL_BUFFER, REMOTE_BUFFER = MIB, 8 * MIB
"""Bytes per read. Without a buffer, Arrow loads whole column chunks (see its test)."""
ELEMENTS = 16
"""Nested files that are converted to Python at once."""
ROW_WITHOUT_CONTENT = 4096
"""Bytes that a row of ids stands for: 1,922.8 GB in 528 million files (StarCoder2 paper, table 1)."""


def columns(found: Input, options: Mapping[str, Any]) -> list[str]:
    """The columns of a file, dotted for nested structs and without parquet's list levels.

    Raises:
        BadInputError: If the file is not a readable parquet file.
    """
    with _opened(found.uri, options) as file:
        return list(_types(file.schema_arrow))


def units(
    source: str, found: Input, options: Mapping[str, Any], wanted: Wanted, unit_bytes: int
) -> Iterator[Unit]:
    """Ranges of row groups that hold up to `unit_bytes` of uncompressed content, in file order.

    Raises:
        BadInputError: If the file is not a readable parquet file, lacks a column, or has contents of a type
            that holds no text.
    """
    with _opened(found.uri, options) as file:
        require(found.uri, list(_types(file.schema_arrow)), wanted.required)
        _check_types(found.uri, file.schema_arrow, wanted)
        sizes = [_group_size(file.metadata.row_group(i), wanted) for i in range(file.num_row_groups)]
        counts = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    start = first_row = 0
    while start < len(sizes) or start == 0:  # a file without rows is one unit too: it has been seen
        stop, size = start + 1, sum(sizes[start : start + 1])
        while stop < len(sizes) and size + sizes[stop] <= unit_bytes:
            size += sizes[stop]
            stop += 1
        stop = min(stop, len(sizes))
        part = {"row_groups": [start, stop], "first_row": first_row}
        yield Unit(source, found.uri, part, size, found.fingerprinted)
        first_row += sum(counts[start:stop])
        start = stop or 1


def rows(unit: Unit, options: Mapping[str, Any], wanted: Wanted) -> Iterator[Row]:
    """Every row of a unit, in order; those before a damage come out before it is raised.

    Raises:
        BadInputError: If the file is damaged, or has changed so that it no longer fits the unit.
    """
    start, stop = unit.part["row_groups"]
    number = int(unit.part["first_row"])
    with _opened(unit.uri, options) as file:
        _check_types(unit.uri, file.schema_arrow, wanted)
        if stop > file.num_row_groups:
            raise BadInputError(
                f"{unit.uri} has {file.num_row_groups} row groups, the plan says {stop}: the file has "
                f"changed since. Plan again in a new run folder."
            )
        leaves = _leaves(file.metadata, wanted)
        for group in range(start, stop):
            expected = file.metadata.row_group(group).num_rows
            seen = 0
            for values in _group_rows(file, group, leaves, wanted):
                yield Row(unit.uri, group, number, values)
                number += 1
                seen += 1
            if seen != expected:
                raise BadInputError(
                    f"{unit.uri}: row group {group} gave {seen} of the {expected} rows in its footer. "
                    f"The file is damaged: fetch it again."
                )


@contextmanager
def _opened(uri: str, options: Mapping[str, Any]) -> Iterator[pq.ParquetFile]:
    """The open file; whatever Arrow says about damage, also later while reading, names the file.

    Raises:
        BadInputError: If the file cannot be opened or read as parquet.
    """
    remote = is_url(uri)
    try:
        with ExitStack() as stack:
            source = stack.enter_context(open_input(uri, options)) if remote else local_path(uri)
            yield stack.enter_context(_parquet(source, remote))
    except (pa.ArrowException, OSError, OverflowError) as error:
        raise BadInputError(
            f"{uri} is not a readable parquet file: {describe(error)}. It may be empty, truncated or "
            f"damaged, or something else under that name: fetch it again or take it out of the input."
        ) from error


def _parquet(source: Any, remote: bool) -> pq.ParquetFile:
    """Open with small buffers and with page checksums verified where the file has them."""
    return pq.ParquetFile(
        source,
        pre_buffer=False,
        buffer_size=REMOTE_BUFFER if remote else LOCAL_BUFFER,
        page_checksum_verification=True,
    )


def _types(schema: pa.Schema) -> dict[str, pa.DataType]:
    """Dotted column name to type, nested structs (also in lists) after their parent, in file order."""
    found: dict[str, pa.DataType] = {}
    pending = [(field.name, field.type) for field in reversed(list(schema))]
    while pending:
        name, kind = pending.pop()
        found.setdefault(name, kind)
        while _is_list(kind):
            kind = kind.value_type
        if pa.types.is_struct(kind):
            pending.extend((f"{name}.{field.name}", field.type) for field in reversed(list(kind.fields)))
    return found


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_content(kind: pa.DataType) -> bool:
    """Whether contents can be of this type: text, bytes, a dictionary of these, or nothing but nulls."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    binary = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_null)
    return _is_text(kind) or any(test(kind) for test in binary)


def _check_types(uri: str, schema: pa.Schema, wanted: Wanted) -> None:
    """Refuse a content column that holds no text, and a nested one that holds no files.

    Raises:
        BadInputError: If the content column holds no text, or the nested one no list of structs.
    """
    types = _types(schema)
    content = types.get(wanted.content)
    if content is not None and not _is_content(content):
        raise BadInputError(
            f"{uri}: column {wanted.content!r} is of type {content}, expected string or binary. "
            f"Name the column that holds the contents."
        )
    nested = types.get(wanted.nested)
    if nested is not None and not (_is_list(nested) and pa.types.is_struct(nested.value_type)):
        raise BadInputError(
            f"{uri}: column {wanted.nested!r} is of type {nested}, expected a list of structs, one per "
            f"file. Choose another kind of source."
        )


def _matches(path: str, name: str) -> bool:
    """Whether the leaf `files.list.element.content` belongs to the column `files.content`."""
    if path == name:
        return True
    parts = iter(path.split("."))
    heads = name.split(".")
    return next(parts) == heads[0] and all(head in parts for head in heads[1:])


def _leaves(metadata: pq.FileMetaData, wanted: Wanted) -> list[int]:
    """Indices of the leaf columns to read."""
    schema = metadata.schema
    return [
        index
        for index in range(metadata.num_columns)
        if any(_matches(schema.column(index).path, name) for name in wanted.names)
    ]


def _group_size(group: pq.RowGroupMetaData, wanted: Wanted) -> int:
    """Estimated bytes of content in a row group."""
    if not wanted.content:
        return int(group.num_rows) * ROW_WITHOUT_CONTENT
    chunks = [group.column(index) for index in range(group.num_columns)]
    return sum(
        int(chunk.total_uncompressed_size)
        for chunk in chunks
        if _matches(chunk.path_in_schema, wanted.content)
    )


def _batch_rows(group: pq.RowGroupMetaData, leaves: list[int]) -> int:
    """Rows per batch, so that a batch holds about BATCH_BYTES; 1 where rows are large."""
    chunks = [group.column(index) for index in leaves]
    size = max(1, sum(int(chunk.total_uncompressed_size) for chunk in chunks))
    dictionary = any(chunk.has_dictionary_page and chunk.physical_type == "BYTE_ARRAY" for chunk in chunks)
    limit = DICTIONARY_BATCH_ROWS if dictionary else BATCH_ROWS
    return int(max(1, min(limit, BATCH_BYTES * group.num_rows // size)))


def _group_rows(
    file: pq.ParquetFile, group: int, leaves: list[int], wanted: Wanted
) -> Iterator[dict[str, Any]]:
    """The values of each row of one row group."""
    metadata = file.metadata.row_group(group)
    names = [file.metadata.schema.column(index).path for index in leaves]
    if not names:  # no wanted column: the rows are still rows
        yield from ({} for _ in range(metadata.num_rows))
        return
    size = _batch_rows(metadata, leaves)
    for batch in file.iter_batches(size, row_groups=[group], columns=names, use_threads=False):
        if not wanted.nested or wanted.nested not in batch.schema.names:
            yield from _plain(batch)
            continue
        position = batch.schema.get_field_index(wanted.nested)
        nested = batch.column(position)
        for index, values in enumerate(_plain(batch.remove_column(position))):
            item = nested[index]
            yield {**values, wanted.nested: _elements(item.values) if item.is_valid else None}


def _elements(structs: pa.StructArray) -> Iterator[dict[str, Any] | None]:
    """The structs of one list as dictionaries, a few at a time: Python holds no second copy of all."""
    for start in range(0, len(structs), ELEMENTS):
        piece = structs.slice(start, ELEMENTS)
        valid = piece.is_valid().to_pylist()
        for ok, values in zip(valid, _plain(pa.RecordBatch.from_struct_array(piece)), strict=True):
            yield values if ok else None


def _plain(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Rows as dictionaries: times become seconds since 1970, text that is not UTF-8 becomes bytes."""
    if batch.num_columns == 0:
        return [{} for _ in range(batch.num_rows)]
    arrays = [_without_times(column) for column in batch.columns]
    try:
        values = [array.to_pylist() for array in arrays]
    except UnicodeDecodeError:
        values = [_lenient(array) for array in arrays]
    names = batch.schema.names
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _without_times(array: pa.Array) -> pa.Array:
    """Whole seconds in place of timestamps and dates, of which Python can hold only years 1 to 9999."""
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("s"), safe=False)
    if pa.types.is_timestamp(array.type):
        return array.cast(pa.timestamp("s", array.type.tz), safe=False).cast(pa.int64())
    return array


def _lenient(array: pa.Array) -> list[Any]:
    """Values of an array in which some text is not UTF-8: such text as bytes, all other as text."""
    kind = _as_binary(array.type)
    if kind == array.type:
        return list(array.to_pylist())
    return [_decoded(value) for value in array.cast(kind).to_pylist()]


def _as_binary(kind: pa.DataType) -> pa.DataType:
    """The type with bytes in place of text, also in lists and structs, as deep as the schema is."""
    if _is_text(kind) or pa.types.is_dictionary(kind):
        return pa.large_binary()
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(field.name, _as_binary(field.type)) for field in kind.fields])
    return pa.large_list(_as_binary(kind.value_type)) if _is_list(kind) else kind


def _decoded(value: Any) -> Any:
    """Bytes as text where they are UTF-8, also in lists and dictionaries."""
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if isinstance(value, dict):
        return {key: _decoded(item) for key, item in value.items()}
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value

#!/usr/bin/env python3
"""Write Parquet files of every kind with pyarrow and compare what `kedge inspect --rows --json` reads with pyarrow's rows.

Types, encodings, codecs, page versions, nested shapes, nulls, checksums, dictionary fallback, row groups and sizes are
mixed at random, from a seed. With --goldens the small files of the Swift tests are written anew instead.
"""

import argparse
import base64
import collections
import datetime
import decimal
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(pathlib.Path(__file__).parent / "python"))
import parquet_footer  # noqa: E402


def date_text(days):
    """The proleptic Gregorian calendar repeats every 400 years; datetime knows 1 to 9999 only."""
    era, rest = divmod(days + 719162, 146097)
    date = datetime.date.fromordinal(rest + 1)
    year = date.year + 400 * era
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04d}-{date.month:02d}-{date.day:02d}"


DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}


def clock_text(value, unit):
    seconds, fraction = divmod(value, 10 ** DIGITS[unit])
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{fraction:0{DIGITS[unit]}d}"


def stamp_text(value, unit, zone):
    days, rest = divmod(value, 86400 * 10 ** DIGITS[unit])
    return f"{date_text(days)}T{clock_text(rest, unit)}{'Z' if zone else ''}"


def bytes_node(value):
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def node(scalar):
    """A scalar of Arrow as the JSON that kedge prints."""
    kind = scalar.type
    if not scalar.is_valid:
        return None
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return str(scalar.as_py())
        return node(scalar.value)
    if pa.types.is_dictionary(kind):
        return node(scalar.dictionary[scalar.index.as_py()])
    if pa.types.is_struct(kind):
        return {field.name: node(scalar[field.name]) for field in kind}
    if pa.types.is_map(kind):
        entries = [(node(entry[0]), node(entry[1])) for entry in map(list_of, scalar.values)]
        if pa.types.is_string(kind.key_type):
            return dict(entries)
        return [{"key": key, "value": value} for key, value in entries]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [node(element) for element in scalar.values]
    if pa.types.is_date32(kind):
        return date_text(scalar.value)
    if pa.types.is_date64(kind):
        return date_text(scalar.value // 86400000)
    if pa.types.is_time(kind):
        return clock_text(scalar.value, kind.unit)
    if pa.types.is_timestamp(kind):
        return stamp_text(scalar.value, kind.unit, kind.tz)
    if pa.types.is_decimal(kind):
        return format(scalar.as_py(), "f")
    value = scalar.as_py()
    if isinstance(value, bytes):
        return bytes_node(value)
    if isinstance(value, float) or pa.types.is_floating(kind):
        value = float(value)
        if value != value:
            return "NaN"
        if value in (float("inf"), float("-inf")):
            return "Infinity" if value > 0 else "-Infinity"
    return value


def list_of(entry):
    return [entry[name] for name in entry.type.names] if hasattr(entry.type, "names") else [entry[0], entry[1]]


def rows(table):
    columns = [[node(scalar) for scalar in table.column(index)] for index in range(table.num_columns)]
    return [dict(zip(table.column_names, values)) for values in zip(*columns)] if columns else []


BYTES = ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]
ENCODINGS = {
    "BOOLEAN": ["PLAIN", "RLE"],
    "INT32": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "INT64": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "FLOAT": ["PLAIN", "BYTE_STREAM_SPLIT"],
    "DOUBLE": ["PLAIN", "BYTE_STREAM_SPLIT"],
    "BYTE_ARRAY": BYTES,
    "FIXED_LEN_BYTE_ARRAY": ["PLAIN", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT"],
}


def make_array(values, kind):
    if not isinstance(kind, pa.BaseExtensionType):
        return pa.array(values, type=kind)
    return pa.ExtensionArray.from_storage(kind, pa.array(values, type=kind.storage_type))


class Maker:
    """Random values of random types."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self):
        random = self.random
        kind = random.random()
        if kind < 0.2:
            return ""
        if kind < 0.5:
            return random.choice(["user", "assistant", "true", "ä", "<think>\n"])
        letters = "abc \n\"\\\u00e4\u4e2d\U0001f600\u0000"
        return "".join(random.choice(letters) for _ in range(random.choice([1, 5, 17, 40, 300])))

    def blob(self):
        return bytes(self.random.randrange(256) for _ in range(self.random.choice([0, 1, 4, 40])))

    def integer(self, bits, signed=True):
        random = self.random
        low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
        kind = random.random()
        if kind < 0.1:
            return random.choice([low, high, 0])
        if kind < 0.6:
            return random.randrange(max(low, -100), min(high, 100) + 1)
        return random.randint(low, high)

    def real(self):
        random = self.random
        kind = random.random()
        if kind < 0.1:
            return random.choice([0.0, -0.0, float("nan"), float("inf"), float("-inf")])
        return random.choice([random.uniform(-10, 10), random.randrange(10) / 2, random.uniform(-1e30, 1e30)])

    def number(self, precision, scale):
        digits = self.random.randrange(1, precision + 1)
        value = self.random.randrange(10**digits) * self.random.choice([-1, 1])
        with decimal.localcontext(decimal.Context(prec=100)):
            return decimal.Decimal(value).scaleb(-scale)

    def leaf_types(self):
        day = 86400
        random = self.random
        return [
            ("bool", pa.bool_(), lambda: random.random() < 0.5),
            ("int8", pa.int8(), lambda: self.integer(8)),
            ("uint8", pa.uint8(), lambda: self.integer(8, False)),
            ("int16", pa.int16(), lambda: self.integer(16)),
            ("uint16", pa.uint16(), lambda: self.integer(16, False)),
            ("int32", pa.int32(), lambda: self.integer(32)),
            ("uint32", pa.uint32(), lambda: self.integer(32, False)),
            ("int64", pa.int64(), lambda: self.integer(64)),
            ("uint64", pa.uint64(), lambda: self.integer(64, False)),
            ("half", pa.float16(), lambda: random.choice([0.0, 1.5, -2.25, 6e-8, 65504.0, float("inf"), float("nan")])),
            ("float", pa.float32(), self.real),
            ("double", pa.float64(), self.real),
            ("string", pa.string(), self.text),
            ("large", pa.large_string(), self.text),
            ("binary", pa.binary(), self.blob),
            ("fixed", pa.binary(5), lambda: bytes(random.randrange(256) for _ in range(5))),
            ("uuid", pa.uuid(), lambda: bytes(random.randrange(256) for _ in range(16))),
            ("decimal9", pa.decimal128(9, 2), lambda: self.number(9, 2)),
            ("decimal18", pa.decimal128(18, 18), lambda: self.number(18, 18)),
            ("decimal38", pa.decimal128(38, 10), lambda: self.number(38, 10)),
            ("decimal76", pa.decimal256(76, 0), lambda: self.number(76, 0)),
            ("date", pa.date32(), lambda: self.integer(24)),
            ("time_ms", pa.time32("ms"), lambda: random.randrange(day * 10**3)),
            ("time_us", pa.time64("us"), lambda: random.randrange(day * 10**6)),
            ("time_ns", pa.time64("ns"), lambda: random.randrange(day * 10**9)),
            ("stamp_ms", pa.timestamp("ms"), lambda: self.integer(46)),
            ("stamp_us", pa.timestamp("us", tz="UTC"), lambda: self.integer(56)),
            ("stamp_ns", pa.timestamp("ns"), lambda: self.integer(64)),
            ("null", pa.null(), lambda: None),
        ]

    def shape(self, kind, value, depth, null):
        """A type around a leaf type, and a maker of its values; null is the share of nulls at every level."""
        random = self.random

        def maybe(make):
            return lambda: None if random.random() < null else make()

        def many(make, most=4):
            return lambda: [make() for _ in range(random.choice([0, 1, 1, 2, most]))]

        value = maybe(value)
        for _ in range(depth):
            wrapper = random.randrange(6)
            inner_kind, inner = kind, value
            if wrapper == 0:
                kind, value = pa.list_(inner_kind), maybe(many(inner))
            elif wrapper == 1:
                kind, value = pa.large_list(inner_kind), maybe(many(inner, 40))
            elif wrapper == 2:
                other = pa.string() if random.random() < 0.5 else pa.list_(pa.int64())
                other_value = self.text if pa.types.is_string(other) else many(lambda: self.integer(8))
                kind = pa.struct([("a", inner_kind), ("b", other)])
                value = maybe(lambda inner=inner, other_value=other_value: {"a": inner(), "b": other_value()})
            elif wrapper == 3:
                kind = pa.map_(pa.string(), inner_kind)

                def entries(inner=inner):
                    return [(f"k{index}ä", inner()) for index in range(random.choice([0, 1, 3]))]

                value = maybe(entries)
            elif wrapper == 4:
                kind = pa.map_(pa.int32(), inner_kind)

                def numbered(inner=inner):
                    return [(index, inner()) for index in range(random.choice([0, 1, 3]))]

                value = maybe(numbered)
            else:
                kind = pa.struct([("only", inner_kind)])
                value = maybe(lambda inner=inner: {"only": inner()})
        return kind, value

    def table(self):
        random = self.random
        count = random.choice([0, 1, 2, 7, 100, 100, 1000, 3000])
        fields, arrays = [], []
        leaves = self.leaf_types()
        for index in range(random.choice([1, 3, 8])):
            name, kind, value = random.choice(leaves)
            # Arrow makes no nested arrays of extension types out of Python's values.
            depth = 0 if name == "uuid" else random.choice([0, 0, 1, 1, 2, 3])
            null = random.choice([0, 0.2, 0.2, 0.9, 1])
            is_flat = depth == 0
            kind, value = self.shape(kind, value, depth, null)
            values = [value() for _ in range(count)]
            if random.random() < 0.2 and values:
                values = [random.choice(values[:3]) for _ in values]
            required = is_flat and null == 0 and name != "null" and random.random() < 0.5
            column = f"{name}_{index}"
            fields.append(pa.field(column, kind, nullable=not required))
            arrays.append(make_array(values, kind))
        return pa.Table.from_arrays(arrays, schema=pa.schema(fields))

    def encodings(self, table, compliant):
        """An encoding for each leaf that its type allows."""
        file = pa.BufferOutputStream()
        pq.write_table(table.slice(0, 0), file, use_compliant_nested_type=compliant)
        schema = pq.ParquetFile(pa.BufferReader(file.getvalue())).schema
        columns = [schema.column(index) for index in range(len(schema))]
        return {column.path: self.random.choice(ENCODINGS[column.physical_type]) for column in columns}

    def options(self, table):
        random = self.random
        options = dict(
            compression=random.choice(["none", "snappy", "gzip", "zstd", "lz4"]),
            data_page_version=random.choice(["1.0", "2.0"]),
            write_page_checksum=random.random() < 0.5,
            write_statistics=random.random() < 0.7,
            row_group_size=random.choice([1 << 20, 1 << 20, 100, 333]),
            data_page_size=random.choice([1 << 20, 100, 1000, 5000]),
            use_compliant_nested_type=random.random() < 0.7,
            write_batch_size=random.choice([1024, 10, 1]),
            write_page_index=random.random() < 0.3,
            store_schema=random.random() < 0.8,
        )
        if random.random() < 0.3:
            options["max_rows_per_page"] = random.choice([1, 10, 1000])
        if random.random() < 0.5:
            options["use_dictionary"] = False
            options["column_encoding"] = self.encodings(table, options["use_compliant_nested_type"])
        else:
            options["use_dictionary"] = random.random() < 0.8
            options["dictionary_pagesize_limit"] = random.choice([1 << 20, 10, 200, 2000])
            # pyarrow itself reads dates far from today wrongly when they are stored this way.
            is_near = not any(name.startswith(("stamp_ms", "stamp_us")) for name in table.column_names)
            options["use_deprecated_int96_timestamps"] = is_near and random.random() < 0.3
        return options


class Checker:
    def __init__(self, kedge):
        self.kedge = kedge
        self.checked = 0
        self.differences = 0
        self.seen = collections.Counter()

    def kedge_rows(self, path, count):
        run = subprocess.run(
            [self.kedge, "inspect", str(path), "--rows", f"0..<{count}", "--json"], capture_output=True, timeout=120)
        if run.returncode != 0:
            raise RuntimeError(f"exit status {run.returncode}: {run.stderr.decode(errors='replace').strip()[-500:]}")
        return [json.loads(line) for line in run.stdout.decode("utf-8").split("\n")[:-1]]

    def check(self, path, name, table=None):
        # A duplicate name or a nanosecond out of range would be lost on the way through pandas; Arrow itself loses nothing.
        table = pq.read_table(path) if table is None else table
        expected = rows(table)
        self.checked += 1
        try:
            found = self.kedge_rows(path, table.num_rows)
        except Exception as error:
            self.differences += 1
            print(f"{name}: {error}")
            return False
        if table.num_columns == 0 or found == expected:
            for chunk in leaves(path):
                self.seen.update(chunk)
            return True
        self.differences += 1
        print(f"{name}: {len(found)} rows, wanted {len(expected)}")
        for index, (one, other) in enumerate(zip(found, expected)):
            for key in other:
                if one.get(key) != other[key]:
                    print(f"  row {index}, {key}: kedge {str(one.get(key))[:200]}, pyarrow {str(other[key])[:200]}")
                    return False
        return False


def leaves(path):
    metadata = pq.ParquetFile(path).metadata
    for group in range(metadata.num_row_groups):
        for index in range(metadata.num_columns):
            column = metadata.row_group(group).column(index)
            yield [column.compression, column.physical_type, *column.encodings]


def legacy_tables():
    """Tables with lists whose elements cannot be null, which can be stored without the middle level."""
    required = pa.list_(pa.field("element", pa.int32(), nullable=False))
    pair = pa.list_(pa.field("element", pa.struct([("x", pa.int64()), ("y", pa.string())]), nullable=False))
    single = pa.list_(pa.field("element", pa.struct([("x", pa.int64())]), nullable=False))
    numbers = [[1, 2, 3], [], None, [4]] * 3
    pairs = [[{"x": 1, "y": "a"}, {"x": None, "y": None}], [], None, [{"x": 2, "y": "b"}]] * 3
    singles = [[{"x": 1}, {"x": None}], [], None, [{"x": 2}]] * 3
    yield "two-level", pa.table({"v": pa.array(numbers, required), "p": pa.array(pairs, pair)}), ["v", "p"], None
    yield "array", pa.table({"v": pa.array(singles, single)}), ["v"], "array"
    yield "tuple", pa.table({"v": pa.array(singles, single)}), ["v"], "v_tuple"


def check_legacy(checker, folder):
    for name, table, columns, element in legacy_tables():
        for version in ("1.0", "2.0"):
            path = folder / f"{name}-{version}.parquet"
            pq.write_table(table, path, store_schema=False, data_page_version=version)
            parquet_footer.flatten_lists(path, columns, element)
            checker.check(path, f"legacy {name} {version}", table)


def check_special(checker, folder):
    """Files that a random choice would hardly make."""
    def write(name, table, **options):
        path = folder / f"{name}.parquet"
        pq.write_table(table, path, **options)
        checker.check(path, name)

    words = [f"word {index}" for index in range(200000)]
    write("dictionary-fallback", pa.table({"w": words + words[:10]}), dictionary_pagesize_limit=1 << 16)
    write("empty", pa.table({"a": pa.array([], pa.string()), "b": pa.array([], pa.list_(pa.int32()))}))
    write("all-null-list", pa.table({"a": pa.array([None] * 500, pa.list_(pa.string()))}))
    write("nested-null-list", pa.table({"a": pa.array([[None, None], [], None] * 500, pa.list_(pa.string()))}))
    write("categories", pa.table({"c": pa.array(["a", "b", None, "a"] * 100).dictionary_encode()}))
    write("long", pa.table({"s": ["x" * 3_000_000, "", "ä" * 1_000_000]}), compression="zstd")
    write("runs", pa.table({"i": pa.array([7] * 300_000 + [None] * 300_000)}))
    write("wide", pa.table({f"c{index}": [index, None] for index in range(1500)}))
    deep = pa.array([[[[[1, None], []], None], []], None, [], [[[[2]]]]], pa.list_(pa.list_(pa.list_(pa.list_(pa.int32())))))
    write("deep", pa.table({"d": deep}))
    write("fixed-list", pa.table({"f": pa.array([[1, 2], None, [3, None]], pa.list_(pa.int32(), 2))}), store_schema=False)
    write("json", pa.table({"j": pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a":1}', None]))}))
    with pq.ParquetWriter(folder / "groups.parquet", pa.schema([("a", pa.int64()), ("s", pa.string())])) as writer:
        for size in (1, 5, 0, 3, 100):
            strings = pa.array([str(index) for index in range(size)], pa.string())
            writer.write_table(pa.table({"a": pa.array(range(size), pa.int64()), "s": strings}))
    checker.check(folder / "groups.parquet", "groups")
    check_refused(checker, folder)


def check_refused(checker, folder):
    path = folder / "brotli.parquet"
    pq.write_table(pa.table({"a": [1, 2]}), path, compression="brotli")
    try:
        checker.kedge_rows(path, 2)
        print("brotli: was read")
        checker.differences += 1
    except RuntimeError as error:
        if "exit status 1" not in str(error) or "Brotli" not in str(error):
            print(f"brotli: {error}")
            checker.differences += 1
    checker.checked += 1


def make_goldens(folder):
    """Small files for the Swift tests, each with its rows as JSON lines."""
    folder.mkdir(parents=True, exist_ok=True)
    maker = Maker(7)

    def write(name, table, edit=None, **options):
        path = folder / f"{name}.parquet"
        pq.write_table(table, path, **options)
        if edit:
            edit(path)
        lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows(table)]
        (folder / f"{name}.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")

    def table_of(names, count, null):
        fields, arrays = [], []
        for name, kind, value in maker.leaf_types():
            if names and name not in names:
                continue
            values = [None if maker.random.random() < null else value() for _ in range(count)]
            arrays.append(make_array(values, kind))
            fields.append(pa.field(name, kind))
        return pa.Table.from_arrays(arrays, schema=pa.schema(fields))

    plain = dict(store_schema=False, write_statistics=False)
    write("types-plain", table_of(None, 12, 0.2), use_dictionary=False, compression="none", **plain)
    write("types-dictionary", table_of(None, 30, 0.2), compression="snappy", data_page_version="2.0", **plain)
    numbers = table_of(["int32", "int64", "uint32", "date", "stamp_ms"], 300, 0.1)
    delta = {name: "DELTA_BINARY_PACKED" for name in numbers.column_names}
    write("delta-integers", numbers, use_dictionary=False, column_encoding=delta, compression="zstd", **plain)
    texts = pa.table({name: table_of(["string"], 60, 0.1).column(0) for name in ("length", "prefix")})
    encodings = {"length": "DELTA_LENGTH_BYTE_ARRAY", "prefix": "DELTA_BYTE_ARRAY"}
    write("delta-texts", texts, use_dictionary=False, column_encoding=encodings, compression="gzip",
          write_page_checksum=True, **plain)
    split = table_of(["half", "float", "double", "int32", "int64", "fixed"], 40, 0.1)
    streams = {name: "BYTE_STREAM_SPLIT" for name in split.column_names}
    write("byte-stream-split", split, use_dictionary=False, column_encoding=streams, compression="lz4", **plain)
    write("booleans-in-runs", table_of(["bool"], 500, 0.3), use_dictionary=False, column_encoding={"bool": "RLE"},
          data_page_version="2.0", compression="none", **plain)
    nested = pa.table({
        "messages": pa.array(
            [[{"content": "Hi", "role": "user"}, {"content": None, "role": "assistant"}], [], None, [None]] * 5,
            pa.list_(pa.struct([("content", pa.string()), ("role", pa.string())]))),
        "matrix": pa.array([[[1, None], [], None], None, [], [[2, 3]]] * 5, pa.list_(pa.list_(pa.int32()))),
        "map": pa.array([[("a", 1), ("b", None)], None, [], [("c", 2)]] * 5, pa.map_(pa.string(), pa.int64())),
        "numbered": pa.array([[(1, "x")], [], None, [(2, None), (3, "y")]] * 5, pa.map_(pa.int32(), pa.string())),
        "extra": pa.array(
            [{"index": 1, "answers": ["a", None]}, None, {"index": None, "answers": None}, {"index": 4, "answers": []}] * 5,
            pa.struct([("index", pa.int64()), ("answers", pa.list_(pa.string()))])),
    })
    write("nested-pages", nested, compression="snappy", data_page_size=10, write_batch_size=1, row_group_size=7, **plain)
    write("nested-second-version", nested, compression="zstd", data_page_version="2.0", write_page_checksum=True, **plain)
    fallback = pa.table({"text": [f"value number {index % 60}" for index in range(200)]})
    write("dictionary-fallback", fallback, dictionary_pagesize_limit=300, data_page_size=200, write_batch_size=10,
          compression="snappy", **plain)
    write("all-null", pa.table({"list": pa.array([None] * 5, pa.list_(pa.string())), "text": pa.array([None] * 5, pa.string())}),
          compression="snappy", **plain)
    write("no-rows", pa.table({"a": pa.array([], pa.int32()), "b": pa.array([], pa.list_(pa.string()))}), **plain)
    stamps = pa.table({"stamp": pa.array([0, 1, -1, None, 10**18, -(10**18)], pa.timestamp("ns"))})
    write("legacy-timestamps", stamps, use_deprecated_int96_timestamps=True, compression="none", **plain)
    for name, table, columns, element in legacy_tables():
        write(f"legacy-{name}", table, lambda path: parquet_footer.flatten_lists(path, columns, element),
              compression="none", **plain)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kedge", help="the program")
    parser.add_argument("--count", type=int, default=500, help="random files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path, help="where to keep the files that differ")
    parser.add_argument("--goldens", type=pathlib.Path, help="write the goldens into this folder and do nothing else")
    arguments = parser.parse_args()
    if arguments.goldens:
        return make_goldens(arguments.goldens)
    checker = Checker(arguments.kedge)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_special(checker, folder)
        check_legacy(checker, folder)
        for seed in range(arguments.seed, arguments.seed + arguments.count):
            maker = Maker(seed)
            table = maker.table()
            options = maker.options(table)
            path = folder / "random.parquet"
            try:
                pq.write_table(table, path, **options)
            except (pa.ArrowException, OSError) as error:
                checker.seen["not written by pyarrow: " + str(error)[:60]] += 1
                continue
            if not checker.check(path, f"seed {seed} {options}") and arguments.keep:
                arguments.keep.mkdir(exist_ok=True)
                (arguments.keep / f"{seed}.parquet").write_bytes(path.read_bytes())
    for name, count in sorted(checker.seen.items()):
        print(f"  {name}: {count}")
    print(f"{checker.checked} files, {checker.differences} differences")
    return 1 if checker.differences else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Damage Parquet files and see that `kedge inspect` reads or refuses them: anything else is a finding.

A run may end with exit status 0, or with 1 and one line on standard error; a signal, another status, more lines, a time
limit or more memory than allowed is a finding, and the file is kept. The files are those given, or the goldens of the
tests. Footers are also changed where they mean something: counts, sizes, offsets, types, encodings, names.
"""

import argparse
import concurrent.futures
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent / "python"))
import parquet_footer  # noqa: E402

GOLDENS = pathlib.Path(__file__).parent.parent / "Tests" / "ParquetTests" / "Goldens"
EXTREMES = [0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 65535, 65536, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, (1 << 62), (1 << 64) - 1]


def change_bytes(data, dice):
    data = bytearray(data)
    footer = int.from_bytes(data[-8:-4], "little") + 8
    for _ in range(dice.choice([1, 1, 2, 4, 16])):
        low = max(0, len(data) - footer) if dice.random() < 0.5 else 0
        at = dice.randrange(low, len(data))
        kind = dice.randrange(7)
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[at] = dice.randrange(256)
        elif kind == 2:
            data[at] = dice.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif kind == 3:
            data[at:at + 4] = dice.choice([b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x80\x80\x80\x80"])
        elif kind == 4:
            del data[at]
        elif kind == 5:
            data.insert(at, dice.randrange(256))
        elif dice.random() < 0.3:
            del data[dice.randrange(len(data) // 2, len(data)):]
        else:
            size, source = dice.randrange(1, 40), dice.randrange(len(data))
            data[at:at + size] = data[source:source + size]
        if len(data) < 16:
            break
    return bytes(data)


def change_number(value, dice):
    if dice.random() < 0.5:
        return dice.choice(EXTREMES)
    return max(0, value + dice.choice([-2, -1, 1, 2, 1 << 10, -(1 << 10)])) & ((1 << 64) - 1)


def change_node(kind, value, dice):
    """Changes something somewhere inside a value of Thrift; returns the new value."""
    if kind in (4, 5, 6):
        return change_number(value, dice)
    if kind == 8:
        return bytes(dice.randrange(256) for _ in range(dice.choice([0, 1, len(value), 300])))
    if kind == 3:
        return dice.randrange(256)
    if kind in (9, 10) and value[1]:
        element, values = value
        index = dice.randrange(len(values))
        change = dice.randrange(6)
        if change == 0:
            del values[index]
        elif change == 1:
            values.insert(index, values[dice.randrange(len(values))])
        elif change == 2:
            values[:] = values * dice.choice([2, 10, 100])
        else:
            values[index] = change_node(element, values[index], dice)
        return element, values
    if kind == 12 and value:
        number = dice.choice(list(value))
        inner, content = value[number]
        if dice.random() < 0.1:
            del value[number]
        else:
            value[number] = (inner, change_node(inner, content, dice))
    return value


def change_footer(path, dice):
    def change(footer):
        for _ in range(dice.choice([1, 1, 2, 3])):
            change_node(12, footer, dice)

    parquet_footer.edit(path, change)


def change_page(data, dice):
    """Reads the header of a page, changes it, and puts it back; what follows moves."""
    spots = [at for at in range(4, min(len(data) - 12, 20000)) if data[at] == 0x15 and data[at + 1] in (0, 4, 6)]
    dice.shuffle(spots)
    for at in spots:
        try:
            header, end = parquet_footer.read_value(12, data, at)
        except (ValueError, IndexError):
            continue
        if not {1, 2, 3} <= set(header):
            continue
        change_node(12, header, dice)
        try:
            return data[:at] + parquet_footer.write_value(12, header) + data[end:]
        except ValueError:
            return data
    return data


class Fuzzer:
    def __init__(self, arguments):
        self.kedge = arguments.kedge
        self.memory = arguments.memory << 20
        self.findings = arguments.findings
        self.seeds = [path.read_bytes() for path in arguments.files]

    def limit(self):
        resource.setrlimit(resource.RLIMIT_AS, (self.memory, self.memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def one(self, number, folder):
        dice = random.Random(number)
        data = dice.choice(self.seeds)
        path = pathlib.Path(folder, f"{number}.parquet")
        kind = dice.randrange(3)
        if kind == 0:
            data = change_bytes(data, dice)
        elif kind == 1:
            data = change_page(data, dice)
        path.write_bytes(data)
        if kind == 2:
            change_footer(path, dice)
        what = dice.choice([["--rows", "0..<1000", "--json"], ["--rows", "0..<1000", "--json"], ["--json"], ["--rows", "7..<9"]])
        try:
            run = subprocess.run(
                [self.kedge, "inspect", str(path), *what], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                preexec_fn=self.limit)
        except subprocess.TimeoutExpired:
            return self.keep(path, number, "time limit")
        text = run.stderr.decode(errors="replace")
        if run.returncode == 0 and not text:
            path.unlink()
            return 0, None
        if run.returncode == 1 and text.startswith("kedge: ") and text.count("\n") == 1 and text.endswith("\n"):
            path.unlink()
            return 1, None
        return self.keep(path, number, f"status {run.returncode}: {text[:500]!r}")

    def keep(self, path, number, what):
        self.findings.mkdir(exist_ok=True)
        path.replace(self.findings / f"{number}.parquet")
        return 2, f"{number}: {what}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="files to damage (default: the goldens)")
    parser.add_argument("--kedge", required=True, help="the program")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory", type=int, default=1024, help="address space of a run in MiB")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--findings", type=pathlib.Path, default=pathlib.Path("parquet-findings"))
    arguments = parser.parse_args()
    arguments.files = arguments.files or sorted(GOLDENS.glob("*.parquet"))
    fuzzer = Fuzzer(arguments)
    end = time.monotonic() + 60 * arguments.minutes
    counts, number = [0, 0, 0], arguments.seed
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        while time.monotonic() < end:
            for status, finding in pool.map(lambda n: fuzzer.one(n, folder), range(number, number + 200)):
                counts[status] += 1
                if finding:
                    print(finding)
            number += 200
    print(f"{sum(counts)} files: {counts[0]} read, {counts[1]} refused, {counts[2]} findings; next seed {number}")
    return 1 if counts[2] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""From Parquet to a dataset: the speed of each stage and of all together.

Makes a larger Parquet file by writing the traces several times over, one row group a time, and measures, interleaved:
reading the column generations with kedge and with pyarrow (one thread each), encoding alone (`kedge bench tokenize`), and
`kedge tokenize` end to end to a compressed dataset (`--expert-part full`, so that every trace is encoded). All rates are of
trace text, 1 MB = 1,000,000 bytes.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import pyarrow
import pyarrow.parquet


def program(*arguments):
    run = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr.strip() or f"exit status {run.returncode}")
    return json.loads(run.stdout)


def read_with_pyarrow(path):
    started = time.perf_counter()
    pyarrow.parquet.read_table(path, columns=["generations"], use_threads=False)
    return time.perf_counter() - started


def main():
    scripts = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kedge", required=True)
    parser.add_argument("--traces", required=True, help="Parquet with the columns of OpenR1")
    parser.add_argument("--tokenizer", default=str(scripts / "sample/tokenizer"), help="a model directory")
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repetitions", type=int, default=7)
    options = parser.parse_args()
    pyarrow.set_cpu_count(1)

    with tempfile.TemporaryDirectory() as folder:
        table = pyarrow.parquet.read_table(options.traces)
        text = options.copies * sum(
            len(t.encode()) for row in table.column("generations").to_pylist() for t in row or [] if t
        )
        large = pathlib.Path(folder, "traces.parquet")
        with pyarrow.parquet.ParquetWriter(large, table.schema, compression="snappy") as writer:
            for _ in range(options.copies):
                writer.write_table(table)
        names = {
            "read, pyarrow": [], "read, kedge": [], "encode, 1": [], f"encode, {options.threads}": [],
            "whole, 1": [], f"whole, {options.threads}": [],
        }  # fmt: skip
        for _ in range(options.repetitions):
            names["read, pyarrow"].append(read_with_pyarrow(large))
            names["read, kedge"].append(
                program(
                    options.kedge, "bench", "parquet", large, "--columns", "generations", "--repetitions", 3, "--json"
                )["seconds"]
            )
            for threads in sorted({1, options.threads}):
                names[f"encode, {threads}"].append(
                    program(
                        options.kedge, "bench", "tokenize", large, "--tokenizer", options.tokenizer, "--threads",
                        threads, "--repetitions", 1, "--json",
                    )["seconds"]  # fmt: skip
                )
                started = time.perf_counter()
                program(
                    options.kedge, "tokenize", large, "--tokenizer", options.tokenizer, "--threads", threads,
                    "--expert-part", "full", "--template", "chatml", "--output", pathlib.Path(folder, "out.h5"),
                    "--force", "--json",
                )  # fmt: skip
                names[f"whole, {threads}"].append(time.perf_counter() - started)

    print(f"{text / 1e6:.1f} MB of trace text, median of {options.repetitions}\n")
    print("| stage, threads | MB/s | |\n|---|---:|---|")
    rates = {name: text / statistics.median(seconds) / 1e6 for name, seconds in names.items()}
    for name, rate in rates.items():
        stage, _, threads = name.partition(", ")
        note = ""
        if name == "read, kedge":
            note = f"{rate / rates['read, pyarrow']:.2f} x pyarrow"
        elif stage == "whole":
            note = f"{rates[f'encode, {threads}'] / rate:.2f} x the time of encoding alone"
        print(f"| {name} | {rate:.0f} | {note} |")


if __name__ == "__main__":
    main()

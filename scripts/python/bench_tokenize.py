#!/usr/bin/env python3
"""Tokenising speed: kedge, Hugging Face tokenizers, tiktoken and gigatoken on the text of every generation.

Each measurement is a process of its own that loads the tokenizer and the text, encodes one short text, and then times
one pass over everything; the measurements are interleaved and the medians printed. tiktoken and gigatoken are built
from the same tokenizer.json. Fails when the token counts of kedge and tokenizers differ.
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

PEERS = ("tokenizers", "tiktoken", "gigatoken")


def generations(path):
    """The trace texts of a JSON lines file."""
    out = []
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            if line.strip():
                out.extend(json.loads(line)["generations"])
    return out


# Workers: each returns a function from texts to the number of tokens -------------------------------------------------


def with_tokenizers(folder, threads):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(pathlib.Path(folder, "tokenizer.json")))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(texts):
        # In slices: the package keeps strings and offsets of every token, which for all texts at once is gigabytes.
        total = 0
        for first in range(0, len(texts), 256):
            batch = tokenizer.encode_batch(texts[first : first + 256], add_special_tokens=False)
            total += sum(map(len, batch))
        return total

    return count


def byte_level_alphabet():
    """The byte behind each character of a byte-level vocabulary."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(byte): byte for byte in plain}
    others = [byte for byte in range(256) if byte not in plain]
    return table | {chr(256 + index): byte for index, byte in enumerate(others)}


def with_tiktoken(folder, threads):
    import tiktoken

    document = json.loads(pathlib.Path(folder, "tokenizer.json").read_text(encoding="utf-8"))
    parts = document["pre_tokenizer"]
    parts = parts["pretokenizers"] if parts["type"] == "Sequence" else [parts]
    patterns = [part["pattern"]["Regex"] for part in parts if part["type"] == "Split"]
    if len(patterns) != 1 or parts[-1]["type"] != "ByteLevel":
        sys.exit("tiktoken: only one Split followed by ByteLevel can be expressed")
    table = byte_level_alphabet()
    vocabulary = document["model"]["vocab"]
    ranks = {bytes(table[c] for c in entry): number for entry, number in vocabulary.items()}
    encoding = tiktoken.Encoding(
        "bench",
        pat_str=patterns[0],
        mergeable_ranks=ranks,
        special_tokens={t["content"]: t["id"] for t in document["added_tokens"] if t["content"] not in vocabulary},
    )

    def count(texts):
        if threads == 1:
            return sum(len(encoding.encode_ordinary(text)) for text in texts)
        return sum(map(len, encoding.encode_ordinary_batch(texts, num_threads=threads)))

    return count


def with_gigatoken(folder, threads):
    import awkward
    import gigatoken

    tokenizer = gigatoken.Tokenizer(str(pathlib.Path(folder, "tokenizer.json")))

    def count(texts):
        return int(awkward.count(tokenizer.encode_batch(texts, parallel=threads > 1)))

    return count


def work(name, options):
    texts = generations(options.traces)
    size = sum(len(text.encode("utf-8")) for text in texts)
    count = {"tokenizers": with_tokenizers, "tiktoken": with_tiktoken, "gigatoken": with_gigatoken}[name](
        options.tokenizer, options.threads
    )
    count(["Warm up: 1 + 1 = 2."])
    start = time.perf_counter()
    tokens = count(texts)
    seconds = time.perf_counter() - start
    print(json.dumps({"bytes": size, "seconds": seconds, "tokens": tokens, "threads": options.threads}))


# The comparison -------------------------------------------------------------------------------------------------------


def measured(name, threads, options):
    """One result, or None (with a line on standard error) where the peer cannot do it."""
    environment = os.environ | {
        "RAYON_NUM_THREADS": str(threads),
        "TOKENIZERS_PARALLELISM": "false" if threads == 1 else "true",
    }
    if name == "kedge":
        command = [options.kedge, "bench", "tokenize", options.traces, "--tokenizer", options.tokenizer]
        command += ["--threads", str(threads), "--json"]
    else:
        command = [sys.executable, __file__, "--worker", name, "--traces", options.traces]
        command += ["--tokenizer", options.tokenizer, "--threads", str(threads)]
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=environment)
    if run.returncode != 0:
        lines = run.stderr.strip().splitlines() or [f"exit status {run.returncode}"]
        print(f"{name}, {threads} threads: {lines[-1]}", file=sys.stderr)
        return None
    return json.loads(run.stdout)


def json_lines(source, folder):
    """The traces as JSON lines: Parquet is converted, the sample is repeated to a size worth timing."""
    if source is None:
        sample = pathlib.Path(__file__).resolve().parent.parent / "sample/traces.jsonl"
        target = pathlib.Path(folder, "sample.jsonl")
        target.write_text(sample.read_text(encoding="utf-8") * 200, encoding="utf-8", newline="\n")
        print("Traces: the sample 200 times over. Repeated text flatters every cache; give --traces for real text.\n")
        return target
    if pathlib.Path(source).suffix != ".parquet":
        return pathlib.Path(source)
    import pyarrow.parquet

    target = pathlib.Path(folder, "traces.jsonl")
    with open(target, "w", encoding="utf-8", newline="\n") as file:
        for batch in pyarrow.parquet.ParquetFile(source).iter_batches(columns=["problem", "generations"]):
            for record in batch.to_pylist():
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return target


def table(results, counts):
    """Markdown: MB/s (1 MB = 1,000,000 bytes) and the ratio to tiktoken, a pair of columns per thread count."""
    titles = ["tokenizer"]
    for threads in counts:
        label = "1 thread" if threads == 1 else f"{threads} threads"
        titles += [f"MB/s, {label}", "ratio to tiktoken"]
    lines = ["| " + " | ".join(titles) + " |", "|---" + "|---:" * (len(titles) - 1) + "|"]
    for name in dict.fromkeys(name for name, _ in results):
        cells = [name]
        for threads in counts:
            speeds = [r["bytes"] / r["seconds"] / 1e6 for r in results.get((name, threads), [])]
            base = [r["bytes"] / r["seconds"] / 1e6 for r in results.get(("tiktoken", threads), [])]
            cells.append(f"{statistics.median(speeds):.1f}" if speeds else "-")
            cells.append(f"{statistics.median(speeds) / statistics.median(base):.2f}" if speeds and base else "-")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def compare(options):
    counts = sorted({1, options.threads or len(os.sched_getaffinity(0))})
    names = [*PEERS, *(["kedge"] if options.kedge else [])]
    results, broken = {}, set()
    with tempfile.TemporaryDirectory() as folder:
        options.traces = json_lines(options.traces, folder)
        for _ in range(options.repetitions):
            for threads in counts:
                for name in names:
                    if (name, threads) in broken:
                        continue
                    result = measured(name, threads, options)
                    if result is None:
                        broken.add((name, threads))
                    else:
                        results.setdefault((name, threads), []).append(result)
    if not results:
        sys.exit("nothing could be measured")
    first = next(iter(results.values()))[0]
    print(f"{first['bytes'] / 1e6:.1f} MB of text, {first['tokens']} tokens, median of {options.repetitions}\n")
    print(table(results, counts))
    totals = {
        name: {(r["bytes"], r["tokens"]) for (n, _), rs in results.items() if n == name for r in rs} for name in names
    }
    reference = totals["tokenizers"]
    for name, found in totals.items():
        if found and reference and found != reference:
            print(f"\n{name}: (bytes, tokens) {sorted(found)}, but tokenizers {sorted(reference)}")
    failed = ("kedge", 1) in broken or (options.kedge and reference and totals["kedge"] != reference)
    sys.exit(1 if failed else 0)


def main():
    scripts = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kedge", help="path of the kedge binary; without it only the others are measured")
    parser.add_argument("--traces", help="JSON lines or Parquet with a column generations")
    parser.add_argument("--tokenizer", default=str(scripts / "sample/tokenizer"), help="directory of a tokenizer.json")
    parser.add_argument("--threads", type=int, help="the larger thread count (default: every core)")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--worker", choices=PEERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker, options)
    else:
        compare(options)


if __name__ == "__main__":
    main()

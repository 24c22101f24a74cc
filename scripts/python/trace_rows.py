"""Trace files as Python sees them: rows of four shapes turned into prompts and traces."""

import dataclasses
import gzip
import json
import pathlib


@dataclasses.dataclass
class Row:
    """One prompt with its traces; None where the shape says nothing."""

    messages: list
    traces: list
    correct: list
    complete: list
    id: str | None = None
    answer: str | None = None
    problem: str | None = None
    source: str | None = None


def records(path):
    """The raw rows of .jsonl, .json and .parquet files, gzipped or not."""
    path = pathlib.Path(path)
    suffixes = path.suffixes
    if path.suffix == ".parquet":
        import pyarrow.parquet

        for batch in pyarrow.parquet.ParquetFile(path).iter_batches():
            yield from batch.to_pylist()
        return
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
    with opened as file:
        if ".json" in suffixes:
            yield from json.load(file)
        else:
            for line in file:
                if line.strip():
                    yield json.loads(line)


def content(value):
    return value if isinstance(value, str) else value[-1]["content"]


def flags(values, count):
    return list(values) if values is not None else [None] * count


def correctness(record, count):
    """correctness_math_verify of each trace, correctness_llama where that is null."""
    first = flags(record.get("correctness_math_verify"), count)
    second = flags(record.get("correctness_llama"), count)
    return [b if a is None else a for a, b in zip(first, second)]


def text_or_none(value):
    return None if value is None else str(value)


def row(record):
    """The Row of a raw record, by the columns that it has."""
    if "generations" in record:
        count = len(record["generations"])
        system = [m for m in record.get("messages") or [] if m["role"] == "system"]
        return Row(
            system[:1] + [{"role": "user", "content": record["problem"]}],
            record["generations"],
            correctness(record, count),
            flags(record.get("is_reasoning_complete"), count),
            text_or_none(record.get("uuid")),
            text_or_none(record.get("answer")),
            record["problem"],
            text_or_none(record.get("source")),
        )
    if "target" in record or "reward_model" in record:
        extra = record.get("extra_info") or {}
        traces = [content(answer) for answer in extra.get("answer_list") or [record["target"]]]
        users = [m["content"] for m in record["prompt"] if m["role"] == "user"]
        return Row(
            record["prompt"],
            traces,
            [None] * len(traces),
            [None] * len(traces),
            text_or_none(extra.get("index")),
            text_or_none((record.get("reward_model") or {}).get("ground_truth")),
            users[-1] if users else None,
            text_or_none(record.get("data_source")),
        )
    if "prompt" in record:
        prompt = record["prompt"]
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        return Row(messages, [content(record["completion"])], [None], [None])
    messages = record["messages"]
    last = max(index for index, m in enumerate(messages) if m["role"] == "assistant")
    return Row(messages[:last], [messages[last]["content"]], [None], [None])

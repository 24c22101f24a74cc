#!/usr/bin/env python3
"""Recompute a prefix dataset in Python and compare every array with the file.

    scripts/check-prefix-dataset.py --traces FILE [--traces FILE ...] --tokenizer DIR --dataset OUT.h5

Knows nothing of the Swift code: it reads the traces (.jsonl, .json, each also .gz, or .parquet), takes the settings
from the file's `settings` attribute and follows the description of the format. Readings that it settles:
the text of an output without a closed <think> is taken whole and stripped; a trace whose text is empty is dropped; a trace that
says nothing about its correctness or completeness does not pass a filter that asks for it; traces_per_prompt counts
what is left after the filters; prompt_index is the row's number over all files, trace_index the trace's number in
its row before any filter. Exit status 1 where anything differs.
"""

import argparse
import hashlib
import json
import pathlib
import sys

import h5py
import numpy
from tokenizers import Tokenizer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "python"))
from trace_rows import records, row  # noqa: E402

LENGTHS = ("prompt_lengths", "expert_lengths")


def chatml(messages):
    turns = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
    return turns + "<|im_start|>assistant\n"


def llama3(messages):
    turns = "".join(
        f"<|start_header_id|>{m['role']}<|end_header_id|>\n\n{m['content'].strip()}<|eot_id|>" for m in messages
    )
    return "<|begin_of_text|>" + turns + "<|start_header_id|>assistant<|end_header_id|>\n\n"


def deepseek_r1(messages):
    marks = {"system": "", "user": "<\uff5cUser\uff5c>", "assistant": "<\uff5cAssistant\uff5c>"}
    ends = {"assistant": "<\uff5cend\u2581of\u2581sentence\uff5c>"}
    turns = "".join(marks[m["role"]] + m["content"] + ends.get(m["role"], "") for m in messages)
    return "<\uff5cbegin\u2581of\u2581sentence\uff5c>" + turns + "<\uff5cAssistant\uff5c><think>\n"


def plain(messages):
    return "\n\n".join(m["content"] for m in messages)


TEMPLATES = {"chatml": chatml, "llama3": llama3, "deepseek-r1": deepseek_r1, "plain": plain}


def thought(text):
    """The text inside the first <think>...</think>, or the whole text where there is none; stripped."""
    start = text.find("<think>")
    if start < 0:
        return text.strip()
    end = text.find("</think>", start)
    return text.strip() if end < 0 else text[start + len("<think>") : end].strip()


def prompt_text(messages, settings):
    messages = [dict(m) for m in messages]
    if settings.get("system") and not any(m["role"] == "system" for m in messages):
        messages.insert(0, {"role": "system", "content": settings["system"]})
    if settings.get("prompt_suffix"):
        last = max(index for index, m in enumerate(messages) if m["role"] == "user")
        messages[last]["content"] += settings["prompt_suffix"]
    return TEMPLATES[settings["template"]](messages)


def prefix_end(ids, ratio, snap, breaks):
    if ratio == 0:
        return 0
    count = len(ids)
    cut = int(count * ratio)
    if snap == "none":
        return cut
    for index in range(cut + 1, count):
        if ids[index] in breaks:
            return index + 1 if index < count * (ratio + 0.3) else cut
    return cut


def expert_text(text, settings, opened):
    """What is kept of an output; `opened` says that the prompt already ends in an opened <think>."""
    if settings["expert_part"] == "thought":
        return thought(text)
    return text.removeprefix("<think>\n") if opened else text


def kept_traces(item, settings, opened):
    """(index, text) of the traces that pass the filters, in order."""
    kept = []
    for index, text in enumerate(item.traces):
        if settings.get("require_correct") and item.correct[index] is not True:
            continue
        if settings.get("require_complete") and item.complete[index] is not True:
            continue
        text = expert_text(text, settings, opened)
        if text:
            kept.append((index, text))
    limit = settings.get("traces_per_prompt")
    return kept[:limit] if limit else kept


def recompute(paths, oracle, settings, ratios):
    eos = oracle.token_to_id(settings["eos"])
    if eos is None:
        sys.exit(f"the EOS {settings['eos']!r} of the settings is not in the tokenizer")
    vocabulary = oracle.get_vocab(with_added_tokens=True)
    breaks = {number for entry, number in vocabulary.items() if "\u010a\u010a" in entry or "\n\n" in entry}
    out = {name: [] for name in (*LENGTHS, "prefix_ends", "prompt_index", "trace_index")}
    out |= {name: [] for name in ("ids", "answers", "problems", "sources")}
    tokens, offsets, number = [], [0], -1
    for path in paths:
        for record in records(path):
            number += 1
            item = row(record)
            written = prompt_text(item.messages, settings)
            prompt = oracle.encode(written, add_special_tokens=bool(settings.get("add_special_tokens"))).ids
            if len(prompt) > settings["max_prompt"]:
                continue
            for index, text in kept_traces(item, settings, written.endswith("<think>\n")):
                expert = oracle.encode(text, add_special_tokens=False).ids[: settings["max_expert"]] + [eos]
                tokens += prompt + expert
                offsets.append(len(tokens))
                out["prompt_lengths"].append(len(prompt))
                out["expert_lengths"].append(len(expert))
                out["prefix_ends"].append([prefix_end(expert, r, settings["snap"], breaks) for r in ratios])
                out["prompt_index"].append(number)
                out["trace_index"].append(index)
                for name, value in zip(
                    ("ids", "answers", "problems", "sources"), (item.id, item.answer, item.problem, item.source)
                ):
                    out[name].append(value)
    return {"tokens": tokens, "offsets": offsets, **out}


def difference(name, wanted, got):
    """One line about the first difference, or None. A wanted string that is None is not compared."""
    if name in ("ids", "answers", "problems", "sources"):
        got = [value.decode("utf-8") if isinstance(value, bytes) else value for value in got]
        if len(wanted) != len(got):
            return f"{name}: {len(wanted)} expected, {len(got)} found"
        for index, (a, b) in enumerate(zip(wanted, got)):
            if a is not None and a != b:
                return f"{name}[{index}]: {a!r} expected, {b!r} found"
        return None
    kind = numpy.int64 if name == "offsets" else numpy.int32
    wanted = numpy.array(wanted, dtype=kind)
    if got.dtype != kind:
        return f"{name}: type {got.dtype} instead of {numpy.dtype(kind)}"
    if name == "prefix_ends":
        wanted = wanted.reshape(len(wanted), got.shape[1] if got.ndim == 2 else 0)
    if wanted.shape != got.shape:
        return f"{name}: shape {wanted.shape} expected, {got.shape} found"
    where = numpy.argwhere(wanted != got)
    if len(where):
        at = tuple(int(i) for i in where[0])
        return f"{name}{list(at)}: {wanted[at]} expected, {got[at]} found ({len(where)} of {wanted.size} differ)"
    return None


def row_of(token, offsets):
    return int(numpy.searchsorted(offsets, token, side="right")) - 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--traces", action="append", required=True, metavar="FILE", help="in the order given to kedge")
    parser.add_argument("--tokenizer", required=True, metavar="DIR", help="directory of the tokenizer.json")
    parser.add_argument("--dataset", required=True, metavar="OUT.h5")
    options = parser.parse_args()
    path = pathlib.Path(options.tokenizer, "tokenizer.json")
    oracle = Tokenizer.from_file(str(path))
    oracle.no_truncation()
    oracle.no_padding()
    problems = []
    with h5py.File(options.dataset, "r") as file:
        attributes = {k: v.decode("utf-8") if isinstance(v, bytes) else v for k, v in file.attrs.items()}
        settings = json.loads(attributes["settings"])
        ratios = [float(r) for r in attributes["prefix_ratios"]]
        if attributes["format"] != "kedge.prefix-dataset" or int(attributes["version"]) != 1:
            problems.append(f"format {attributes['format']!r}, version {attributes['version']}")
        if attributes["tokenizer_sha256"] != hashlib.sha256(path.read_bytes()).hexdigest():
            problems.append("tokenizer_sha256 is not that of the tokenizer.json given")
        if ratios != [float(r) for r in settings["prefix_ratios"]]:
            problems.append(f"prefix_ratios {ratios} differ from those of the settings, {settings['prefix_ratios']}")
        if settings["template"] not in TEMPLATES:
            sys.exit(f"template {settings['template']!r} is not one of {', '.join(TEMPLATES)}")
        wanted = recompute(options.traces, oracle, settings, ratios)
        for name, values in wanted.items():
            if name not in file:
                problems.append(f"{name}: missing")
            elif line := difference(name, values, file[name][:]):
                problems.append(line)
        if problems and "tokens" in file and wanted["offsets"] == file["offsets"][:].tolist():
            where = numpy.flatnonzero(numpy.array(wanted["tokens"]) != file["tokens"][:])
            rows = sorted({row_of(token, wanted["offsets"]) for token in where.tolist()})
            if rows:
                problems.append(f"rows whose tokens differ: {rows[:10]} ({len(rows)} in all)")
    for line in problems:
        print(f"{options.dataset}: {line}")
    if problems:
        sys.exit(1)
    print(
        f"{options.dataset}: {len(wanted['prompt_lengths'])} rows, {len(wanted['tokens'])} tokens and "
        f"{len(ratios)} prefix ends a row equal those recomputed from {len(options.traces)} file(s) "
        f"with template {settings['template']}, expert part {settings['expert_part']}, snap {settings['snap']}"
    )


if __name__ == "__main__":
    main()

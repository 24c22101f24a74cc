#!/usr/bin/env python3
"""Policies: a training step and generation by kedge and by transformers, in one run.

The model is a Qwen2 of 39 million parameters (hidden 512, 8 layers, 8 heads, 2 heads of keys, intermediate 1408, vocabulary
32,000, tied) with random weights. Every measurement is a process of its own; the processes take turns, and best and median of
the repetitions are printed. transformers runs with its own choice of attention.

A training step is forward, backward and AdamW on the mean loss of 4 sequences of 512 tokens; bf16 means that weights, gradients
and moments are bfloat16 there. Peak memory is the largest resident set of the process, imports included (ru_maxrss, measured
from outside for both); what the interpreter takes with torch and transformers imported is printed beside it.
Generation is greedy, 64 tokens behind prompts of 16. Its limit at batch 1 is the read bandwidth over the bytes of the weights:
each token reads every weight once.

Of kedge this calls, each with --threads N --json:
    bench train-step DIR --batch 4 --length 512                           tokens_per_second, share_of_gemm_peak
    bench generate DIR --batch B --max-tokens 64 --dtype fp32|bf16        tokens_per_second
    bench bandwidth                                                       bytes_per_second
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time

DTYPES = ("fp32", "bf16")
BATCHES = (1, 8)
BATCH, LENGTH = 4, 512
PROMPT, NEW_TOKENS = 16, 64
WIDTH = {"fp32": 4, "bf16": 2}


def configuration():
    from transformers import Qwen2Config

    return Qwen2Config(
        hidden_size=512, num_hidden_layers=8, num_attention_heads=8, num_key_value_heads=2, intermediate_size=1408,
        vocab_size=32_000, tie_word_embeddings=True, max_position_embeddings=4096, bos_token_id=1, eos_token_id=2,
    )


# Workers: each prints a JSON object ------------------------------------------------------------------------------------


def load(directory, dtype):
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(
        directory, dtype={"fp32": torch.float32, "bf16": torch.bfloat16}[dtype]
    )


def work_train(options):
    import torch

    model = load(options.model, options.dtype).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)
    ids = torch.randint(32_000, (BATCH, LENGTH), generator=torch.Generator().manual_seed(0))
    seconds = []
    for _ in range(options.steps + 1):
        start = time.perf_counter()
        optimiser.zero_grad(set_to_none=True)
        model(ids, labels=ids).loss.backward()
        optimiser.step()
        seconds.append(time.perf_counter() - start)
    return {"tokens_per_second": BATCH * LENGTH / min(seconds[1:])}


def work_generate(options):
    import torch
    from transformers import GenerationConfig

    model = load(options.model, options.dtype).eval()
    ids = torch.randint(3, 32_000, (options.batch, PROMPT), generator=torch.Generator().manual_seed(0))
    settings = GenerationConfig(max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=0)
    seconds = []
    for _ in range(options.steps + 1):
        start = time.perf_counter()
        made = model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=settings)
        seconds.append(time.perf_counter() - start)
        assert made.shape[1] == PROMPT + NEW_TOKENS
    return {"tokens_per_second": options.batch * NEW_TOKENS / min(seconds[1:])}


def work_make(options):
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(configuration())
    model.save_pretrained(options.model)
    return {"parameters": model.num_parameters()}


def work(options):
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(options.threads)
    imported = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    workers = {"make": work_make, "train": work_train, "generate": work_generate, "import": lambda _: {}}
    result = workers[options.worker](options)
    print(json.dumps(result | {"imported_bytes": imported}))


# The comparison --------------------------------------------------------------------------------------------------------


class TooSlow(Exception):
    """A process that was ended because it took too long."""


def measured(command, limit=None):
    """The JSON that a process prints, with its peak memory; None, and a line on standard error, where it fails.

    A process inherits the peak of the one that starts it: this one imports nothing large.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=errors)
        timer = threading.Timer(limit, process.kill) if limit else None
        started = time.monotonic()
        if timer:
            timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        if timer:
            timer.cancel()
        if limit and time.monotonic() - started >= limit:
            process.returncode = os.waitstatus_to_exitcode(status)
            print(f"more than {limit} s, left out: {' '.join(map(str, command))}", file=sys.stderr)
            raise TooSlow
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            lines = errors.read().strip().splitlines() or [f"exit status {process.returncode}"]
            print(f"{' '.join(map(str, command[:4]))}: {lines[-1]}", file=sys.stderr)
            return None
        return json.loads(output.read()) | {"peak": usage.ru_maxrss * 1024}


def measurements(options, model):
    """Names and commands."""
    def worker(name, *more):
        return [sys.executable, __file__, "--worker", name, "--model", model, "--threads", options.threads,
                "--steps", options.steps, *more]

    def kedge(*words):
        return [options.kedge, "bench", *words, "--threads", options.threads, "--json"]

    result = {("import", "transformers"): worker("import")}
    for dtype in DTYPES:
        result["train", "transformers", dtype] = worker("train", "--dtype", dtype)
        for batch in BATCHES:
            result["generate", "transformers", dtype, batch] = worker("generate", "--dtype", dtype, "--batch", batch)
    if options.kedge:
        result["bandwidth", "kedge"] = kedge("bandwidth")
        result["train", "kedge", "fp32"] = kedge("train-step", model, "--batch", BATCH, "--length", LENGTH)
        for dtype in DTYPES:
            for batch in BATCHES:
                result["generate", "kedge", dtype, batch] = kedge(
                    "generate", model, "--batch", batch, "--max-tokens", NEW_TOKENS, "--dtype", dtype)
    return result


class Results(dict):
    """For each measurement, what its repetitions gave."""

    def numbers(self, key, field):
        return [one[field] for one in self.get(key, []) if one.get(field) is not None]

    def best(self, key, field="tokens_per_second"):
        return max(self.numbers(key, field), default=None)

    def median(self, key, field="tokens_per_second"):
        values = self.numbers(key, field)
        return statistics.median(values) if values else None


def number(value, unit=1, digits=0):
    return "-" if value is None else f"{value / unit:,.{digits}f}"


def ratio(a, b, digits=2):
    return "-" if not a or not b else f"{a / b:.{digits}f}"


def table(titles, rows):
    lines = ["| " + " | ".join(titles) + " |", "|---" + "|---:" * (len(titles) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def report_training(results):
    ours = "train", "kedge", "fp32"
    rows = []
    for key in (ours, *(("train", "transformers", dtype) for dtype in DTYPES)):
        memory = results.median(key, "peak")
        rows.append([
            "kedge" if key == ours else f"transformers {key[2]}", number(results.best(key)), number(results.median(key)),
            ratio(results.median(ours), results.median(key)), number(memory, 1e6), ratio(results.median(ours, "peak"), memory),
        ])
    print(table(["training step", "tokens/s, best", "median", "kedge is x times", "peak MB", "kedge takes"], rows))
    print(f"transformers imported, nothing else: {number(results.median(('import', 'transformers'), 'peak'), 1e6)} MB")
    share = results.best(ours, "share_of_gemm_peak")
    if share is not None:
        print(f"kedge reaches {share:.0%} of the machine's peak of matrix products")
    print()


def report_generation(results, parameters):
    bandwidth = results.best(("bandwidth", "kedge"), "bytes_per_second")
    rows = []
    for dtype in DTYPES:
        for batch in BATCHES:
            ours, theirs = ("generate", "kedge", dtype, batch), ("generate", "transformers", dtype, batch)
            limit = bandwidth / (parameters * WIDTH[dtype]) if bandwidth and batch == 1 else None
            rows.append([
                f"{dtype}, batch {batch}", number(results.best(ours)), number(results.median(ours)),
                number(results.best(theirs)), number(results.median(theirs)),
                ratio(results.median(ours), results.median(theirs)), number(limit), ratio(results.best(ours), limit),
            ])
    titles = ["generation", "kedge tokens/s, best", "median", "transformers, best", "median", "ratio of medians",
              "limit of bandwidth", "share of it"]
    print(table(titles, rows))
    print(f"read bandwidth: {number(bandwidth, 1e9, 1)} GB/s; weights: {parameters * 4 / 1e6:.0f} MB in fp32")


def compare(options):
    with tempfile.TemporaryDirectory() as folder:
        made = measured([sys.executable, __file__, "--worker", "make", "--model", folder, "--threads", options.threads])
        if made is None:
            sys.exit(1)
        parameters = made["parameters"]
        commands = measurements(options, folder)
        results, broken, slow = Results(), set(), set()
        for _ in range(options.repetitions):
            for key, command in commands.items():
                if key in broken or key in slow:
                    continue
                try:
                    result = measured(command, options.limit)
                except TooSlow:
                    slow.add(key)
                    continue
                if result is None:
                    broken.add(key)
                else:
                    results.setdefault(key, []).append(result)
    print(f"{parameters / 1e6:.1f} million parameters, {options.threads} threads, {options.repetitions} repetitions\n")
    report_training(results)
    report_generation(results, parameters)
    sys.exit(1 if broken else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kedge", help="path of the kedge binary; without it only transformers is measured")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repetitions", type=int, default=3, help="processes for each measurement")
    parser.add_argument("--steps", type=int, default=3, help="timed steps in each process of transformers; the best counts")
    parser.add_argument("--limit", type=float, default=120, help="seconds; a process that takes longer is left out of the tables")
    parser.add_argument("--worker", choices=("make", "train", "generate", "import"), help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    parser.add_argument("--dtype", choices=DTYPES, help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options)
    else:
        compare(options)


if __name__ == "__main__":
    main()

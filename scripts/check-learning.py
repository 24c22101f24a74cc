#!/usr/bin/env python3
"""Does kedge train teach: a small verifiable task, warmed up by SFT, then TRAPO; held-out accuracy before and after.

    python3 scripts/check-learning.py .build/release/kedge [--objective NAME] [--updates N] [--threads N] [--heterogeneity P] [--keep DIRECTORY]

The task is that of `kedge demo`: four digits go through six operations, and an expert writes each of them with the digits after
it, and the result in a box; with the probability --heterogeneity it does two operations and writes only the second state.
Nothing but the standard library is needed. The status is 1 where the mean of held-out rewards does not rise by 0.1.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kedge")
    parser.add_argument("--objective", default="trapo")
    parser.add_argument("--updates", type=int, default=100)
    parser.add_argument("--warm-up", type=int, default=350)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--heterogeneity", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = pathlib.Path(options.keep or temporary)
        place.mkdir(exist_ok=True)
        return teach(options, place)


def teach(options, place):
    def kedge(*words):
        start = time.monotonic()
        run = subprocess.run(
            [options.kedge, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode:
            raise SystemExit(f"kedge {' '.join(map(str, words))}: {run.stderr.strip()}")
        print(f"{time.monotonic() - start:7.1f} s  kedge {words[0]}", file=sys.stderr)
        return run.stdout

    seed = options.seed
    tokenizer = place / "tokenizer"
    kedge("demo", "model", tokenizer)
    # Nearly all chains of the warm-up are short, so that the model knows the steps and seldom gets through six.
    for index, (name, number, words) in enumerate([
        ("warm-up", 20000, ["--short-share", 0.9, "--heterogeneity", options.heterogeneity]),
        ("train", 4000, ["--heterogeneity", options.heterogeneity]), ("held-out", 200, ["--split", "held-out"]),
    ]):
        kedge("demo", "problems", "--count", number, "--seed", 10 * seed + index, *words, "--output", place / f"{name}.jsonl", "--force")
    for name in ["warm-up", "train", "held-out"]:
        kedge(
            "tokenize", place / f"{name}.jsonl", "--tokenizer", tokenizer, "--expert-part", "full",
            "--snap", "none", "--output", place / f"{name}.h5", "--force")
    kedge(
        "init", tokenizer / "config.json", "--output", place / "start", "--tokenizer", tokenizer,
        "--seed", seed)
    common = [
        "seed: %d" % seed, "adam_beta2: 0.99", "weight_decay: 0.01", "lr_scheduler_type: constant", "save_total_limit: 1",
        "per_device_train_batch_size: 128",
    ]
    (place / "warm-up.yaml").write_text("\n".join(common + [
        f"model_name_or_path: {place}/start", f"dataset_name: {place}/warm-up.h5", f"output_dir: {place}/warmed",
        "objective: sft", f"max_steps: {options.warm_up}", "learning_rate: 1.0e-3", "save_steps: 100000"]) + "\n")
    kedge("train", place / "warm-up.yaml", "--threads", options.threads, "--force")
    warmed = place / "warmed" / f"checkpoint-{options.warm_up}"
    before = accuracy(kedge, warmed, place, options)
    rollouts = [] if options.objective in ["sft", "dft", "trsft"] else [
        "num_generations: 8", "max_completion_length: 48", "temperature: 1.0"]
    (place / "run.yaml").write_text("\n".join(common + rollouts + [
        f"model_name_or_path: {warmed}", f"dataset_name: {place}/train.h5", f"output_dir: {place}/trained",
        f"objective: {options.objective}", f"max_steps: {options.updates}", f"learning_rate: {options.learning_rate}",
        "save_steps: 100000"]) + "\n")
    kedge("train", place / "run.yaml", "--threads", options.threads, "--force")
    after = accuracy(kedge, place / "trained" / f"checkpoint-{options.updates}", place, options)
    for name in ["mean@8", "pass@8"]:
        print(f"{options.objective}: held-out {name} {before[name]:.3f} before, {after[name]:.3f} after")
    return 0 if after["mean@8"] >= before["mean@8"] + 0.1 else 1


def accuracy(kedge, model, place, options):
    text = kedge(
        "evaluate", model, "--dataset", place / "held-out.h5", "--tokenizer", place / "tokenizer", "--num-generations", 8,
        "--k", 8, "--max-tokens", 48, "--threads", options.threads, "--json")
    return {f"{row['measure'].replace('@k', '')}@{row['k']}": row["mean"] for row in json.loads(text)["measures"]}


if __name__ == "__main__":
    sys.exit(main())

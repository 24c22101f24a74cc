#!/usr/bin/env python3
"""Does kedge train teach: a small verifiable task, warmed up by SFT, then TRAPO; held-out accuracy before and after.

    python3 scripts/check-learning.py .build/release/kedge [--objective NAME] [--updates N] [--threads N] [--leap P] [--keep DIRECTORY]

The task: four digits go through six operations, written as letters (a: each digit plus 1; t: times 3; c: nines' complement;
r: reversed; o: rotated to the left; s: the halves swapped). An expert writes each operation and the digits after it, and the
result in a box; with the probability --leap it does two operations and writes only the second state. Nothing but the standard
library is needed. The status is 1 where the mean of held-out rewards does not rise by 0.1.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

EOS, BOX = "<|end|>", "\\boxed{"
PIECES = [*"0123456789", *"atcros", " ", ":", "}", EOS, BOX]
OPERATIONS = {
    "a": lambda d: [(x + 1) % 10 for x in d], "t": lambda d: [x * 3 % 10 for x in d],
    "c": lambda d: [9 - x for x in d], "r": lambda d: d[::-1], "o": lambda d: d[1:] + d[:1],
    "s": lambda d: d[2:] + d[:2],
}


def problem(random_numbers, length, leap):
    digits = [random_numbers.randrange(10) for _ in range(4)]
    names = [random_numbers.choice("atcros") for _ in range(length)]
    text = "".join(map(str, digits)) + "".join(names) + ":"
    steps, hidden = [], False
    for place, name in enumerate(names):
        digits = OPERATIONS[name](digits)
        # A leap hides this state; the next one is written then.
        hidden = not hidden and place + 1 < len(names) and random_numbers.random() < leap
        steps.append(name if hidden else name + "".join(map(str, digits)) + " ")
    answer = "".join(map(str, digits))
    return text, "".join(steps) + BOX + answer + "}", answer


def write_traces(path, seed, count, lengths, leap):
    random_numbers = random.Random(seed)
    with open(path, "w") as file:
        for number in range(count):
            text, trace, answer = problem(random_numbers, random_numbers.choice(lengths), leap)
            row = {"problem": text, "answer": answer, "generations": [trace], "uuid": f"{seed}-{number}"}
            file.write(json.dumps(row) + "\n")


def write_tokenizer(place):
    place.mkdir()
    ids = {piece: number for number, piece in enumerate(PIECES)}
    added = [
        {"id": ids[piece], "content": piece, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": piece == EOS} for piece in [EOS, BOX]]
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": None, "post_processor": None, "decoder": {"type": "Fuse"},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "vocab": ids, "merges": []},
    }
    (place / "tokenizer.json").write_text(json.dumps(tokenizer))
    (place / "tokenizer_config.json").write_text(json.dumps({"eos_token": EOS}))
    (place / "config.json").write_text(json.dumps({
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 96, "intermediate_size": 256,
        "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 4, "vocab_size": len(PIECES),
        "max_position_embeddings": 128, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "tie_word_embeddings": True,
        "hidden_act": "silu", "initializer_range": 0.05, "bos_token_id": None, "eos_token_id": ids[EOS],
        "use_sliding_window": False}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kedge")
    parser.add_argument("--objective", default="trapo")
    parser.add_argument("--updates", type=int, default=100)
    parser.add_argument("--warm-up", type=int, default=350)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--leap", type=float, default=0.1)
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
    write_tokenizer(place / "tokenizer")
    # Nearly all chains of the warm-up are short, so that the model knows the steps and seldom gets through six.
    write_traces(place / "warm-up.jsonl", seed + 1, 20000, [1, 2, 3] * 13 + [6], options.leap)
    write_traces(place / "train.jsonl", seed + 2, 4000, [6], options.leap)
    write_traces(place / "held-out.jsonl", seed + 3, 200, [6], 0)
    for name in ["warm-up", "train", "held-out"]:
        kedge(
            "tokenize", place / f"{name}.jsonl", "--tokenizer", place / "tokenizer", "--template", "plain",
            "--expert-part", "full", "--snap", "none", "--output", place / f"{name}.h5", "--force")
    kedge(
        "init", place / "tokenizer" / "config.json", "--output", place / "start", "--tokenizer", place / "tokenizer",
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

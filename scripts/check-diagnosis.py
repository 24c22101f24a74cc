#!/usr/bin/env python3
"""Compare what `kedge diagnose` writes with mpmath in 100 digits, and models with transformers.

    "$(scripts/python/venv.sh checkpoints)" scripts/check-diagnosis.py [--kedge PATH] [--seed 0] [--rounds 3]

Dumps of logits of every type and format, close and far policies, huge offsets, -infinity, one-hot rows, temperatures, padding
columns: every column of the diagnosis to a relative 1e-9, of float64 inputs to 1e-8.
Models that transformers made: log-probabilities to 1e-4, and exactly 0 for a model beside itself. Broken dumps end with one
line that names file, row and column.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import h5py
import ml_dtypes
import numpy as np
import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "python"))
from divergence_reference import statistics  # noqa: E402

TOLERANCE = 1e-9
failures = []
compared = 0


def kedge(program, *arguments, fails=False):
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if fails != (result.returncode != 0):
        sys.exit(f"kedge {' '.join(map(str, arguments))}\nstatus {result.returncode}\n{result.stdout}{result.stderr}")
    return result


def rows(random, kind, count, vocabulary):
    x = random.normal(0, 3, (count, vocabulary))
    if kind == "identical":
        return x, x.copy()
    if kind in ("close", "very close", "far"):
        return x, x + random.normal(0, {"close": 1e-2, "very close": 1e-6, "far": 4}[kind], x.shape)
    if kind == "peaked":
        x[np.arange(count), random.integers(0, vocabulary, count)] += 60
        return x, x + random.normal(0, 0.5, x.shape)
    if kind == "offset":
        return x + 1e4, x + random.normal(0, 0.1, x.shape) - 3e4
    if kind == "masked":
        y = x + random.normal(0, 0.5, x.shape)
        x[random.random(x.shape) < 0.3] = -np.inf
        y[random.random(x.shape) < 0.3] = -np.inf
        x[:, 0], y[:, 0] = 0, 0
        return x, y
    if kind == "same support":
        y = x + random.normal(0, 0.5, x.shape)
        away = random.random(x.shape) < 0.5
        away[:, 0] = False
        x[away], y[away] = -np.inf, -np.inf
        return x, y
    if kind == "one-hot":
        x[:], y = -np.inf, np.full_like(x, -np.inf)
        x[:, 1] = 0
        y[:, 1] = 5
        y[::2, 2] = 4
        return x, y
    raise ValueError(kind)


def save(path, array, kind, **beside):
    name = path.name
    if name.endswith(".npy"):
        np.save(path, array)
    elif name.endswith(".npz"):
        np.savez(path, logits=array, **beside) if "stored" in name else np.savez_compressed(path, logits=array, **beside)
    elif name.endswith(".safetensors"):
        tensors = {"logits": array} | beside
        save_file(
            {
                k: torch.from_numpy(v.view(np.int16)).view(torch.bfloat16) if v.dtype == ml_dtypes.bfloat16 else torch.from_numpy(v)
                for k, v in tensors.items()
            },
            path,
        )
    else:
        with h5py.File(path, "w") as file:
            file.create_dataset("logits", data=array, chunks=(min(4, len(array)), array.shape[-1]), compression="gzip", shuffle=True)
            for key, value in beside.items():
                file[key] = value


def compare(name, kind, path, x, y, targets, temperature, k):
    global compared
    with h5py.File(path) as file:
        columns = {key: file[key][()] for key in file if file[key].ndim >= 1}
    worst = {}
    for row in range(len(x)):
        wanted = statistics(x[row], y[row], None if targets is None else int(targets[row]), temperature, k)
        for key, value in wanted.items():
            found = columns[key][row]
            if key.startswith("top_ids"):
                if list(found[: len(value)]) != list(value) or (found[len(value) :] != -1).any():
                    failures.append(f"{name}: row {row}: {key} {found} instead of {value}")
                continue
            compared += 1
            # What 100 digits leave of 0.
            value = 0.0 if abs(float(value)) < 1e-60 else float(value)
            if np.isnan(value):
                if not np.isnan(found):
                    failures.append(f"{name}: row {row}: {key} is {found!r} instead of NaN")
                continue
            if np.isinf(value) or value == 0:
                # Only what is exactly 0 or infinite by its nature; what underflows may be tiny.
                if found != value and not (value == 0 and abs(found) < 1e-60):
                    failures.append(f"{name}: row {row}: {key} is {found!r} instead of {value!r}")
                continue
            scale = max(abs(value), 1e-290)
            # Differences of larger numbers, which may come out next to 0 by chance.
            if key in ("log_prob_reference", "log_prob_policy", "log_normaliser_reference", "log_normaliser_policy"):
                scale = max(scale, 1e-3)
            chance = abs(float(wanted["log_ratio"])) if key in ("log_ratio", "k1", "k2", "k3", "delta_p") else 1
            # What is left of 1e-9 where a ratio comes out next to 0: 1e-12 of far policies, and 1e-16 of close ones.
            scale = max(scale, scale / max(chance, 1e-300) * (1e-7 if "close" in kind else 1e-3))
            error = abs(float(found) - value) / scale
            if key in worst and worst[key][0] >= error:
                continue
            worst[key] = (error, row, found, value)
    for key, (error, row, found, value) in worst.items():
        if not error <= (10 * TOLERANCE if " float64 " in name else TOLERANCE):
            failures.append(f"{name}: row {row}: {key} {found!r} instead of {value!r} ({error:.1e})")
    for key in ("kl_reference_policy", "kl_policy_reference", "js", "k3"):
        if (columns[key] < 0).any():
            failures.append(f"{name}: a negative {key}")
    return max((w[0] for w in worst.values()), default=0)


def check_dumps(program, directory, random):
    formats = [".npy", "-stored.npz", ".npz", ".safetensors", ".h5"]
    types = [np.float32, np.float64, np.float16, ml_dtypes.bfloat16]
    kinds = ["identical", "close", "very close", "far", "peaked", "offset", "masked", "same support", "one-hot"]
    for number, kind in enumerate(kinds):
        for type in types:
            ending = formats[random.integers(len(formats))]
            # h5py and NumPy's archives know no bfloat16.
            if type is ml_dtypes.bfloat16 and ending != ".safetensors":
                ending = ".safetensors"
            vocabulary = int(random.choice([3, 17, 64, 300, 1000])) if kind != "one-hot" else 11
            count, k = int(random.integers(2, 12)), int(random.integers(1, 12))
            temperature = float(random.choice([1.0, 1.0, 0.7, 2.5]))
            padding = int(random.choice([0, 0, 5]))
            x, y = (np.concatenate([a, random.normal(9, 3, (count, padding))], 1) for a in rows(random, kind, count, vocabulary))
            with np.errstate(over="ignore"):
                x, y = x.astype(type), y.astype(type)
            if not (np.isfinite(x.astype(float)).any(1) & np.isfinite(y.astype(float)).any(1)).all():
                continue
            targets = random.integers(0, vocabulary, count).astype(np.int64)
            paths = [directory / f"{name}{ending}" for name in "xy"]
            targets_path = directory / "ids.npy"
            np.save(targets_path, targets)
            for path, array in zip(paths, (x, y)):
                save(path, array, type)
            out = directory / "out.h5"
            kedge(
                program, "diagnose", "--reference", paths[0], "--policy", paths[1], "--token-ids", targets_path, "--shift", "none",
                "--temperature", temperature, "--top-k", k, "--vocabulary-size", vocabulary, "--output", out, "--force", "--json",
            )
            x, y = (a[:, :vocabulary].astype(np.float64) for a in (x, y))
            worst = compare(f"{kind} {np.dtype(type).name} {ending} V={vocabulary}", kind, out, x, y, targets, temperature, min(k, vocabulary))
            if kind == "identical":
                with h5py.File(out) as file:
                    for key in ("kl_reference_policy", "kl_policy_reference", "js", "total_variation", "hellinger", "chi_square", "topk_kl", "k3"):
                        if (file[key][()] != 0).any():
                            failures.append(f"identical policies: {key} is not 0 throughout")
            print(f"  {kind:14} {np.dtype(type).name:9} {ending:12} V {vocabulary:5}  largest relative error {worst:.1e}")


def check_models(program, directory, seed):
    torch.manual_seed(seed)
    base = dict(
        hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, vocab_size=2048,
        initializer_range=0.1, bos_token_id=1, eos_token_id=2,
    )
    tokenizer = ROOT / "scripts" / "sample" / "tokenizer"
    data = directory / "data.h5"
    kedge(program, "tokenize", ROOT / "scripts" / "sample" / "traces.jsonl", "--tokenizer", tokenizer, "--output", data, "--force")
    with h5py.File(data) as file:
        base["vocab_size"] = max(base["vocab_size"], int(file["tokens"][()].max()) + 1)
        rows = [file["tokens"][a:b] for a, b in zip(file["offsets"][:-1], file["offsets"][1:])]
    for family, configuration in (("qwen2", Qwen2Config(**base)), ("llama", LlamaConfig(**base))):
        first = AutoModelForCausalLM.from_config(configuration, torch_dtype=torch.float32).eval()
        second = AutoModelForCausalLM.from_config(configuration, torch_dtype=torch.float32).eval()
        with torch.no_grad():
            for a, b in zip(first.parameters(), second.parameters()):
                b.copy_(a + 0.02 * torch.randn_like(a))
        paths = [directory / f"{family}-{name}" for name in "pq"]
        for model, path in zip((first, second), paths):
            model.save_pretrained(path)
        out = directory / "models.h5"
        kedge(
            program, "diagnose", "--reference", paths[0], "--policy", paths[1], "--dataset", data, "--output", out, "--force", "--json",
            "--tokenizer", tokenizer,
        )
        worst = {"log_prob_reference": 0.0, "log_prob_policy": 0.0, "kl_reference_policy": 0.0}
        with h5py.File(out) as file, torch.no_grad():
            offsets = file["sequence_offsets"][()]
            assert len(offsets) == len(rows) + 1 and offsets[-1] == sum(len(r) - 1 for r in rows)
            for number, row in enumerate(rows):
                ids = torch.from_numpy(row.astype(np.int64))[None]
                p, q = (torch.log_softmax(m(ids).logits[0, :-1].double(), -1) for m in (first, second))
                targets = ids[0, 1:, None]
                part = slice(offsets[number], offsets[number + 1])
                for key, value in (
                    ("log_prob_reference", p.gather(1, targets)[:, 0]), ("log_prob_policy", q.gather(1, targets)[:, 0]), ("kl_reference_policy", (p.exp() * (p - q)).sum(1)),
                ):
                    worst[key] = max(worst[key], float(np.abs(file[key][part] - value.numpy()).max()))
        print(f"  {family}: {offsets[-1]} tokens, largest differences from transformers: {json.dumps(worst)}")
        if max(worst.values()) > 1e-4:
            failures.append(f"{family}: {worst}")
        kedge(program, "diagnose", "--reference", paths[0], "--policy", paths[0], "--dataset", data, "--output", out, "--force")
        with h5py.File(out) as file:
            if any((file[key][()] != 0).any() for key in ("kl_reference_policy", "kl_policy_reference", "js", "log_ratio", "k3")):
                failures.append(f"{family}: a model beside itself differs")


def check_memory(program, directory):
    """Two dumps of 10 GB, nearly all of which is a hole: memory must not follow the size."""
    vocabulary, count = 151_936, 16_500
    for name in "xy":
        with open(directory / f"{name}-large.npy", "wb") as file:
            header = {"descr": "<f4", "fortran_order": False, "shape": (count, vocabulary)}
            np.lib.format.write_array_header_1_0(file, header)
            file.truncate(file.tell() + count * vocabulary * 4)
    command = [
        program, "diagnose", "--reference", directory / "x-large.npy", "--policy", directory / "y-large.npy", "--output", directory / "l.h5",
        "--force", "--resamples", "10",
    ]
    # Not wait4's figure: it counts what this process had when it forked.
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    kilobytes = 0
    while child.poll() is None:
        status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
        kilobytes = max([kilobytes] + [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")])
        time.sleep(0.1)
    megabytes = kilobytes / 1000
    print(f"  2 x {count * vocabulary * 4 / 1e9:.1f} GB: {megabytes:.0f} MB")
    if child.returncode != 0 or not 1 < megabytes < 300:
        failures.append(f"10 GB: status {child.returncode}, {megabytes:.0f} MB")


def check_errors(program, directory):
    good = np.zeros((6, 40), np.float32)
    np.save(directory / "good.npy", good)

    def refused(what, *parts, array=None, write=None, policy="bad.npy", more=()):
        if array is not None:
            np.save(directory / "bad.npy", array)
        if write:
            write(directory / "bad.npy")
        result = kedge(
            program, "diagnose", "--reference", directory / "good.npy", "--policy", directory / policy, "--output", directory / "e.h5",
            "--force", *more, fails=True,
        )
        line = result.stderr.strip()
        print(f"  {what}: {line}")
        if line.count("\n") or not all(str(part) in line for part in parts):
            failures.append(f"{what}: {line!r} lacks one of {parts}")
        if (directory / "e.h5").exists():
            failures.append(f"{what}: left an output")

    for number, name in ((np.nan, "NaN"), (np.inf, "inf")):
        bad = good.copy()
        bad[4, 7] = number
        refused(name, "bad.npy", "row 4", "column 7", array=bad)
    bad = good.copy()
    bad[3] = -np.inf
    refused("no probability", "bad.npy", "row 3", array=bad)
    refused("fewer rows", "bad.npy", "5", "6", array=good[:5])
    refused("fewer columns", "bad.npy", "39", "40", array=good[:, :39])
    refused("two sequences and one", "bad.npy", array=good.reshape(2, 3, 40))
    refused("truncated", "bad.npy", write=lambda path: path.write_bytes((directory / "good.npy").read_bytes()[:-10]))
    refused("no dump", "bad.npy", write=lambda path: path.write_bytes(b"hello"))
    np.save(directory / "ids.npy", np.arange(5))
    refused("ids of another length", "ids.npy", array=good, more=("--token-ids", directory / "ids.npy"))
    np.save(directory / "ids.npy", np.array([0, 1, 2, 40, 4, 5]))
    refused("an id past the vocabulary", "row 3", "40", array=good, more=("--token-ids", directory / "ids.npy"))
    refused("nothing there", "none.npy", policy="none.npy")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kedge", default=str(ROOT / ".build" / "release" / "kedge"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        for round in range(options.rounds):
            print(f"dumps, seed {options.seed + round}")
            check_dumps(options.kedge, directory, np.random.default_rng(options.seed + round))
        print("models")
        check_models(options.kedge, directory, options.seed)
        print("memory")
        check_memory(options.kedge, directory)
        print("errors")
        check_errors(options.kedge, directory)
    print(f"{compared} numbers compared, {len(failures)} differ")
    for failure in failures[:40]:
        print("  " + failure)
    sys.exit(1 if failures else 0)


main()

#!/usr/bin/env python3
"""Damage checkpoints of every format and see that kedge reads or refuses them: anything else is a finding.

A run may end with exit status 0, or with 1 and one line on standard error that begins with "kedge: "; warnings on standard error
may come before it. A signal, another status, a time limit, more memory than allowed, a file beside the output, or a changed input is
a finding, and the file is kept. The seeds are written anew by the formats' own libraries, or given.

    "$(scripts/python/venv.sh checkpoints)" scripts/fuzz-checkpoints.py --kedge .build/release/kedge [--minutes N] [FILES...]
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

EXTREMES = [0, 1, 2, 7, 255, 65535, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
SUFFIXES = [".safetensors", ".weights.h5", ".h5", ".npz", ".npy", ".pt", ".gguf"]


def make_seeds(folder):
    """Small files of every format, by the formats' own libraries."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import gguf
    import h5py
    import numpy
    import torch
    from safetensors.torch import save_file

    matrix = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    state = {"a.weight": matrix, "a.bias": torch.ones(4, dtype=torch.bfloat16), "n": torch.tensor(3)}
    save_file(state, folder / "a.safetensors", metadata={"format": "pt", "note": "x"})
    torch.save(state, folder / "a.pt")
    torch.save({"model": {"w": matrix.t(), "v": matrix[:, 2], "e": matrix[0].expand(3, 6)}, "step": 3}, folder / "b.pt")
    torch.save({"p": torch.nn.Parameter(matrix), "l": [matrix, (matrix[1:],)]}, folder / "c.pt")
    arrays = {"x": matrix.numpy(), "f": numpy.asfortranarray(matrix.numpy()), "b": numpy.array([True, False])}
    numpy.savez(folder / "a.npz", **arrays)
    numpy.savez_compressed(folder / "b.npz", **arrays)
    numpy.save(folder / "a.npy", arrays["f"])
    for name, version in [("earliest.h5", "earliest"), ("latest.h5", "latest")]:
        with h5py.File(folder / name, "w", libver=version) as file:
            file.attrs["note"] = "x"
            file["plain"] = matrix.numpy()
            file.create_dataset("group/gzip", data=numpy.arange(4000.0), chunks=(500,), compression="gzip", shuffle=True)
            file.create_dataset("group/sum", data=numpy.arange(40), chunks=(7,), fletcher32=True)
            file.create_dataset("group/grid", data=numpy.ones((9, 11), "f2"), chunks=(4, 4), maxshape=(None, None))
            file["text"] = "not a number"
            file["scalar"] = numpy.float64(2)
            file["alias"] = h5py.SoftLink("/plain")
            for number in range(20):
                file[f"many/{number}"] = numpy.int8(number)
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save_weights(folder / "k.weights.h5")
    writer = gguf.GGUFWriter(folder / "a.gguf", "llama")
    writer.add_array("tokenizer.ggml.tokens", ["a", "b", "c"])
    writer.add_float32("f", 1.5)
    writer.add_tensor("w", matrix.numpy())
    writer.add_tensor("h", matrix.numpy().astype(numpy.float16))
    writer.add_tensor("q", numpy.zeros((2, 34), numpy.uint8), raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def change_bytes(data, dice):
    data = bytearray(data)
    # Headers are at the front, and in archives at the end.
    spans = [(0, min(len(data), 512)), (max(0, len(data) - 512), len(data)), (0, len(data))]
    for _ in range(dice.choice([1, 1, 2, 4, 16])):
        if len(data) < 16:
            break
        low, high = dice.choice(spans)
        at = dice.randrange(min(low, len(data) - 9), max(1, min(high, len(data) - 8)))
        kind = dice.randrange(8)
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[at] = dice.randrange(256)
        elif kind == 2:
            width = dice.choice([1, 2, 4, 8])
            data[at : at + width] = (dice.choice(EXTREMES) & ((1 << 8 * width) - 1)).to_bytes(width, "little")
        elif kind == 3:
            width = dice.choice([2, 4, 8])
            value = int.from_bytes(data[at : at + width], "little") + dice.choice([-1, 1, 8, -8, 1 << 12])
            data[at : at + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")
        elif kind == 4:
            del data[at : at + dice.randrange(1, 20)]
        elif kind == 5:
            data[at:at] = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 20)))
        elif kind == 6:
            size, source = dice.randrange(1, 64), dice.randrange(len(data))
            data[at : at + size] = data[source : source + size]
        elif dice.random() < 0.3:
            del data[dice.randrange(len(data)) :]
    return bytes(data)


class Fuzzer:
    def __init__(self, arguments, seeds):
        self.kedge = str(pathlib.Path(arguments.kedge).resolve())
        self.memory = arguments.memory << 20
        self.findings = arguments.findings
        self.seeds = seeds

    def limit(self):
        resource.setrlimit(resource.RLIMIT_AS, (self.memory, self.memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def one(self, number, folder):
        dice = random.Random(number)
        seed = dice.choice(self.seeds)
        suffix = next(s for s in SUFFIXES if seed.name.endswith(s))
        place = pathlib.Path(folder, str(number))
        place.mkdir()
        path = place / f"x{suffix}"
        data = change_bytes(seed.read_bytes(), dice)
        path.write_bytes(data)
        commands = [
            ["inspect", path.name, "--json"],
            ["inspect", path.name, "--stats", "--hash"],
            ["verify", path.name],
            ["convert", path.name, "out.safetensors"],
            ["convert", path.name, "out.h5", "--compress"],
            ["diff", path.name, path.name],
        ]
        command = dice.choice(commands)
        try:
            run = subprocess.run(
                [self.kedge, *command, "--threads", "2"] if command[0] != "verify" else [self.kedge, *command],
                cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, preexec_fn=self.limit,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return self.keep(place, path, number, f"{command}: time limit")
        text = run.stderr.decode(errors="replace")
        expected = {path.name} | ({command[2]} if command[0] == "convert" and run.returncode == 0 else set())
        present = set(os.listdir(place))
        if present != expected:
            return self.keep(place, path, number, f"{command}: left {sorted(present)}")
        if path.read_bytes() != data:
            return self.keep(place, path, number, f"{command}: the input was changed")
        lines = text.splitlines()
        fine = run.returncode == 0 or (run.returncode == 1 and lines and lines[-1].startswith("kedge: "))
        if not fine or any(not line.startswith("kedge: ") for line in lines):
            return self.keep(place, path, number, f"{command}: status {run.returncode}: {text[:500]!r}")
        shutil.rmtree(place)
        return run.returncode, None

    def keep(self, place, path, number, what):
        self.findings.mkdir(exist_ok=True)
        shutil.copy(path, self.findings / f"{number}-{path.name}")
        shutil.rmtree(place)
        return 2, f"{number}: {what}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="files to damage (default: made anew)")
    parser.add_argument("--kedge", required=True, help="the program")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory", type=int, default=2048, help="address space of a run in MiB")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--findings", type=pathlib.Path, default=pathlib.Path("checkpoint-findings"))
    arguments = parser.parse_args()
    end = time.monotonic() + 60 * arguments.minutes
    counts, number = [0, 0, 0], arguments.seed
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        seeds = arguments.files
        if not seeds:
            made = pathlib.Path(folder, "seeds")
            made.mkdir()
            make_seeds(made)
            seeds = sorted(made.iterdir())
        fuzzer = Fuzzer(arguments, seeds)
        while time.monotonic() < end:
            for status, finding in pool.map(lambda n: fuzzer.one(n, folder), range(number, number + 100)):
                counts[status] += 1
                if finding:
                    print(finding, flush=True)
            number += 100
    print(f"{sum(counts)} files: {counts[0]} read, {counts[1]} refused, {counts[2]} findings; next seed {number}")
    return 1 if counts[2] else 0


if __name__ == "__main__":
    sys.exit(main())

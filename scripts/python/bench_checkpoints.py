#!/usr/bin/env python3
"""Checkpoints: kedge beside cp, h5repack and the Python route, in one run.

Makes a safetensors checkpoint of fp32 weights in the shape of a language model, warms the page cache, and measures in turns:
copying, conversion with and without a change of type, statistics, compressed writing, merging and comparing. Python's times leave out
starting the interpreter and importing packages; kedge's take in the start of the process. A rate is the input's bytes over
the median time, 1 GB = 10^9 bytes. Read bandwidth is pread of the input through buffers of 1 MiB on as many threads.

By default everything happens in memory (/dev/shm), so that no disk's write-back blurs the times; --directory says otherwise,
and then --no-sync tells kedge to leave the data to the system as cp does.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import h5py
import numpy
import torch
from safetensors import safe_open
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

BUFFER = 1 << 20


def shapes(byte_count):
    """Names and shapes of layers of a Qwen2-like model, as many as fit."""
    hidden, intermediate, key_value, vocabulary = 2048, 5632, 512, 64_000
    result = [("model.embed_tokens.weight", (vocabulary, hidden))]
    layer = [
        ("input_layernorm.weight", (hidden,)),
        ("self_attn.q_proj.weight", (hidden, hidden)),
        ("self_attn.q_proj.bias", (hidden,)),
        ("self_attn.k_proj.weight", (key_value, hidden)),
        ("self_attn.v_proj.weight", (key_value, hidden)),
        ("self_attn.o_proj.weight", (hidden, hidden)),
        ("post_attention_layernorm.weight", (hidden,)),
        ("mlp.gate_proj.weight", (intermediate, hidden)),
        ("mlp.up_proj.weight", (intermediate, hidden)),
        ("mlp.down_proj.weight", (hidden, intermediate)),
    ]
    size = 4 * vocabulary * hidden
    number = 0
    layer_size = 4 * sum(int(numpy.prod(shape)) for _, shape in layer)
    while size + layer_size <= byte_count:
        result += [(f"model.layers.{number}.{name}", shape) for name, shape in layer]
        size += layer_size
        number += 1
    return result


def make_checkpoint(path, byte_count):
    generator = numpy.random.default_rng(0)
    tensors = {
        name: generator.standard_normal(shape, dtype=numpy.float32) * numpy.float32(0.02)
        for name, shape in shapes(byte_count)
    }
    save_file(tensors, path, metadata={"format": "pt"})


def read_whole(path, threads):
    """Reads a file through small buffers; os.preadv lets go of the interpreter's lock."""
    size = os.path.getsize(path)
    part = (size // threads // BUFFER + 1) * BUFFER
    descriptor = os.open(path, os.O_RDONLY)

    def work(start):
        buffer = bytearray(BUFFER)
        offset = start
        while offset < min(start + part, size):
            offset += os.preadv(descriptor, [buffer], offset)

    workers = [threading.Thread(target=work, args=(number * part,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    os.close(descriptor)


def python_to_hdf5(source, target):
    with safe_open(source, "numpy") as checkpoint, h5py.File(target, "w") as output:
        for name in checkpoint.keys():
            output.create_dataset(name, data=checkpoint.get_tensor(name))


def python_to_bf16(source, target):
    with safe_open(source, "pt") as checkpoint:
        tensors = {name: checkpoint.get_tensor(name).to(torch.bfloat16) for name in checkpoint.keys()}
    save_torch(tensors, target)


def python_compressed(source, target):
    with safe_open(source, "numpy") as checkpoint, h5py.File(target, "w") as output:
        for name in checkpoint.keys():
            output.create_dataset(
                name, data=checkpoint.get_tensor(name), compression="gzip", compression_opts=1, shuffle=True
            )


def python_statistics(source):
    """The statistics of `kedge inspect --stats`, as one writes them with NumPy."""
    result = {}
    with safe_open(source, "numpy") as checkpoint:
        for name in checkpoint.keys():
            values = checkpoint.get_tensor(name)
            finite = values[numpy.isfinite(values)].astype(numpy.float64)
            mean = finite.mean()
            centred = finite - mean
            variance = (centred**2).mean()
            magnitude = numpy.abs(finite)
            result[name] = {
                "nan": int(numpy.isnan(values).sum()),
                "positive_infinity": int(numpy.isposinf(values).sum()),
                "negative_infinity": int(numpy.isneginf(values).sum()),
                "zero": int((finite == 0).sum()),
                "subnormal": int(((magnitude > 0) & (magnitude < numpy.finfo(values.dtype).tiny)).sum()),
                "min": finite.min(),
                "max": finite.max(),
                "absmax": magnitude.max(),
                "mean": mean,
                "std": variance**0.5,
                "kurtosis": (centred**4).mean() / variance**2,
                "l1": magnitude.sum(),
                "l2": (finite**2).sum() ** 0.5,
            }
    return result


def python_linear_merge(sources, target):
    with safe_open(sources[0], "pt") as first, safe_open(sources[1], "pt") as second:
        tensors = {name: (first.get_tensor(name) + second.get_tensor(name)) / 2 for name in first.keys()}
    save_torch(tensors, target)


def run_program(*arguments):
    """Runs a program and returns its time in seconds."""
    started = time.perf_counter()
    run = subprocess.run([str(a) for a in arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    seconds = time.perf_counter() - started
    if run.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))}: {run.stderr.decode().strip()}")
    return seconds


class Bench:
    def __init__(self, options, folder):
        self.kedge = options.kedge
        self.threads = options.threads
        self.repetitions = options.repetitions
        self.folder = folder
        self.extra = [] if options.sync else ["--no-sync"]
        self.times = {}
        self.bytes = {}

    def path(self, name):
        return self.folder / name

    def measure(self, name, byte_count, action, output=None):
        """Adds one time; `action` gives seconds, or nothing and is timed here."""
        if output is not None:
            self.remove(output)
        started = time.perf_counter()
        result = action()
        seconds = result if result is not None else time.perf_counter() - started
        self.times.setdefault(name, []).append(seconds)
        self.bytes[name] = byte_count

    @staticmethod
    def remove(path):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()

    def kedge_run(self, *arguments):
        return run_program(self.kedge, *arguments, "--threads", self.threads)

    def convert(self, *arguments):
        return self.kedge_run("convert", *arguments, "--force", *self.extra)

    def rate(self, name):
        return self.bytes[name] / statistics.median(self.times[name])


def measure_all(bench, source, part):
    size, part_size = source.stat().st_size, part.stat().st_size
    out = bench.path
    repack = shutil.which("h5repack")
    for _ in range(bench.repetitions):
        bench.measure("read", size, lambda: read_whole(source, bench.threads))
        bench.measure("cp", size, lambda: run_program("cp", source, out("copy")), out("copy"))
        bench.remove(out("copy"))
        bench.measure("convert, kedge: to safetensors", size, lambda: bench.convert(source, out("a.safetensors")))
        bench.remove(out("a.safetensors"))
        bench.measure("convert, kedge: to HDF5", size, lambda: bench.convert(source, out("a.h5")))
        bench.remove(out("a.h5"))
        bench.measure("convert, Python: to HDF5", size, lambda: python_to_hdf5(source, out("b.h5")), out("b.h5"))
        bench.remove(out("b.h5"))
        bench.measure(
            "to bf16, kedge", size, lambda: bench.convert(source, out("a.safetensors"), "--dtype", "bf16")
        )
        bench.remove(out("a.safetensors"))
        bench.measure("to bf16, Python", size, lambda: python_to_bf16(source, out("b.safetensors")))
        bench.remove(out("b.safetensors"))
        bench.measure("statistics, kedge", size, lambda: bench.kedge_run("inspect", source, "--stats", "--json"))
        bench.measure("statistics, Python", part_size, lambda: python_statistics(part) and None)
        bench.measure("compress, kedge", part_size, lambda: bench.convert(part, out("c.h5"), "--compress"))
        bench.measure("compress, Python: gzip 1", part_size, lambda: python_compressed(part, out("d.h5")), out("d.h5"))
        if repack:
            bench.measure("HDF5 in chunks, kedge", part_size, lambda: bench.convert(out("c.h5"), out("e.h5")))
            bench.measure(
                "HDF5 in chunks, h5repack", part_size,
                lambda: run_program(repack, "-l", "CONTI", "-f", "NONE", out("c.h5"), out("f.h5")), out("f.h5"),
            )  # fmt: skip
            bench.measure(
                "compress, h5repack: gzip 1", part_size,
                lambda: run_program(repack, "-f", "SHUF", "-f", "GZIP=1", out("f.h5"), out("g.h5")), out("g.h5"),
            )  # fmt: skip
        bench.measure(
            "merge, kedge: linear", 2 * part_size,
            lambda: bench.kedge_run("merge", "linear", part, part, "--output", out("m.safetensors"), "--force"),
        )  # fmt: skip
        bench.measure(
            "merge, Python: linear", 2 * part_size, lambda: python_linear_merge([part, part], out("n.safetensors"))
        )
        bench.measure("diff, kedge", 2 * part_size, lambda: bench.kedge_run("diff", part, out("m.safetensors")))


RATIOS = [
    # name, numerator, denominator, what was asked
    ("convert, no change of type, / cp", "convert, kedge: to safetensors", "cp", 0.8),
    ("safetensors to HDF5 / cp", "convert, kedge: to HDF5", "cp", 0.8),
    ("safetensors to HDF5 / Python", "convert, kedge: to HDF5", "convert, Python: to HDF5", None),
    ("fp32 to bf16 / cp of the input", "to bf16, kedge", "cp", 0.8),
    ("fp32 to bf16 / Python", "to bf16, kedge", "to bf16, Python", None),
    ("inspect --stats / read bandwidth", "statistics, kedge", "read", 0.5),
    ("inspect --stats / Python", "statistics, kedge", "statistics, Python", 10),
    ("compressed writing / h5py gzip 1", "compress, kedge", "compress, Python: gzip 1", 5),
    ("compressed writing / h5repack gzip 1", "compress, kedge", "compress, h5repack: gzip 1", None),
    ("decompression / h5repack", "HDF5 in chunks, kedge", "HDF5 in chunks, h5repack", None),
    ("linear merge / Python", "merge, kedge: linear", "merge, Python: linear", None),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kedge", required=True)
    parser.add_argument("--size", type=float, default=4, help="of the checkpoint, in GB")
    parser.add_argument("--part", type=float, default=0.6, help="of the one for slow peers, in GB")
    parser.add_argument("--directory", default="/dev/shm", help="with room for three times the size")
    parser.add_argument("--sync", action="store_true", help="kedge waits for the disk, as it does by default")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    with tempfile.TemporaryDirectory(dir=options.directory) as folder:
        bench = Bench(options, pathlib.Path(folder))
        source, part = bench.path("model.safetensors"), bench.path("part.safetensors")
        make_checkpoint(source, int(options.size * 1e9))
        make_checkpoint(part, int(options.part * 1e9))
        read_whole(source, options.threads)
        measure_all(bench, source, part)
        sizes = {name: bench.path(file).stat().st_size for name, file in [("kedge", "c.h5"), ("h5py gzip 1", "d.h5")]}
        part_size = part.stat().st_size

    ratios = {
        name: bench.rate(ours) / bench.rate(peer) for name, ours, peer, _ in RATIOS if peer in bench.times
    }  # fmt: skip
    if options.json:
        print(
            json.dumps(
                {
                    "gb_per_second": {name: bench.rate(name) / 1e9 for name in bench.times},
                    "seconds": bench.times,
                    "ratios": ratios,
                    "compressed_share": {name: size / part_size for name, size in sizes.items()},
                },
                indent=2,
            )
        )
        return
    print(f"{options.size:g} GB of fp32 in {options.directory}, {options.threads} threads, median of {options.repetitions}\n")
    print(f"{'':34} {'GB/s':>7} {'spread':>13}")
    for name, times in bench.times.items():
        rates = [bench.bytes[name] / t / 1e9 for t in times]
        print(f"{name:34} {bench.rate(name) / 1e9:7.2f} {min(rates):6.2f}-{max(rates):<6.2f}")
    print()
    for name, _, _, asked in RATIOS:
        if name in ratios:
            print(f"{name:38} {ratios[name]:7.2f}" + (f"   asked {asked:g}" if asked else ""))
    print()
    for name, size in sizes.items():
        print(f"compressed size, {name:21} {size / part_size:7.3f}")


if __name__ == "__main__":
    main()

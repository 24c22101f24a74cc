"""Divergences of two dumps of logits: kedge beside the usual route through PyTorch.

Two dumps [rows, vocabulary] of float32 as .npy are compared. PyTorch's route is what people write today: load both (memory-mapped),
log_softmax of both, KL both ways, both entropies, the log-probabilities of the tokens, in float32; and the same in float64, which is
what agrees with kedge to more than 6 digits (kedge also gives Jensen-Shannon, total variation, chi-square, Hellinger, varentropies,
ranks, top-k lists). Both read from the page cache, process start excluded for PyTorch and included for kedge; `kedge bench
divergence` gives the kernel alone.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import h5py
import numpy as np
import torch


def route(x, y, ids, dtype):
    """The sums that a diagnosis starts from, rows by rows as memory allows."""
    out = []
    for start in range(0, len(x), 64):
        p = torch.log_softmax(torch.from_numpy(x[start : start + 64]).to(dtype), -1)
        q = torch.log_softmax(torch.from_numpy(y[start : start + 64]).to(dtype), -1)
        ep, eq = p.exp(), q.exp()
        target = ids[start : start + 64, None]
        out.append(
            torch.stack(
                [(ep * (p - q)).sum(-1), (eq * (q - p)).sum(-1), -(ep * p).sum(-1), -(eq * q).sum(-1), p.gather(1, target)[:, 0], q.gather(1, target)[:, 0]]
            )
        )
    return torch.cat(out, 1)


def best(seconds):
    return f"{min(seconds):.3f} s (median {statistics.median(seconds):.3f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kedge", required=True)
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--vocabulary", type=int, default=151_936)
    parser.add_argument("--spread", type=float, default=0.1, help="standard deviation of the logits' difference")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        x = random.normal(0, 3, (options.rows, options.vocabulary)).astype(np.float32)
        y = x + random.normal(0, options.spread, x.shape).astype(np.float32)
        ids = random.integers(0, options.vocabulary, options.rows)
        for key, array in (("x", x), ("y", y), ("ids", ids)):
            np.save(directory / f"{key}.npy", array)
        del x, y
        targets = torch.from_numpy(ids)
        command = [
            options.kedge, "diagnose", "--reference", directory / "x.npy", "--policy", directory / "y.npy", "--token-ids", directory / "ids.npy",
            "--shift", "none", "--output", directory / "out.h5", "--force", "--threads", str(options.threads), "--resamples", "100",
        ]
        kernel = [
            options.kedge, "bench", "divergence", "--rows", str(options.rows), "--vocabulary", str(options.vocabulary), "--threads", str(options.threads), "--spread", str(options.spread), "--json",
        ]
        times = {"kernel": [], "kedge": [], "float32": [], "float64": []}
        shares = []
        for _ in range(options.repetitions):
            measured = json.loads(subprocess.run(kernel, check=True, capture_output=True, text=True).stdout)
            times["kernel"].append(measured["seconds"])
            shares.append(measured["share_of_bandwidth"])
            start = time.perf_counter()
            subprocess.run(list(map(str, command)), check=True, capture_output=True)
            times["kedge"].append(time.perf_counter() - start)
            for dtype in (torch.float32, torch.float64):
                start = time.perf_counter()
                x, y = (np.load(directory / f"{key}.npy", mmap_mode="c") for key in "xy")
                found = route(x, y, targets, dtype)
                times[str(dtype).split(".")[1]].append(time.perf_counter() - start)
        with h5py.File(directory / "out.h5") as file:
            print(f"mean KL {file['kl_reference_policy'][()].mean():.9e}, PyTorch in float64 {found[0].mean():.9e}")
        gigabytes = 2 * options.rows * options.vocabulary * 4 / 1e9
        print(f"{options.rows} x {options.vocabulary} float32 logits twice, {gigabytes:.2f} GB, {options.threads} threads, best of {options.repetitions}")
        for key, seconds in times.items():
            ratio = min(seconds) / min(times["kernel"])
            print(f"  {key:8} {best(seconds)}  {gigabytes / min(seconds):6.2f} GB/s  {ratio:6.1f} times the kernel's time")
        print(f"  the kernel's share of the read bandwidth: {min(shares):.2f} to {max(shares):.2f}")
        print("  llama.cpp's llama-perplexity --kl-divergence is not among them: it compares a model with a dump, not two dumps")


main()

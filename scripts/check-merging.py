#!/usr/bin/env python3
"""Merge random models with kedge and with NumPy, from the papers' formulas, and compare every number.

    "$(scripts/python/venv.sh checkpoints)" scripts/check-merging.py [--kedge PATH] [--rounds 20] [--seed 0]

Linear merges must be the same bit for bit, also after rounding to bfloat16 and float16; the others agree to 1e-6 of the
larger of one and the number before rounding. Where the package mergekit can be imported (pip install mergekit), its merges
of float32 are compared too, those of DARE apart, whose random numbers are others.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import ml_dtypes
import numpy
from safetensors.numpy import load_file, save_file

root = pathlib.Path(__file__).resolve().parent.parent
M64 = (1 << 64) - 1


def mix(value):
    value = numpy.asarray(value, dtype=numpy.uint64)
    with numpy.errstate(over="ignore"):
        value = (value ^ (value >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return value ^ (value >> numpy.uint64(31))


def random_mask(name, seed, model, density, count):
    hashed = 0xCBF29CE484222325
    for byte in name.encode():
        hashed = ((hashed ^ byte) * 0x100000001B3) & M64
    key = mix(mix(mix(hashed) ^ numpy.uint64(seed)) ^ numpy.uint64(model))
    with numpy.errstate(over="ignore"):
        numbers = mix(key + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15))
    return (numbers >> numpy.uint64(11)) < numpy.uint64(int(density * 2**53))


def largest_mask(difference, density):
    flat = numpy.abs(difference).reshape(-1)
    count = max(1, int(density * flat.size))
    mask = numpy.zeros(flat.size, bool)
    mask[numpy.argsort(-flat, kind="stable")[:count]] = True
    return mask


def work_type(arrays):
    return numpy.float64 if any(a.dtype == numpy.float64 for a in arrays) else numpy.float32


def linear(models, weights, normalize):
    kind = work_type(models)
    total = None
    for model, weight in zip(models, weights):
        part = kind(weight) * model.astype(kind)
        total = part if total is None else total + part
    if normalize:
        divisor = kind(0)
        for weight in weights:
            divisor = kind(divisor + kind(weight))
        total = total / divisor
    return numpy.asarray(total).astype(kind)


def slerp(first, second, t):
    x, y = first.astype(numpy.float64), second.astype(numpy.float64)
    length = lambda v: numpy.linalg.norm(v) if numpy.linalg.norm(v) > 1e-8 else 1.0
    cosine = float(numpy.sum((x / length(x)) * (y / length(y))))
    if abs(cosine) > 0.9995:
        return (1 - t) * x + t * y
    angle = numpy.arccos(cosine)
    return numpy.sin((1 - t) * angle) / numpy.sin(angle) * x + numpy.sin(t * angle) / numpy.sin(angle) * y


def task_vectors(method, name, base, models, options):
    kind = work_type([base, *models])
    parts = []
    for number, (model, density) in enumerate(zip(models, options["density"])):
        # The difference is rounded to the type that is worked in, as everywhere.
        difference = model.astype(kind) - base.astype(kind)
        wide = difference.astype(numpy.float64).reshape(-1)
        if density < 1 and method != "task-arithmetic":
            if method == "ties":
                mask = largest_mask(difference, density)
            else:
                mask = random_mask(name, options["seed"], number, density, wide.size)
            kept = wide * mask
            if options["rescale"] == "l1":
                before, after = numpy.abs(wide).sum(), numpy.abs(kept).sum()
                if before >= 1e-7 and after >= 1e-7:
                    kept = kept * (before / after)
            elif options["rescale"] == "density" or (options["rescale"] is None and method.startswith("dare")):
                kept = kept / density
            wide = kept
        parts.append(wide * float(kind(options["weight"][number])))
    parts = numpy.stack(parts)
    weights = numpy.array([float(kind(w)) for w in options["weight"]]).reshape(-1, 1)
    if method in ("ties", "dare-ties"):
        votes = parts.sum(0) if options["consensus"] == "sum" else numpy.sign(parts).sum(0)
        # Sums of a few rounded numbers: which side of zero they fall on is decided in the same precision.
        if options["consensus"] == "sum":
            votes = numpy.zeros(parts.shape[1], kind)
            for part in parts:
                votes = votes + part.astype(kind)
        counts = numpy.sign(parts) == numpy.where(votes >= 0, 1, -1)
        total, divisor = (parts * counts).sum(0), (weights * counts).sum(0)
        divisor[divisor == 0] = 1
    else:
        total, divisor = parts.sum(0), weights.sum()
        divisor = 1 if abs(divisor) < 1e-8 else divisor
    normalize = options["normalize"] if options["normalize"] is not None else method == "ties"
    if normalize:
        total = total / divisor
    return base.astype(numpy.float64) + options["lambda"] * total.reshape(base.shape)


def random_models(rng, count, near):
    kinds = [numpy.float32, ml_dtypes.bfloat16, numpy.float16, numpy.float64]
    shapes = [(7,), (), (33, 65), (300, 1000), (2, 0, 3), (4, 5, 6)]
    base = {}
    for number, shape in enumerate(shapes):
        kind = kinds[number % 4] if number else numpy.float32
        base[f"layers.{number}.weight"] = numpy.asarray(rng.normal(size=shape)).astype(kind)
    base["positions"] = rng.integers(0, 9, size=5)
    models = []
    for _ in range(count):
        model = {}
        for name, values in base.items():
            if values.dtype == numpy.int64:
                model[name] = values
            elif near:
                step = rng.normal(size=values.shape) * 0.05
                model[name] = numpy.asarray(values.astype(numpy.float64) + step).astype(values.dtype)
            else:
                model[name] = numpy.asarray(rng.normal(size=values.shape)).astype(values.dtype)
        models.append(model)
    return base, models


def rounded(values, kind):
    """To the nearest, ties to even, once: ml_dtypes goes from float64 to bfloat16 by way of float32, which rounds twice."""
    if kind is not ml_dtypes.bfloat16:
        return values.astype(kind)
    narrow = numpy.asarray(values.astype(numpy.float32))
    narrow = numpy.where(numpy.abs(narrow) > numpy.abs(values), numpy.nextafter(narrow, numpy.float32(0)), narrow)
    bits = narrow.view(numpy.uint32) | (narrow != values).astype(numpy.uint32)
    return bits.view(numpy.float32).astype(kind)


def run(kedge, arguments):
    outcome = subprocess.run([kedge, "merge", *map(str, arguments)], capture_output=True, text=True)
    if outcome.returncode != 0:
        sys.exit(f"kedge merge {' '.join(map(str, arguments))}\n{outcome.stderr}")


def worst(found, expected):
    found, expected = found.astype(numpy.float64), numpy.asarray(expected, numpy.float64)
    if found.size == 0:
        return 0.0
    return float(numpy.max(numpy.abs(found - expected) / numpy.maximum(1, numpy.abs(expected))))


def with_mergekit(method, base, models, options):
    """What mergekit makes of one tensor of float32; None where it is not installed."""
    try:
        import torch
        from mergekit.merge_methods.generalized_task_arithmetic import get_mask
        from mergekit.sparsify import RescaleNorm, SparsificationMethod, sparsify
    except ImportError:
        return None
    base = torch.from_numpy(base.copy())
    deltas = []
    for model, density in zip(models, options["density"]):
        delta = torch.from_numpy(model.copy()) - base
        if method == "ties":
            delta = sparsify(
                delta, density=density, method=SparsificationMethod.magnitude,
                rescale_norm=RescaleNorm.l1 if options["rescale"] == "l1" else None,
            )
        deltas.append(delta)
    deltas = torch.stack(deltas)
    weights = torch.tensor(options["weight"], dtype=torch.float32).reshape(-1, *[1] * base.dim())
    weighted = deltas * weights
    if method == "ties":
        mask = get_mask(weighted, method=options["consensus"], mask_dtype=base.dtype)
        total, divisor = (weighted * mask).sum(0), (weights * mask).sum(0)
        divisor[divisor == 0] = 1
    else:
        total, divisor = weighted.sum(0), weights.sum(0)
        divisor[divisor.abs() < 1e-8] = 1
    normalize = options["normalize"] if options["normalize"] is not None else method == "ties"
    if normalize:
        total = total / divisor
    return (base + total * options["lambda"]).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kedge", default=root / ".build/release/kedge")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = numpy.random.default_rng(arguments.seed)
    compared, largest, beside_mergekit = 0, 0.0, 0
    for round_number in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as directory:
            folder = pathlib.Path(directory)
            count = int(rng.integers(1, 5))
            base, models = random_models(rng, max(count, 2), near=round_number % 2 == 0)
            save_file(base, folder / "base.safetensors")
            paths = []
            for number, model in enumerate(models):
                paths.append(folder / f"model{number}.safetensors")
                save_file(model, paths[-1])
            for method in ("linear", "slerp", "task-arithmetic", "ties", "dare-linear", "dare-ties"):
                used = 2 if method == "slerp" else count
                options = {
                    # Weights of both signs may add up to nearly nothing, and then nothing is exact.
                    "weight": [float(w) for w in rng.uniform(0.1, 1, size=used)],
                    "density": [float(d) for d in rng.uniform(0.05, 1, size=used)],
                    "lambda": float(rng.choice([1.0, 0.7])), "seed": int(rng.integers(0, 1 << 62)),
                    "normalize": [None, True, False][int(rng.integers(3))],
                    "consensus": ["sum", "count"][int(rng.integers(2))],
                    "rescale": [None, "none", "l1", "density"][int(rng.integers(3 if method == "ties" else 4))],
                    "t": float(rng.uniform()), "dtype": [None, "f32", "bf16"][int(rng.integers(3))],
                }
                line = [method, *paths[:used], "--output", folder / "out.safetensors", "--force", "--no-sync"]
                line += ["--threads", int(rng.integers(1, 4))]
                if method == "slerp":
                    line += ["--t", options["t"]]
                else:
                    line += [f"--weight={','.join(map(repr, options['weight']))}"]
                    if options["normalize"] is not None:
                        line.append("--normalize" if options["normalize"] else "--no-normalize")
                if method not in ("linear", "slerp"):
                    line += ["--base", folder / "base.safetensors", "--lambda", options["lambda"]]
                if method in ("ties", "dare-linear", "dare-ties"):
                    line += [f"--density={','.join(map(repr, options['density']))}"]
                    if method != "ties":
                        line += ["--seed", options["seed"]]
                    if method != "dare-linear":
                        line += ["--consensus", options["consensus"]]
                    if options["rescale"] is not None:
                        line += ["--rescale", options["rescale"]]
                # The numbers before rounding, in the widest type, and what they are rounded to.
                run(arguments.kedge, [*line, "--dtype", "f64"])
                wide = load_file(folder / "out.safetensors")
                extra = [] if options["dtype"] is None else ["--dtype", options["dtype"]]
                run(arguments.kedge, [*line, *extra])
                found = load_file(folder / "out.safetensors")
                for name, values in base.items():
                    inputs = [model[name] for model in models[:used]]
                    if values.dtype == numpy.int64:
                        assert numpy.array_equal(found[name], values), (method, name)
                        continue
                    if method == "linear":
                        expected = linear(inputs, options["weight"], options["normalize"] is not False)
                        assert wide[name].tobytes() == expected.astype(numpy.float64).tobytes(), (method, name)
                    elif method == "slerp":
                        expected = slerp(*inputs, options["t"])
                    else:
                        expected = task_vectors(method, name, values, inputs, options)
                    difference = worst(wide[name], expected)
                    largest = max(largest, difference)
                    assert difference <= 1e-6, (method, name, difference, options)
                    first = values if method not in ("linear", "slerp") else inputs[0]
                    kind = {"f32": numpy.float32, "bf16": ml_dtypes.bfloat16, None: first.dtype.type}[options["dtype"]]
                    assert found[name].dtype == kind, (method, name, found[name].dtype)
                    assert found[name].tobytes() == rounded(wide[name], kind).tobytes(), (method, name, "rounded")
                    compared += 1
                    if values.dtype == numpy.float32 and method in ("task-arithmetic", "ties") and values.size:
                        theirs = with_mergekit(method, values, inputs, options)
                        if theirs is not None:
                            assert worst(wide[name], theirs) <= 2e-6, (method, name, "mergekit", options)
                            beside_mergekit += 1
    print(f"{compared} tensors agree, to {largest:.1e}; {beside_mergekit} of them beside mergekit")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Compare `kedge inspect --stats --hash --spectrum` and `kedge diff --spectrum` with numpy, over random checkpoints.

Checkpoints hold every type with NaN, infinities, subnormal numbers, dead and constant rows, means that are large against
the deviation, and matrices of low rank. The safetensors files are written here, by hand. Run it with
scripts/python/venv.sh checkpoints; --speed SIZE times one file against numpy and the memory's read bandwidth instead.
"""

import argparse
import hashlib
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import time

import ml_dtypes
import numpy as np

TYPES = {
    "BOOL": (np.bool_, "bool"), "U8": (np.uint8, "uint8"), "I8": (np.int8, "int8"), "U16": (np.uint16, "uint16"),
    "I16": (np.int16, "int16"), "U32": (np.uint32, "uint32"), "I32": (np.int32, "int32"), "U64": (np.uint64, "uint64"),
    "I64": (np.int64, "int64"), "F16": (np.float16, "float16"), "BF16": (ml_dtypes.bfloat16, "bfloat16"),
    "F32": (np.float32, "float32"), "F64": (np.float64, "float64"),
    "F8_E4M3": (ml_dtypes.float8_e4m3fn, "float8_e4m3fn"), "F8_E5M2": (ml_dtypes.float8_e5m2, "float8_e5m2"),
    "F8_E4M3FNUZ": (ml_dtypes.float8_e4m3fnuz, "float8_e4m3fnuz"),
    "F8_E5M2FNUZ": (ml_dtypes.float8_e5m2fnuz, "float8_e5m2fnuz"),
    "F8_E8M0": (ml_dtypes.float8_e8m0fnu, "float8_e8m0fnu"),
}
CODES = {np.dtype(kind): code for code, (kind, _) in TYPES.items()}
FLOATS = [code for code in TYPES if code.startswith(("F", "BF"))]


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, array in tensors.items():
        header[name] = {
            "dtype": CODES[array.dtype], "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in tensors.values():
            file.write(np.ascontiguousarray(array).tobytes())


def random_bits(rng, kind, shape):
    """Any bit pattern: NaN, infinities and subnormal numbers among them."""
    size = np.dtype(kind).itemsize * int(np.prod(shape))
    data = rng.integers(0, 256, size, dtype=np.uint8)
    if kind is np.bool_:
        data &= 1
    return data.view(kind).reshape(shape)


def tensors(rng):
    made = {}
    for code, (kind, _) in TYPES.items():
        made[f"bits.{code}"] = random_bits(rng, kind, (int(rng.integers(1, 40)), int(rng.integers(1, 90))))
        made[f"empty.{code}"] = np.zeros((0, 3), kind)
        made[f"scalar.{code}"] = random_bits(rng, kind, ())
        if code in FLOATS and code != "F8_E8M0":
            normal = rng.normal(rng.choice([0, 0, 3]), rng.choice([1e-3, 0.02, 1, 30]), (120, 77))
            if code in ("F32", "F64"):
                normal = normal + rng.choice([0, 1e4])
            rows = normal.astype(kind)
            rows[3] = 0
            rows[5] = rows[5, 0]
            rows[9:11] = rows[9, 1]
            rows[12] = 0
            rows[12, 1::2] = np.array(-0.0).astype(kind)
            rows.flat[::501] = np.array(np.nan).astype(kind)
            made[f"normal.{code}"] = rows
    # More than a segment, so that parts are joined.
    made["long.F32"] = (rng.standard_normal((2100, 2000)) * 0.02 + 5).astype(np.float32)
    made["long.BF16"] = (rng.standard_normal((2200, 4001)) * 0.02).astype(ml_dtypes.bfloat16)
    made["long.F32"][1048] = 2.5  # around the border of two segments
    made["long.U8"] = rng.integers(0, 256, (9, 1_000_003), dtype=np.uint8)
    made["long.U8"][8] = 7
    made["upcast.bf16"] = rng.standard_normal((64, 64)).astype(ml_dtypes.bfloat16).astype(np.float32)
    made["upcast.f16"] = (rng.standard_normal((64, 64)) * 1e-4).astype(np.float16).astype(np.float32)
    made["upcast.f32"] = rng.standard_normal((64, 64)).astype(np.float32).astype(np.float64)
    made["extreme.F32"] = np.array([[3e38, -3e38, 1e-45, -1e-45, 1e-38, 1.0]], np.float32)
    made["extreme.F64"] = rng.standard_normal((10, 10)) * 1e30
    made["exact.I32"] = rng.integers(-5, 6, (50, 40), dtype=np.int32)
    return made


class Mismatch(Exception):
    pass


def close(what, found, expected, relative=1e-9, absolute=0.0):
    if expected is None or (isinstance(expected, float) and not math.isfinite(expected)):
        if found is not None:
            raise Mismatch(f"{what}: {found}, expected none")
        return
    if found is None or abs(found - expected) > max(absolute, relative * abs(expected)):
        raise Mismatch(f"{what}: {found}, expected {expected}")


def same(what, found, expected):
    if found != expected:
        raise Mismatch(f"{what}: {found}, expected {expected}")


def smallest_normal(kind):
    if np.dtype(kind).kind in "biu":
        return 0.0
    if kind is ml_dtypes.float8_e8m0fnu:
        return 0.0
    return float(ml_dtypes.finfo(kind).smallest_normal)


def check_statistics(name, array, found):
    kind = array.dtype.type
    wide = array.astype(np.float64).ravel()
    finite = wide[np.isfinite(wide)]
    same("count", found["count"], wide.size)
    same("nan", found["nan"], int(np.isnan(wide).sum()))
    same("+inf", found["positive_infinity"], int((wide == np.inf).sum()))
    same("-inf", found["negative_infinity"], int((wide == -np.inf).sum()))
    same("zero", found["zero"], int((wide == 0).sum()))
    magnitudes = np.abs(finite)
    same("subnormal", found["subnormal"], int(((magnitudes > 0) & (magnitudes < smallest_normal(kind))).sum()))
    if finite.size == 0:
        for key in ("min", "max", "absmax", "mean", "std", "kurtosis"):
            same(key, found[key], None)
        return
    same("min", found["min"], finite.min())
    same("max", found["max"], finite.max())
    same("absmax", found["absmax"], magnitudes.max())
    exact = finite.astype(np.longdouble)
    mean = exact.mean()
    deviations = exact - mean
    variance = (deviations**2).mean()
    # Whole blocks of float32 are summed in single precision; fewer elements, and other types, are not.
    single = kind is np.float32 and array.size >= 4096
    sums = 1e-7 if single else 1e-12
    close("mean", found["mean"], float(mean), 1e-12, (sums if single else 1e-14) * float(np.abs(exact).mean()))
    close("std", found["std"], float(np.sqrt(variance)), 1e-7 if single else 1e-9)
    expected = float((deviations**4).mean() / variance**2) if finite.min() < finite.max() else None
    close("kurtosis", found["kurtosis"], expected, 1e-6 if single else 1e-8)
    close("l1", found["l1"], float(np.abs(exact).sum()), sums)
    close("l2", found["l2"], float(np.sqrt((exact**2).sum())), sums)
    narrow = array.dtype.itemsize <= 2
    same("exact", found["exact"], narrow)
    # Of large tensors of wide types an eighth is counted.
    sampled = not narrow and array.size >= 1 << 20
    for quantile in found["quantiles"]:
        if sampled:
            room = abs(quantile["value"]) / 15 + 1e-40
            below = float((exact < quantile["value"] - room).mean())
            above = float((exact <= quantile["value"] + room).mean())
            if not below - 2e-3 <= quantile["share"] <= above + 2e-3:
                raise Mismatch(f"quantile {quantile['share']}: {quantile['value']} is at {below}...{above}")
            continue
        expected = float(np.quantile(exact, quantile["share"]))
        if narrow:
            close(f"quantile {quantile['share']}", quantile["value"], expected, 1e-12, 1e-300)
        else:
            # Between two elements that lie far apart the two estimates' errors add up.
            near = np.quantile(exact, quantile["share"], method="lower"), np.quantile(
                exact, quantile["share"], method="higher")
            room = float(max(abs(near[0]), abs(near[1]))) / 15 + 1e-40
            close(f"quantile {quantile['share']}", quantile["value"], expected, 1e-9, room)
    if found["histogram"]:
        counts = found["histogram"]["counts"]
        close("histogram's sum", sum(counts), finite.size, 1e-3 if sampled else 0)
        if narrow:
            expected = np.histogram(finite, bins=64, range=(finite.min(), finite.max()))[0]
            # An element on the border of two steps may round to either.
            off = int(np.abs(np.cumsum(counts) - np.cumsum(expected)).max())
            if off > finite.size / 20 + 2:
                raise Mismatch(f"histogram {counts}, expected {expected.tolist()}")
    exponents = np.frexp(magnitudes[magnitudes >= max(smallest_normal(kind), 1e-300)])[1] - 1
    expected = dict(zip(*(part.tolist() for part in np.unique(exponents, return_counts=True))))
    counted = {item["exponent"]: item["negative"] + item["positive"] for item in found["binades"]}
    for exponent, count in expected.items():
        if sampled:
            close(f"binade {exponent}", counted.get(exponent, 0), count, 0.05, 1e-3 * array.size)
        else:
            same(f"binade {exponent}", counted.get(exponent), count)
    if array.ndim >= 2 and array.shape[0] and array.size // array.shape[0] >= 2:
        rows = array.reshape(array.shape[0], -1)
        bits = rows.view(f"u{array.dtype.itemsize}")
        constant = (bits == bits[:, :1]).all(axis=1)
        zero = constant & (rows[:, 0].astype(np.float64) == 0)
        same("rows", found["rows"], {
            "count": rows.shape[0], "zero": int(zero.sum()), "constant": int(constant.sum())})
    if array.dtype in (np.float32, np.float64) and (array != 0).any():
        narrower = None
        for kind in (ml_dtypes.bfloat16, np.float16, np.float32):
            with np.errstate(over="ignore"):
                back = array.astype(np.float32).astype(kind) if kind is ml_dtypes.bfloat16 else array.astype(kind)
            equal = (back.astype(array.dtype) == array) | np.isnan(array)
            nan = array[np.isnan(array)].view(f"u{array.dtype.itemsize}")
            if kind is not np.float32 and array.dtype == np.float32:
                # A payload that the narrower type cannot hold makes the difference.
                if (nan & ((1 << (16 if kind is ml_dtypes.bfloat16 else 13)) - 1)).any():
                    continue
            if np.dtype(kind).itemsize < array.dtype.itemsize and equal.all():
                narrower = TYPES[CODES[np.dtype(kind)]][1]
                break
        same("narrower", found.get("narrower_dtype"), narrower)


def spectrum_of(matrix):
    return np.linalg.svd(matrix.astype(np.float64), compute_uv=False)


def power_law(eigenvalues):
    """Clauset, Shalizi and Newman 2009; as WeightWatcher does it."""
    data = np.sort(eigenvalues)
    logs = np.log(data)
    best = None
    for start in range(len(data) - 1):
        count = len(data) - start
        excess = logs[start:].sum() - count * logs[start]
        if excess <= 0:
            continue
        alpha = 1 + count / excess
        law = 1 - (data[start:] / data[start]) ** (1 - alpha)
        distance = np.abs(law - np.arange(count) / count).max()
        if best is None or distance < best[1]:
            best = (alpha, distance, count)
    return best


def check_spectrum(array, found):
    if "skipped" in found:
        wide = array.astype(np.float64)
        if min(array.shape) < 2 or not np.isfinite(wide).all():
            return
        raise Mismatch(f"skipped: {found['skipped']}")
    values = spectrum_of(array)
    top = values[0]
    room = max(1e-6 * top, 1e-300) if top else 0
    for index, value in enumerate(found["singular_values"]):
        if values[index] > 1e-4 * top:
            close(f"singular value {index}", value, values[index], 1e-6)
        else:
            close(f"singular value {index}", value, values[index], 0, room)
    if top == 0:
        return
    shares = values / values.sum()
    close("stable rank", found["stable_rank"], float((values**2).sum() / top**2), 1e-9)
    close("effective rank", found["effective_rank"],
          float(np.exp(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())), 1e-5)
    if values[-1] > 1e-4 * top:
        close("condition number", found["condition_number"], float(top / values[-1]), 1e-6)
    elif values[-1] < 1e-9 * top:
        same("condition number", found["condition_number"], None)
    if values[-1] > 1e-4 * top and len(values) >= 10:
        alpha, distance, tail = power_law((values / top) ** 2)
        close("alpha's distance", found["power_law"]["distance"], distance, 1e-5)
        close("alpha", found["power_law"]["alpha"], alpha, 1e-4)
        same("tail", found["power_law"]["tail"], tail)


def run(kedge, *arguments, status=0):
    result = subprocess.run([kedge, *map(str, arguments)], capture_output=True)
    if result.returncode != status:
        raise Mismatch(f"kedge {arguments}: status {result.returncode}, {result.stderr.decode()}")
    return result.stdout


def check_inspection(kedge, directory, rng):
    path = directory / "a.safetensors"
    made = tensors(rng)
    write_safetensors(path, made)
    text = run(kedge, "inspect", path, "--stats", "--hash", "--json")
    same("threads", text, run(kedge, "inspect", path, "--stats", "--hash", "--json", "--threads", 1))
    found = {tensor["name"]: tensor for tensor in json.loads(text)["tensors"]}
    plain = json.loads(run(kedge, "inspect", path, "--stats", "--json", "--threads", 3))
    same("names", set(found), set(made))
    for tensor in plain["tensors"]:
        same(f"{tensor['name']} without digests", tensor["statistics"], found[tensor["name"]]["statistics"])
    for name, array in made.items():
        try:
            same("dtype", found[name]["dtype"], TYPES[CODES[array.dtype]][1])
            same("shape", found[name]["shape"], list(array.shape))
            same("sha256", found[name]["sha256"], hashlib.sha256(array.tobytes()).hexdigest())
            check_statistics(name, array, found[name]["statistics"])
        except Mismatch as mismatch:
            raise Mismatch(f"{name}: {mismatch}") from None
    parts = []
    for rank in range(3):
        part = directory / f"part{rank}.json"
        part.write_bytes(
            run(kedge, "inspect", path, "--stats", "--hash", "--rank", rank, "--world-size", 3))
        parts.append(part)
    joined = run(kedge, "inspect", "--join", parts[2], parts[0], parts[1])
    same("joined parts", json.loads(joined), json.loads(text))
    return len(made)


def check_spectra(kedge, directory, rng):
    path = directory / "s.safetensors"
    made = {}
    for index, (rows, columns) in enumerate([(2, 2), (3, 50), (64, 64), (200, 70), (70, 300), (513, 130)]):
        for code in ("F32", "BF16", "F16", "F64", "I8"):
            matrix = rng.standard_normal((rows, columns)) * (20 if code == "I8" else 0.05)
            made[f"{index}.{code}"] = matrix.astype(TYPES[code][0])
    made["low"] = (rng.standard_normal((90, 3)) @ rng.standard_normal((3, 120))).astype(np.float32)
    made["zero"] = np.zeros((20, 30), np.float32)
    made["nan"] = np.full((20, 30), np.nan, np.float32)
    made["row"] = np.ones((1, 30), np.float32)
    heavy = rng.pareto(1.5, (300, 200)) * rng.choice([-1, 1], (300, 200))
    made["heavy"] = heavy.astype(np.float64)
    write_safetensors(path, made)
    found = json.loads(run(kedge, "inspect", path, "--spectrum", "--json"))
    for tensor in found["tensors"]:
        try:
            check_spectrum(made[tensor["name"]], tensor["spectrum"])
        except Mismatch as mismatch:
            raise Mismatch(f"{tensor['name']}: {mismatch}") from None
    return len(made)


def ordered(array):
    bits = array.view(f"i{array.dtype.itemsize}").astype(np.int64).ravel()
    low = np.int64(1) << np.int64(8 * array.dtype.itemsize - 1)
    return np.where(bits < 0, -(bits & (low - 1)), bits)


def check_difference(first, second, found):
    with np.errstate(all="ignore"):
        a, b = first.astype(np.float64).ravel(), second.astype(np.float64).ravel()
        same("changed", found["changed"], int(((a != b) & ~(np.isnan(a) & np.isnan(b))).sum()))
        finite = np.isfinite(a) & np.isfinite(b)
        same("not finite", found["not_finite"], int((~finite).sum()))
        x, y = a[finite], b[finite]
        norms = [float(np.sqrt(((v).astype(np.longdouble) ** 2).sum())) for v in (y - x, x, y)]
        for key, norm in zip(("l2", "l2_a", "l2_b"), norms):
            # The squares of larger numbers overflow in kedge.
            if norm < 1e150:
                close(key, found[key], norm, 1e-11)
        if norms[0] == 0:
            same("relative", found["relative_l2"], 0.0)
        elif norms[1] > 0 and max(norms) < 1e150:
            close("relative", found["relative_l2"], norms[0] / norms[1], 1e-11)
        close("max", found["max_abs"], float(np.abs(y - x).max()) if x.size else 0.0)
        if norms[1] > 0 and norms[2] > 0 and max(norms) < 1e150:
            dot = float((x.astype(np.longdouble) * y).sum())
            close("cosine", found["cosine"], dot / norms[1] / norms[2], 1e-9, 1e-12)
    if first.dtype == second.dtype and first.dtype in (np.float32, np.float16, np.dtype(ml_dtypes.bfloat16)):
        numbers = ~(np.isnan(a) | np.isnan(b))
        steps = np.abs(ordered(first) - ordered(second))[numbers]
        bins = np.where(steps == 0, 0, np.floor(np.log2(np.maximum(steps, 1))).astype(int) + 1)
        expected = dict(zip(*(part.tolist() for part in np.unique(bins, return_counts=True))))
        counted = {0 if item["to"] == 0 else item["from"].bit_length(): item["count"] for item in found["ulps"]}
        same("ulps", counted, expected)


def check_diff(kedge, directory, rng):
    first, second = directory / "a.safetensors", directory / "b.safetensors"
    before = tensors(rng)
    after = {}
    renamed = {}
    for number, (name, array) in enumerate(before.items()):
        kind = array.dtype
        changed = array.copy()
        way = number % 6
        if way == 0 and changed.size:
            changed.flat[:: 7] = random_bits(rng, kind.type, changed.shape).flat[::7]
        elif way == 1 and kind.kind not in "biu" and kind.itemsize < 8 and name[:4] != "empt":
            changed = array.astype(np.float32 if kind.itemsize < 4 else np.float64)
        elif way == 2 and array.size > 50:
            renamed[name] = name = f"new.{name}"
        elif way == 3 and changed.size and kind in (np.float32, np.float16, np.dtype(ml_dtypes.bfloat16)):
            with np.errstate(all="ignore"):
                changed = (array.astype(np.float64) * (1 + 1e-2 * rng.standard_normal(array.shape))).astype(kind)
        elif way == 4 and array.ndim == 2 and array.shape[0] > 1:
            changed = array[:-1].copy()
        after[name] = changed
    after["added"] = np.arange(5, dtype=np.int16)
    gone = next(name for name in before if name.startswith("exact"))
    after.pop(gone, None)
    after.pop(f"new.{gone}", None)
    renamed.pop(gone, None)
    write_safetensors(first, before)
    write_safetensors(second, after)
    text = run(kedge, "diff", first, second, "--json")
    same("threads", text, run(kedge, "diff", first, second, "--json", "--threads", 1))
    found = {tensor["name"]: tensor for tensor in json.loads(text)["tensors"]}
    same("names", set(found), set(before) | {"added"})
    for name, array in before.items():
        tensor = found[name]
        try:
            if name == gone:
                same("status", tensor["status"], "removed")
                continue
            same("new name", tensor.get("new_name"), renamed.get(name))
            other = after[renamed.get(name, name)]
            if other.shape != array.shape:
                same("status", tensor["status"], "reshaped")
                continue
            check_difference(array, other, tensor["difference"])
            if other.dtype == array.dtype and other.tobytes() == array.tobytes():
                same("status", tensor["status"], "identical")
            elif tensor["difference"]["changed"] == 0:
                same("status", tensor["status"], "equal")
            else:
                same("status", tensor["status"], "changed")
        except Mismatch as mismatch:
            raise Mismatch(f"{name}: {mismatch}") from None
    same("added", found["added"]["status"], "added")
    run(kedge, "diff", first, second, "--exit-code", status=1)
    run(kedge, "diff", first, first, "--exit-code", status=0)
    parts = []
    for rank in range(2):
        part = directory / f"diff{rank}.json"
        part.write_bytes(run(kedge, "diff", first, second, "--rank", rank, "--world-size", 2))
        parts.append(part)
    same("joined parts", json.loads(run(kedge, "inspect", "--join", *parts)), json.loads(text))
    return len(found)


def check_updates(kedge, directory, rng):
    first, second = directory / "base.safetensors", directory / "tuned.safetensors"
    base, tuned, ranks = {}, {}, {}
    for code in ("F32", "BF16"):
        for rank, (rows, columns) in ((0, (200, 300)), (1, (256, 128)), (8, (256, 256)), (None, (180, 180))):
            name = f"{code}.{rank}"
            matrix = (rng.standard_normal((rows, columns)) * 0.02).astype(TYPES[code][0])
            update = rng.standard_normal((rows, columns)) * 0.02
            if rank is not None:
                update = 0.01 * (rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, columns)))
            base[name] = matrix
            tuned[name] = (matrix.astype(np.float64) + update).astype(matrix.dtype)
            ranks[name] = rank
    write_safetensors(first, base)
    write_safetensors(second, tuned)
    found = json.loads(run(kedge, "diff", first, second, "--spectrum", "--json"))
    for tensor in found["tensors"]:
        name = tensor["name"]
        rank = ranks[name]
        if rank == 0:
            same(f"{name}: status", tensor["status"], "identical")
            continue
        update = tensor["update"]
        values = spectrum_of(tuned[name].astype(np.float64) - base[name].astype(np.float64))
        energy = np.cumsum(values**2) / (values**2).sum()
        same(f"{name}: rank of 90 %", update["rank_90"], int(np.searchsorted(energy, 0.9) + 1))
        same(f"{name}: rank of 99 %", update["rank_99"], int(np.searchsorted(energy, 0.99) + 1))
        same(f"{name}: adapter", update["adapter_rank"], rank)
    return len(found["tensors"])


def measure_speed(kedge, directory, size):
    """Times one file against numpy and against reading memory."""
    path = directory / "speed.safetensors"
    rng = np.random.default_rng(0)
    for code in ("F32", "BF16"):
        kind = np.dtype(TYPES[code][0])
        rows = (rng.standard_normal((4096, 4096)) * 0.02).astype(kind)
        count = max(1, size // rows.nbytes)
        header = {
            f"layers.{index}.weight": {
                "dtype": code, "shape": [4096, 4096],
                "data_offsets": [index * rows.nbytes, (index + 1) * rows.nbytes]}
            for index in range(count)}
        text = json.dumps(header).encode()
        with open(path, "wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            for _ in range(count):
                file.write(rows.tobytes())
        total = count * rows.nbytes
        best = min(timed(lambda: run(kedge, "inspect", path, "--stats", "--json", "--threads", 2)) for _ in range(3))
        print(f"{code}: kedge {total / best / 1e9:.2f} GB/s of {total / 1e9:.2f} GB")
        share = rows[:1024]
        taken = timed(lambda: numpy_statistics(share))
        print(f"{code}: numpy {share.nbytes / taken / 1e9:.3f} GB/s; kedge is {total / best * taken / share.nbytes:.1f} times as fast")
    print("memory: see kedge bench bandwidth, or another measure of reading")


def numpy_statistics(array):
    wide = array.astype(np.float64).ravel()
    np.isnan(wide).sum(), np.isinf(wide).sum(), (wide == 0).sum(), wide.min(), wide.max(), np.abs(wide).max()
    mean, deviation = wide.mean(), wide.std()
    (((wide - mean) / deviation) ** 4).mean(), np.abs(wide).sum(), np.sqrt((wide * wide).sum())
    np.quantile(wide, [0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1])
    np.histogram(wide, bins=64)


def timed(body):
    start = time.perf_counter()
    body()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--kedge", default=root / ".build/release/kedge")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--speed", type=int, metavar="BYTES")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        if options.speed:
            return measure_speed(options.kedge, directory, options.speed)
        checked = 0
        for seed in range(options.seed, options.seed + options.rounds):
            rng = np.random.default_rng(seed)
            for check in (check_inspection, check_spectra, check_diff, check_updates):
                try:
                    with np.errstate(all="ignore"):
                        checked += check(options.kedge, directory, rng)
                except Mismatch as mismatch:
                    print(f"seed {seed}: {check.__name__}: {mismatch}")
                    return 1
    print(f"{checked} tensors agree with numpy")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Write the goldens in Tests/KernelsTests/Goldens: digests of conversions that ml_dtypes and NumPy make.

    "$(scripts/python/venv.sh kernels)" scripts/make-kernel-goldens.py

A line has the source type, the target type and the FNV-1a digest of the converted elements, little-endian, with all bits set
in place of every NaN. Sources are all patterns of a type, or for 32 and 64 bits the first 100,000 numbers of SplitMix64 with
seed 7 (for 32 bits, their upper halves). float64 to bfloat16 is left out: ml_dtypes rounds it twice.
"""

import pathlib
import sys
import warnings

import ml_dtypes
import numpy as np

TYPES = {
    "float64": np.float64,
    "float32": np.float32,
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
    "float8_e4m3fn": ml_dtypes.float8_e4m3fn,
    "float8_e5m2": ml_dtypes.float8_e5m2,
    "float8_e4m3fnuz": ml_dtypes.float8_e4m3fnuz,
    "float8_e5m2fnuz": ml_dtypes.float8_e5m2fnuz,
}
TARGETS = ["float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"]
UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


def splitmix(count: int, seed: int) -> np.ndarray:
    state = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def source(name: str) -> np.ndarray:
    size = np.dtype(TYPES[name]).itemsize
    if size <= 2:
        return np.arange(1 << (8 * size)).astype(UNSIGNED[size]).view(TYPES[name])
    numbers = splitmix(100_000, 7)
    return (numbers if size == 8 else (numbers >> np.uint64(32)).astype(np.uint32)).view(TYPES[name])


def digest(values: np.ndarray) -> int:
    codes = values.view(UNSIGNED[values.dtype.itemsize]).copy()
    codes[np.isnan(values.astype(np.float64))] = np.iinfo(codes.dtype).max
    state = 0xCBF29CE484222325
    for byte in codes.tobytes():
        state = (state ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return state


def main() -> int:
    warnings.simplefilter("ignore")
    lines = []
    for name in TYPES:
        elements = source(name)
        for target in TARGETS:
            if target != name and (name, target) != ("float64", "bfloat16"):
                lines.append(f"{name} {target} {digest(elements.astype(TYPES[target])):016x}")
    path = pathlib.Path(__file__).resolve().parent.parent / "Tests/KernelsTests/Goldens/conversions.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    print(f"{path.name}: {len(lines)} lines, ml_dtypes {ml_dtypes.__version__}, numpy {np.__version__}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Damage HDF5 checkpoints and see that `kedge` reads or refuses them: anything else is a finding.

Each damaged file goes through `kedge list-hdf5`, the child process that lets libhdf5 look at it: that one may crash, which is
counted, but must end. Then it is converted: that must end with exit status 0, or with 1 and one line on standard error. A signal,
another status, more lines or a time limit there is a finding, and the file is kept. The files are those given, or the goldens of
the tests and some that h5py writes, in the oldest and a newer version of the format.
"""

import argparse
import collections
import concurrent.futures
import pathlib
import random
import shlex
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parent.parent
GOLDENS = ROOT / "Tests" / "CheckpointsTests" / "Goldens"
MARKS = [b"TREE", b"SNOD", b"HEAP", b"OHDR", b"OCHK", b"FRHP", b"FHDB", b"FHIB", b"BTHD", b"BTLF", b"BTIN", b"FAHD", b"FADB",
         b"EAHD", b"EAIB", b"GCOL", b"\x89HDF"]
EXTREMES = [0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 65535, 65536, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 62, (1 << 64) - 1]


def make_samples(folder):
    import h5py
    import numpy

    dice = numpy.random.default_rng(1)
    for version in ("earliest", "v110"):
        path = folder / f"sample-{version}.h5"
        with h5py.File(path, "w", libver=(version, "v110")) as file:
            file.attrs["format"] = "a"
            file["a/float"] = dice.normal(size=(5, 7)).astype("f4")
            file["a/big"] = numpy.arange(9, dtype=">i2")
            file["bool"] = numpy.array([True, False])
            file["complex"] = dice.normal(size=3).astype("c8")
            file["a/text"] = "text"
            file["a/float"].attrs["dtype"] = "bfloat16"
            for index in range(12):
                file[f"many/{index}"] = numpy.full(3, index, "f2")
            for name, maximum in ("fixed", None), ("one", (None, 9)), ("two", (None, None)):
                data = file.create_dataset(f"chunks/{name}", (40, 9), "f4", chunks=(8, 4), maxshape=maximum, shuffle=True,
                                           compression="gzip", fletcher32=True, fillvalue=2.0)
                data[:30] = dice.normal(size=(30, 9))
        yield path


def damage(data, dice):
    data = bytearray(data)
    places = [at for mark in MARKS for at in find_all(data, mark)]
    for _ in range(dice.choice([1, 1, 1, 2, 4, 16])):
        # Structure is a small part of a file, and begins with a mark.
        if places and dice.random() < 0.6:
            at = min(len(data) - 1, dice.choice(places) + dice.randrange(0, 200))
        else:
            at = dice.randrange(len(data))
        kind = dice.randrange(8)
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[at] = dice.randrange(256)
        elif kind == 2:
            data[at] = dice.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif kind in (3, 4):
            width = dice.choice([2, 4, 8])
            value = dice.choice(EXTREMES) if kind == 3 else dice.randrange(len(data))
            data[at:at + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")
        elif kind == 5:
            size, source = dice.randrange(1, 64), dice.randrange(len(data))
            data[at:at + size] = data[source:source + size]
        elif kind == 6 and dice.random() < 0.3:
            del data[dice.randrange(len(data) // 4, len(data)):]
        else:
            data[at] = (data[at] + dice.choice([1, -1, 2, -2])) & 255
        if len(data) < 64:
            break
    return bytes(data)


def find_all(data, mark):
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def run(command, limit):
    start = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return None, "", limit
    return done.returncode, done.stderr.decode(errors="replace"), time.monotonic() - start


def attempt(number, source, options, folder):
    dice = random.Random(f"{options.seed}-{number}")
    path = folder / f"{number}.h5"
    path.write_bytes(damage(source.read_bytes(), dice))
    output = folder / f"{number}.safetensors"
    counts, findings = collections.Counter(), []
    status, _, seconds = run([options.kedge, "list-hdf5", str(path)], options.limit)
    counts["listed" if status == 0 else "child crashed or ran out of limits"] += 1
    if status is None:
        findings.append(f"list-hdf5 did not end within {options.limit} s")
    words = {"kedge": options.kedge, "file": str(path), "output": str(output)}
    status, errors, seconds = run([word.format(**words) for word in shlex.split(options.convert)], options.limit)
    lines = errors.strip().splitlines()
    if status == 0:
        counts["converted"] += 1
    elif status == 1 and len(lines) == 1:
        counts["refused"] += 1
    else:
        findings.append(f"convert: status {status}, {len(lines)} lines, {seconds:.1f} s: {errors[:300]!r}")
    output.unlink(missing_ok=True)
    if findings and options.keep:
        kept = pathlib.Path(options.keep)
        kept.mkdir(parents=True, exist_ok=True)
        (kept / f"{options.seed}-{number}.h5").write_bytes(path.read_bytes())
    path.unlink()
    return counts, [f"{number} ({source.name}): {text}" for text in findings]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--kedge", default=str(ROOT / ".build" / "release" / "kedge"))
    parser.add_argument("--convert", default="{kedge} convert {file} {output}", help="the command that reads all data")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--limit", type=float, default=90, help="seconds that one run may take")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", help="the folder for files that are findings")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        files = options.files or [*sorted(GOLDENS.glob("*/*.h5")), *make_samples(folder)]
        counts, findings = collections.Counter(), []
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            work = [pool.submit(attempt, number, files[number % len(files)], options, folder) for number in range(options.count)]
            for done in concurrent.futures.as_completed(work):
                counts += done.result()[0]
                for finding in done.result()[1]:
                    print(finding, flush=True)
                    findings.append(finding)
    print(", ".join(f"{text}: {count}" for text, count in sorted(counts.items())), f"of {options.count}")
    print(f"{len(findings)} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Kill sharded runs at random moments, resume them, and compare the result with an uninterrupted run, byte for byte.

    scripts/check-resume.py --traces FILE... --tokenizer DIR [--kedge PATH] [--rounds N] [--seed N]

Every round starts one to three processes on one directory, kills each with SIGKILL after a random time, starts again with
--resume (with another number of processes now and then), and so on until a round is left alone; then `kedge verify --merge`.
Needs nothing but Python.
"""

import argparse
import hashlib
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time


def digests(directory: pathlib.Path) -> dict[str, str]:
    """The SHA-256 of every file below a directory, unfinished files included."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kedge", default=str(pathlib.Path(__file__).parent.parent / ".build/release/kedge"))
    parser.add_argument("--traces", nargs="+", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--shard-size", default="1MB")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    settings = ["--deduplicate", "near", "--dropped", "dropped.jsonl", "--require-correct"]

    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)

        def command(output: pathlib.Path, rank: int, size: int) -> list[str]:
            return [
                arguments.kedge, "tokenize", *arguments.traces, "--tokenizer", arguments.tokenizer, "-o", str(output),
                "--shard-size", arguments.shard_size, "--resume", "--rank", str(rank), "--world-size", str(size),
                "--threads", "1", *settings,
            ]  # fmt: skip

        started = time.monotonic()
        subprocess.run(command(root / "whole", 0, 1), check=True, stdout=subprocess.DEVNULL)
        length = time.monotonic() - started
        expected = digests(root / "whole")
        print(f"uninterrupted: {len(expected)} files in {length:.2f} s")

        kills = 0
        for number in range(arguments.rounds):
            output = root / "killed"
            attempts = 0
            while True:
                size = chance.randint(1, 3)
                running = [
                    subprocess.Popen(command(output, rank, size), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                    for rank in range(size)
                ]
                # The first attempts are always killed; later ones may run to their end.
                spared = attempts >= 3 and chance.random() < 0.4
                if not spared:
                    for process in chance.sample(running, size):
                        time.sleep(chance.random() * length * 1.2 / size)
                        if process.poll() is None:
                            process.kill()
                            kills += 1
                failures = []
                for process in running:
                    errors = process.communicate()[1]
                    if process.returncode not in (0, -9):
                        failures.append(errors.decode())
                attempts += 1
                if failures:
                    print(f"round {number}: a run failed: {failures[0]}")
                    return 1
                if spared:
                    break
            subprocess.run([arguments.kedge, "verify", str(output), "--merge"], check=True, stdout=subprocess.DEVNULL)
            found = digests(output)
            if found != expected:
                names = {name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)}
                print(f"round {number}: differs after {attempts} attempts: {sorted(names)}")
                return 1
            shutil.rmtree(output)
        print(f"{arguments.rounds} rounds, {kills} processes killed: every result equal")
    return 0


if __name__ == "__main__":
    sys.exit(main())

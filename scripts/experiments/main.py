"""Runs the experiments and writes their results down; scripts/experiments.sh says how it is called."""

import argparse
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import time

import plan
import tables
from runs import outcome
from starts import Starts

RESULTS = pathlib.Path(__file__).with_name("results.json")


class Stopped(Exception):
    """The time is up."""


class Program:
    """Calls kedge, and ends what runs when the time is up."""

    def __init__(self, path, deadline):
        self.path, self.deadline = path, deadline

    def __call__(self, *words):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Stopped
        try:
            done = subprocess.run(
                [self.path, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=left)
        except subprocess.TimeoutExpired:
            raise Stopped from None
        if done.returncode:
            raise RuntimeError(f"kedge {' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default="A,B,C")
    parser.add_argument("--seeds", type=int, default=plan.SEEDS)
    parser.add_argument("--jobs", type=int, default=2, help="runs at once, each with one thread")
    parser.add_argument("--minutes", type=float, default=1e6, help="when to stop; what is done stays")
    parser.add_argument("--place", default=".build/experiments", help="where runs are kept")
    parser.add_argument("--kedge", default=".build/release/kedge")
    parser.add_argument("--methods", help="only these, separated by commas")
    parser.add_argument("--list", action="store_true", help="say what would be run, and run nothing")
    options = parser.parse_args()
    runs = plan.runs(options.tables.split(","), options.seeds)
    if options.methods:
        runs = [run for run in runs if run.method in options.methods.split(",")]
    place = pathlib.Path(options.place).absolute()
    if options.list:
        for run in runs:
            print(run.key(), run.start, "done" if is_done(run, place) else "")
        print(f"{len(runs)} runs, {sum(is_done(run, place) for run in runs)} done")
        return 0
    place.mkdir(parents=True, exist_ok=True)
    program = Program(options.kedge, time.monotonic() + options.minutes * 60)
    starts = Starts(place / "starts", program)
    results = everything(runs, starts, program, place, options.jobs)
    # All that is done, also by earlier calls for other tables and methods.
    everywhere = plan.runs(list(plan.TABLES), max(options.seeds, plan.SEEDS))
    write([json.loads((place / f"{run.key()}.json").read_text()) | {"tables": list(run.tables)}
           for run in everywhere if is_done(run, place)])
    for name in options.tables.split(","):
        print(tables.markdown(name, results))
    return 0 if len(results) == len(runs) else 2


def everything(runs, starts, program, place, jobs):
    """The results of all runs that got done, in the order of the plan."""
    results = {}

    def work(run):
        results[run.key()] = outcome(run, starts, program, place)
        print(f"{len(results)}/{len(runs)} {run.key()} {run.start.seed} {results[run.key()]['mean@8']:.3f}", file=sys.stderr)

    # A seed after the other, so that all methods have as many where the time is up; beginnings first, each made once.
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for seed in sorted({run.start.seed for run in runs}):
            wanted = [run for run in runs if run.start.seed == seed and not is_done(run, place)]
            beginnings = list(dict.fromkeys(run.start for run in wanted))
            try:
                for start in beginnings:
                    starts.prepare(start)
            except Stopped:
                break
            finish([pool.submit(starts.policy, start) for start in beginnings])
            finish([pool.submit(work, run) for run in runs if run.start.seed == seed])
    return [results[run.key()] for run in runs if run.key() in results]


def is_done(run, place):
    return (place / f"{run.key()}.json").exists()


def finish(futures):
    """Waits for all of them; what went wrong ends the script, a time that is up does not."""
    failures = []
    for future in futures:
        try:
            future.result()
        except Stopped:
            pass
        except RuntimeError as error:
            failures.append(str(error))
    if failures:
        raise SystemExit("\n".join(failures))


def write(results):
    """All results, one run a line, so that changes read well."""
    lines = ",\n".join("    " + json.dumps(each) for each in results)
    RESULTS.write_text(f'{{\n  "schema": "kedge.experiment-results.v1",\n  "runs": [\n{lines}\n  ]\n}}\n')


if __name__ == "__main__":
    sys.exit(main())

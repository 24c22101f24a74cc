#!/usr/bin/env python3
"""Reads the TensorBoard event files of a training run with tensorboard, and compares every scalar with metrics.jsonl.

    "$(scripts/python/venv.sh events)" scripts/check-event-files.py RUN

RUN is the output_dir of `kedge train`, which may have been resumed: what its files have of updates that were run again must be
dropped by tensorboard.
"""

import argparse
import json
import math
import struct
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def single(value: float | None) -> float:
    """A metric as an event file holds it; null stands for what is not finite."""
    return math.nan if value is None else struct.unpack("<f", struct.pack("<f", value))[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    run = parser.parse_args().run
    every = json.loads((run / "configuration.json").read_text())["logging_steps"]
    expected: dict[str, list[tuple[int, float]]] = {}
    for line in (run / "metrics.jsonl").read_text().splitlines():
        metrics = json.loads(line)
        step = metrics.pop("step")
        if step % every == 0:
            for name, value in metrics.items():
                expected.setdefault(f"train/{name}", []).append((step, single(value)))

    events = EventAccumulator(str(run), size_guidance={"scalars": 0})
    events.Reload()
    tags = events.Tags()["scalars"]
    assert set(tags) == set(expected), f"tags differ: {set(tags) ^ set(expected)}"
    count = 0
    for tag, wanted in expected.items():
        found = [(event.step, event.value) for event in events.Scalars(tag)]
        assert [step for step, _ in found] == [step for step, _ in wanted], f"{tag}: other steps"
        for (step, value), (_, number) in zip(found, wanted):
            same = value == number or (math.isnan(number) and not math.isfinite(value))
            assert same, f"{tag}, step {step}: {value}, and metrics.jsonl has {number}"
            count += 1
    print(f"{count} scalars of {len(tags)} tags are the same")


if __name__ == "__main__":
    main()

"""What Math-Verify says of pairs, and how long it takes."""

import logging
import time
import warnings

logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore")

from math_verify import parse, verify  # noqa: E402


class Oracle:
    """Parses each text once for as long as it is among the last few, as a training script does with its golds."""

    def __init__(self, remembered=512):
        self.remembered = remembered
        self.parsed = {}

    def parse(self, text):
        if text not in self.parsed:
            if len(self.parsed) >= self.remembered:
                self.parsed.pop(next(iter(self.parsed)))
            self.parsed[text] = parse(text)
        return self.parsed[text]

    def verdict(self, gold, response):
        """Whether it takes the response for right."""
        return bool(verify(self.parse(f"${gold}$"), self.parse(response)))

    def is_gold_readable(self, gold):
        """Whether it reads the gold as more than a string."""
        return any(not isinstance(value, str) for value in self.parse(f"${gold}$"))


def timed(gold, response):
    """Seconds for one pair when nothing is remembered."""
    start = time.perf_counter()
    verify(parse(f"${gold}$"), parse(response))
    return time.perf_counter() - start

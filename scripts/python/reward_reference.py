"""Shaped rewards as open-r1, TRL and DAPO define them, with Python's own regular expressions."""

import math
import re

FORMATS = {
    "think_answer": r"^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$",
    "think": r"^<think>(?!.*<think>)(.*?)</think>.*$",
}
STEPS = r"(Step \d+:|^\d+\.|\n-|\n\*|First,|Second,|Next,|Finally,)"


def form(text, style="think_answer"):
    return 1.0 if re.match(FORMATS[style], text, re.DOTALL | re.MULTILINE) else 0.0


def tag_count(text):
    tags = ["<think>\n", "\n</think>\n", "\n<answer>\n", "\n</answer>"]
    return sum(0.25 for tag in tags if text.count(tag) == 1)


def reasoning_steps(text):
    return min(1.0, len(re.findall(STEPS, text)) / 3)


def length(lengths, correct):
    low, high = min(lengths), max(lengths)
    if low == high:
        return [0.0] * len(lengths)
    values = [0.5 - (each - low) / (high - low) for each in lengths]
    return [float(value if right else min(0, value)) for value, right in zip(values, correct)]


def cosine(size, correct, min_value_wrong=-1.0, max_value_wrong=-0.5, min_value_correct=0.5, max_value_correct=1.0,
           max_len=1000, clamp=False):
    progress = size / max_len
    if clamp:
        progress = min(progress, 1.0)
    low, high = (min_value_correct, max_value_correct) if correct else (max_value_wrong, min_value_wrong)
    return low + 0.5 * (high - low) * (1.0 + math.cos(progress * math.pi))


def repetition(text, ngram_size=3, max_penalty=-1.0):
    return repetition_of_tokens(text.lower().split(), ngram_size, max_penalty)


def repetition_of_tokens(tokens, ngram_size=3, max_penalty=-1.0):
    if len(tokens) < ngram_size:
        return 0.0
    ngrams = list(zip(*[tokens[start:] for start in range(ngram_size)]))
    return (1 - len(set(ngrams)) / len(ngrams)) * max_penalty


def soft_overlong(size, max_completion_len=16384, soft_punish_cache=4096, penalty_factor=1.0, bounded=True):
    expected = max_completion_len - soft_punish_cache
    if not bounded:
        # verl's reward manager of DAPO.
        return min(-(size - expected) / soft_punish_cache * penalty_factor, 0)
    if size <= expected:
        return 0.0
    if size <= max_completion_len:
        return (expected - size) / soft_punish_cache * penalty_factor
    return -penalty_factor

#!/usr/bin/env python3
"""Write scripts/sample: a few reasoning traces in the columns of OpenR1-Math, and a small tokenizer trained on them.

    scripts/make-sample.py [--output DIR]

The problems are made up by sample_numbers.py and sample_counting.py; some traces hold a slip and some are cut off, so
that the filters of `kedge tokenize` have something to do. Everything follows from fixed seeds.
"""

import argparse
import json
import pathlib
import random
import sys
import uuid

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "python"))
import sample_counting  # noqa: E402
import sample_numbers  # noqa: E402
from tokenization_texts import TRAINING  # noqa: E402

ROWS = 16
MAKERS = [
    sample_numbers.linear_equation,
    sample_numbers.modular_power,
    sample_counting.committee,
    sample_counting.altitude,
    sample_numbers.multiples_sum,
    sample_numbers.remainders,
    sample_counting.letter_arrangements,
    sample_numbers.root_squares,
    sample_counting.same_colour,
    sample_counting.annulus,
    sample_numbers.trailing_zeros,
    sample_counting.average_speed,
    sample_counting.lattice_paths,
    sample_numbers.euclid,
]
ENTRIES = 2000
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

OPENINGS = [
    "Okay, let me read the question again. {text}",
    "Let me think about this carefully. The task: {text}",
    "So the question is this. {text} I'll start with what is given and see how far it goes.",
    "Hmm, I've seen something like this before. {text} Let me not rush, though.",
    "First, what do we know, and what are we asked for? {text}",
]
BRIDGES = [
    "Wait, let me make sure that I've read it correctly. Yes, that's what it says.",
    "Hmm, is there a trap here? I don't see one, but I'll keep an eye on the small cases.",
    "Before I go on, a rough estimate would help: the result shouldn't be absurdly large or small.",
    "That looks right so far. Let's keep going.",
    "I could also have done it the other way round, but this is shorter.",
    "Let me redo that step slowly, since that's where I'd slip if anywhere. No, it holds.",
]
SECOND = [
    "To be sure, here is a second way to look at it.",
    "Let me double-check with a different method.",
    "Alternatively, and independently of what I did above:",
]
CLOSINGS = [
    "So the answer should be {shown}.",
    "Both the reasoning and the numbers fit, so I'm confident that it's {shown}.",
    "I don't see anything left to check. The result is {shown}.",
    "Good. That settles it: {shown}.",
]
FINALS = [
    "**Solution.** {steps}\n\nTherefore the answer is $\\boxed{{{answer}}}$.",
    "{steps}\n\nThe final answer is \\boxed{{{answer}}}.",
    "Here is the argument in short.\n\n{steps}\n\n$$\\boxed{{{answer}}}$$",
]


def plain(answer):
    return answer.replace("\\pi", "π").replace("\\frac{", "").replace("}{", "/").replace("}", "")


def trace(rng, problem, paragraphs, answer, other):
    """The text of a generation, complete."""
    parts = [rng.choice(OPENINGS).format(text=problem.text)]
    bridges = rng.sample(BRIDGES, len(BRIDGES))
    for index, paragraph in enumerate(paragraphs):
        parts.append(paragraph)
        if index + 1 < len(paragraphs) and rng.random() < 0.6:
            parts.append(bridges.pop())
    if other is not None:
        parts += [rng.choice(SECOND), *other]
    while sum(map(len, parts)) < 640 and bridges:
        parts.insert(rng.randrange(1, len(parts)), bridges.pop())
    parts.append(rng.choice(CLOSINGS).format(shown=plain(answer)))
    final = rng.choice(FINALS).format(steps="\n\n".join(paragraphs[-2:]), answer=answer)
    return "<think>\n" + "\n\n".join(parts) + "\n</think>\n\n" + final


def row(rng, index):
    problem = MAKERS[index % len(MAKERS)](rng)
    generations, complete, correct, reasons = [], [], [], []
    count = rng.choice((1, 2, 2, 3))
    for number in range(count):
        method = rng.choice((0, 0, 1, 1, 2))
        paragraphs, answer = problem.methods[method]
        other = problem.methods[1 - method][0] if method < 2 and rng.random() < 0.6 else None
        text = trace(rng, problem, paragraphs, answer, other)
        cut = index % 4 == 2 and number == count - 1
        if cut:
            # Cut in the middle of the thought, as a limit on the length does.
            thought = text.index("</think>")
            text = text[: thought * rng.randrange(75, 95) // 100]
        generations.append(text)
        complete.append(not cut)
        correct.append(not cut and answer == problem.answer)
        reasons.append("length" if cut else "stop")
    best = correct.index(True) if True in correct else 0
    return {
        "problem": problem.text,
        "solution": problem.solution,
        "answer": problem.answer,
        "problem_type": problem.kind,
        "question_type": "math-word-problem",
        "source": "kedge_sample",
        "uuid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "is_reasoning_complete": complete,
        "generations": generations,
        "correctness_math_verify": correct,
        "correctness_llama": None,
        "finish_reasons": reasons if index % 3 else None,
        "correctness_count": sum(correct),
        "messages": [
            {"content": problem.text, "role": "user"},
            {"content": generations[best], "role": "assistant"},
        ],
    }


def train(texts):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False),
        ]
    )
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    trainer = trainers.BpeTrainer(
        vocab_size=ENTRIES,
        min_frequency=1,
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens(
        [AddedToken(content, special=True) for content in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")]
    )
    return tokenizer


CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + "
    "'\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def main():
    root = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=pathlib.Path, default=root / "sample")
    options = parser.parse_args()
    folder = options.output / "tokenizer"
    folder.mkdir(parents=True, exist_ok=True)

    rng = random.Random(46)
    rows = [row(rng, index) for index in range(ROWS)]
    with open(options.output / "traces.jsonl", "w", encoding="utf-8", newline="\n") as file:
        for record in rows:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")

    more = random.Random(47)
    texts = TRAINING.split("\n")
    for record in rows + [row(more, index) for index in range(420)]:
        texts += [record["problem"], record["solution"], *record["generations"]]
    tokenizer = train(texts)
    saved = json.loads(tokenizer.to_str())
    text = json.dumps(saved, ensure_ascii=False, separators=(",", ":"))
    (folder / "tokenizer.json").write_text(text + "\n", encoding="utf-8")
    config = {
        "add_bos_token": False,
        "bos_token": None,
        "chat_template": CHAT_TEMPLATE,
        "clean_up_tokenization_spaces": False,
        "eos_token": "<|im_end|>",
        "model_max_length": 32768,
        "pad_token": "<|endoftext|>",
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": None,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

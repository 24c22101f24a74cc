#!/usr/bin/env python3
"""Write Tests/TokenizationTests/Goldens/*.json: small tokenizers and what the oracle makes of trap texts.

    scripts/make-tokenization-goldens.py [--output DIR]

Each file holds
    tokenizer     a tokenizer.json object, trained on a page of text or put together by hand
    cases         text; ids = encode(text, add_special_tokens=False).ids; ids_with_special = encode(text).ids;
                  decoded and decoded_skip_special = decode(ids_with_special) without and with skip_special_tokens
    decode_cases  random ids with decoded and decoded_skip_special: bytes that are not UTF-8, lone prefixes and suffixes
The oracle is the Python package tokenizers of scripts/python/requirements.txt. Seeds are fixed by the file's name.
"""

import argparse
import json
import pathlib
import random
import sys

import tokenizers
from tokenizers import Tokenizer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "python"))
from tokenization_texts import TRAPS, random_text  # noqa: E402
from tokenizer_variants import all_documents  # noqa: E402


def wrapped(generator, token):
    left = generator.choice(("", " ", "  ", "a", "x ", "\n", "\u3000", "_", "\u0301", "hi  ", "hi.", "\u200b", "1"))
    right = generator.choice(("", " ", "  ", "a", " x", "\n\n", "\u00a0 b", "_", "\u0301", "'s", "\u200d", "9"))
    return left + token + right


def texts(name, tokenizer, alphabet):
    generator = random.Random(name)
    contents = [token["content"] for token in tokenizer["added_tokens"]]
    if alphabet is not None:
        alphabet = alphabet * 3 + "".join(contents)
        out = ["", alphabet[:9]]
        out += ["".join(generator.choice(alphabet) for _ in range(generator.randrange(1, 14))) for _ in range(34)]
        return out
    if name.startswith("added-tokens"):
        out = [wrapped(generator, content) for content in contents]
        out += ["abcd abc abc. abcde ab", "    x   \u00a0 "]
        out += ["CAF\u00c9 caf\u00e9 cafe\u0301 Cafe\u0301s  x cafe\u0301s"]
        for _ in range(24):
            chosen = generator.choices(contents, k=generator.randrange(2, 5))
            out.append("".join(wrapped(generator, content) for content in chosen))
        return out
    full = not name.startswith(
        ("normalizer-", "processor-", "decoder-", "metaspace-", "unknown-", "llama2-", "cl100k-", "qwen2-")
    )
    out = (
        TRAPS
        if full
        else TRAPS[:7] + generator.sample(TRAPS[7:], 4 if name.startswith(("processor-", "decoder-")) else 8)
    )
    if name.startswith("normalizer-"):
        out = list(dict.fromkeys(TRAPS[:4] + TRAPS[16:22] + TRAPS[24:26] + out))
    out = list(out) + [wrapped(generator, content) for content in contents[:4]]
    if contents:
        out.append("hi  " + contents[-1] + "  there" + contents[0] + contents[0] + "\n x")
    for _ in range(16 if full else 10):
        out.append(random_text(generator, contents))
    if name.startswith(("unknown", "affix", "decoder")):
        # Known and unknown characters side by side.
        known = [entry for entry in tokenizer["model"]["vocab"] if len(entry) == 1]
        for _ in range(12):
            pools = (known, "\u4e00\u00ff\u0416\U0001f600\u20ac\u0e01", "\n \t\u007f")
            out.append("".join(generator.choice(generator.choice(pools)) for _ in range(generator.randrange(2, 12))))
    return out


def golden(name, document, alphabet):
    oracle = Tokenizer.from_str(json.dumps(document))
    generator = random.Random("decode " + name)

    def decoded(ids):
        return {
            "decoded": oracle.decode(ids, skip_special_tokens=False),
            "decoded_skip_special": oracle.decode(ids, skip_special_tokens=True),
        }

    cases = []
    for text in dict.fromkeys(texts(name, document, alphabet)):
        ids = oracle.encode(text, add_special_tokens=False).ids
        special = oracle.encode(text).ids
        cases.append({"text": text, "ids": ids, "ids_with_special": special, **decoded(special)})
    numbers = sorted(set(document["model"]["vocab"].values()) | {token["id"] for token in document["added_tokens"]})
    decodes = []
    for _ in range(0 if alphabet else 8):
        ids = generator.choices(numbers, k=generator.randrange(1, 9))
        decodes.append({"ids": ids, **decoded(ids)})
    return {"tokenizer": document, "cases": cases, "decode_cases": decodes}


def dump(value):
    """JSON with one case per line and the vocabulary on one, so that a change can be read in a diff."""

    def text(part):
        plain = json.dumps(part, ensure_ascii=False, separators=(",", ":"))
        return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in plain)

    def listed(parts):
        return "[\n" + ",\n".join(map(text, parts)) + "\n]" if parts else "[]"

    fields = [f'"tokenizer":{text(value["tokenizer"])}']
    fields += [f'"{key}":{listed(value[key])}' for key in ("cases", "decode_cases")]
    return "{\n" + ",\n".join(fields) + "\n}\n"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=pathlib.Path, default=root / "Tests/TokenizationTests/Goldens")
    options = parser.parse_args()
    if tokenizers.__version__ != "0.23.3":
        sys.exit(f"tokenizers {tokenizers.__version__} found, 0.23.3 expected: see scripts/python/venv.sh")
    options.output.mkdir(parents=True, exist_ok=True)
    total, written = 0, set()
    for name, document, alphabet in all_documents():
        text = dump(golden(name, document, alphabet))
        (options.output / f"{name}.json").write_text(text)
        written.add(f"{name}.json")
        total += len(text.encode("utf-8"))
    for path in options.output.glob("*.json"):
        if path.name not in written:
            path.unlink()
    print(f"{len(written)} files, {total} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()

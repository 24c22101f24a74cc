#!/usr/bin/env python3
"""Compare `kedge tokenize` with the Python package tokenizers on random strings; shrink what differs.

    scripts/fuzz-tokenization.py --kedge .build/release/kedge --tokenizer DIR [--tokenizer DIR ...] \\
        [--count 100000] [--seed 1] [--variants]

Every row holds two random strings, a prompt and a completion, taken whole; the ids of both must equal
encode(text, add_special_tokens=False), the completion's followed by the EOS. --variants does the same with --count
rows spread over the small tokenizers that the goldens are made of. Exit status 1 where anything differs.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import h5py
from tokenizers import Tokenizer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "python"))
from tokenization_texts import TRAPS, random_text  # noqa: E402
from tokenizer_variants import all_documents  # noqa: E402

CHUNK = 20_000
REPORTED = 5


class Refused(Exception):
    """kedge ended with an error."""


class Subject:
    """One tokenizer directory: what kedge makes of rows, and what the oracle makes of them."""

    def __init__(self, kedge, folder, threads):
        self.kedge, self.folder, self.threads = kedge, pathlib.Path(folder), threads
        path = self.folder / "tokenizer.json"
        self.oracle = Tokenizer.from_file(str(path))
        self.oracle.no_truncation()
        self.oracle.no_padding()
        document = json.loads(path.read_text(encoding="utf-8"))
        tokens = document["added_tokens"]
        self.contents = [token["content"] for token in tokens]
        special = [token["content"] for token in tokens if token["special"]]
        vocabulary = document["model"]["vocab"]
        self.eos = (special or self.contents or [min(vocabulary, key=vocabulary.get)])[-1]
        self.eos_id = self.oracle.token_to_id(self.eos)

    def expected(self, rows):
        flat = self.oracle.encode_batch([text for row in rows for text in row], add_special_tokens=False)
        ids = [encoding.ids for encoding in flat]
        return [(ids[i], ids[i + 1] + [self.eos_id]) for i in range(0, len(ids), 2)]

    def actual(self, rows):
        """The ids of kedge for every row, None for a row that it left out."""
        with tempfile.TemporaryDirectory() as folder:
            source, output = pathlib.Path(folder, "rows.jsonl"), pathlib.Path(folder, "rows.h5")
            with open(source, "w", encoding="utf-8", newline="\n") as file:
                for index, (prompt, completion) in enumerate(rows):
                    # Escaped and plain characters in turn: both are JSON.
                    line = json.dumps({"prompt": prompt, "completion": completion}, ensure_ascii=index % 3 == 0)
                    file.write(line + "\n")
            command = [self.kedge, "tokenize", source, "--tokenizer", self.folder, "--output", output]
            command += ["--template", "plain", "--expert-part", "full", "--snap", "none", f"--eos={self.eos}"]
            command += ["--max-prompt", "1000000", "--max-expert", "1000000", "--threads", str(self.threads)]
            run = subprocess.run(list(map(str, command)), capture_output=True, text=True, errors="replace")
            if run.returncode != 0:
                raise Refused(f"exit status {run.returncode}: {run.stderr.strip()[-600:]}")
            with h5py.File(output, "r") as file:
                tokens, offsets = file["tokens"][:].tolist(), file["offsets"][:].tolist()
                prompts, experts = file["prompt_lengths"][:].tolist(), file["expert_lengths"][:].tolist()
                order = file["prompt_index"][:].tolist()
        found = [None] * len(rows)
        if len(prompts) == len(rows):
            order = range(len(rows))
        for row, index in enumerate(order):
            start, middle = offsets[row], offsets[row] + prompts[row]
            if offsets[row + 1] != middle + experts[row] or index >= len(rows):
                raise Refused(f"row {row}: offsets and lengths do not agree")
            found[index] = (tokens[start:middle], tokens[middle : offsets[row + 1]])
        return found

    def usable(self, text):
        """kedge drops rows without a trace, so neither side may be blank."""
        return text.strip() != "" and len(self.oracle.encode(text, add_special_tokens=False).ids) > 0

    def differing(self, rows):
        """(row, side, expected ids, actual ids or None) of every difference."""
        out = []
        for row, wanted, got in zip(rows, self.expected(rows), self.actual(rows)):
            for side in (0, 1):
                ids = None if got is None else got[side]
                if ids != wanted[side]:
                    out.append((row, side, wanted[side], ids))
        return out

    def fails(self, texts):
        """The texts among these whose ids differ, asked in one run."""
        texts = [text for text in texts if self.usable(text)]
        if not texts:
            return []
        try:
            return [row[0] for row, side, _, _ in self.differing([(text, "a") for text in texts]) if side == 0]
        except Refused:
            # One of them breaks the whole run: ask each alone.
            return [text for text in texts if self.breaks(text)]

    def breaks(self, text):
        try:
            return bool(self.differing([(text, "a")]))
        except Refused:
            return True

    def shrunk(self, text):
        """A shorter text that still differs: stretches are taken out, longest first, then characters made plain."""
        if text not in self.fails([text]):
            return text
        size = len(text) // 2
        while size >= 1:
            cuts = [text[:i] + text[i + size :] for i in range(0, len(text), max(size // 2, 1))]
            failing = self.fails(dict.fromkeys(cut for cut in cuts if len(cut) < len(text)))
            if failing:
                text = min(failing, key=len)
                size = min(size, max(len(text) // 2, 1))
            else:
                size //= 2
        return text


def rows_of(subject, count, seed):
    rng = random.Random(f"{seed} {subject.folder.name}")
    produced = 0
    while produced < count:
        rows = []
        while len(rows) < min(CHUNK, count - produced):
            pair = []
            while len(pair) < 2:
                text = rng.choice(TRAPS) if rng.random() < 0.01 else random_text(rng, subject.contents)
                if subject.usable(text):
                    pair.append(text)
            rows.append(tuple(pair))
        produced += len(rows)
        yield rows


def shown(ids):
    text = str(ids)
    return text if len(text) <= 240 else text[:240] + " …"


def compare(subject, name, count, seed):
    """Number of differences (at least one where kedge refuses)."""
    compared = different = 0
    for rows in rows_of(subject, count, seed):
        try:
            found = subject.differing(rows)
        except Refused as error:
            print(f"{name}: kedge refused {len(rows)} rows: {error}")
            return different + 1
        compared += 2 * len(rows)
        for row, side, wanted, got in found[: max(REPORTED - different, 0)]:
            text = row[side]
            small = subject.shrunk(text)
            print(f"{name}: {json.dumps(small)} differs (shrunk from {len(text)} to {len(small)} characters)")
            if small != text:
                wanted = subject.oracle.encode(small, add_special_tokens=False).ids
                try:
                    got = subject.actual([(small, "a")])[0]
                    got = got and got[0]
                except Refused as error:
                    got = error
            print(f"    expected {shown(wanted)}\n    got      {shown(got)}")
        different += len(found)
    print(f"{name}: {compared} strings compared, {different} differ", flush=True)
    return different


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kedge", required=True, help="path of the kedge binary")
    parser.add_argument("--tokenizer", action="append", default=[], metavar="DIR", help="directory of a tokenizer.json")
    parser.add_argument("--count", type=int, default=100_000, help="rows (pairs of strings) for each tokenizer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--variants", action="store_true", help="the small tokenizers of the goldens, too")
    options = parser.parse_args()
    if not options.tokenizer and not options.variants:
        parser.error("give --tokenizer DIR or --variants")
    different = 0
    for folder in options.tokenizer:
        subject = Subject(options.kedge, folder, options.threads)
        different += compare(subject, subject.folder.name, options.count, options.seed)
    if options.variants:
        documents = list(all_documents())
        with tempfile.TemporaryDirectory() as folder:
            for name, document, _ in documents:
                place = pathlib.Path(folder, name)
                place.mkdir()
                (place / "tokenizer.json").write_text(json.dumps(document), encoding="utf-8")
                subject = Subject(options.kedge, place, options.threads)
                different += compare(subject, name, -(-options.count // len(documents)), options.seed)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()

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
import collections
import functools
import itertools
import json
import pathlib
import random
import sys

import tokenizers
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "python"))
from tokenization_texts import POOLS, TRAINING, TRAPS, random_text  # noqa: E402

CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + TAIL
LLAMA3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + TAIL
QWEN35 = (
    CONTRACTIONS
    + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CL100K = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
)
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
O200K = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{CONTRACTIONS}?|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{CONTRACTIONS}?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK = [
    r"\p{N}{1,3}",
    "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
]

# Parts of a tokenizer.json ----------------------------------------------------------------------------------------


def byte_level(add_prefix_space=False, use_regex=False, trim_offsets=False):
    return {
        "type": "ByteLevel",
        "add_prefix_space": add_prefix_space,
        "trim_offsets": trim_offsets,
        "use_regex": use_regex,
    }


def split(pattern, behavior="Isolated", invert=False, string=False):
    kind = "String" if string else "Regex"
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def pre_sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def normalizer_sequence(*parts):
    return {"type": "Sequence", "normalizers": list(parts)}


def decoder_sequence(*parts):
    return {"type": "Sequence", "decoders": list(parts)}


def replace(pattern, content, string=True):
    return {"type": "Replace", "pattern": {"String" if string else "Regex": pattern}, "content": content}


def metaspace(scheme, cut):
    return {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme, "split": cut}


def strip(content, start, stop):
    return {"type": "Strip", "content": content, "start": start, "stop": stop}


def template(before=(), after=()):
    """A TemplateProcessing for tokens given as (content, id)."""
    def token(content):
        return {"SpecialToken": {"id": content, "type_id": 0}}

    single = [token(c) for c, _ in before] + [{"Sequence": {"id": "A", "type_id": 0}}] + [token(c) for c, _ in after]
    names = {content: {"id": content, "ids": [number], "tokens": [content]} for content, number in (*before, *after)}
    pair = single + [{"Sequence": {"id": "B", "type_id": 1}}]
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": names}


def added(content, number, special=True, **flags):
    known = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": not special}
    return {"id": number, "content": content, **known, **flags, "special": special}


def bpe(vocabulary, merges, legacy=False, **settings):
    model = {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
        **settings,
    }
    model["vocab"] = vocabulary
    model["merges"] = [" ".join(pair) for pair in merges] if legacy else [list(pair) for pair in merges]
    return model


def document(model, pre=None, normalizer=None, post=None, decoder=None, tokens=()):
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": list(tokens),
        "normalizer": normalizer,
        "pre_tokenizer": pre,
        "post_processor": post,
        "decoder": decoder,
        "model": model,
    }


# Vocabularies -------------------------------------------------------------------------------------------------------


def trained(pre, size, normalizer=None, alphabet=(), characters=None, prefix="", suffix=""):
    """(vocabulary, merges) of a BPE trained on the page of text, or on its most frequent `characters` alone.

    The package's own trainer breaks ties by hash order where it adds prefixes or limits the alphabet.
    """
    text = TRAINING
    if characters is not None:
        counts = collections.Counter(text.replace("\n", ""))
        kept = sorted(counts, key=lambda c: (-counts[c], c))[:characters]
        text = "".join(c for c in text if c in kept or c == "\n")
    words = collections.Counter()
    for line in text.split("\n"):
        if normalizer is not None:
            line = normalizer.normalize_str(line)
        words.update(piece for piece, _ in pre.pre_tokenize_str(line))
    spelled = []
    for word, count in words.items():
        parts = [word[0]] + [prefix + c for c in word[1:]]
        parts[-1] += suffix
        spelled.append((parts, count))
    entries = sorted(set(alphabet) | {part for parts, _ in spelled for part in parts})
    vocabulary = {entry: index for index, entry in enumerate(entries)}
    merges = []
    while len(vocabulary) < size:
        counts = collections.Counter()
        for parts, count in spelled:
            for pair in zip(parts, parts[1:]):
                counts[pair] += count
        left, right = min(counts, key=lambda pair: (-counts[pair], pair))
        merged = left + right[len(prefix) :]
        merges.append((left, right))
        vocabulary.setdefault(merged, len(vocabulary))
        for parts, _ in spelled:
            index = 0
            while index + 1 < len(parts):
                if parts[index] == left and parts[index + 1] == right:
                    parts[index : index + 2] = [merged]
                index += 1
    return vocabulary, merges


@functools.cache
def byte_vocabulary(pattern=QWEN2, size=390):
    pre = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)]
    )
    return trained(pre, size, alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))


def bytes_model(pattern=QWEN2, size=390, extra=(), shuffled=None, **settings):
    """A byte-level model; `extra` are entries that no merge makes, `shuffled` a seed that parts rank from id."""
    vocabulary, merges = byte_vocabulary(pattern, size)
    vocabulary = dict(vocabulary)
    for entry in extra:
        vocabulary.setdefault(entry, len(vocabulary))
    if shuffled is not None:
        numbers = list(vocabulary.values())
        random.Random(shuffled).shuffle(numbers)
        vocabulary = dict(zip(vocabulary, numbers))
    return bpe(vocabulary, merges, **settings)


def every_split(entries, order):
    """All merges whose parts and result are entries, by the rank of the result: what sentencepiece files turn into."""
    known = set(entries)
    found = []
    for entry in entries:
        cuts = [(entry[:i], entry[i:]) for i in range(1, len(entry))]
        found += [(order[entry], pair) for pair in cuts if pair[0] in known and pair[1] in known]
    return [pair for _, pair in sorted(found, key=lambda item: item[0])]


def piece_model(fallback="full", size=240, seed=7, characters=96, **settings):
    """Sentencepiece style: <unk> <s> </s>, byte entries, then pieces in an order that is not the merges' order."""
    normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    # Words cut at their spaces for training only: whole lines would give merges that merely learn the lines.
    pre = pre_tokenizers.Split(Regex("\u2581*[^\u2581]+"), "isolated")
    vocabulary, _ = trained(pre, size, normalizer, characters=characters)
    pieces = [entry for entry in vocabulary] + ["\u2581\u2581", "\u2581\u2581\u2581\u2581", "\n\n", "e\u2581"]
    pieces = list(dict.fromkeys(pieces))
    order = {entry: index for index, entry in enumerate(pieces)}
    merges = every_split(pieces, order)
    random.Random(seed).shuffle(pieces)
    entries = ["<unk>", "<s>", "</s>"]
    if fallback == "full":
        entries += [f"<0x{byte:02X}>" for byte in range(256)]
    elif fallback == "partial":
        # Bytes of some three-byte sequences only: a character falls back when all of its bytes are there.
        entries += [f"<0x{byte:02X}>" for byte in range(256) if byte % 3 or byte in (0x0A, 0xE2)]
    vocabulary = {entry: index for index, entry in enumerate(entries + pieces)}
    return bpe(vocabulary, merges, **settings)


LLAMA_DECODER = [
    replace("\u2581", " "),
    {"type": "ByteFallback"},
    {"type": "Fuse"},
    strip(" ", 1, 0),
]
LLAMA_NORMALIZER = normalizer_sequence({"type": "Prepend", "prepend": "\u2581"}, replace(" ", "\u2581"))
PIECE_TOKENS = [
    added("<unk>", 0, normalized=False),
    added("<s>", 1, normalized=False),
    added("</s>", 2, normalized=False),
]


def after(model, *contents, **flags):
    """Added tokens numbered after the vocabulary."""
    first = max(model["vocab"].values()) + 1
    return [added(content, first + index, **flags) for index, content in enumerate(contents)]


CHATML = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")

# The tokenizers -----------------------------------------------------------------------------------------------------


def byte_level_family():
    model = bytes_model(size=420, extra=("\u0120factored", "wait", "\u010a\u010a\u010a"))
    tokens = after(model, *CHATML)
    tokens += [added("<think>", tokens[-1]["id"] + 1, special=False, normalized=False)]
    pre = pre_sequence(split(QWEN2), byte_level())
    post = byte_level(False, False, False)
    yield "qwen2", document(model, pre, {"type": "NFC"}, post, byte_level(), tokens)
    model = bytes_model(size=420, extra=("\u0120factored", "wait"), shuffled=5, ignore_merges=True)
    yield "qwen2-ignore-merges", document(
        model, pre, {"type": "NFC"}, byte_level(True, True, False), byte_level(True, True, True), after(model, *CHATML)
    )
    model = bytes_model(QWEN35)
    yield "qwen3.5", document(
        model, pre_sequence(split(QWEN35), byte_level()), {"type": "NFC"}, None, byte_level(), after(model, *CHATML)
    )

    model = bytes_model(GPT2, legacy=True)
    tokens = after(model, "<|endoftext|>")
    yield "gpt2", document(
        model, byte_level(False, True, True), None, byte_level(True, True, False), byte_level(True, True, True), tokens
    )
    yield "gpt2-prefix-space", document(
        model, byte_level(True, True, True), None, byte_level(True, True, True), byte_level(True, True, True), tokens
    )
    runs = [added(" " * n, tokens[0]["id"] + n, special=False, normalized=True) for n in range(6, 1, -1)]
    tabs = [added("\t" * n, tokens[0]["id"] + 5 + n, special=False, normalized=True) for n in range(4, 1, -1)]
    yield "phi2-space-runs", document(
        model, byte_level(False, True, True), None, byte_level(), byte_level(True, True, True), tokens + runs + tabs
    )

    unreachable = ("\u0120equation", "students", "\u0120\u0120\u0120\u0120")
    model = bytes_model(LLAMA3, 400, extra=unreachable, ignore_merges=True)
    tokens = after(model, "<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<|start_header_id|>")
    post = {
        "type": "Sequence",
        "processors": [byte_level(True, True, False), template([("<|begin_of_text|>", tokens[0]["id"])])],
    }
    pre = pre_sequence(split(LLAMA3), byte_level())
    yield "llama3", document(model, pre, None, post, byte_level(True, True, True), tokens)

    model = bytes_model(DEEPSEEK[2])
    tokens = after(model, "<\uff5cbegin\u2581of\u2581sentence\uff5c>", "<\uff5cend\u2581of\u2581sentence\uff5c>")
    number = tokens[-1]["id"]
    tokens += [
        added("<\uff5cUser\uff5c>", number + 1, special=False, normalized=False),
        added("<think>", number + 2, special=False, normalized=False),
        added("</think>", number + 3, special=False, normalized=False),
    ]
    pre = pre_sequence(*map(split, DEEPSEEK), byte_level())
    post = template([(tokens[0]["content"], tokens[0]["id"])])
    yield "deepseek-v3", document(
        model, pre, normalizer_sequence(), post, byte_level(True, True, True), tokens
    )

    for name, pattern in (("o200k", O200K), ("cl100k-possessive", CL100K)):
        model = bytes_model(pattern)
        tokens = after(model, "<|endoftext|>", "<|endofprompt|>")
        yield name, document(model, pre_sequence(split(pattern), byte_level()), None, None, byte_level(), tokens)
    # The way tiktoken vocabularies were first written down: everything between matches removed, which is nothing.
    model = bytes_model(LLAMA3)
    yield "cl100k-removed-invert", document(
        model, pre_sequence(split(LLAMA3, "Removed", True), byte_level()), None, None, byte_level()
    )

    model = bytes_model(GPT2)
    tokens = after(model, "<|endoftext|>", "<|im_start|>", "<|im_end|>")
    pre = pre_sequence({"type": "Digits", "individual_digits": True}, byte_level(False, True, True))
    yield "smollm2", document(model, pre, None, None, byte_level(True, True, True), tokens)
    model = bytes_model(GPT2, shuffled=11)
    tokens = after(model, ">>TITLE<<", "<|endoftext|>")
    pre = pre_sequence(
        {"type": "Punctuation", "behavior": "Contiguous"},
        byte_level(False, True, True),
        {"type": "Digits", "individual_digits": False},
        split("[0-9][0-9][0-9]"),
    )
    yield "falcon", document(model, pre, None, byte_level(), byte_level(), tokens)


def piece_family():
    settings = {"unk_token": "<unk>", "byte_fallback": True, "fuse_unk": True}
    model = piece_model(**settings)
    post = template([("<s>", 1)])
    decoder = decoder_sequence(*LLAMA_DECODER)
    yield "llama2", document(model, None, LLAMA_NORMALIZER, post, decoder, PIECE_TOKENS)
    twice = piece_model(seed=3, **settings)
    # A pair given twice counts with its last rank.
    twice["merges"] = twice["merges"] + twice["merges"][:40:3]
    tokens = PIECE_TOKENS + after(twice, "<|assistant|>", "<|end|>", "<|user|>", rstrip=True)
    yield "phi3", document(twice, None, LLAMA_NORMALIZER, None, decoder, tokens)
    after_words = after(twice, "</think>", "answer", special=False, normalized=True)
    yield "llama2-normalized-tokens", document(
        twice, None, LLAMA_NORMALIZER, None, decoder, PIECE_TOKENS + after_words
    )
    for scheme, cut in itertools.product(("first", "always", "never"), (True, False)):
        tokens = PIECE_TOKENS + after(model, "[INST]", "[/INST]")
        name = f"metaspace-{scheme}-{'split' if cut else 'whole'}"
        yield name, document(model, metaspace(scheme, cut), None, post, metaspace(scheme, cut), tokens)
    tokens = PIECE_TOKENS + after(model, "<bos>", "<start_of_turn>", "<end_of_turn>")
    tokens += [
        added("\n" * n, tokens[-1]["id"] + n, special=False, normalized=False) for n in range(2, 5)
    ]
    yield "gemma", document(
        model,
        split(" ", "MergedWithPrevious", string=True),
        replace(" ", "\u2581"),
        template([("<bos>", tokens[3]["id"])]),
        decoder_sequence(*LLAMA_DECODER[:3]),
        tokens,
    )

    for fuse in (True, False):
        name = "fused" if fuse else "single"
        for fallback in ("partial", "none"):
            settings = {"unk_token": "<unk>", "fuse_unk": fuse, "byte_fallback": fallback == "partial"}
            model = piece_model(fallback, 200, characters=48, **settings)
            yield f"unknown-{fallback}-fallback-{name}", document(
                model, None, LLAMA_NORMALIZER, None, decoder, PIECE_TOKENS
            )
    model = piece_model("partial", 200, characters=48, byte_fallback=True)
    yield "unknown-partial-fallback-dropped", document(model, None, LLAMA_NORMALIZER, None, decoder, PIECE_TOKENS)
    model = piece_model("none", 200, characters=48)
    yield "unknown-dropped", document(model, None, LLAMA_NORMALIZER, None, None, PIECE_TOKENS)
    model = piece_model("none", 200, characters=48, unk_token="<unk>", fuse_unk=True)
    yield "unknown-fused-split", document(
        model, split(r"\s+", "Isolated"), None, None, {"type": "Fuse"}, PIECE_TOKENS
    )

    pre = pre_tokenizers.WhitespaceSplit()
    for name, affixes in (
        ("continuing-prefix", {"continuing_subword_prefix": "##"}),
        ("word-suffix", {"end_of_word_suffix": "</w>"}),
        ("prefix-and-suffix", {"continuing_subword_prefix": "##", "end_of_word_suffix": "</w>"}),
    ):
        prefix, suffix = affixes.get("continuing_subword_prefix", ""), affixes.get("end_of_word_suffix", "")
        vocabulary, merges = trained(pre, 300, characters=70, prefix=prefix, suffix=suffix)
        vocabulary["[UNK]"] = len(vocabulary)
        decoders = {"word-suffix": decoder_sequence(replace("</w>", " "), {"type": "Fuse"})}
        yield f"affix-{name}", document(
            bpe(vocabulary, merges, unk_token="[UNK]", **affixes),
            split(r"\s+", "Removed"),
            None,
            None,
            decoders.get(name),
        )
    vocabulary, merges = trained(pre, 280, characters=60, suffix="</w>")
    yield "affix-suffix-no-unknown", document(
        bpe(vocabulary, merges, end_of_word_suffix="</w>", fuse_unk=True), split(" ", "Removed", string=True)
    )


def token_family():
    """Added tokens with every combination of the five flags, under three normalizers."""
    flags = list(itertools.product((False, True), repeat=5))
    names = ("lstrip", "rstrip", "single_word", "normalized", "special")
    for name, normalizer in (
        ("none", None),
        ("lowercase", normalizer_sequence({"type": "NFC"}, {"type": "Lowercase"})),
        ("prepend", LLAMA_NORMALIZER),
    ):
        if name == "prepend":
            model = piece_model(unk_token="<unk>", byte_fallback=True, fuse_unk=True)
            decoder, pre = decoder_sequence(*LLAMA_DECODER), None
        else:
            model = bytes_model(size=300)
            decoder, pre = byte_level(), pre_sequence(split(QWEN2), byte_level())
        first = max(model["vocab"].values()) + 1
        tokens = []
        for index, values in enumerate(flags):
            # Bare words among them, so that single_word matters; names that begin alike, so that the longest wins.
            letters = "".join(n[0].upper() if v else n[0] for n, v in zip(names, values))
            # Numbered, because the order among tokens that normalize to one text is chance in the oracle.
            content = (f"Q{index}{letters}", f"<{letters}{index}>", f"[{letters} {index}]")[index % 3]
            tokens.append(added(content, first + index, **dict(zip(names, values))))
        number = first + len(flags)
        for content, more in (
            ("ab", {"normalized": False, "special": False}),
            ("abc", {"normalized": False, "special": False, "single_word": True}),
            ("bcd", {"normalized": True, "special": False}),
            ("Caf\u00e9", {"normalized": True, "special": False}),
            ("cafe\u0301s", {"normalized": True, "special": False, "rstrip": True}),
            ("  ", {"normalized": True, "special": False}),
        ):
            tokens.append(added(content, number, **more))
            number += 1
        yield f"added-tokens-{name}", document(model, pre, normalizer, None, decoder, tokens)


def small_model(alphabet):
    """Every pair of the alphabet merges, and some triples: where a text was cut can be read off the ids."""
    entries = list(alphabet)
    pairs = ["".join(pair) for pair in itertools.product(alphabet, repeat=2)]
    generator = random.Random(alphabet)
    generator.shuffle(pairs)
    triples = [pair + letter for pair, letter in zip(pairs[::2], itertools.cycle(alphabet))]
    merges = [tuple(pair) for pair in pairs] + [(triple[:2], triple[2]) for triple in triples]
    vocabulary = {entry: index for index, entry in enumerate(entries + pairs + triples)}
    return bpe(vocabulary, merges)


BEHAVIORS = ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")


def splitter_family():
    model = small_model("ab- ")
    fuse = {"type": "Fuse"}
    for behavior, invert, string in itertools.product(BEHAVIORS, (False, True), (False, True)):
        pattern = "-" if string else "-+b|a "
        name = f"split-{behavior.lower()}-{'string' if string else 'regex'}{'-invert' if invert else ''}"
        yield name, document(model, split(pattern, behavior, invert, string), decoder=fuse), "ab- "
    model = small_model("a1\u00b2.$")
    for behavior in BEHAVIORS:
        name = f"punctuation-{behavior.lower()}"
        yield name, document(model, {"type": "Punctuation", "behavior": behavior}, decoder=fuse), "a1\u00b2.$"
    for individual in (False, True):
        name = f"digits-{'individual' if individual else 'contiguous'}"
        yield name, document(model, {"type": "Digits", "individual_digits": individual}), "a1\u00b2.$"
    model = small_model("ab\u2581-")
    for scheme, cut in itertools.product(("first", "always", "never"), (True, False)):
        tokens = [added("-b", len(model["vocab"]), special=False, normalized=False)]
        name = f"metaspace-small-{scheme}-{'split' if cut else 'whole'}"
        part = metaspace(scheme, cut)
        yield name, document(model, part, decoder=part, tokens=tokens), "ab \u2581-"
    # Metaspace after another splitter: only the first piece of the text counts as first.
    part = pre_sequence(split("-", "Isolated", string=True), metaspace("first", True))
    yield "metaspace-small-after-split", document(model, part, decoder=metaspace("first", True)), "ab -"


def normalizer_family():
    ends = {"type": "Strip"}
    for name, normalizer in (
        ("nfc", {"type": "NFC"}),
        ("nfd", {"type": "NFD"}),
        ("nfkc", {"type": "NFKC"}),
        ("nfkd", {"type": "NFKD"}),
        ("lowercase", {"type": "Lowercase"}),
        ("strip-left", {**ends, "strip_left": True, "strip_right": False}),
        ("strip-right", {**ends, "strip_left": False, "strip_right": True}),
        ("strip-both", {**ends, "strip_left": True, "strip_right": True}),
        ("prepend", {"type": "Prepend", "prepend": "x "}),
        ("replace-string", replace("  ", "\u2581")),
        ("replace-regex", replace(r"\s+|(?<=e)\d|'", " ", string=False)),
        ("replace-nothing", replace("[aeiou]", "", string=False)),
        (
            "sequence",
            normalizer_sequence(
                {"type": "NFKD"},
                replace(r"\p{Mn}+", "", False),
                {"type": "Lowercase"},
                {**ends, "strip_left": True, "strip_right": True},
            ),
        ),
    ):
        model = bytes_model(size=280)
        pre = pre_sequence(split(QWEN2), byte_level())
        tokens = after(model, "<|End|>", normalized=False) + [
            added("\u00c9nd", max(model["vocab"].values()) + 2, special=False, normalized=True)
        ]
        yield f"normalizer-{name}", document(model, pre, normalizer, None, byte_level(), tokens)


def processor_family():
    model = bytes_model(GPT2, 280)
    tokens = after(model, "<s>", "</s>", "[CLS]", "[SEP]")
    s, e, cls, sep = ([token["content"], token["id"]] for token in tokens)
    roberta = {"type": "RobertaProcessing", "sep": e, "cls": s, "trim_offsets": True, "add_prefix_space": False}
    for name, post in (
        ("roberta", roberta),
        ("bert", {"type": "BertProcessing", "sep": sep, "cls": cls}),
        ("template-bos-eos", template([tuple(s)], [tuple(e)])),
        ("template-two", template([tuple(cls), tuple(s)], [tuple(e)])),
        ("template-none", template()),
        ("sequence", {"type": "Sequence", "processors": [byte_level(True, True, True), template([], [tuple(e)])]}),
    ):
        yield f"processor-{name}", document(
            model, byte_level(False, True, True), None, post, byte_level(True, True, True), tokens
        )


def decoder_family():
    settings = {"unk_token": "<unk>", "byte_fallback": True, "fuse_unk": True}
    model = piece_model(size=200, characters=60, **settings)
    for name, decoder in (
        ("none", None),
        ("fuse", {"type": "Fuse"}),
        ("byte-fallback", {"type": "ByteFallback"}),
        ("replace-regex", decoder_sequence(replace("\u2581+", "_", False), {"type": "ByteFallback"})),
        # The oracle itself panics where a cut is longer than a token, so each end has its own file.
        ("strip-starts", decoder_sequence({"type": "ByteFallback"}, strip("e", 2, 0))),
        ("strip-ends", decoder_sequence({"type": "ByteFallback"}, strip("e", 0, 1))),
        ("strip-fused", decoder_sequence(replace("\u2581", " "), {"type": "Fuse"}, strip(" ", 2, 0))),
        ("metaspace", decoder_sequence({"type": "ByteFallback"}, metaspace("always", True))),
        ("byte-level-over-text", byte_level()),
    ):
        yield f"decoder-{name}", document(model, None, LLAMA_NORMALIZER, None, decoder, PIECE_TOKENS)


FAMILIES = (
    byte_level_family,
    piece_family,
    token_family,
    splitter_family,
    normalizer_family,
    processor_family,
    decoder_family,
)


def all_documents():
    """(name, tokenizer.json object, alphabet of its random texts or None) of every golden."""
    for family in FAMILIES:
        for name, tokenizer, *alphabet in family():
            yield name, tokenizer, alphabet[0] if alphabet else None


# Cases ----------------------------------------------------------------------------------------------------------------


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
    out = TRAPS if full else TRAPS[:7] + generator.sample(TRAPS[7:], 4 if name.startswith(("processor-", "decoder-")) else 12)
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
        total += len(text)
    for path in options.output.glob("*.json"):
        if path.name not in written:
            path.unlink()
    print(f"{len(written)} files, {total} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()

"""Parts of a tokenizer.json, and tiny vocabularies trained on the page of tokenization_texts."""

import collections
import functools
import itertools
import random

from tokenization_texts import TRAINING
from tokenizers import Regex, normalizers, pre_tokenizers

CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + TAIL
LLAMA3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + TAIL
QWEN35 = (
    CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
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

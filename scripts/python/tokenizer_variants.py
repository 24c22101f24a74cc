"""Small tokenizers of every kind that policies use: (name, tokenizer.json object, alphabet of its texts or None)."""

import itertools

from tokenizer_parts import (
    CL100K,
    DEEPSEEK,
    GPT2,
    LLAMA3,
    LLAMA_DECODER,
    LLAMA_NORMALIZER,
    O200K,
    PIECE_TOKENS,
    QWEN2,
    QWEN35,
    added,
    after,
    bpe,
    byte_level,
    bytes_model,
    decoder_sequence,
    document,
    metaspace,
    normalizer_sequence,
    piece_model,
    pre_sequence,
    replace,
    small_model,
    split,
    strip,
    template,
    trained,
)
from tokenizers import pre_tokenizers

CHATML = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def byte_level_family():
    model = bytes_model(size=420, extra=("\u0120factored", "wait", "\u010a\u010a\u010a"))
    tokens = after(model, *CHATML)
    tokens += [added("<think>", tokens[-1]["id"] + 1, special=False, normalized=False)]
    pre = pre_sequence(split(QWEN2), byte_level())
    post = byte_level(False, False, False)
    yield "qwen2", document(model, pre, {"type": "NFC"}, post, byte_level(), tokens)
    model = bytes_model(size=420, extra=("\u0120factored", "wait"), shuffled=5, ignore_merges=True)
    yield (
        "qwen2-ignore-merges",
        document(
            model,
            pre,
            {"type": "NFC"},
            byte_level(True, True, False),
            byte_level(True, True, True),
            after(model, *CHATML),
        ),
    )
    model = bytes_model(QWEN35)
    yield (
        "qwen3.5",
        document(
            model, pre_sequence(split(QWEN35), byte_level()), {"type": "NFC"}, None, byte_level(), after(model, *CHATML)
        ),
    )

    model = bytes_model(GPT2, legacy=True)
    tokens = after(model, "<|endoftext|>")
    yield (
        "gpt2",
        document(
            model,
            byte_level(False, True, True),
            None,
            byte_level(True, True, False),
            byte_level(True, True, True),
            tokens,
        ),
    )
    yield (
        "gpt2-prefix-space",
        document(
            model,
            byte_level(True, True, True),
            None,
            byte_level(True, True, True),
            byte_level(True, True, True),
            tokens,
        ),
    )
    runs = [added(" " * n, tokens[0]["id"] + n, special=False, normalized=True) for n in range(6, 1, -1)]
    tabs = [added("\t" * n, tokens[0]["id"] + 5 + n, special=False, normalized=True) for n in range(4, 1, -1)]
    yield (
        "phi2-space-runs",
        document(
            model, byte_level(False, True, True), None, byte_level(), byte_level(True, True, True), tokens + runs + tabs
        ),
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
    yield "deepseek-v3", document(model, pre, normalizer_sequence(), post, byte_level(True, True, True), tokens)

    for name, pattern in (("o200k", O200K), ("cl100k-possessive", CL100K)):
        model = bytes_model(pattern)
        tokens = after(model, "<|endoftext|>", "<|endofprompt|>")
        yield name, document(model, pre_sequence(split(pattern), byte_level()), None, None, byte_level(), tokens)
    # The way tiktoken vocabularies were first written down: everything between matches removed, which is nothing.
    model = bytes_model(LLAMA3)
    yield (
        "cl100k-removed-invert",
        document(model, pre_sequence(split(LLAMA3, "Removed", True), byte_level()), None, None, byte_level()),
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
    yield "llama2-normalized-tokens", document(twice, None, LLAMA_NORMALIZER, None, decoder, PIECE_TOKENS + after_words)
    for scheme, cut in itertools.product(("first", "always", "never"), (True, False)):
        tokens = PIECE_TOKENS + after(model, "[INST]", "[/INST]")
        name = f"metaspace-{scheme}-{'split' if cut else 'whole'}"
        yield name, document(model, metaspace(scheme, cut), None, post, metaspace(scheme, cut), tokens)
    tokens = PIECE_TOKENS + after(model, "<bos>", "<start_of_turn>", "<end_of_turn>")
    tokens += [added("\n" * n, tokens[-1]["id"] + n, special=False, normalized=False) for n in range(2, 5)]
    yield (
        "gemma",
        document(
            model,
            split(" ", "MergedWithPrevious", string=True),
            replace(" ", "\u2581"),
            template([("<bos>", tokens[3]["id"])]),
            decoder_sequence(*LLAMA_DECODER[:3]),
            tokens,
        ),
    )

    for fuse in (True, False):
        name = "fused" if fuse else "single"
        for fallback in ("partial", "none"):
            settings = {"unk_token": "<unk>", "fuse_unk": fuse, "byte_fallback": fallback == "partial"}
            model = piece_model(fallback, 200, characters=48, **settings)
            yield (
                f"unknown-{fallback}-fallback-{name}",
                document(model, None, LLAMA_NORMALIZER, None, decoder, PIECE_TOKENS),
            )
    model = piece_model("partial", 200, characters=48, byte_fallback=True)
    yield "unknown-partial-fallback-dropped", document(model, None, LLAMA_NORMALIZER, None, decoder, PIECE_TOKENS)
    model = piece_model("none", 200, characters=48)
    yield "unknown-dropped", document(model, None, LLAMA_NORMALIZER, None, None, PIECE_TOKENS)
    model = piece_model("none", 200, characters=48, unk_token="<unk>", fuse_unk=True)
    yield "unknown-fused-split", document(model, split(r"\s+", "Isolated"), None, None, {"type": "Fuse"}, PIECE_TOKENS)

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
        yield (
            f"affix-{name}",
            document(
                bpe(vocabulary, merges, unk_token="[UNK]", **affixes),
                split(r"\s+", "Removed"),
                None,
                None,
                decoders.get(name),
            ),
        )
    vocabulary, merges = trained(pre, 280, characters=60, suffix="</w>")
    yield (
        "affix-suffix-no-unknown",
        document(bpe(vocabulary, merges, end_of_word_suffix="</w>", fuse_unk=True), split(" ", "Removed", string=True)),
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
        yield (
            f"processor-{name}",
            document(model, byte_level(False, True, True), None, post, byte_level(True, True, True), tokens),
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

"""A diagnosis to look at: texts of several scripts, and two made-up policies that are compared exactly.

The vocabulary is what the texts need and a few hundred words more; characters that are rare fall into bytes, as with a real
tokenizer. The policies are softmaxes of random logits, of which the second is the first and a shift that is small at most places
and large at a few, so that every number in the file is what it would be of two real policies.
"""

import json
import re
from pathlib import Path

import h5py
import numpy as np

HOSTILE = (
    "A trace may hold <script>window.hacked=1</script> or </script><!-- or <img src=x onerror=window.hacked=1>, "
    "& entities &lt;b&gt;, quotes \" ' `, a NUL \x00, a bell \x07, a line separator \u2028, a paragraph separator \u2029, "
    "an override \u202eesrever\u202c, an isolate \u2067abc\u2069, a byte order mark \ufeff, and it stays text.\n"
)
CODE = '''```python
def trust_region(log_prob_reference, log_prob_policy, epsilon=0.2):
    """Share of tokens whose ratio leaves the clip."""
\tratios = [math.exp(q - p) for p, q in zip(log_prob_reference, log_prob_policy)]
    outside = sum(r < 1 - epsilon or r > 1 + epsilon for r in ratios)
    return outside / max(1, len(ratios))  # O(n)
```
The loop runs once over the tokens, so the cost is linear.
'''
CHINESE = (
    "我们先把方程两边同时减去四，得到三个未知数的和等于十二。因此每个未知数都等于四。\n"
    "让我检查一下：四加四加四等于十二，所以答案是 \\boxed{4}。\n"
)
EMOJI = "The proof is done 🎉🎉. Let me celebrate with 🧪 and a family 👨‍👩‍👧: naïve café, Ångström, ½ + ¼ = ¾ ✓, and ∑ xᵢ ≤ ∞.\n"
ARABIC = "لنبدأ بكتابة المعادلة ثم نقسم الطرفين على اثنين. إذن الجواب هو أربعة.\n"


def texts(sample: Path, count: int) -> list[tuple[str, str, str]]:
    """Prompt, expert prefix and continuation of each sequence."""
    rows = []
    for line in sample.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        trace = row["generations"][0]
        cut = len(trace) // 3
        rows.append((row["problem"] + "\n", trace[:cut], trace[cut : cut + 2400]))
        if len(rows) == count:
            break
    rows[0] = ("What does <b>this</b> do?\n", "", HOSTILE + rows[0][2][:300])
    rows[1] = ("Write a function.\n", CODE[:150], CODE[150:] + rows[1][2][:200])
    rows[2] = ("三个相等的数加四等于十六，求这个数。\n", CHINESE[:20], CHINESE[20:] + EMOJI)
    rows[3] = ("ما هو الجواب؟\n", "", ARABIC * 3)
    return rows


def pieces(text: str, common: set[str]) -> list[bytes]:
    """Words with a blank before them, numbers digit by digit, everything else by characters; rare characters by bytes."""
    result = []
    for piece in re.findall(r" ?[A-Za-z]+| ?[\u0600-\u06ff]+|\n+|\d| +(?= )|.", text, re.DOTALL):
        if len(piece) > 1 or piece.isascii() or piece in common:
            result.append(piece.encode())
        else:
            encoded = piece.encode()
            result += [encoded[:2], encoded[2:]] if len(encoded) == 3 else [bytes([b]) for b in encoded]
    return [piece for piece in result if piece]


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def write(path: Path, sample: Path, sequences: int = 40, repeat: int = 1, seed: int = 1, width: int = 20) -> dict:
    """Writes the file; returns how many tokens and sequences it has."""
    random = np.random.default_rng(seed)
    rows = texts(sample, sequences)
    common = set("的数等于加四我们个先把方程两边同时减去得到未知和十二因此每都让检查一下所以答案是，。：。")
    tokens = [[pieces(part, common) for part in row] for row in rows]
    vocabulary = sorted({piece for row in tokens for part in row for piece in part} | {b" Hmm", b" Wait", b" Alternatively"})
    ids = {piece: index for index, piece in enumerate(vocabulary)}
    size = len(vocabulary)
    base = 1.3 * random.standard_normal(size)
    counts = np.zeros(size)
    for row in tokens:
        for part in row:
            for piece in part:
                counts[ids[piece]] += 1
    base += 0.6 * np.log1p(counts)

    columns: dict[str, list] = {}
    offsets, names = [0], []
    hesitations = [ids[b" Hmm"], ids[b" Wait"], ids[b" Alternatively"]]
    for number, row in [(n, r) for _ in range(repeat) for n, r in enumerate(tokens)]:
        targets = np.array([ids[piece] for part in row for piece in part])
        segments = np.repeat([0, 1, 2], [len(part) for part in row])
        n = len(targets)
        sharpness = random.gamma(1.2, 4.5, n) * np.where(segments == 0, 0.6, 1.0)
        logits = base + 1.0 * random.standard_normal((n, size))
        logits[np.arange(n), targets] += 2 + sharpness
        drift = 0.04 + 0.10 * (np.arange(n) / n) * (1 + 3 * (random.random() < 0.2))
        changed = logits + drift[:, None] * random.standard_normal((n, size))
        jumps = random.random(n) < 0.03
        changed[np.arange(n), targets] -= np.where(jumps, random.gamma(2, 2, n), 0)
        starts = np.flatnonzero(random.random(n) < 0.02)
        changed[starts[:, None], hesitations] += random.gamma(4, 2, (len(starts), 1))
        block = compare(log_softmax(logits), log_softmax(changed), targets, width)
        block["token"], block["segment"] = targets, segments
        block["position"], block["sequence"] = np.arange(n), np.full(n, len(names))
        for key, values in block.items():
            columns.setdefault(key, []).append(values)
        offsets.append(offsets[-1] + n)
        names.append(["hostile </script><script>window.hacked=1</script>", "code", "chinese \u202e", ""][number] if number < 4
                     else f"sample/{number:03d}")
    merged = {key: np.concatenate(values) for key, values in columns.items()}
    with h5py.File(path, "w") as file:
        save(file, merged, offsets, names, vocabulary, width)
    return {"tokens": offsets[-1], "sequences": len(names)}


def compare(p: np.ndarray, q: np.ndarray, targets: np.ndarray, width: int) -> dict[str, np.ndarray]:
    """Every column that is a number of one token; p and q are log-probabilities, [n, V]."""
    n = len(targets)
    at = np.arange(n)
    ep, eq = np.exp(p), np.exp(q)
    log_m = np.logaddexp(p, q) - np.log(2)
    result = {
        "kl_reference_policy": np.maximum(0, (ep * (p - q)).sum(-1)), "kl_policy_reference": np.maximum(0, (eq * (q - p)).sum(-1)),
        "js": np.maximum(0, ((ep * (p - log_m)).sum(-1) + (eq * (q - log_m)).sum(-1)) / 2),
        "total_variation": np.abs(ep - eq).sum(-1) / 2,
        "chi_square": ((ep - eq) ** 2 / eq).sum(-1), "chi_square_policy_reference": ((ep - eq) ** 2 / ep).sum(-1),
        "hellinger": np.sqrt(((np.sqrt(ep) - np.sqrt(eq)) ** 2).sum(-1) / 2),
        "entropy_reference": -(ep * p).sum(-1), "entropy_policy": -(eq * q).sum(-1),
        "cross_entropy_reference_policy": -(ep * q).sum(-1), "cross_entropy_policy_reference": -(eq * p).sum(-1),
        "log_prob_reference": p[at, targets], "log_prob_policy": q[at, targets],
    }
    result["varentropy_reference"] = (ep * p**2).sum(-1) - result["entropy_reference"] ** 2
    result["varentropy_policy"] = (eq * q**2).sum(-1) - result["entropy_policy"] ** 2
    l = result["log_prob_policy"] - result["log_prob_reference"]
    result |= {"log_ratio": l, "ratio": np.exp(l), "delta_p": np.exp(result["log_prob_policy"]) - np.exp(result["log_prob_reference"]),
               "k1": -l, "k2": l**2 / 2, "k3": np.expm1(l) - l}
    result |= {key: np.zeros(n) for key in ("unsupported_mass_reference", "unsupported_mass_policy", "log_normaliser_reference", "log_normaliser_policy")}
    result["noise_floor"], result["advantage"] = np.full(n, 3e-6), np.full(n, np.nan)
    order = {key: np.argsort(-logs, -1, kind="stable")[:, :width] for key, logs in (("reference", p), ("policy", q))}
    for key, logs in (("reference", p), ("policy", q)):
        result[f"top_ids_{key}"] = order[key]
        result[f"top_log_probs_{key}"] = np.take_along_axis(logs, order[key], -1).astype(np.float32)
        result[f"rank_{key}"] = 1 + (logs > logs[at, targets][:, None]).sum(-1)
    mass_p = np.take_along_axis(ep, order["reference"], -1).sum(-1)
    mass_q = np.take_along_axis(eq, order["reference"], -1).sum(-1)
    inside = (np.take_along_axis(ep * (p - q), order["reference"], -1)).sum(-1)
    rest = np.maximum(1e-300, 1 - mass_p) * np.log(np.maximum(1e-300, 1 - mass_p) / np.maximum(1e-300, 1 - mass_q))
    result |= {"topk_kl": np.maximum(0, inside + rest), "topk_mass_reference": mass_p, "topk_mass_policy": mass_q}
    result["top1_agree"] = order["reference"][:, 0] == order["policy"][:, 0]
    result["topk_overlap"] = np.array([len(np.intersect1d(a, b)) for a, b in zip(order["reference"], order["policy"])])
    return result


WHOLE = {"token", "position", "sequence", "rank_reference", "rank_policy", "top1_agree", "topk_overlap", "segment", "top_ids_reference", "top_ids_policy"}


def save(file: h5py.File, columns: dict, offsets: list[int], names: list[str], vocabulary: list[bytes], width: int) -> None:
    for key, values in columns.items():
        kind = np.int32 if key in WHOLE else np.float32 if key.startswith("top_log") else np.float64
        file.create_dataset(key, data=np.asarray(values).astype(kind), chunks=True, compression="gzip", compression_opts=1)
    file.create_dataset("sequence_ids", data=names, dtype=h5py.string_dtype())
    file.create_dataset("sequence_offsets", data=np.array(offsets, np.int64))
    file.create_dataset("vocabulary_ids", data=np.arange(len(vocabulary), dtype=np.int32))
    file.create_dataset("vocabulary_offsets", data=np.cumsum([0] + [len(piece) for piece in vocabulary]).astype(np.int64))
    file.create_dataset("vocabulary_bytes", data=np.frombuffer(b"".join(vocabulary), np.uint8))
    model = {"kind": "model", "type": "bfloat16", "adapter": None, "tensor": None}
    settings = {
        "reference": {"path": "models/Sample-0.5B", **model}, "policy": {"path": "runs/quatro/step-200", **model},
        "coverage": "full", "temperature": 1.0, "shift": "next", "vocabulary_size": len(vocabulary), "top_k": width,
        "dataset": "sample.h5", "prefix_ratio": 0.33,
    }
    provenance = {"kedge_version": "sample", "tokenizer": "sample", "tokenizer_sha256": None,
                  "inputs": [{"path": "sample.h5", "bytes": 12345}]}
    for key, value in (("format", "kedge.diagnosis"), ("settings", json.dumps(settings)), ("provenance", json.dumps(provenance))):
        file.attrs[key] = value
    file.attrs["version"] = np.int64(1)

"""Write the small dumps in Tests/DivergencesTests/Goldens/dumps with NumPy, safetensors and h5py, and what NumPy makes of them.

    python scripts/make-dump-goldens.py      # needs numpy, ml_dtypes, safetensors, h5py
"""

import json
import pathlib
import struct

import h5py
import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

root = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "DivergencesTests" / "Goldens" / "dumps"
root.mkdir(parents=True, exist_ok=True)

generator = np.random.default_rng(6)
BATCHES, LENGTH, VOCABULARY = 2, 4, 7
SHAPE = (BATCHES, LENGTH, VOCABULARY)
p = generator.normal(scale=3, size=SHAPE).astype(np.float32)
q = (p + generator.normal(scale=0.3, size=SHAPE)).astype(np.float32)
ids = generator.integers(0, VOCABULARY, size=(BATCHES, LENGTH))


def log_softmax(x):
    x = np.asarray(x).astype(np.float64)
    return x - np.logaddexp.reduce(x, axis=-1, keepdims=True)


def divergence(x, y):
    a, b = log_softmax(x), log_softmax(y)
    return (np.exp(a) * (a - b)).sum(-1).ravel().tolist()


expected = {"ids": ids.ravel().tolist()}

# Every type and layout, as [T, V].
flat_p, flat_q = p.reshape(-1, VOCABULARY), q.reshape(-1, VOCABULARY)
np.save(root / "p.npy", flat_p)
np.save(root / "q.npy", flat_q)
np.save(root / "q-fortran.npy", np.asfortranarray(flat_q))
np.save(root / "q-big.npy", flat_q.astype(">f4"))
np.save(root / "q-double.npy", flat_q.astype(np.float64))
np.save(root / "q-half.npy", flat_q.astype(np.float16))
brain = flat_q.astype(ml_dtypes.bfloat16)
np.save(root / "q-brain.npy", brain)
np.save(root / "q-void.npy", brain.view(np.void(b"\0\0").dtype))
np.save(root / "q-words.npy", brain.view(np.uint16))
np.save(root / "q-padded.npy", np.concatenate([flat_q, np.full((len(flat_q), 3), 9, np.float32)], axis=1))
expected["float32"] = divergence(flat_p, flat_q)
expected["float16"] = divergence(flat_p, flat_q.astype(np.float16))
expected["bfloat16"] = divergence(flat_p, brain)

# [B, T, V] with what lies beside it.
mask = np.array([[1, 1, 1, 1], [0, 1, 1, 1]])
response = np.array([[0, 0, 1, 1], [0, 0, 1, 1]])
beside = {"input_ids": ids, "attention_mask": mask, "response_mask": response.astype(bool)}
np.savez_compressed(root / "p.npz", logits=p, advantages=np.array([0.5, -1.5]), **beside)
np.savez(root / "p-stored.npz", logits=p, **beside)
save_file({"logits": q, "token_ids": ids.astype(np.int32)}, root / "q.safetensors")
save_file({"log_probs": log_softmax(q).astype(np.float32)}, root / "q-log.safetensors")
with h5py.File(root / "q.h5", "w") as file:
    file.create_dataset("logits", data=q, chunks=(1, 3, 4), compression="gzip", shuffle=True)
    file["token_ids"] = ids


# llama.cpp's base file, as tools/perplexity/perplexity.cpp writes it.
def llama(path, logits, tokens):
    chunks, context = tokens.shape
    vocabulary = logits.shape[-1]
    out = b"_logits_" + struct.pack("<3i", context, vocabulary, chunks) + tokens.astype("<i4").tobytes()
    decoded = []
    for chunk in range(chunks):
        for row in logits[chunk, context // 2 : context - 1]:
            largest = row.max()
            least = max(row.min(), largest - np.float32(16))
            sum_exp = np.exp(row - largest, dtype=np.float32).astype(np.float64).sum()
            log_sum_exp = np.float32(np.log(sum_exp))
            least_log = np.float32(least - largest - log_sum_exp)
            scale = np.float32((largest - least) / np.float32(65535))
            words = np.zeros(vocabulary, np.uint16)
            if scale:
                words = np.where(row > least, np.rint((row - least) / scale), 0).astype("<u2")
            # The word behind an odd number of others is whatever was in memory.
            out += struct.pack("<2f", scale, least_log) + words.tobytes() + b"\xff\xff" * (vocabulary % 2)
            decoded.append(np.float64(scale) * words + np.float64(least_log))
    path.write_bytes(out)
    return np.array(decoded)


CONTEXT = 7
long_p = generator.normal(scale=3, size=(2, CONTEXT, VOCABULARY)).astype(np.float32)
long_p[1, 4, 2] -= 40
long_q = (long_p + generator.normal(scale=0.3, size=long_p.shape)).astype(np.float32)
long_ids = generator.integers(0, VOCABULARY, size=(2, CONTEXT))
decoded_p = llama(root / "p.kld", long_p, long_ids)
decoded_q = llama(root / "q.kld", long_q, long_ids)
expected["llama"] = {
    "kl": divergence(decoded_p, decoded_q),
    "ids": long_ids[:, CONTEXT // 2 + 1 :].ravel().tolist(),
    "log_p": [log_softmax(row)[i] for row, i in zip(decoded_p, long_ids[:, CONTEXT // 2 + 1 :].ravel())],
}


# vLLM's prompt_logprobs: the token of the prompt first, then the most probable ones.
def prompt_logprobs(logits, tokens, k):
    places = [None]
    for row, token in zip(log_softmax(logits)[:-1].astype(np.float32), tokens[1:]):
        order = np.argsort(-row, kind="stable")
        rank = {int(i): n + 1 for n, i in enumerate(order)}
        listed = dict.fromkeys([int(token)] + [int(i) for i in order[:k]])
        places.append(
            {str(i): {"logprob": float(row[i]), "rank": rank[i], "decoded_token": f"<{i}>"} for i in listed}
        )
    return places


K = 3
lists_p = [prompt_logprobs(p[b], ids[b], K) for b in range(BATCHES)]
lists_q = [prompt_logprobs(q[b], ids[b], K) for b in range(BATCHES)]
(root / "p-list.json").write_text(json.dumps(lists_p))
(root / "p-one.json").write_text(json.dumps(lists_p[0], indent=1))
(root / "q-one.json").write_text(json.dumps(lists_q[0]))
with open(root / "q-outputs.jsonl", "w") as file:
    for b in range(BATCHES):
        record = {"request_id": f"r{b}", "prompt_token_ids": ids[b].tolist(), "prompt_logprobs": lists_q[b]}
        file.write(json.dumps(record) + "\n")


def coarse(a, b, common):
    x, y = np.exp(a[common]), np.exp(b[common])
    x, y = np.append(x, 1 - x.sum()), np.append(y, 1 - y.sum())
    return float((x * np.log(x / y)).sum())


rows = {"kl": [], "mass_p": [], "mass_q": [], "log_p": [], "log_q": [], "rank_q": [], "mixed": []}
for b in range(BATCHES):
    for t in range(1, LENGTH):
        one = {int(k): v for k, v in lists_p[b][t].items()}
        other = {int(k): v for k, v in lists_q[b][t].items()}
        a, c = np.full(VOCABULARY, np.nan), np.full(VOCABULARY, np.nan)
        for i, v in one.items():
            a[i] = v["logprob"]
        for i, v in other.items():
            c[i] = v["logprob"]
        common = sorted(one.keys() & other.keys())
        rows["kl"].append(coarse(a, c, common))
        rows["mass_p"].append(float(np.exp(a[common]).sum()))
        rows["mass_q"].append(float(np.exp(c[common]).sum()))
        rows["log_p"].append(float(a[ids[b, t]]))
        rows["log_q"].append(float(c[ids[b, t]]))
        rows["rank_q"].append(other[int(ids[b, t])]["rank"])
        rows["mixed"].append(coarse(log_softmax(p[b, t - 1]), c, sorted(other)))
expected["top_k"] = rows
(root / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")

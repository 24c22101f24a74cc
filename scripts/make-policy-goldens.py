#!/usr/bin/env python3
"""Write the goldens in Tests/TransformersTests/Goldens: tiny random models, and what transformers makes of them.

    "$(scripts/python/venv.sh policies)" scripts/make-policy-goldens.py [--check] [FAMILY ...]

A folder holds a model as save_pretrained writes it (config.json, model.safetensors) and golden.safetensors:

    tokens [T] i32, offsets [N+1] i64     N sequences end to end; sequence i is tokens[offsets[i]..<offsets[i+1]]
    targets [T] i32                       the next token of the sequence; -1 at its end
    logits [T, V]                         each sequence computed by itself
    log_probs [T]                         of the targets; 0 where there is none
    entropies [T]                         of the distributions, in nats
    loss [1]                              the mean of -log_probs over the T - N targets
    gradients.loss.NAME                   d loss / d parameter
    weights.log_probs [T] a, weights.entropies [T] b, weighted [1] = sum_t a_t log_prob_t + b_t entropy_t
    gradients.weighted.NAME               d weighted / d parameter; not for those of UNWEIGHTED
    adamw.losses [11]                     loss after 0...10 steps of AdamW on it (learning rate 2e-3, betas 0.9 and 0.999, epsilon
                                          1e-8, decay 0.01 on every parameter, norms and biases included)
    greedy.prompt [P] i32, greedy.tokens [64] i32, greedy.margin [1]   the most likely ids one after the other with a cache of
                                          keys; over all steps the best logit leads the second by at least the margin
    greedy.uncached [64] i32              dynamic RoPE only: the ids without a cache, where the keys before are turned anew by
                                          the frequencies of the length reached

Dynamic RoPE: transformers lets a model remember the longest sequence it has seen; each sequence here meets a model that has
seen none. Every number is computed in float32 and again in float64; the script fails where the two are further apart than a
fifth of what the tests allow. --check computes everything and writes nothing.
"""

import argparse
import copy
import hashlib
import json
import pathlib
import sys

import numpy as np
import safetensors
import torch
import transformers
from safetensors.numpy import save_file
from transformers import LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config
from transformers.cache_utils import DynamicCache

GOLDENS = pathlib.Path(__file__).resolve().parent.parent / "Tests/TransformersTests/Goldens"
LENGTHS = [7, 22, 18]
PROMPT = 5
NEW_TOKENS = 64
MARGIN = 1e-3
STEPS = 10

SMALL = dict(hidden_size=16, num_attention_heads=4, num_key_value_heads=2, intermediate_size=24, vocab_size=67,
             num_hidden_layers=2, initializer_range=0.25, max_position_embeddings=128, bos_token_id=1, eos_token_id=2)
LLAMA = SMALL | dict(head_dim=8, rms_norm_eps=1e-5)


def rope(base: float, kind: str = "default", **more) -> dict:
    return {"rope_type": kind, "rope_theta": base, **more}


FAMILIES = {
    "qwen2-tied": Qwen2Config(**SMALL | dict(hidden_size=32, intermediate_size=48, vocab_size=96),
                              tie_word_embeddings=True, rope_parameters=rope(1e6)),
    "qwen2-untied": Qwen2Config(**SMALL, tie_word_embeddings=False, rope_parameters=rope(1e4)),
    # The window holds from layer 1 on.
    "qwen2-window": Qwen2Config(**SMALL | dict(num_hidden_layers=3), tie_word_embeddings=True, use_sliding_window=True,
                                sliding_window=6, max_window_layers=1, rope_parameters=rope(1e4)),
    "qwen3": Qwen3Config(**SMALL, head_dim=16, tie_word_embeddings=True, rope_parameters=rope(1e6)),
    "llama2": LlamaConfig(**LLAMA, rope_parameters=rope(1e4)),
    # Wavelengths of 6, 26, 109 and 453 positions: kept, interpolated, divided, divided.
    "llama3": LlamaConfig(**LLAMA, rope_parameters=rope(300.0, "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                                                        original_max_position_embeddings=32)),
    "llama-linear": LlamaConfig(**LLAMA, rope_parameters=rope(1e4, "linear", factor=4.0)),
    # Sequences of 22 and 18 are longer than the 16 that the model was made for.
    "llama-dynamic": LlamaConfig(**LLAMA | dict(max_position_embeddings=16),
                                 rope_parameters=rope(1e4, "dynamic", factor=2.0)),
    "llama-yarn": LlamaConfig(**LLAMA | dict(max_position_embeddings=256),
                              rope_parameters=rope(1e4, "yarn", factor=4.0, original_max_position_embeddings=64)),
    "llama-bias": LlamaConfig(**LLAMA, attention_bias=True, mlp_bias=True, rope_parameters=rope(1e4)),
    "mistral-window": MistralConfig(**LLAMA, sliding_window=8, rope_parameters=rope(1e4)),
    "smollm2": LlamaConfig(**LLAMA | dict(num_attention_heads=3, num_key_value_heads=1, hidden_size=24, head_dim=8),
                           tie_word_embeddings=True, rope_parameters=rope(1e5)),
}

# To keep the goldens small: these differ from llama2 in the frequencies only.
UNWEIGHTED = {"llama-linear", "llama-yarn"}


class Reference:
    """A model and the sequences that it is given."""

    def __init__(self, model, tokens: list[torch.Tensor], a: torch.Tensor, b: torch.Tensor):
        self.model, self.tokens, self.a, self.b = model, tokens, a, b

    @property
    def parameters(self) -> dict:
        return dict(self.model.named_parameters())

    def forget(self) -> None:
        """Dynamic RoPE remembers the longest sequence; a new one does not."""
        rotary = self.model.model.rotary_emb
        self.model.model.rotary_emb = type(rotary)(config=self.model.config).to(next(self.model.parameters()).device)

    def logits(self) -> list[torch.Tensor]:
        results = []
        for ids in self.tokens:
            self.forget()
            results.append(self.model(ids[None]).logits[0])
        return results

    def statistics(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits [T, V], log-probs of the targets [T] and entropies [T]."""
        logits = self.logits()
        log_probs, entropies = [], []
        for ids, rows in zip(self.tokens, logits):
            all_log_probs = torch.log_softmax(rows, -1)
            chosen = all_log_probs[:-1].gather(1, ids[1:, None])[:, 0]
            log_probs.append(torch.cat([chosen, chosen.new_zeros(1)]))
            entropies.append(-(all_log_probs.exp() * all_log_probs).sum(-1))
        return torch.cat(logits), torch.cat(log_probs), torch.cat(entropies)

    def loss(self, log_probs: torch.Tensor) -> torch.Tensor:
        return -log_probs.sum() / (len(log_probs) - len(self.tokens))

    def weighted(self, log_probs: torch.Tensor, entropies: torch.Tensor) -> torch.Tensor:
        return (self.a.to(log_probs) * log_probs).sum() + (self.b.to(log_probs) * entropies).sum()

    def gradients(self, value: torch.Tensor) -> dict:
        names = self.parameters
        return dict(zip(names, torch.autograd.grad(value, list(names.values()), retain_graph=True)))

    def adamw_losses(self) -> list[float]:
        model = copy.deepcopy(self.model)
        trained = Reference(model, self.tokens, self.a, self.b)
        optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
        losses = []
        for step in range(STEPS + 1):
            loss = trained.loss(trained.statistics()[1])
            losses.append(loss.item())
            if step < STEPS:
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        return losses

    @torch.no_grad()
    def greedy(self, prompt: torch.Tensor, cached: bool = True) -> tuple[list[int], float]:
        """The most likely ids one after the other, and the least lead of a best logit."""
        self.forget()
        cache = DynamicCache(config=self.model.config) if cached else None
        ids, given, chosen, margin = prompt, prompt, [], float("inf")
        for _ in range(NEW_TOKENS):
            if cached:
                rows = self.model(given[None], past_key_values=cache, use_cache=True).logits[0]
            else:
                self.forget()
                rows = self.model(ids[None], use_cache=False).logits[0]
            best = rows[-1].topk(2)
            margin = min(margin, (best.values[0] - best.values[1]).item())
            chosen.append(best.indices[0].item())
            given = best.indices[:1]
            ids = torch.cat([ids, given])
        return chosen, margin

    @torch.no_grad()
    def generated(self, prompt: torch.Tensor) -> list[int]:
        """What generate() writes, as users call it."""
        self.forget()
        # What generate() is not told, it takes from here.
        self.model.generation_config.eos_token_id = None
        settings = transformers.GenerationConfig(max_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=0)
        mask = torch.ones_like(prompt)[None]
        return self.model.generate(prompt[None], attention_mask=mask, generation_config=settings)[0, len(prompt):].tolist()


def random_model(config, seed: int):
    """A model in which every parameter matters: norms are not ones and biases not zeros."""
    torch.manual_seed(seed)
    config = copy.deepcopy(config)
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                noise = torch.randn(parameter.shape)
                parameter.copy_(0.2 * noise if name.endswith("bias") else 1 + 0.3 * noise)
    return model


def relative(value: np.ndarray, truth: np.ndarray) -> float:
    return float(np.abs(value - truth).max() / max(np.abs(truth).max(), 1e-12))


def compute(name: str) -> tuple:
    config = FAMILIES[name]
    seed = sum(name.encode())
    model = random_model(config, seed)
    generator = torch.Generator().manual_seed(seed)
    tokens = [torch.randint(config.vocab_size, (length,), generator=generator) for length in LENGTHS]
    total = sum(LENGTHS)
    offsets = np.cumsum([0] + LENGTHS)
    a, b = torch.randn(total, generator=generator), torch.randn(total, generator=generator)
    # The tokens that end sequences predict nothing.
    a[offsets[1:] - 1] = 0
    b[offsets[1:] - 1] = 0
    reference = Reference(model, tokens, a, b)
    exact = Reference(copy.deepcopy(model).double(), tokens, a, b)

    arrays = {
        "tokens": torch.cat(tokens).numpy().astype(np.int32),
        "offsets": offsets.astype(np.int64),
        "targets": torch.cat([torch.cat([ids[1:], ids.new_tensor([-1])]) for ids in tokens]).numpy().astype(np.int32),
        "weights.log_probs": a.numpy(),
        "weights.entropies": b.numpy(),
    }
    results = []
    for one in (reference, exact):
        logits, log_probs, entropies = one.statistics()
        loss, weighted = one.loss(log_probs), one.weighted(log_probs, entropies)
        values = {"logits": logits, "log_probs": log_probs, "entropies": entropies, "loss": loss[None], "weighted": weighted[None]}
        values |= {f"gradients.loss.{key}": value for key, value in one.gradients(loss).items()}
        if name not in UNWEIGHTED:
            values |= {f"gradients.weighted.{key}": value for key, value in one.gradients(weighted).items()}
        values |= {"adamw.losses": torch.tensor(one.adamw_losses(), dtype=torch.float64).to(logits.dtype)}
        results.append({key: value.detach().numpy() for key, value in values.items()})
    worst = {"logits": 0.0, "gradients": 0.0, "adamw": 0.0}
    for key, truth in results[1].items():
        value = results[0][key]
        assert value.dtype == np.float32 and truth.dtype == np.float64
        kind = key.split(".")[0]
        if kind == "gradients":
            assert np.abs(truth).max() > 1e-6, f"{name}: {key} is zero"
            worst[kind] = max(worst[kind], relative(value, truth))
        elif kind in worst:
            worst[kind] = max(worst[kind], float(np.abs(value - truth).max()))
    assert max(worst.values()) < 2e-5, f"{name}: float32 and float64 are apart: {worst}"
    arrays |= results[0]

    dynamic = config.rope_parameters["rope_type"] == "dynamic"
    for attempt in range(200):
        prompt = torch.randint(config.vocab_size, (PROMPT,), generator=torch.Generator().manual_seed(1000 * attempt + seed))
        chosen, margin = reference.greedy(prompt)
        uncached, uncached_margin = reference.greedy(prompt, cached=False)
        if min(margin, uncached_margin) > 2 * MARGIN and len(set(chosen)) > 8 and dynamic == (uncached != chosen):
            break
    else:
        raise SystemExit(f"{name}: no prompt will do")
    assert exact.greedy(prompt)[0] == chosen and reference.generated(prompt) == chosen, name
    if dynamic:
        arrays["greedy.uncached"] = np.array(uncached, np.int32)
    arrays |= {"greedy.prompt": prompt.numpy().astype(np.int32), "greedy.tokens": np.array(chosen, np.int32),
               "greedy.margin": np.array([margin], np.float32)}
    moved = arrays["adamw.losses"][0] - arrays["adamw.losses"][-1]
    note = (f"{name}: {model.num_parameters()} parameters, float64 agrees to {max(worst.values()):.1e}, loss falls by "
            f"{moved:.2f}, margin {margin:.4f}, {len(set(chosen))} different ids")
    return model, {key: np.ascontiguousarray(value) for key, value in arrays.items()}, note


def write(name: str, model, arrays: dict) -> None:
    folder = GOLDENS / name
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    save_file(arrays, folder / "golden.safetensors")
    for file in folder.glob("*"):
        file.chmod(0o644)


def write_manifest() -> int:
    files = sorted(path for name in FAMILIES for path in (GOLDENS / name).glob("*") if path.is_file())
    manifest = {
        "versions": {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__,
                     "safetensors": safetensors.__version__, "numpy": np.__version__},
        "sha256": {str(path.relative_to(GOLDENS)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
    }
    (GOLDENS / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return sum(path.stat().st_size for path in files)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=", ".join(FAMILIES))
    parser.add_argument("--check", action="store_true", help="compute everything, write nothing")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name in arguments.families or FAMILIES:
        if name not in FAMILIES:
            parser.error(f"no such family: {name}")
        model, arrays, note = compute(name)
        print(note, file=sys.stderr)
        if not arguments.check:
            write(name, model, arrays)
    if not arguments.check:
        print(f"{write_manifest()} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Compare kedge with transformers on random models of every family, in both directions.

    "$(scripts/python/venv.sh policies)" scripts/check-policies.py [--kedge PATH] [--families NAME ...] [--seed 0]

Models that transformers made (float32 and bfloat16, also in shards, and with config.json in the style of transformers 4): kedge
generates from ids, and every token is looked at in the distribution that transformers gives with a cache of keys in float32 of
the same weights: greedy tokens must have the best logit, log-probs must agree, and where the lead is clear the ids must be
generate()'s. Sampled completions must have the model's log-probs, and must not depend on how many are asked for.

Models that `kedge init` made: transformers must load them with no parameter missing or left over, initialised as it does
itself, and both must generate the same.
"""

import argparse
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from transformers import AutoModelForCausalLM, GenerationConfig, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config
from transformers.cache_utils import DynamicCache

ROOT = pathlib.Path(__file__).resolve().parent.parent
NEW_TOKENS = 64
PROMPTS = (1, 5, 70)
TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 5e-2}

MIDDLE = dict(hidden_size=128, num_hidden_layers=4, num_attention_heads=8, num_key_value_heads=2, intermediate_size=352,
              vocab_size=1000, max_position_embeddings=512, initializer_range=0.1, bos_token_id=1, eos_token_id=2)
LLAMA = MIDDLE | dict(rms_norm_eps=1e-5)


def rope(base, kind="default", **more):
    return {"rope_type": kind, "rope_theta": base, **more}


LLAMA3 = rope(5e5, "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)
FAMILIES = {
    "qwen2-tied": Qwen2Config(**MIDDLE, tie_word_embeddings=True, rope_parameters=rope(1e6)),
    "qwen2-untied": Qwen2Config(**MIDDLE, tie_word_embeddings=False, rope_parameters=rope(1e6)),
    "qwen2-window": Qwen2Config(**MIDDLE, use_sliding_window=True, sliding_window=32, max_window_layers=2,
                                rope_parameters=rope(1e4)),
    "qwen3": Qwen3Config(**MIDDLE, head_dim=32, tie_word_embeddings=True, rope_parameters=rope(1e6)),
    "llama2": LlamaConfig(**LLAMA | dict(num_key_value_heads=8), rope_parameters=rope(1e4)),
    "llama3": LlamaConfig(**LLAMA, rope_parameters=LLAMA3),
    "llama-linear": LlamaConfig(**LLAMA, rope_parameters=rope(1e4, "linear", factor=4.0)),
    "llama-dynamic": LlamaConfig(**LLAMA | dict(max_position_embeddings=96), rope_parameters=rope(1e4, "dynamic", factor=2.0)),
    "llama-yarn": LlamaConfig(**LLAMA, rope_parameters=rope(1e4, "yarn", factor=4.0, original_max_position_embeddings=128)),
    "llama-bias": LlamaConfig(**LLAMA, attention_bias=True, mlp_bias=True, rope_parameters=rope(1e4)),
    "mistral-window": MistralConfig(**LLAMA, sliding_window=24, rope_parameters=rope(1e4)),
    "smollm2": LlamaConfig(**LLAMA | dict(num_attention_heads=9, num_key_value_heads=3, hidden_size=144),
                           tie_word_embeddings=True, rope_parameters=rope(1e5)),
}


class Failure(Exception):
    pass


def expect(holds, message):
    if not holds:
        raise Failure(message)


def kedge(binary, *words):
    run = subprocess.run([str(binary), *map(str, words)], capture_output=True, text=True)
    expect(run.returncode == 0, f"kedge {' '.join(map(str, words))}: {run.stderr.strip()}")
    return run.stdout


def completions(binary, folder, prompt, *more):
    output = kedge(binary, "generate", folder, "--prompt-ids", ",".join(map(str, prompt)), "--max-tokens", NEW_TOKENS,
                   "--ignore-eos", "--json", *more)
    found = json.loads(output)["completions"]
    for one in found:
        expect(len(one["ids"]) == len(one["log_probs"]) == NEW_TOKENS, f"{len(one['ids'])} ids, {len(one['log_probs'])} log-probs")
        expect(one["finish_reason"] == "length", f"finish_reason is {one['finish_reason']}")
    return found


def fresh_rotary(model):
    """Dynamic RoPE remembers the longest sequence that a model has seen."""
    model.model.rotary_emb = type(model.model.rotary_emb)(config=model.config)


@torch.no_grad()
def distributions(model, prompt, ids):
    """The logits before each of the ids, [n, V], computed token by token with a cache."""
    fresh_rotary(model)
    cache = DynamicCache(config=model.config)
    rows = [model(torch.tensor([prompt]), past_key_values=cache, use_cache=True).logits[0, -1]]
    for token in ids[:-1]:
        rows.append(model(torch.tensor([[token]]), past_key_values=cache, use_cache=True).logits[0, -1])
    return torch.stack(rows)


def check_log_probs(model, prompt, completion, tolerance, what):
    logits = distributions(model, prompt, completion["ids"])
    expected = torch.log_softmax(logits, -1)[torch.arange(len(logits)), torch.tensor(completion["ids"])]
    apart = (expected - torch.tensor(completion["log_probs"])).abs().max().item()
    expect(apart <= tolerance, f"{what}: log-probs are {apart:.1e} apart")
    return logits, apart


def check_generation(binary, folder, model, tolerance):
    """The largest distance between log-probs."""
    worst = 0.0
    generator = torch.Generator().manual_seed(3)
    for length in PROMPTS:
        prompt = torch.randint(3, model.config.vocab_size, (length,), generator=generator).tolist()
        greedy = completions(binary, folder, prompt, "--temperature", 0)[0]
        logits, apart = check_log_probs(model, prompt, greedy, tolerance, f"greedy, prompt of {length}")
        worst = max(worst, apart)
        best = logits.topk(2).values
        chosen = logits[torch.arange(len(logits)), torch.tensor(greedy["ids"])]
        behind = (best[:, 0] - chosen).max().item()
        expect(behind <= tolerance, f"greedy, prompt of {length}: a token is {behind:.1e} behind the best")
        if (best[:, 0] - best[:, 1]).min() > 2 * tolerance:
            fresh_rotary(model)
            model.generation_config.eos_token_id = None
            settings = GenerationConfig(max_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=0)
            theirs = model.generate(torch.tensor([prompt]), attention_mask=torch.ones(1, length, dtype=torch.int64),
                                    generation_config=settings)[0, length:].tolist()
            expect(theirs == greedy["ids"], f"greedy, prompt of {length}: {greedy['ids']} is not {theirs}")
        sampled = completions(binary, folder, prompt, "--temperature", 0.8, "--seed", 7, "--num-generations", 3)
        expect(len({tuple(one["ids"]) for one in sampled}) == 3, "completions of different rollouts are the same")
        for one in sampled:
            worst = max(worst, check_log_probs(model, prompt, one, tolerance, f"sampled, prompt of {length}")[1])
        alone = completions(binary, folder, prompt, "--temperature", 0.8, "--seed", 7, "--num-generations", 1)[0]
        expect(alone["ids"] == sampled[0]["ids"], "a completion depends on how many there are")
    return worst


def perturb(model):
    """Norms that are not ones and biases that are not zeros."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                noise = torch.randn(parameter.shape)
                parameter.copy_(0.1 * noise if name.endswith("bias") else 1 + 0.2 * noise)


def write_old_config(folder):
    """config.json as transformers 4 wrote it: rope_theta and rope_scaling beside each other, torch_dtype."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    parameters = config.pop("rope_parameters")
    config["rope_theta"] = parameters.pop("rope_theta")
    config["rope_scaling"] = None if parameters["rope_type"] == "default" else parameters
    config["torch_dtype"] = config.pop("dtype")
    path.write_text(json.dumps(config, indent=2))


def check_theirs(binary, name, dtype, style, folder, seed):
    torch.manual_seed(seed)
    config = copy.deepcopy(FAMILIES[name])
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    perturb(model)
    model.to(dtype).save_pretrained(folder, max_shard_size="300KB" if style == "shards" else "5GB")
    if style == "old":
        write_old_config(folder)
    return check_generation(binary, folder, model.float(), TOLERANCE[dtype])


def check_ours(binary, name, dtype, folder, seed):
    config_path = folder / "config-in.json"
    config_path.write_text(json.dumps(FAMILIES[name].to_dict() | {
        "architectures": [{"qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM", "llama": "LlamaForCausalLM",
                           "mistral": "MistralForCausalLM"}[FAMILIES[name].model_type]],
        "model_type": FAMILIES[name].model_type}))
    made = folder / "model"
    words = ["init", config_path, "--output", made, "--seed", seed]
    kedge(binary, *words, *(["--dtype", "bf16"] if dtype == torch.bfloat16 else []))
    model, information = AutoModelForCausalLM.from_pretrained(
        made, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    for key in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        expect(not information[key], f"{key}: {sorted(information[key])}")
    for parameter_name, parameter in model.named_parameters():
        values = parameter.detach().double()
        if parameter.dim() == 1:
            expected = 0.0 if parameter_name.endswith("bias") else 1.0
            expect(bool((values == expected).all()), f"{parameter_name} is not all {expected}")
        else:
            deviation = model.config.initializer_range
            mean_error = abs(values.mean().item()) / (deviation / values.numel() ** 0.5)
            spread_error = abs(values.std().item() / deviation - 1) * (2 * values.numel()) ** 0.5
            expect(mean_error < 6 and spread_error < 6, f"{parameter_name}: mean or deviation is {mean_error:.1f}, "
                   f"{spread_error:.1f} standard errors off")
    return check_generation(binary, made, model.eval(), TOLERANCE[dtype])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kedge", default=ROOT / ".build/release/kedge", type=pathlib.Path)
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    checks = []
    for name in arguments.families:
        for dtype in (torch.float32, torch.bfloat16):
            kind = str(dtype).removeprefix("torch.")
            styles = ["new"] + (["old", "shards"] if dtype == torch.float32 else [])
            for style in styles:
                checks.append((f"{name}, {kind}, {style}",
                               lambda folder, n=name, d=dtype, s=style: check_theirs(arguments.kedge, n, d, s, folder,
                                                                                    arguments.seed)))
            checks.append((f"{name}, {kind}, kedge init",
                           lambda folder, n=name, d=dtype: check_ours(arguments.kedge, n, d, folder, arguments.seed)))
    failed = 0
    for title, check in checks:
        with tempfile.TemporaryDirectory() as folder:
            try:
                print(f"{title}: log-probs agree to {check(pathlib.Path(folder)):.1e}", flush=True)
            except Failure as failure:
                failed += 1
                print(f"{title}: FAILED: {failure}")
    print(f"{len(checks) - failed} of {len(checks)} agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

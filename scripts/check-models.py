#!/usr/bin/env python3
"""Check model directories in both directions: what kedge writes, transformers loads, with the same numbers.

    "$(scripts/python/venv.sh checkpoints)" scripts/check-models.py .build/release/kedge

For every family, tied and untied, in float32 and bfloat16: `kedge init` makes a model, in one file and in shards; transformers
loads it without missing or unexpected tensors, in the type of its config.json; its numbers are those of the file; they are as
transformers itself initialises (mean, deviation, norms, biases, the padding's row); its logits are finite. `kedge init` with
the same seed and another number of threads gives the same bytes.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors import safe_open
from transformers import AutoConfig, AutoModelForCausalLM

BASE = {
    "vocab_size": 512, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128, "initializer_range": 0.03,
}
FAMILIES = {
    "llama": {"model_type": "llama"},
    "llama-biases": {"model_type": "llama", "attention_bias": True, "mlp_bias": True, "num_key_value_heads": 4},
    "llama3": {
        "model_type": "llama", "rope_theta": 500000.0, "bos_token_id": 1, "eos_token_id": [2, 3],
        "rope_scaling": {
            "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64,
        },
    },
    "mistral": {"model_type": "mistral", "sliding_window": 16},
    "qwen2": {"model_type": "qwen2", "pad_token_id": 9, "rope_theta": 1000000.0},
    "qwen3": {"model_type": "qwen3", "head_dim": 32},
}


def kedge(program: str, *arguments: str) -> None:
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"kedge {' '.join(arguments)}: {done.stderr}")


def tensors(directory: pathlib.Path) -> dict[str, torch.Tensor]:
    found = {}
    for path in sorted(directory.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            found.update({name: file.get_tensor(name) for name in file.keys()})
    return found


def check(condition: bool, what: str) -> None:
    if not condition:
        sys.exit(f"FAILED: {what}")


def check_model(program: str, directory: pathlib.Path, config: dict, name: str, dtype: str) -> None:
    source = directory / f"{name}.json"
    source.write_text(json.dumps(config))
    outputs = [directory / f"{name}-{kind}" for kind in ("whole", "shards", "threads")]
    common = ["init", str(source), "--seed", "7", "--dtype", dtype, "--no-sync", "--output"]
    kedge(program, *common, str(outputs[0]))
    kedge(program, *common, str(outputs[1]), "--max-shard-size", "100KB")
    kedge(program, *common, str(outputs[2]), "--threads", "3")
    whole, shards = tensors(outputs[0]), tensors(outputs[1])
    check(len(list(outputs[1].glob("*.safetensors"))) > 1, f"{name}: shards")
    check((outputs[0] / "model.safetensors").read_bytes() == (outputs[2] / "model.safetensors").read_bytes(),
          f"{name}: threads change the weights")
    type_ = {"bf16": torch.bfloat16, "fp32": torch.float32}[dtype]
    for output in outputs[:2]:
        model, info = AutoModelForCausalLM.from_pretrained(output, output_loading_info=True)
        for key in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"):
            check(not info.get(key), f"{name}: {key}: {info.get(key)}")
        state = model.state_dict()
        if config.get("tie_word_embeddings"):
            check(model.lm_head.weight.data_ptr() == model.model.embed_tokens.weight.data_ptr(), f"{name}: tied")
            state.pop("lm_head.weight")
        check(state.keys() == whole.keys() == shards.keys(), f"{name}: names")
        for key, value in state.items():
            check(value.dtype == type_, f"{name}: {key} is {value.dtype}")
            check(torch.equal(value, whole[key]) and torch.equal(value, shards[key]), f"{name}: {key}")
        logits = model(torch.arange(40)[None] % config["vocab_size"]).logits
        check(bool(torch.isfinite(logits).all()), f"{name}: logits")
    torch.manual_seed(0)
    reference = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(outputs[0]), dtype=torch.float32).state_dict()
    for key, value in whole.items():
        value, other = value.float(), reference[key]
        check(value.shape == other.shape, f"{name}: the shape of {key}")
        if other.std() == 0:
            check(torch.equal(value, other), f"{name}: {key} is not constant")
            continue
        count = value.numel()
        check(abs(value.std() / other.std() - 1) < 7 / (2 * count) ** 0.5, f"{name}: the deviation of {key}")
        check(abs(value.mean() - other.mean()) < 7 * other.std() / count ** 0.5, f"{name}: the mean of {key}")
        zero = (value == 0).all(dim=-1).nonzero().flatten().tolist()
        check(zero == (other == 0).all(dim=-1).nonzero().flatten().tolist(), f"{name}: rows of zeros in {key}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kedge", help="the program")
    program = str(pathlib.Path(parser.parse_args().kedge).resolve())
    count = 0
    with tempfile.TemporaryDirectory() as path:
        for family, changes in FAMILIES.items():
            for tied in (False, True):
                for dtype in ("fp32", "bf16"):
                    name = f"{family}-{'tied' if tied else 'untied'}-{dtype}"
                    config = {**BASE, **changes, "tie_word_embeddings": tied}
                    check_model(program, pathlib.Path(path), config, name, dtype)
                    count += 1
                    print(f"{name}: as transformers has it", flush=True)
    print(f"{count} models, each in one file and in shards")


if __name__ == "__main__":
    main()

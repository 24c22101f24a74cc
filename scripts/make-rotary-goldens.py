#!/usr/bin/env python3
"""Write Tests/TransformersTests/Goldens/rotary.json: configurations, and the rotary embeddings that transformers makes of them.

    "$(scripts/python/venv.sh checkpoints)" scripts/make-rotary-goldens.py

Each case has a config.json, a sequence length, the inverse frequencies and the attention factor, and cosines and sines at a few
positions. Where lengths matter (dynamic) they come from the module itself, as a forward pass makes it compute them.
"""

import json
import pathlib

import torch
from transformers import AutoConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

BASE = {
    "model_type": "llama", "vocab_size": 64, "hidden_size": 48, "intermediate_size": 32, "num_hidden_layers": 1,
    "num_attention_heads": 2, "head_dim": 24, "max_position_embeddings": 4096,
}
LLAMA3 = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 512,
}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 1024}
CASES = {
    "default": ({}, 64),
    "theta": ({"rope_theta": 1234567.8}, 64),
    "new style": ({"rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}}, 64),
    "linear": ({"rope_scaling": {"type": "linear", "factor": 2.5}}, 64),
    "dynamic short": ({"rope_scaling": {"type": "dynamic", "factor": 2.0}}, 64),
    "dynamic long": ({"max_position_embeddings": 48, "rope_scaling": {"rope_type": "dynamic", "factor": 2.0}}, 64),
    "llama3": ({"rope_theta": 500000.0, "rope_scaling": LLAMA3}, 64),
    "yarn": ({"rope_scaling": YARN}, 64),
    "yarn old style": ({"rope_theta": 1000000.0, "rope_scaling": {**YARN, "type": "yarn", "rope_type": None}}, 64),
    "yarn attention factor": ({"rope_scaling": {**YARN, "attention_factor": 1.25, "beta_fast": 16, "beta_slow": 2}}, 64),
    "yarn mscale": ({"rope_scaling": {**YARN, "mscale": 1.0, "mscale_all_dim": 0.707}}, 64),
    "yarn exact range": ({"rope_parameters": {**YARN, "rope_theta": 10000.0, "truncate": False}}, 64),
    "yarn inferred factor": ({"rope_scaling": {**YARN, "factor": None}}, 64),
}
POSITIONS = [1, 63]


def main() -> None:
    cases = []
    for name, (changes, length) in CASES.items():
        config = {**BASE, **changes}
        if scaling := config.get("rope_scaling"):
            config["rope_scaling"] = {key: value for key, value in scaling.items() if key != "rope_type" or value}
        model_config = AutoConfig.for_model(**json.loads(json.dumps(config)))
        module = LlamaRotaryEmbedding(model_config)
        cosines, sines = module(torch.zeros(1), torch.arange(length)[None])
        half = config["head_dim"] // 2
        cases.append({
            "name": name, "config": config, "length": length, "positions": POSITIONS,
            "inverse_frequencies": [float(x) for x in module.inv_freq],
            "attention_factor": float(module.attention_scaling),
            "cosines": [[float(x) for x in cosines[0, p, :half]] for p in POSITIONS],
            "sines": [[float(x) for x in sines[0, p, :half]] for p in POSITIONS],
        })

    def rounded(value):
        if isinstance(value, float):
            return float(f"{value:.9g}")
        if isinstance(value, list):
            return [rounded(element) for element in value]
        return value

    cases = [{key: rounded(value) if key != "config" else value for key, value in case.items()} for case in cases]
    path = pathlib.Path(__file__).parent.parent / "Tests/TransformersTests/Goldens/rotary.json"
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()

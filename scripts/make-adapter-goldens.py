#!/usr/bin/env python3
"""Write Tests/TransformersTests/Goldens/adapter: a LoRA adapter that PEFT wrote, and weights before and after merging it.

    "$(scripts/python/venv.sh adapters)" scripts/make-adapter-goldens.py
    "$(scripts/python/venv.sh adapters)" scripts/make-adapter-goldens.py --load ADAPTER

With --load it writes nothing: it loads an adapter, such as one that Kedge wrote, with PEFT and compares its numbers with the
golden's.
"""

import argparse
import json
import pathlib
import tempfile

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

CONFIG = {
    "model_type": "qwen2", "vocab_size": 16, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1,
    "num_attention_heads": 2, "num_key_value_heads": 1, "tie_word_embeddings": True,
}
TARGETS = ["q_proj", "down_proj"]
GOLDENS = pathlib.Path(__file__).parent.parent / "Tests/TransformersTests/Goldens/adapter"


def base_model():
    torch.manual_seed(1)
    return AutoModelForCausalLM.from_config(AutoConfig.for_model(**CONFIG), dtype=torch.float32)


def projections(model) -> dict[str, list[float]]:
    return {
        name: [float(f"{x:.9g}") for x in value.flatten().tolist()]
        for name, value in model.state_dict().items() if any(f"{target}.weight" in name for target in TARGETS)
    }


def make() -> None:
    model = base_model()
    before = projections(model)
    adapted = get_peft_model(
        model,
        LoraConfig(task_type="CAUSAL_LM", r=3, lora_alpha=6, use_rslora=True, lora_dropout=0.1, target_modules=TARGETS))
    torch.manual_seed(2)
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.5)
    with tempfile.TemporaryDirectory() as path:
        adapted.save_pretrained(path)
        GOLDENS.mkdir(parents=True, exist_ok=True)
        for name in ("adapter_config.json", "adapter_model.safetensors"):
            (GOLDENS / name).write_bytes((pathlib.Path(path) / name).read_bytes())
    merged = projections(adapted.merge_and_unload())
    content = {"config": CONFIG, "before": before, "merged": merged}
    (GOLDENS / "merged.json").write_text(json.dumps(content) + "\n")
    print(f"{GOLDENS.name}: {sum(path.stat().st_size for path in GOLDENS.iterdir())} bytes")


def load(path: str) -> None:
    merged = projections(PeftModel.from_pretrained(base_model(), path).merge_and_unload())
    golden = json.loads((GOLDENS / "merged.json").read_text())["merged"]
    assert merged.keys() == golden.keys()
    worst = max(abs(a - b) for name in merged for a, b in zip(merged[name], golden[name], strict=True))
    assert worst < 1e-6, worst
    print(f"{path}: PEFT merges it to the same weights, to {worst:.1g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--load", metavar="ADAPTER", help="an adapter to compare with the golden")
    path = parser.parse_args().load
    load(path) if path else make()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Write Tests/TransformersTests/Goldens/sampling.json: what transformers' logits processors leave of random logits.

    "$(scripts/python/venv.sh policies)" scripts/make-sampling-goldens.py

A case has logits [V], a history of ids, settings, and for each token that is left its log-probability. The processors come
from generate()'s own list, so that their order is generate()'s. Logits are float32; a case where two tokens are tied at the
edge of top-p is left out, since transformers sorts without a rule for ties.
"""

import json
import pathlib
import sys

import torch
import transformers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "Tests/TransformersTests/Goldens/sampling.json"
VOCABULARY = 40
SETTINGS = [
    {},
    {"temperature": 0.7},
    {"temperature": 1.5},
    {"top_k": 1},
    {"top_k": 7},
    {"top_k": 100},
    {"top_p": 0.5},
    {"top_p": 0.95},
    {"top_p": 0.001},
    {"min_p": 0.1},
    {"min_p": 1.0},
    {"repetition_penalty": 1.3},
    {"repetition_penalty": 0.8},
    {"top_k": 12, "top_p": 0.8},
    {"top_k": 12, "top_p": 0.8, "min_p": 0.2, "temperature": 0.6, "repetition_penalty": 1.1},
    {"top_p": 0.9, "min_p": 0.05, "temperature": 2.0},
]


def processors(model, settings: dict):
    config = GenerationConfig(do_sample=True, **{"top_k": 0, "top_p": 1.0} | settings)
    config._eos_token_tensor = None
    return model._get_logits_processor(generation_config=config, input_ids_seq_length=0, encoder_input_ids=None,
                                       prefix_allowed_tokens_fn=None, logits_processor=[], device="cpu")


def main() -> int:
    transformers.logging.set_verbosity_error()
    model = LlamaForCausalLM(LlamaConfig(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1,
                                         vocab_size=VOCABULARY))
    generator = torch.Generator().manual_seed(5)
    cases = []
    for number, settings in enumerate(SETTINGS):
        logits = 2 * torch.randn(VOCABULARY, generator=generator)
        if number % 3 == 2:
            logits = logits.round()  # ties
        if number % 4 == 3:
            logits[torch.randint(VOCABULARY, (5,), generator=generator)] = -float("inf")
        if "top_p" in settings:
            logits = logits + 1e-3 * torch.randn(VOCABULARY, generator=generator)
        history = torch.randint(VOCABULARY, (9,), generator=generator)
        scores = processors(model, settings)(history[None], logits[None].clone())[0]
        left = torch.log_softmax(scores, -1)
        cases.append({
            "settings": settings,
            "history": history.tolist(),
            "logits": [None if value == -float("inf") else value for value in logits.tolist()],
            "left": {str(token): left[token].item() for token in range(VOCABULARY) if scores[token] > -float("inf")},
        })
    text = ",\n".join(json.dumps(case) for case in cases)
    GOLDEN.write_text(f'{{"transformers": "{transformers.__version__}", "cases": [\n{text}\n]}}\n')
    print(f"{len(cases)} cases, {GOLDEN.stat().st_size} bytes; tokens left: {[len(case['left']) for case in cases]}",
          file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

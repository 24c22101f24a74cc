#!/usr/bin/env python3
"""kedge train beside the engine alone: updates of supervised fine-tuning, and the sampling of rollouts, in one run.

Two models with random weights: a Qwen2 of 342 thousand parameters (hidden 96, 3 layers, vocabulary 28), and one of 24 million
(hidden 512, 8 layers, vocabulary 4,096). The task is that of kedge demo, in which all rows have one length.

- An update of `objective: sft` has as many rows, of the same length and all with a loss, as `kedge bench train-step`. The limit
  is the latter's speed; the goal is 0.9 of it. `packing` changes nothing (rows always lie end to end), so it has no line.
- Rollouts of `objective: grpo` are compared with `kedge bench generate` with as many completions of the same length at a time,
  behind prompts of the same length: the models name no end of sequence, so that nobody stops early. The goal is 0.8 of it.
  Tokens sampled are divided by `timing_s/gen`. The engine takes the most probable token, training draws.
- The same with an end of sequence tells what rollouts of different lengths cost: tokens that were wanted over time.

The processes take turns, and the best of all repetitions is printed: the first update of a run, which takes its memory, is left
out. Nothing but kedge is needed.

Of kedge this calls: demo, tokenize, init, bench train-step, bench generate, train.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

PROMPT, COMPLETION = 11, 40
# Rows of an update, and rollouts of a batch.
MODELS = {
    "tiny": ({"hidden_size": 96, "num_hidden_layers": 3, "intermediate_size": 256, "num_attention_heads": 4,
              "num_key_value_heads": 4}, 128, 256, 4),
    "small": ({"hidden_size": 512, "num_hidden_layers": 8, "intermediate_size": 1408, "num_attention_heads": 8,
               "num_key_value_heads": 2, "vocab_size": 4096}, 32, 64, 2),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kedge", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        Comparison(options, pathlib.Path(temporary)).run()


class Comparison:
    def __init__(self, options, place):
        self.options, self.place = options, place

    def kedge(self, *words):
        run = subprocess.run(
            [self.options.kedge, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode:
            sys.exit(f"kedge {' '.join(map(str, words))}: {run.stderr.strip()}")
        return run.stdout

    def run(self):
        place = self.place
        self.kedge("demo", "model", place / "tokenizer")
        self.kedge("demo", "problems", "--count", 2000, "--seed", 1, "--output", place / "traces.jsonl")
        self.kedge(
            "tokenize", place / "traces.jsonl", "--tokenizer", place / "tokenizer", "--expert-part", "full", "--snap", "none",
            "--output", place / "traces.h5")
        for name in self.options.models:
            self.compare(name)

    def compare(self, name):
        widths, rows, rollouts, steps = MODELS[name]
        base = json.loads((self.place / "tokenizer" / "config.json").read_text()) | widths
        models = {}
        for variant, end in (("endless", None), ("ending", base["eos_token_id"])):
            configuration = self.place / f"{name}-{variant}.json"
            configuration.write_text(json.dumps(base | {"eos_token_id": end}))
            models[variant] = self.place / f"{name}-{variant}"
            self.kedge("init", configuration, "--output", models[variant], "--tokenizer", self.place / "tokenizer")
        threads = ("--threads", self.options.threads, "--json")
        best = {}

        def note(key, rate):
            best[key] = max(best.get(key, 0), rate)

        for _ in range(self.options.repetitions):
            lines = self.train(models["endless"], "sft", rows, 2 * steps)
            tokens = (lines[-1]["num_tokens"] - lines[0]["num_tokens"]) / (len(lines) - 1)
            length = round(tokens / rows)
            note("sft", max(tokens / line["step_time"] for line in lines[1:]))
            step = json.loads(self.kedge(
                "bench", "train-step", models["endless"], "--batch", rows, "--length", length, "--repetitions", 2 * steps,
                *threads))
            note("train-step", step["tokens_per_second"])
            note("share of sgemm", step["share_of_gemm_peak"])
            for variant, model in models.items():
                for line in self.train(model, "grpo", rollouts, steps)[1:]:
                    note(variant, rollouts * line["completions/mean_length"] / line["timing_s/gen"])
            generated = json.loads(self.kedge(
                "bench", "generate", models["endless"], "--batch", rollouts, "--prompt-length", PROMPT, "--max-tokens",
                COMPLETION, "--repetitions", steps, *threads))
            note("generate", generated["tokens_per_second"])
        print(f"{name}, {self.options.threads} threads, tokens/s")
        print(f"  update, {rows} rows of {length}: sft {best['sft']:.0f}, train-step {best['train-step']:.0f} "
              f"({best['share of sgemm']:.0%} of sgemm's operations): {best['sft'] / best['train-step']:.2f}")
        print(f"  rollouts, {rollouts} of {COMPLETION}: grpo {best['endless']:.0f}, generate {best['generate']:.0f}: "
              f"{best['endless'] / best['generate']:.2f}; of different lengths {best['ending']:.0f}", flush=True)

    def train(self, model, objective, batch, steps):
        """The metrics of the updates of a run."""
        output = self.place / "run"
        settings = {
            "model_name_or_path": str(model), "dataset_name": str(self.place / "traces.h5"), "output_dir": str(output),
            "objective": objective, "max_steps": steps, "per_device_train_batch_size": batch,
            "gradient_accumulation_steps": 1, "save_steps": 1000000, "report_to": "none",
        }
        if objective == "grpo":
            settings |= {"num_generations": 8, "max_completion_length": COMPLETION}
        else:
            settings |= {"completion_only_loss": False}
        (self.place / "run.json").write_text(json.dumps(settings))
        self.kedge("train", self.place / "run.json", "--threads", self.options.threads, "--force")
        return [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Compare runs of kedge train with TRL's GRPOTrainer, update by update, on the same rollouts.

    "$(scripts/python/venv.sh training)" scripts/check-training-trl.py [--kedge PATH] [--only NAME ...]

A small Qwen2 that `kedge init` made learns for 10 updates, in float32. samples.jsonl of the run has its rollouts; GRPOTrainer
gets them through its rollout_func, and the rewards through a reward function that reads them out. All else is TRL's own:
advantages, old and reference log-probabilities, losses, accumulation, clipping, AdamW and the schedule. Compared are the
advantages, and at each update loss, norm of the gradient, learning rate and what TRL reports of rewards and completions; the
weights at the end; and where an update is one pass clipped ratios, divergence and entropy, since TRL takes the mean of the
passes' means and kedge that over all tokens.
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import warnings

os.environ |= dict(CUDA_VISIBLE_DEVICES="", HF_HUB_OFFLINE="1", TRL_EXPERIMENTAL_SILENCE="1")

import torch  # noqa: E402
from datasets import Dataset  # noqa: E402
from transformers import PreTrainedTokenizerFast, PrinterCallback  # noqa: E402
from transformers.utils import logging  # noqa: E402
from trl import GRPOConfig, GRPOTrainer  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts/python"))
from training_runs import (  # noqa: E402
    EOS, LIMIT, Comparison, Failure, batches_of, check_weights, ids, model_of, train, write_inputs)

UPDATES = 10
LENGTH_REWARD = dict(reward_funcs=["soft_overlong_punishment"], soft_punish_cache=16)
STALE = dict(num_iterations=2, learning_rate=3e-3)
# Also with the whole update in one pass.
WHOLE = STALE | dict(per_device_train_batch_size=32, gradient_accumulation_steps=1)

# For each run the objective, what both get, what kedge gets, and what TRL gets.
RUNS = {
    "grpo": ("grpo", dict(), dict(), dict(loss_type="grpo")),
    "grpo-stale": ("grpo", STALE, dict(), dict(loss_type="grpo")),
    "grpo-whole": ("grpo", WHOLE, dict(), dict(loss_type="grpo")),
    "grpo-reference": ("grpo", WHOLE | dict(beta=0.05, temperature=0.8), dict(), dict(loss_type="grpo")),
    "grpo-batch": ("grpo", STALE | dict(scale_rewards="batch"), dict(), dict(loss_type="grpo")),
    "grpo-masked": ("grpo", STALE | dict(mask_truncated_completions=True), dict(), dict(loss_type="grpo")),
    "grpo-schedule": ("grpo", STALE | dict(lr_scheduler_type="cosine", warmup_steps=3, weight_decay=0.1, max_grad_norm=0.05),
                      dict(), dict(loss_type="grpo")),
    "grpo-entropy": ("grpo", WHOLE | dict(entropy_coef=0.02, learning_rate=1e-3), dict(), dict(loss_type="grpo")),
    "dr_grpo": ("dr_grpo", dict(), dict(), dict(loss_type="dr_grpo", scale_rewards="none")),
    "dr_grpo-stale": ("dr_grpo", STALE, dict(), dict(loss_type="dr_grpo", scale_rewards="none")),
    "dapo": ("dapo", dict(), dict(dynamic_sampling=False), dict(loss_type="dapo", epsilon_high=0.28)),
    "dapo-stale": ("dapo", STALE, dict(dynamic_sampling=False), dict(loss_type="dapo", epsilon_high=0.28)),
    "dapo-masked": ("dapo", STALE | dict(mask_truncated_completions=True), dict(dynamic_sampling=False),
                    dict(loss_type="dapo", epsilon_high=0.28)),
    "bnpo-whole": ("bnpo", WHOLE, dict(), dict(loss_type="bnpo")),
    # The upper bound itself in TRL, and no lower one.
    "cispo-stale": ("cispo", STALE, dict(epsilon=1, epsilon_high=0.1), dict(loss_type="cispo", epsilon_high=1.1)),
    "cispo-whole": ("cispo", WHOLE, dict(epsilon=1, epsilon_high=0.1), dict(loss_type="cispo", epsilon_high=1.1)),
    "gspo-stale": ("gspo", STALE, dict(), dict(loss_type="grpo", importance_sampling_level="sequence", epsilon=3e-4,
                                               epsilon_high=4e-4)),
    "gspo-whole": ("gspo", WHOLE, dict(), dict(loss_type="grpo", importance_sampling_level="sequence", epsilon=3e-4,
                                               epsilon_high=4e-4)),
}

ROLLOUT_METRICS = [
    "reward", "reward_std", "frac_reward_zero_std", "completions/mean_length", "completions/min_length", "completions/max_length",
    "completions/clipped_ratio", "completions/mean_terminated_length", "completions/min_terminated_length",
    "completions/max_terminated_length"]
PASS_METRICS = [
    "entropy", "kl", "clip_ratio/low_mean", "clip_ratio/high_mean", "clip_ratio/region_mean", "clip_ratio/low_min",
    "clip_ratio/high_max", "cispo_clip_ratio"]


class Recorded(GRPOTrainer):
    """Notes each update's loss, whole, and the advantages of each batch of rollouts."""

    def __init__(self, *arguments, **more):
        self.losses, self.updates, self.found = [], [], []
        super().__init__(*arguments, **more)

    def training_step(self, *arguments, **more):
        loss = super().training_step(*arguments, **more)
        self.losses.append(float(loss))
        return loss

    def _generate_and_score_completions(self, inputs):
        output = super()._generate_and_score_completions(inputs)
        self.found.append(output["advantages"].tolist())
        return output

    def log(self, logs, start_time=None):
        super().log(logs, start_time)
        if "grad_norm" in logs:
            self.updates.append(dict(logs, loss=sum(self.losses)))
            self.losses = []


def trl_run(place, name, vocabulary, batches, shared, own):
    number = iter(range(len(batches)))

    def rollouts(prompts, trainer):
        batch = batches[next(number)]
        if len(batch) != len(prompts):
            raise Failure(f"{name}: TRL wants {len(prompts)} rollouts, kedge has {len(batch)}")
        return dict(prompt_ids=[ids(vocabulary, one["prompt"]) for one in batch],
                    completion_ids=[ids(vocabulary, one["continuation"]) for one in batch],
                    logprobs=None, known_reward=[one["reward"] for one in batch])

    def reward(completions, known_reward, **_):
        return known_reward

    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(place / "tokenizer/tokenizer.json"), eos_token=EOS, padding_side="left")
    settings = GRPOConfig(
        output_dir=str(place / f"{name}-trl"), use_cpu=True, bf16=False, gradient_checkpointing=False, report_to=[],
        save_strategy="no", use_bias_correction_kl=False, logging_steps=1, disable_tqdm=True, shuffle_dataset=False,
        optim="adamw_torch", **shared, **own)
    # Its prompts are not looked at: rollout_func gives those of the rollouts.
    data = Dataset.from_dict({"prompt": ["!"] * 64})
    trainer = Recorded(
        model=model_of(place / "model"), reward_funcs=reward, args=settings, train_dataset=data, processing_class=tokenizer,
        rollout_func=rollouts)
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return trainer


def check(binary, place, vocabulary, name):
    method, both, ours, theirs = RUNS[name]
    shared = dict(max_steps=UPDATES, per_device_train_batch_size=8, gradient_accumulation_steps=4, learning_rate=1e-3,
                  lr_scheduler_type="constant", num_generations=8, max_completion_length=LIMIT, max_grad_norm=1.0,
                  weight_decay=0.0) | both
    run, steps, samples = train(binary, place, name, shared | LENGTH_REWARD | ours | dict(
        objective=method, model_name_or_path=str(place / "model"), dataset_name=str(place / "data.h5"), log_completions=True,
        log_completions_steps=1, num_completions_to_print=None))
    batches = batches_of(name, samples, UPDATES, shared.get("num_iterations", 1))
    # An epoch's last batch may be smaller in kedge; TRL would leave its prompts out.
    whole = shared["per_device_train_batch_size"] * shared["gradient_accumulation_steps"]
    if any(len(batch) != whole for batch in batches):
        raise Failure(f"{name}: batches of {sorted({len(batch) for batch in batches})} rollouts")
    trainer = trl_run(place, name, vocabulary, batches, shared, theirs)
    comparison = Comparison(name, 1e-3, "TRL")
    for batch, advantages in zip(batches, trainer.found):
        for sample, advantage in zip(batch, advantages):
            comparison.add("advantage", sample["advantage"], advantage)
    if len(trainer.updates) != UPDATES or len(trainer.found) != len(batches):
        raise Failure(f"{name}: TRL made {len(trainer.updates)} updates on {len(trainer.found)} batches")
    # GSPO's bounds are so close to 1 that they say little about the loss.
    losses = 1e-5 if method == "gspo" else 1e-4
    names = ROLLOUT_METRICS + (PASS_METRICS if shared["gradient_accumulation_steps"] == 1 else [])
    if shared.get("scale_rewards") == "batch":
        # Of the batch's deviation in TRL; kedge counts groups.
        names = [name for name in names if name != "frac_reward_zero_std"]
    for number, (one, other) in enumerate(zip(steps, trainer.updates), 1):
        for key in ["loss", "grad_norm", "learning_rate"] + [key for key in names if key in one and key in other]:
            # A ratio on the edge of its bounds may be within in one and outside in the other: one token in some hundred.
            tolerance = 1e-2 if key in PASS_METRICS and "clip" in key else losses if key == "loss" else None
            comparison.add(f"{key} of update {number}", one[key], other[key], tolerance)
    comparison.done()
    check_weights(name, run, UPDATES, trainer.model)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kedge", default=str(ROOT / ".build/release/kedge"))
    parser.add_argument("--only", nargs="+", default=list(RUNS), choices=list(RUNS), help="some of the runs, by name")
    arguments = parser.parse_args()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        vocabulary = write_inputs(arguments.kedge, place)
        for name in arguments.only:
            try:
                check(arguments.kedge, place, vocabulary, name)
            except Failure as failure:
                failures += 1
                print(f"FAILED {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Compare runs of kedge train with PyTorch, update by update.

    "$(scripts/python/venv.sh training)" scripts/check-training.py [--kedge PATH] [--only NAME ...]

A small Qwen2 that `kedge init` made and a dataset that `kedge tokenize` made, in float32:

- supervised runs (sft, dft, trsft): 50 updates in the same order with transformers' model and schedules, and torch's AdamW and
  clipping; losses and norms of gradients must agree to 1e-3, and the weights at the end too;
- a run with accumulation and weight decay saved and loaded: transformers must load the checkpoint;
- runs with rollouts (grpo with a reference, several updates and a temperature; dr_grpo; dapo; trapo; luffy): 10 updates on the
  rollouts that kedge sampled, as samples.jsonl has them, with an own rendering of the losses in PyTorch;
- LoRA: the losses along a run's checkpoints with PEFT;
- resume: runs killed with SIGKILL and SIGTERM at random moments and resumed must write what an undisturbed run writes: the same
  metrics and, byte for byte, the same weights and moments.
"""

import argparse
import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import torch
from transformers import AutoModelForCausalLM, get_scheduler
from transformers.utils import logging

ROOT = pathlib.Path(__file__).resolve().parent.parent
LETTERS = [chr(c) for c in range(33, 127)]
EOS = "<|end|>"
LIMIT = 24


class Failure(Exception):
    pass


def kedge(binary, *words):
    done = subprocess.run([binary, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"kedge {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


def write_inputs(binary, place):
    """A model, a tokenizer whose tokens are letters, and a dataset of problems."""
    vocabulary = {letter: index for index, letter in enumerate(LETTERS)}
    vocabulary[EOS] = len(vocabulary)
    (place / "tokenizer").mkdir()
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": vocabulary[EOS], "content": EOS, "single_word": False, "lstrip": False, "rstrip": False,
                          "normalized": False, "special": True}],
        "normalizer": None, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                                              "use_regex": False},
        "post_processor": None, "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True,
                                            "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                  "vocab": {k: v for k, v in vocabulary.items() if k != EOS}, "merges": []}}
    (place / "tokenizer/tokenizer.json").write_text(json.dumps(tokenizer))
    (place / "tokenizer/tokenizer_config.json").write_text(json.dumps({"eos_token": EOS}))
    shape = dict(model_type="qwen2", vocab_size=len(vocabulary), hidden_size=48, intermediate_size=96, num_hidden_layers=3,
                 num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256, eos_token_id=vocabulary[EOS],
                 rms_norm_eps=1e-6, rope_theta=10000.0, tie_word_embeddings=True, initializer_range=0.12,
                 architectures=["Qwen2ForCausalLM"], hidden_act="silu")
    (place / "config.json").write_text(json.dumps(shape))
    kedge(binary, "init", place / "config.json", "--output", place / "model", "--seed", 7, "--tokenizer", place / "tokenizer")
    draw = random.Random(3)
    with open(place / "traces.jsonl", "w") as file:
        for number in range(96):
            problem = "".join(draw.choice(LETTERS[:26]) for _ in range(draw.randint(3, 9)))
            trace = "".join(draw.choice(LETTERS[26:60]) for _ in range(draw.randint(4, 30)))
            file.write(json.dumps({"problem": problem, "answer": str(number), "generations": [trace],
                                   "correctness_math_verify": [True], "is_reasoning_complete": [True],
                                   "uuid": f"u{number}", "source": "random", "solution": trace}) + "\n")
    kedge(binary, "tokenize", place / "traces.jsonl", "--tokenizer", place / "tokenizer", "--template", "plain",
          "--expert-part", "full", "--prefix-ratios", "0,0.2,0.5,1.0", "--output", place / "data.h5", "--snap", "none")
    return vocabulary


def rows(path):
    with h5py.File(path) as file:
        tokens, offsets = file["tokens"][:], file["offsets"][:]
        prompts, ends = file["prompt_lengths"][:], file["prefix_ends"][:]
        return [(tokens[a:b].tolist(), int(p), e.tolist()) for a, b, p, e in zip(offsets, offsets[1:], prompts, ends)]


def train(binary, place, name, settings):
    run = place / name
    config = place / f"{name}.yaml"
    config.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items()))
    kedge(binary, "train", config, "--output_dir", run)
    steps = [json.loads(line) for line in open(run / "metrics.jsonl")]
    samples = run / "samples.jsonl"
    found = [json.loads(line) for line in open(samples)] if samples.exists() else []
    return run, steps, found


def model_of(path):
    return AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation="eager")


def optimizer_of(model, settings):
    decaying = [p for n, p in model.named_parameters() if p.requires_grad and p.ndim > 1]
    others = [p for n, p in model.named_parameters() if p.requires_grad and p.ndim == 1]
    decay = settings.get("weight_decay", 0.0)
    optimizer = torch.optim.AdamW([{"params": decaying, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}],
                                  lr=settings["learning_rate"], betas=(settings.get("adam_beta1", 0.9),
                                                                       settings.get("adam_beta2", 0.999)),
                                  eps=settings.get("adam_epsilon", 1e-8))
    scheduler = get_scheduler(settings["lr_scheduler_type"], optimizer, num_warmup_steps=settings.get("warmup_steps", 0),
                              num_training_steps=settings["max_steps"])
    return optimizer, scheduler


def scores(model, tokens, start, temperature=1.0):
    """Log-probabilities of tokens[start:], and the entropies there."""
    logits = model(torch.tensor([tokens])).logits[0, start - 1:-1] / temperature
    logs = torch.log_softmax(logits.double(), -1)
    found = logs.gather(-1, torch.tensor(tokens[start:])[:, None])[:, 0]
    return found, -(logs.exp() * logs).sum(-1)


def take_step(model, loss, optimizer, scheduler, limit=1.0):
    optimizer.zero_grad()
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], limit)
    rate = scheduler.get_last_lr()[0]
    optimizer.step()
    scheduler.step()
    return float(loss.detach()), float(norm), rate


class Comparison:
    def __init__(self, name, tolerance):
        self.name, self.tolerance, self.worst, self.count = name, tolerance, 0.0, 0

    def add(self, what, ours, theirs):
        self.count += 1
        difference = abs(ours - theirs) / max(1.0, abs(theirs))
        self.worst = max(self.worst, difference)
        if not difference <= self.tolerance:
            raise Failure(f"{self.name}: {what}: kedge {ours}, PyTorch {theirs}")

    def done(self):
        print(f"{self.name}: {self.count} numbers agree; the greatest difference is {self.worst:.1e}")


def check_weights(name, run, step, model):
    ours = model_of(run / f"checkpoint-{step}").state_dict()
    theirs = model.state_dict()
    worst = max(float((ours[key] - theirs[key]).abs().max()) for key in theirs)
    if worst > 2e-3:
        raise Failure(f"{name}: weights differ by {worst}")
    print(f"{name}: checkpoint-{step} loads, its weights differ by {worst:.1e} at most")


def check_supervised(binary, place, method, **more):
    settings = dict(objective=method, model_name_or_path=str(place / "model"), dataset_name=str(place / "data.h5"),
                    shuffle_dataset=False, max_steps=50, per_device_train_batch_size=4, gradient_accumulation_steps=2,
                    learning_rate=2e-3, lr_scheduler_type="cosine", warmup_steps=5, weight_decay=0.1, max_length=40,
                    max_grad_norm=1.0) | more
    run, steps, _ = train(binary, place, method, settings)
    data, model = rows(place / "data.h5"), model_of(place / "model")
    optimizer, scheduler = optimizer_of(model, settings)
    comparison = Comparison(method, 1e-3)
    order = [index % len(data) for index in range(50 * 8)]
    for step in range(50):
        total, count = 0.0, 0
        for index in order[step * 8:step * 8 + 8]:
            tokens, prompt, _ = data[index]
            tokens = tokens[:40]
            found, _ = scores(model, tokens, prompt)
            p = found.detach().exp()
            weight = {"sft": torch.ones_like(p), "dft": p}.get(method)
            total = total - ((weight * found).sum() if weight is not None
                             else (found.exp() / p.clamp(min=0.1)).sum())
            count += len(found)
        loss, norm, rate = take_step(model, total / count, optimizer, scheduler)
        comparison.add(f"loss of update {step + 1}", steps[step]["loss"], loss)
        comparison.add(f"norm of update {step + 1}", steps[step]["grad_norm"], norm)
        comparison.add(f"rate of update {step + 1}", steps[step]["learning_rate"], rate)
    comparison.done()
    check_weights(method, run, 50, model)


def ids(vocabulary, text):
    found, place = [], 0
    while place < len(text):
        if text.startswith(EOS, place):
            found.append(vocabulary[EOS])
            place += len(EOS)
        else:
            found.append(vocabulary[text[place]])
            place += 1
    return found


def check_rollouts(binary, place, vocabulary, method, name=None, **more):
    name = name or method
    settings = dict(objective=method, model_name_or_path=str(place / "model"), dataset_name=str(place / "data.h5"),
                    max_steps=10, per_device_train_batch_size=4, gradient_accumulation_steps=4, learning_rate=1e-3,
                    lr_scheduler_type="constant", num_generations=8, max_completion_length=LIMIT,
                    reward_funcs=["soft_overlong_punishment"], soft_punish_cache=16, log_completions=True,
                    log_completions_steps=1, num_completions_to_print=None, max_grad_norm=1.0) | more
    if method == "trapo":
        settings["micro_group_thresholds"] = [-2, -0.1, -0.3, -0.4]
    run, steps, samples = train(binary, place, name, settings)
    model, reference = model_of(place / "model"), model_of(place / "model")
    optimizer, scheduler = optimizer_of(model, settings)
    comparison = Comparison(name, 1e-3)
    temperature, iterations = settings.get("temperature", 1.0), settings.get("num_iterations", 1)
    beta = settings.get("beta", 0.0)
    batches = {}
    for sample in samples:
        batches.setdefault(sample["step"], []).append(sample)
    if method in ("trapo", "luffy") and not any(sample["prefix"] for sample in samples):
        raise Failure(f"{name}: no rollout has a prefix")
    if sorted(batches) != list(range(1, 11, iterations)):
        raise Failure(f"{name}: samples of the updates {sorted(batches)}")
    for step in range(10):
        batch = batches[step - step % iterations + 1]
        rollouts = []
        groups = {}
        for sample in batch:
            groups.setdefault(sample["group"], []).append(sample["reward"])
        for sample in batch:
            prompt, prefix = ids(vocabulary, sample["prompt"]), ids(vocabulary, sample["prefix"])
            own = ids(vocabulary, sample["continuation"])
            rewards = torch.tensor(groups[sample["group"]], dtype=torch.float64)
            advantage = sample["reward"] - rewards.mean()
            if method in ("grpo", "dapo"):
                advantage = advantage / (rewards.std() + 1e-4)
            comparison.add("advantage", sample["advantage"], float(advantage))
            rollouts.append((prompt, prefix, own, float(advantage)))
        if step % iterations == 0:
            with torch.no_grad():
                old = [scores(model, p + x + o, len(p), temperature)[0] for p, x, o, _ in rollouts]
        total, entropy, tokens = 0.0, 0.0, sum(len(x + o) for _, x, o, _ in rollouts)
        for (prompt, prefix, own, advantage), before in zip(rollouts, old):
            found, uncertain = scores(model, prompt + prefix + own, len(prompt), temperature)
            ratio = (found - before).exp()
            cut = len(prefix)
            if method in ("grpo", "dapo", "dr_grpo"):
                high = 0.28 if method == "dapo" else 0.2
                terms = -torch.minimum(ratio * advantage, ratio.clamp(0.8, 1 + high) * advantage)
                if beta:
                    with torch.no_grad():
                        base = scores(reference, prompt + prefix + own, len(prompt), temperature)[0]
                    gap = base - found
                    terms = terms + beta * (gap.exp() - gap - 1)
                if method == "grpo":
                    total = total + terms.mean() / len(rollouts)
                elif method == "dapo":
                    total = total + terms.sum() / tokens
                else:
                    total = total + terms.sum() / (len(rollouts) * LIMIT)
            elif method == "trapo":
                expert = -(found[:cut].exp() / found[:cut].detach().exp().clamp(min=0.1)).sum()
                total = total + (expert - (ratio[cut:] * advantage).sum()) / LIMIT
                entropy = entropy + uncertain.sum()
            elif method == "luffy":
                p = found[:cut].exp()
                total = total - advantage * ((p / (p + 0.1)).sum() + ratio[cut:].sum()) / LIMIT
        if method == "trapo":
            total = total - 0.001 * entropy / tokens
        loss, norm, _ = take_step(model, total, optimizer, scheduler)
        comparison.add(f"loss of update {step + 1}", steps[step]["loss"], loss)
        comparison.add(f"norm of update {step + 1}", steps[step]["grad_norm"], norm)
    comparison.done()
    check_weights(name, run, 10, model)


def check_adapter(binary, place):
    from peft import LoraConfig, PeftModel, get_peft_model

    settings = dict(objective="sft", model_name_or_path=str(place / "model"), dataset_name=str(place / "data.h5"),
                    shuffle_dataset=False, max_steps=20, per_device_train_batch_size=8, gradient_accumulation_steps=1,
                    learning_rate=5e-3, lr_scheduler_type="linear", max_length=40, use_peft=True, lora_r=4, lora_alpha=8,
                    weight_decay=0.0, save_steps=1)
    run, steps, _ = train(binary, place, "lora", settings | dict(max_steps=20))
    data = rows(place / "data.h5")
    # From the first checkpoint on: A is random, and what it was before the first update is nowhere written.
    model = PeftModel.from_pretrained(model_of(place / "model"), run / "checkpoint-1", is_trainable=True)
    comparison = Comparison("lora", 1e-3)
    for step in range(1, 20):
        model = PeftModel.from_pretrained(model_of(place / "model"), run / f"checkpoint-{step}")
        with torch.no_grad():
            window = [data[index % len(data)] for index in range(step * 8, step * 8 + 8)]
            found = [scores(model, tokens[:40], prompt)[0] for tokens, prompt, _ in window]
        loss = -sum(float(x.sum()) for x in found) / sum(len(x) for x in found)
        comparison.add(f"loss of update {step + 1}", steps[step]["loss"], loss)
    comparison.done()


def lines(run):
    path = run / "metrics.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def check_resume(binary, place, kills):
    common = dict(model_name_or_path=str(place / "model"), dataset_name=str(place / "data.h5"), save_steps=3,
                  save_total_limit=2, per_device_train_batch_size=8, learning_rate=1e-3)
    runs = {
        "resume-sft": common | dict(objective="sft", max_steps=60),
        "resume-trapo": common | dict(objective="trapo", max_steps=24, gradient_accumulation_steps=2,
                                      max_completion_length=LIMIT, reward_funcs=["soft_overlong_punishment"],
                                      soft_punish_cache=16),
        "resume-lora": common | dict(objective="grpo", max_steps=24, gradient_accumulation_steps=2, use_peft=True, lora_r=4,
                                     max_completion_length=LIMIT, reward_funcs=["soft_overlong_punishment"],
                                     soft_punish_cache=16, num_iterations=2),
    }
    draw = random.Random(11)
    for name, settings in runs.items():
        whole, expected, _ = train(binary, place, name, settings)
        config, run = place / f"{name}.yaml", place / f"{name}-killed"
        count = 0
        while True:
            process = subprocess.Popen([binary, "train", config, "--output_dir", run, "--resume"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE)
            if count < kills:
                wanted = lines(run) + draw.randint(1, settings["max_steps"] // kills)
                while process.poll() is None and lines(run) < wanted:
                    time.sleep(0.002)
                time.sleep(draw.uniform(0, 0.05))
                if process.poll() is None:
                    count += 1
                    process.send_signal(signal.SIGTERM if draw.random() < 0.3 else signal.SIGKILL)
                    process.communicate()
                    continue
            _, text = process.communicate()
            if process.returncode:
                raise Failure(f"{name}: {text.decode().strip()}")
            break
        found = [json.loads(line) for line in open(run / "metrics.jsonl")]
        for one in (found, expected):
            for step in one:
                for timing in ["step_time", "timing_s/gen"]:
                    step.pop(timing, None)
        if found != expected:
            raise Failure(f"{name}: other metrics after {count} kills")
        last = f"checkpoint-{settings['max_steps']}"
        weights = "adapter_model.safetensors" if settings.get("use_peft") else "model.safetensors"
        for file in (weights, "optimizer.safetensors"):
            if (whole / last / file).read_bytes() != (run / last / file).read_bytes():
                raise Failure(f"{name}: another {file} after {count} kills")
        left = sorted(entry.name for entry in run.iterdir() if "checkpoint" in entry.name)
        if len(left) != 2 or any(entry.startswith(".") for entry in left):
            raise Failure(f"{name}: left {left}")
        print(f"{name}: killed {count} times, the same bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kedge", default=str(ROOT / ".build/release/kedge"))
    parser.add_argument("--only", nargs="+", default=[], help="some of the checks, by name")
    parser.add_argument("--kills", type=int, default=6, help="how often each run is killed")
    arguments = parser.parse_args()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        vocabulary = write_inputs(arguments.kedge, place)
        checks = {name: (lambda name=name: check_supervised(arguments.kedge, place, name)) for name in ("sft", "dft", "trsft")}

        def rollouts(method, name=None, **more):
            checks[name or method] = lambda: check_rollouts(arguments.kedge, place, vocabulary, method, name, **more)

        rollouts("grpo")
        rollouts("grpo", "grpo-stale", num_iterations=2, beta=0.05, temperature=0.8)
        rollouts("dr_grpo")
        rollouts("dapo", dynamic_sampling=False)
        rollouts("trapo")
        rollouts("luffy")
        checks["lora"] = lambda: check_adapter(arguments.kedge, place)
        checks["resume"] = lambda: check_resume(arguments.kedge, place, arguments.kills)
        failures = 0
        for name, check in checks.items():
            if arguments.only and name not in arguments.only:
                continue
            try:
                check()
            except Failure as failure:
                failures += 1
                print(f"FAILED {failure}", file=sys.stderr)
        sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

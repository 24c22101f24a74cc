"""Small runs of kedge train and what PyTorch needs to repeat them: inputs, settings, models, comparisons."""

import json
import random
import subprocess

import h5py
import torch
from transformers import AutoModelForCausalLM, get_scheduler

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
    """A model, a tokenizer whose tokens are letters, and datasets of problems with one trace and with two."""
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
    draw, second = random.Random(3), random.Random(4)
    with open(place / "traces.jsonl", "w") as one, open(place / "pairs.jsonl", "w") as two:
        for number in range(96):
            problem = "".join(draw.choice(LETTERS[:26]) for _ in range(draw.randint(3, 9)))
            trace = "".join(draw.choice(LETTERS[26:60]) for _ in range(draw.randint(4, 30)))
            other = "".join(second.choice(LETTERS[26:60]) for _ in range(second.randint(4, 30)))
            for file, traces in ((one, [trace]), (two, [trace, other])):
                file.write(json.dumps({"problem": problem, "answer": str(number), "generations": traces,
                                       "correctness_math_verify": [True] * len(traces),
                                       "is_reasoning_complete": [True] * len(traces),
                                       "uuid": f"u{number}", "source": "random", "solution": trace}) + "\n")
    for source, ratios, output in (("traces", "0,0.2,0.5,1.0", "data"), ("pairs", "0,0.25,0.5,1.0", "pairs")):
        kedge(binary, "tokenize", place / f"{source}.jsonl", "--tokenizer", place / "tokenizer", "--template", "plain",
              "--expert-part", "full", "--prefix-ratios", ratios, "--output", place / f"{output}.h5", "--snap", "none",
              "--traces-per-prompt", 2)
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
    def __init__(self, name, tolerance, peer="PyTorch"):
        self.name, self.tolerance, self.worst, self.count, self.peer = name, tolerance, 0.0, 0, peer
        self.where = "everywhere"

    def add(self, what, ours, theirs, tolerance=None):
        self.count += 1
        difference = abs(ours - theirs) / max(1.0, abs(theirs))
        if difference > self.worst:
            self.worst, self.where = difference, what
        if not difference <= (tolerance or self.tolerance):
            raise Failure(f"{self.name}: {what}: kedge {ours}, {self.peer} {theirs}")

    def done(self):
        print(f"{self.name}: {self.count} numbers agree; the greatest difference is {self.worst:.1e}, {self.where}")


def check_weights(name, run, step, model):
    ours = model_of(run / f"checkpoint-{step}").state_dict()
    theirs = model.state_dict()
    worst = max(float((ours[key] - theirs[key]).abs().max()) for key in theirs)
    if worst > 2e-3:
        raise Failure(f"{name}: weights differ by {worst}")
    print(f"{name}: checkpoint-{step} loads, its weights differ by {worst:.1e} at most")


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


def batches_of(name, samples, updates, iterations):
    """The rollouts of each batch, in their order; each batch must be there."""
    batches = {}
    for sample in samples:
        batches.setdefault(sample["step"], []).append(sample)
    if sorted(batches) != list(range(1, updates + 1, iterations)):
        raise Failure(f"{name}: samples of the updates {sorted(batches)}")
    return [batches[step] for step in sorted(batches)]

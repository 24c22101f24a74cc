"""TRL's and verl's own loss functions, taken out of their sources: importing the packages would bring much more along."""

import ast
import collections
import importlib.util
import types
from pathlib import Path

import numpy as np
import torch

from objective_batches import random_batch


def source(package, path):
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).parent / path
    return ast.parse(file.read_text()) if file.exists() else None


def functions(tree, names, scope):
    """Compiles functions of a module, or methods of its classes, without decorators and annotations."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in names:
            node.decorator_list, node.returns = [], None
            for argument in [*node.args.args, *node.args.kwonlyargs]:
                argument.annotation = None
            exec(compile(ast.Module([node], []), package_name(node), "exec"), scope)
    return scope


def package_name(node):
    return f"<{node.name}>"


def tensor(rows, width):
    return torch.tensor([list(row) + [0.0] * (width - len(row)) for row in rows], dtype=torch.float64)


def gradients(leaf, lengths):
    return [leaf.grad[i, :n].tolist() for i, n in enumerate(lengths)]


def plain_batch(random, method):
    """A batch that both packages can have: whole groups of one size, tokens in every rollout."""
    while True:
        batch = random_batch(random, method)
        if not all(map(len, batch["log_probs"])) or len(batch["log_probs"]) < 2:
            continue
        count = len(batch["log_probs"]) // 2 * 2
        for name in list(batch):
            if name != "settings":
                batch[name] = batch[name][:count]
        batch["groups"] = [i * 2 // count for i in range(count)] if count >= 4 else [0] * count
        for name in ["prefix_mask", "prefix_loss_mask", "advantages"]:
            batch.pop(name, None)
        if all(map(any, batch["mask"])):
            return batch


def trl_run(scope):
    methods = {"grpo": "grpo", "bnpo": "bnpo", "dr_grpo": "dr_grpo", "dapo": "dapo", "gspo": "grpo", "cispo": "cispo"}

    def run(random):
        method = str(random.choice(list(methods)))
        batch = plain_batch(random, method)
        settings = {}
        if random.random() < 0.5:
            batch["ref_log_probs"] = [(-abs(np.array(row) + random.normal(0, 0.3, len(row)))).tolist() for row in batch["log_probs"]]
            settings["beta"] = 0.04
        else:
            batch.pop("ref_log_probs", None)
        if "entropies" in batch:
            settings["entropy_coef"] = 0.01
        low, high = {"dapo": (0.2, 0.28), "gspo": (3e-4, 4e-4), "cispo": (1.0, 0.5)}.get(method, (0.2, 0.2))
        settings.update(epsilon=low, epsilon_high=high, max_length=20, scale_rewards=str(random.choice(["group", "batch", "none"])))
        batch["settings"] = settings
        lengths = [len(row) for row in batch["log_probs"]]
        width = max(lengths)
        leaf = tensor(batch["log_probs"], width).requires_grad_()
        entropies = tensor(batch.get("entropies", [[] for _ in lengths]), width).requires_grad_()
        # What TRL's _generate_and_score_completions does with the rewards.
        rewards = torch.tensor(batch["rewards"], dtype=torch.float64)
        size = batch["groups"].count(0)
        mean = rewards.view(-1, size).mean(dim=1).repeat_interleave(size)
        deviation = rewards.view(-1, size).std(dim=1).repeat_interleave(size)
        if settings["scale_rewards"] == "batch":
            deviation = rewards.std().expand_as(rewards)
        advantages = rewards - mean
        if settings["scale_rewards"] != "none":
            advantages = advantages / (deviation + 1e-4)
        mask = tensor(batch["mask"], width)
        accelerator = types.SimpleNamespace(
            num_processes=1, gather=lambda x: x, reduce=lambda x, reduction: x, sync_gradients=True,
            gather_for_metrics=lambda x: x)
        metrics = {"train": collections.defaultdict(list)}
        trainer = types.SimpleNamespace(
            model=types.SimpleNamespace(training=True), accelerator=accelerator, _metrics=metrics, loss_type=methods[method],
            importance_sampling_level="sequence" if method == "gspo" else "token", beta=settings.get("beta", 0.0),
            epsilon_low=low, epsilon_high=1 + high if method == "cispo" else high, max_completion_length=20,
            top_entropy_quantile=1.0, off_policy_mask_threshold=None, aux_loss_enabled=False, use_vllm=False,
            vllm_importance_sampling_correction=False, current_gradient_accumulation_steps=1,
            _entropy_bonus_enabled="entropy_coef" in settings, use_adaptive_entropy=False,
            entropy_coef=settings.get("entropy_coef", 0.0),
            args=types.SimpleNamespace(delta=None, use_bias_correction_kl=False, steps_per_generation=1),
            _get_per_token_logps_and_entropies=lambda *a, **k: (leaf, entropies, None))
        ids = torch.zeros(len(lengths), width, dtype=torch.long)
        inputs = dict(
            prompt_ids=ids, prompt_mask=ids, completion_ids=ids, completion_mask=mask, advantages=advantages,
            old_per_token_logps=tensor(batch["old_log_probs"], width), num_items_in_batch=mask.sum())
        if "ref_log_probs" in batch:
            inputs["ref_per_token_logps"] = tensor(batch["ref_log_probs"], width)
        loss = scope["_compute_loss"](trainer, types.SimpleNamespace(training=True), inputs)
        loss.backward()
        expected = dict(loss=float(loss.detach()), gradients=gradients(leaf, lengths), advantages=advantages.tolist())
        if "entropy_coef" in settings:
            expected["entropy_gradients"] = gradients(entropies, lengths)
        return method, batch, expected

    return run


def verl_run(scope):
    methods = {
        "grpo": ("compute_policy_loss_vanilla", "seq-mean-token-mean"),
        "dapo": ("compute_policy_loss_vanilla", "token-mean"),
        "dr_grpo": ("compute_policy_loss_vanilla", "seq-mean-token-sum-norm"),
        "gspo": ("compute_policy_loss_gspo", "seq-mean-token-mean"),
        "cispo": ("compute_policy_loss_cispo", "token-mean"),
    }

    class Config(types.SimpleNamespace):
        def get(self, name, default):
            return getattr(self, name, default)

    scope["ActorConfig"] = Config
    scope["AlgoConfig"] = type("AlgoConfig", (), {})

    def run(random):
        method = str(random.choice(list(methods)))
        batch = plain_batch(random, method)
        # verl cuts ratios at 3 where the advantage is negative (dual clip), which is switched off below.
        settings = dict(std_epsilon=1e-6, scale_rewards="none" if method == "dr_grpo" else "group")
        low, high = {"dapo": (0.2, 0.28), "gspo": (3e-4, 4e-4)}.get(method, (0.2, 0.2))
        settings.update(epsilon=low, epsilon_high=high)
        lengths = [len(row) for row in batch["log_probs"]]
        width = max(lengths)
        settings["max_length"] = width
        batch.pop("ref_log_probs", None)
        batch.pop("entropies", None)
        kind = str(random.choice(["k1", "k2", "k3", "k1+", "k3+"])) if random.random() < 0.5 else None
        if kind:
            batch["ref_log_probs"] = [(-abs(np.array(row) + random.normal(0, 0.3, len(row)))).tolist() for row in batch["log_probs"]]
            settings.update(beta=0.1, kl_estimator=kind)
        batch["settings"] = settings
        mask = tensor(batch["mask"], width)
        leaf = tensor(batch["log_probs"], width).requires_grad_()
        rewards = tensor([[reward] for reward in batch["rewards"]], width)
        advantages, _ = scope["compute_grpo_outcome_advantage"](
            rewards, torch.ones_like(mask), np.array(batch["groups"]), 1e-6, settings["scale_rewards"] == "group")
        name, mode = methods[method]
        config = Config(
            clip_ratio=low, clip_ratio_low=low, clip_ratio_high=high, clip_ratio_c=1e9, global_batch_info={})
        loss, _ = scope[name](tensor(batch["old_log_probs"], width), leaf, advantages, mask, mode, config)
        if kind:
            estimates = scope["kl_penalty"](leaf, tensor(batch["ref_log_probs"], width), kind)
            loss = loss + 0.1 * scope["agg_loss"](estimates, mask, mode)
        loss.backward()
        return method, batch, dict(
            loss=float(loss.detach()), gradients=gradients(leaf, lengths), advantages=advantages[:, 0].tolist())

    return run


def peers():
    """Names, functions from a generator to a method, a batch and what the package makes of it, and tolerances."""
    found = []
    tree = source("trl", "trainer/grpo_trainer.py")
    if tree is not None:
        scope = functions(tree, {"_compute_loss"}, {"torch": torch})
        helpers = source("trl", "trainer/utils.py")
        functions(helpers, {"nanmin", "nanmax"}, scope)
        found.append(("TRL", trl_run(scope), 1e-9))
    tree = source("verl", "trainer/ppo/core_algos.py")
    if tree is not None:
        def masked_sum(values, mask, axis=None):
            return (values * mask).sum(dim=axis)

        def masked_mean(values, mask, axis=None):
            return masked_sum(values, mask, axis) / (mask.sum(dim=axis) + 1e-8)

        scope = {
            "torch": torch, "np": np, "defaultdict": collections.defaultdict,
            "verl_F": types.SimpleNamespace(masked_sum=masked_sum, masked_mean=masked_mean)}
        names = {
            "agg_loss", "compute_policy_loss_vanilla", "compute_policy_loss_gspo", "compute_policy_loss_cispo",
            "kl_penalty", "kl_penalty_forward", "compute_grpo_outcome_advantage"}
        found.append(("verl", verl_run(functions(tree, names, scope)), 1e-7))
    return found

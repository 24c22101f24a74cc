"""Objectives once more, on padded tensors: the losses are PyTorch's, and so are their gradients, by autograd."""

import numpy as np
import torch

TOKEN_FIELDS = ["log_probs", "old_log_probs", "ref_log_probs", "mask", "prefix_mask", "entropies"]

DEFAULTS = {
    "sft": dict(loss_type="token_mean"),
    "dft": dict(loss_type="token_mean"),
    "trsft": dict(loss_type="token_mean", alpha=0.1),
    "grpo": dict(loss_type="sequence_mean", epsilon=0.2, scale_rewards="group", importance_sampling_level="token"),
    "dr_grpo": dict(loss_type="dr_grpo", epsilon=0.2, scale_rewards="none", importance_sampling_level="token"),
    "dapo": dict(
        loss_type="token_mean", epsilon=0.2, epsilon_high=0.28, scale_rewards="group", importance_sampling_level="token"),
    "bnpo": dict(loss_type="token_mean", epsilon=0.2, scale_rewards="group", importance_sampling_level="token"),
    "gspo": dict(
        loss_type="sequence_mean", epsilon=3e-4, epsilon_high=4e-4, scale_rewards="group",
        importance_sampling_level="sequence"),
    "cispo": dict(loss_type="token_mean", epsilon=0.2, scale_rewards="group"),
    "luffy": dict(
        loss_type="sum_over_max_length", scale_rewards="none", off_policy_reshape="p_div_p_0.1",
        off_policy_reshape_weight=1.0, off_policy_reshape_pow_exp=0.5, on_policy_reshape="no_reshape",
        on_policy_reshape_weight=1.0, on_policy_reshape_pow_exp=0.5, loss_remove_clip=True, epsilon=0.2),
    "trapo": dict(loss_type="sum_over_max_length", scale_rewards="none", alpha=0.1, entropy_coef=0.001),
    "quatro": dict(
        loss_type="sequence_mean", delta=0.1, ratio_level="sequence", normalise_by_lambda=False,
        ratio_weight="importance", ratio_cap=0.7, equal_groups="skip", lambda_min=0.01),
}
DEFAULTS["trapo-code"] = DEFAULTS["trapo"]
DEFAULTS["quatro-practical"] = dict(
    DEFAULTS["quatro"], delta=0.4, normalise_by_lambda=True, ratio_weight="capped", equal_groups="stabilise", lambda_min=0.3)


def padded(lists, width):
    return torch.tensor([list(row) + [0.0] * (width - len(row)) for row in lists], dtype=torch.float64)


class Reference:
    """The loss, gradients and advantages of one method on one batch."""

    def __init__(self, method, batch):
        self.method = method
        self.settings = dict(DEFAULTS[method], **batch.get("settings", {}))
        self.lengths = [len(row) for row in batch["log_probs"]]
        width = max(max(self.lengths), 1)
        self.tensors = {name: padded(batch[name], width) for name in TOKEN_FIELDS if name in batch}
        present = padded([[1.0] * length for length in self.lengths], width)
        self.mask = self.tensors.get("mask", present)
        self.log_probs = self.tensors["log_probs"].requires_grad_()
        self.old = self.tensors.get("old_log_probs", self.log_probs.detach())
        self.prefix = self.tensors.get("prefix_mask", torch.zeros_like(self.mask))
        self.rewards, self.groups = batch.get("rewards"), batch.get("groups")
        self.given = batch.get("advantages")
        self.prefix_loss = torch.tensor(batch.get("prefix_loss_mask", [1] * len(self.lengths)), dtype=torch.float64)
        self.rollouts, self.width = len(self.lengths), width
        self.advantages = []

    def setting(self, name, default=None):
        value = self.settings.get(name, default)
        return default if value is None else value

    # Advantages

    def compute_advantages(self):
        if self.given is not None:
            return torch.tensor(self.given, dtype=torch.float64)
        rewards = np.array(self.rewards, dtype=np.float64)
        scale, baseline = self.setting("scale_rewards"), self.setting("baseline", "group_mean")
        epsilon = self.setting("std_epsilon", 1e-4)
        own = ~(self.prefix > 0).any(dim=1).numpy()
        found = np.zeros(len(rewards))
        for group in set(self.groups):
            here = np.array([key == group for key in self.groups])
            if len(set(rewards[here])) == 1:
                continue
            basis = here & own if baseline == "on_policy" and (here & own).any() else here
            mean = rewards[basis].mean()
            difference = rewards - mean
            if baseline == "leave_one_out":
                count = here.sum()
                difference = rewards - (rewards[here].sum() - rewards) / (count - 1)
            deviation = rewards[basis].std(ddof=1) if basis.sum() > 1 else 0
            if len(set(rewards[basis])) == 1:
                deviation = 1
            if scale == "group":
                difference = difference / (deviation + epsilon)
            if scale == "batch":
                difference = difference / (rewards.std(ddof=1) + epsilon)
            found[here] = difference[here]
        return torch.tensor(found)

    # Normalisers

    def aggregate(self, losses, mask=None):
        """losses: [rollouts, width]"""
        mask = self.mask if mask is None else mask
        losses = torch.where(mask > 0, losses, torch.zeros_like(losses))
        counts, kind = mask.sum(dim=1), self.setting("loss_type")
        length = self.setting("max_length", max(max(self.lengths), 1))
        tokens = self.setting("window_tokens", max(float(mask.sum()), 1.0))
        rollouts = self.setting("window_rollouts", float(self.rollouts))
        if kind == "token_mean":
            return losses.sum() / tokens
        if kind == "sequence_mean":
            return (losses.sum(dim=1) / counts.clamp(min=1)).sum() / rollouts
        if kind == "sum_over_max_length":
            return losses.sum() / length
        if kind == "dr_grpo":
            return losses.sum() / (rollouts * length)
        assert kind == "sum"
        return losses.sum()

    def aggregate_rollouts(self, losses):
        """losses: [rollouts], one each; those of rollouts without tokens are left out"""
        losses = torch.where(self.mask.sum(dim=1) > 0, losses, torch.zeros_like(losses)).sum()
        kind = self.setting("loss_type")
        length = self.setting("max_length", max(max(self.lengths), 1))
        rollouts = self.setting("window_rollouts", float(self.rollouts))
        tokens = self.setting("window_tokens", max(float(self.mask.sum()), 1.0))
        return losses / {
            "token_mean": tokens, "sequence_mean": rollouts, "sum_over_max_length": length,
            "dr_grpo": rollouts * length, "sum": 1.0}[kind]

    # Methods

    def evaluate(self):
        entropies = self.tensors.get("entropies")
        if entropies is not None:
            entropies.requires_grad_()
        if self.method in ("sft", "dft", "trsft"):
            loss = self.supervised()
        else:
            loss = self.policy() + self.penalty() + self.bonus()
        loss.backward()
        rows = lambda tensor: [tensor[i, :n].tolist() for i, n in enumerate(self.lengths)]  # noqa: E731
        gradient = self.log_probs.grad if self.log_probs.grad is not None else torch.zeros_like(self.mask)
        result = dict(loss=float(loss.detach()), gradients=rows(gradient), advantages=list(map(float, self.advantages)))
        if entropies is not None and entropies.grad is not None and self.setting("entropy_coef", 0):
            result["entropy_gradients"] = rows(entropies.grad)
        return result

    def supervised(self):
        probability = self.log_probs.exp()
        if self.method == "sft":
            return self.aggregate(-self.log_probs)
        if self.method == "dft":
            return self.aggregate(-probability.detach() * self.log_probs)
        return self.aggregate(-probability / probability.detach().clamp(min=self.setting("alpha")))

    def policy(self):
        if self.method.startswith("quatro"):
            return self.quatro()
        self.advantages = self.compute_advantages()
        advantages = self.advantages[:, None]
        if self.method == "luffy":
            return self.luffy(advantages)
        log_ratio = self.log_probs - self.old
        if self.method.startswith("trapo"):
            own = -log_ratio.exp() * advantages
            probability = self.log_probs.exp()
            expert = -probability / probability.detach().clamp(min=self.setting("alpha")) * self.prefix_loss[:, None]
            return self.aggregate(torch.where(self.prefix > 0, expert, own))
        low = 1 - self.setting("epsilon")
        high = 1 + self.setting("epsilon_high", self.setting("epsilon"))
        if self.method == "cispo":
            weight = log_ratio.exp().clamp(low, high).detach()
            return self.aggregate(-weight * advantages * self.log_probs)
        if self.setting("importance_sampling_level") == "sequence":
            count = self.mask.sum(dim=1, keepdim=True).clamp(min=1)
            log_ratio = ((log_ratio * self.mask).sum(dim=1, keepdim=True) / count).expand_as(self.mask)
        ratio = log_ratio.exp()
        return self.aggregate(-torch.minimum(ratio * advantages, ratio.clamp(low, high) * advantages))

    def luffy(self, advantages):
        def shape(name, ratio, log_ratio, probability, old, weight, exponent, scales_logp):
            if name == "no_reshape":
                return ratio
            if name == "logp":
                return log_ratio * (weight if scales_logp else 1)
            if name == "p_logp":
                return ratio + weight * log_ratio
            if name == "square_root":
                return ratio.sqrt()
            if name == "pow":
                return ratio.pow(exponent)
            if name == "clip_low":
                return probability / probability.detach().clamp(min=0.1)
            if name == "clip_low_and_shift":
                return probability * (1 / probability.detach().clamp(min=0.1) - 0.5)
            gamma = float(name.removeprefix("p_div_p_"))
            share = probability / (probability + gamma)
            return share if old is None else share / (old / (old + gamma))

        probability, log_ratio = self.log_probs.exp(), self.log_probs - self.old
        own = shape(
            self.setting("on_policy_reshape"), log_ratio.exp(), log_ratio, probability, self.old.exp(),
            self.setting("on_policy_reshape_weight"), self.setting("on_policy_reshape_pow_exp"), False)
        expert = shape(
            self.setting("off_policy_reshape"), probability, self.log_probs, probability, None,
            self.setting("off_policy_reshape_weight"), self.setting("off_policy_reshape_pow_exp"), True)
        if self.setting("off_policy_max_clip") is not None:
            expert = expert.clamp(max=self.setting("off_policy_max_clip"))
        if self.setting("off_policy_min_clip") is not None:
            expert = expert.clamp(min=self.setting("off_policy_min_clip"))
        own_loss = -advantages * own
        if not self.setting("loss_remove_clip"):
            high = 1 + self.setting("epsilon_high", self.setting("epsilon"))
            own_loss = torch.maximum(own_loss, -advantages * own.clamp(1 - self.setting("epsilon"), high))
        mask = self.mask
        if self.setting("all_max_clip") is not None:
            mask = mask * (probability <= self.setting("all_max_clip"))
        return self.aggregate(torch.where(self.prefix > 0, -advantages * expert, own_loss), mask)

    def quatro(self):
        rewards = np.array(self.rewards, dtype=np.float64)
        gain, price = np.zeros(self.rollouts), np.zeros(self.rollouts)
        for group in set(self.groups):
            here = np.array([key == group for key in self.groups])
            lam, mu = dual(rewards[here], self.setting("delta"), self.setting("lambda_min"))
            if len(set(rewards[here])) == 1 and self.setting("equal_groups") == "skip":
                continue
            scale = lam if self.setting("normalise_by_lambda") else 1.0
            gain[here], price[here] = (rewards[here] - mu) / scale, lam / scale
        gain, price = torch.tensor(gain), torch.tensor(price)
        log_ratio = (self.log_probs - self.old) * self.mask
        if self.setting("ratio_level") == "sequence":
            log_ratio = log_ratio.sum(dim=1)
        else:
            gain, price = gain[:, None], price[:, None]
        advantage = (gain - price * log_ratio).detach()
        # A factor of value rho, or of the weight that takes its place, whose derivative by log rho is its value.
        weight = dict(
            importance=log_ratio.detach(), capped=log_ratio.detach().clamp(-self.setting("ratio_cap"), self.setting("ratio_cap")),
            none=torch.zeros_like(log_ratio).detach())[self.setting("ratio_weight")].exp()
        factor = weight * (log_ratio - log_ratio.detach()).exp()
        if self.setting("ratio_level") == "sequence":
            self.advantages = advantage
            return self.aggregate_rollouts(-factor * advantage)
        counts = self.mask.sum(dim=1)
        mean = (advantage * self.mask).sum(dim=1) / counts.clamp(min=1)
        self.advantages = torch.where(counts > 0, mean, gain[:, 0])
        return self.aggregate(-factor * advantage)

    # Terms

    def penalty(self):
        beta = self.setting("beta", 0.0)
        if beta == 0:
            return torch.zeros((), dtype=torch.float64)
        log_ratio = self.log_probs - self.tensors["ref_log_probs"]
        k2 = log_ratio.square() / 2
        k3 = torch.exp(-log_ratio) + log_ratio - 1
        kind = self.setting("kl_estimator", "k3")
        value = {"k1": log_ratio, "k2": k2, "k3": k3, "k1+": log_ratio, "k3+": k3}[kind]
        if kind.endswith("+"):
            value = k2 - k2.detach() + value.detach()
        return self.aggregate(beta * value)

    def bonus(self):
        coefficient = self.setting("entropy_coef", 0.0)
        if "entropies" not in self.tensors or coefficient == 0:
            return torch.zeros((), dtype=torch.float64)
        tokens = self.setting("window_tokens", max(float(self.mask.sum()), 1.0))
        return -coefficient * (self.tensors["entropies"] * self.mask).sum() / tokens


def dual(rewards, delta, lambda_min):
    """lambda and mu of a query, by bisection on lambda in extended precision."""
    rewards = np.array(rewards, dtype=np.longdouble)
    highest = rewards.max()

    def weights(lam):
        logits = (rewards - highest) / lam
        return logits - np.log(np.mean(np.exp(logits)))

    def divergence(lam):
        logarithm = weights(lam)
        return np.mean(np.exp(logarithm) * logarithm)

    def baseline(lam):
        return float(highest + lam * np.log(np.mean(np.exp((rewards - highest) / lam))))

    spread = highest - rewards.min()
    if spread == 0:
        return lambda_min, float(highest)
    if delta >= np.log(len(rewards) / (rewards == highest).sum()):
        return lambda_min, baseline(np.longdouble(lambda_min))
    low, high = np.longdouble(0), spread * 2
    while divergence(high) > delta:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if divergence(middle) > delta:
            low = middle
        else:
            high = middle
    lam = max(high, np.longdouble(lambda_min))
    return float(lam), baseline(lam)

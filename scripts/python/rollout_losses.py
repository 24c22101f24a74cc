"""The losses of updates on rollouts, out of the definitions of papers, in float64 and with PyTorch's gradients."""

import math

import torch

CLIPPED = ("grpo", "dr_grpo", "dapo", "bnpo", "gspo")

DEFAULTS = {
    "grpo": dict(epsilon=0.2, epsilon_high=0.2),
    "dr_grpo": dict(epsilon=0.2, epsilon_high=0.2),
    "dapo": dict(epsilon=0.2, epsilon_high=0.28),
    "bnpo": dict(epsilon=0.2, epsilon_high=0.2),
    "gspo": dict(epsilon=3e-4, epsilon_high=4e-4),
    "cispo": dict(epsilon=0.2, epsilon_high=0.2),
    "trapo": dict(),
    "trapo-code": dict(),
    "luffy": dict(),
    "quatro": dict(delta=0.1, lambda_min=0.01, by_lambda=False, cap=None, keeps_equal=False, ratio_level="sequence"),
    "quatro-practical": dict(delta=0.4, lambda_min=0.3, by_lambda=True, cap=0.7, keeps_equal=True,
                             ratio_level="sequence"),
}


def groups_of(rollouts):
    groups = {}
    for number, rollout in enumerate(rollouts):
        groups.setdefault(rollout["group"], []).append(number)
    return groups.values()


def advantages_of(method, rollouts, settings):
    """For each rollout of whole groups its advantage, QUATRO's with the ratio 1, and what QUATRO takes off for log rho."""
    found = [(0.0, 0.0)] * len(rollouts)
    for group in groups_of(rollouts):
        rewards = torch.tensor([rollouts[number]["reward"] for number in group], dtype=torch.float64)
        if method.startswith("quatro"):
            pairs = trust_region(rewards.tolist(), settings)
        else:
            gains = rewards - rewards.mean()
            if method not in ("dr_grpo", "trapo", "trapo-code", "luffy"):
                gains = gains / (rewards.std() + 1e-4)
            pairs = [(gain, 0.0) for gain in gains.tolist()]
        for number, pair in zip(group, pairs):
            found[number] = pair
    return found


def trust_region(rewards, settings):
    """For each rollout of a query r - mu and the price of log rho, both over lambda where advantages are.

    lambda is the least point of lambda delta + lambda log mean exp(r / lambda), found where its derivative, delta less the
    divergence of softmax(r / lambda) from uniform, changes its sign.
    """
    highest, count = max(rewards), len(rewards)
    if min(rewards) == highest:
        # mu is the reward, so that the stabiliser is all that is left.
        price = (1.0 if settings["by_lambda"] else settings["lambda_min"]) if settings["keeps_equal"] else 0.0
        return [(0.0, price)] * count

    def log_mean(multiplier):
        return math.log(math.fsum(math.exp((r - highest) / multiplier) for r in rewards) / count)

    def derivative(multiplier):
        shift = log_mean(multiplier)
        logs = [(r - highest) / multiplier - shift for r in rewards]
        return settings["delta"] - math.fsum(math.exp(x) * x for x in logs) / count

    multiplier = settings["lambda_min"]
    if derivative(multiplier) < 0:
        low, high = multiplier, 2 * multiplier
        while derivative(high) < 0:
            high *= 2
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if derivative(middle) < 0 else (low, middle)
        multiplier = (low + high) / 2
    mu = highest + multiplier * log_mean(multiplier)
    scale = multiplier if settings["by_lambda"] else 1.0
    return [((r - mu) / scale, multiplier / scale) for r in rewards]


def loss_of(method, rollouts, advantages, cuts, now, old, base, settings):
    """The loss of an update, and how many ratios are outside their bounds.

    - rollouts: as samples.jsonl has them; advantages: pairs as above; cuts: for each the tokens of its prefix
    - now: for each rollout log-probabilities and entropies of its response's tokens; old, base: log-probabilities before the
      first update of the batch and under the reference
    """
    length, beta = settings["max_completion_length"], settings.get("beta", 0.0)
    total, outside, tokens = 0.0, 0, sum(len(logs) for logs in old)
    for number, ((advantage, price), cut, (logs, entropies), before) in enumerate(zip(advantages, cuts, now, old)):
        ratio = (logs - before).exp()
        if method in CLIPPED:
            low, high = 1 - settings["epsilon"], 1 + settings["epsilon_high"]
            if method == "gspo":
                ratio = (logs - before).mean().exp().expand(len(logs))
            terms = -torch.minimum(ratio * advantage, ratio.clamp(low, high) * advantage)
            outside += int(((ratio < low) | (ratio > high)).sum())
            if beta:
                gap = base[number] - logs
                terms = terms + beta * (gap.exp() - gap - 1)
            if method in ("grpo", "gspo"):
                total = total + terms.mean() / len(rollouts)
            elif method == "dr_grpo":
                total = total + terms.sum() / (len(rollouts) * length)
            else:
                total = total + terms.sum() / tokens
        elif method == "cispo":
            low, high = 1 - settings["epsilon"], 1 + settings["epsilon_high"]
            outside += int(((ratio < low) | (ratio > high)).sum())
            total = total - (ratio.clamp(low, high).detach() * advantage * logs).sum() / tokens
        elif method.startswith("quatro"):
            # The loss has the derivative -weight advantage by log rho, and that as its value.
            moved = logs - before if settings["ratio_level"] == "token" else (logs - before).sum()[None]
            still = moved.detach()
            held = still if settings["cap"] is None else still.clamp(-settings["cap"], settings["cap"])
            outside += int((abs(still) > (settings["cap"] or 0.1)).sum())
            terms = held.exp() * (advantage - price * still) * (1 + moved - still)
            total = total - terms.mean() / len(rollouts)
        elif method in ("trapo", "trapo-code"):
            expert = -(logs[:cut].exp() / logs[:cut].detach().exp().clamp(min=0.1)).sum()
            if method == "trapo-code" and rollouts[number]["rollout"] == 4:
                # Of the two rollouts with the same prefix the second alone learns from it.
                expert = 0.0
            outside += int((abs(ratio[cut:] - 1) > 0.2).sum())
            total = total + (expert - (ratio[cut:] * advantage).sum()) / length - 0.001 * entropies.sum() / tokens
        elif method == "luffy":
            p = logs[:cut].exp()
            outside += int((abs(ratio[cut:] - 1) > 0.2).sum())
            total = total - advantage * ((p / (p + 0.1)).sum() + ratio[cut:].sum()) / length
        else:
            raise ValueError(method)
    return total, outside

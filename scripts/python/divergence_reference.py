"""What two rows of logits say of each other, from the definitions, in numbers of 100 digits: slow, and independent of Kedge."""

import numpy as np
from mpmath import inf, mp, mpf

mp.dps = 100


def statistics(x, y, target, temperature=1.0, k=10):
    """The columns of a diagnosis for one row of logits each: x of the reference p, y of the policy q."""
    return _statistics(_distribution(x, temperature), _distribution(y, temperature), target, k)


def _distribution(row, temperature):
    values = [mpf(float(v)) / mpf(temperature) if np.isfinite(v) else None for v in row]
    top = max(v for v in values if v is not None)
    normaliser = top + mp.log(mp.fsum(mp.exp(v - top) for v in values if v is not None))
    logs = [None if v is None else v - normaliser for v in values]
    return np.asarray(row, float), normaliser, logs, [mpf(0) if v is None else mp.exp(v) for v in logs]


def _kl(p, lp, q, lq):
    if any(a > 0 and b is None for a, b in zip(p, lq)):
        return inf
    return mp.fsum(a * (la - lb) for a, la, lb in zip(p, lp, lq) if a > 0)


def _statistics(first, second, target, k):
    (x, normaliser_p, lp, p), (y, normaliser_q, lq, q) = first, second
    r = {"kl_reference_policy": _kl(p, lp, q, lq), "kl_policy_reference": _kl(q, lq, p, lp)}
    m = [(a + b) / 2 for a, b in zip(p, q)]
    lm = [mp.log(a) if a > 0 else None for a in m]
    r["js"] = (_kl(p, lp, m, lm) + _kl(q, lq, m, lm)) / 2
    r["total_variation"] = mp.fsum(abs(a - b) for a, b in zip(p, q)) / 2
    away_p = mp.fsum(a for a, b in zip(p, q) if b == 0)
    away_q = mp.fsum(b for a, b in zip(p, q) if a == 0)
    r["unsupported_mass_reference"], r["unsupported_mass_policy"] = away_p, away_q
    r["chi_square"] = inf if away_p > 0 else mp.fsum((a - b) ** 2 / b for a, b in zip(p, q) if b > 0)
    r["chi_square_policy_reference"] = inf if away_q > 0 else mp.fsum((a - b) ** 2 / a for a, b in zip(p, q) if a > 0)
    r["hellinger"] = mp.sqrt(mp.fsum((mp.sqrt(a) - mp.sqrt(b)) ** 2 for a, b in zip(p, q)) / 2)
    for a, la, name in ((p, lp, "reference"), (q, lq, "policy")):
        h = -mp.fsum(v * l for v, l in zip(a, la) if v > 0)
        r[f"entropy_{name}"] = h
        r[f"varentropy_{name}"] = mp.fsum(v * (l + h) ** 2 for v, l in zip(a, la) if v > 0)
    r["cross_entropy_reference_policy"] = inf if away_p > 0 else -mp.fsum(a * l for a, l in zip(p, lq) if a > 0)
    r["cross_entropy_policy_reference"] = inf if away_q > 0 else -mp.fsum(b * l for b, l in zip(q, lp) if b > 0)
    r["log_normaliser_reference"], r["log_normaliser_policy"] = normaliser_p, normaliser_q
    best = []
    for row in (x, y):
        order = np.lexsort((np.arange(len(row)), -row))[:k]
        best.append([int(i) for i in order if np.isfinite(row[i])])
    best_p, best_q = best
    r["top1_agree"] = int(best_p[0] == best_q[0])
    r["topk_overlap"] = len(set(best_p) & set(best_q))
    listed = set(best_p)
    coarse = []
    for a in (p, q):
        coarse.append([a[i] for i in best_p] + [mp.fsum(v for i, v in enumerate(a) if i not in listed)])
    r["topk_mass_reference"], r["topk_mass_policy"] = (mp.fsum(c[:-1]) for c in coarse)
    logs = [[mp.log(v) if v > 0 else None for v in c] for c in coarse]
    r["topk_kl"] = _kl(coarse[0], logs[0], coarse[1], logs[1])
    r["top_ids_reference"], r["top_ids_policy"] = best_p, best_q
    if target is not None and target >= 0:
        a, b = (-inf if l[target] is None else l[target] for l in (lp, lq))
        r["log_prob_reference"], r["log_prob_policy"] = a, b
        if a == b == -inf:
            r |= dict.fromkeys(("log_ratio", "ratio", "k1", "k2", "k3"), mp.nan)
        else:
            l = b - a
            r |= {"log_ratio": l, "ratio": mp.exp(l), "k1": -l, "k2": l * l / 2, "k3": inf if abs(l) == inf else mp.exp(l) - 1 - l}
        r["delta_p"] = q[target] - p[target]
        r["rank_reference"], r["rank_policy"] = 1 + int((x > x[target]).sum()), 1 + int((y > y[target]).sum())
    return r

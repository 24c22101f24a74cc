"""What two rows of logits say of each other, in 80-bit arithmetic: slow, plain, and independent of Kedge."""

import numpy as np

LONG = np.longdouble


def log_softmax(row):
    row = row.astype(LONG)
    top = row.max()
    return row - top - np.log(np.exp(row - top).sum())


def statistics(x, y, target, temperature=1.0, k=10):
    """The columns of a diagnosis for one row of logits each: x of the reference p, y of the policy q."""
    with np.errstate(all="ignore"):
        return _statistics(x.astype(LONG) / LONG(temperature), y.astype(LONG) / LONG(temperature), target, k)


def _statistics(x, y, target, k):
    lp, lq = log_softmax(x), log_softmax(y)
    p, q = np.exp(lp), np.exp(lq)
    both = np.isfinite(lp) & np.isfinite(lq)
    only_p, only_q = np.isfinite(lp) & ~np.isfinite(lq), ~np.isfinite(lp) & np.isfinite(lq)
    d = np.where(both, lp - lq, 0)
    away_p, away_q = p[only_p].sum(), q[only_q].sum()

    def kl(a, d, lost, gained):
        return LONG("inf") if lost > 0 else (a[both] * bent(-d[both])).sum() + gained

    r = {}
    r["kl_pq"], r["kl_qp"] = kl(p, d, away_p, away_q), kl(q, -d, away_q, away_p)
    half = d[both] / 2
    # (p log(p/m) + q log(q/m)) / 2, each in its non-negative form around m.
    to_m = np.log1p(np.expm1(-d[both]) / 2)  # log(m / p)
    from_q = np.log1p(np.expm1(d[both]) / 2)  # log(m / q)
    js = (p[both] * bent(to_m) + q[both] * bent(from_q)).sum() / 2
    r["js"] = js + (away_p + away_q) * np.log(LONG(2)) / 2
    r["total_variation"] = (np.abs(p[both] * np.expm1(-d[both])).sum() + away_p + away_q) / 2
    r["chi_square_pq"] = LONG("inf") if away_p > 0 else (q[both] * np.expm1(d[both]) ** 2).sum() + away_q
    r["chi_square_qp"] = LONG("inf") if away_q > 0 else (p[both] * np.expm1(-d[both]) ** 2).sum() + away_p
    r["hellinger"] = np.sqrt(((p[both] * np.expm1(-half) ** 2).sum() + away_p + away_q) / 2)
    for a, la, name in ((p, lp, "p"), (q, lq, "q")):
        there = np.isfinite(la)
        h = -(a[there] * la[there]).sum()
        r[f"entropy_{name}"] = h
        r[f"varentropy_{name}"] = (a[there] * (la[there] + h) ** 2).sum()
    r["cross_entropy_pq"] = LONG("inf") if away_p > 0 else -(p[both] * lq[both]).sum()
    r["cross_entropy_qp"] = LONG("inf") if away_q > 0 else -(q[both] * lp[both]).sum()
    r["unsupported_mass_pq"], r["unsupported_mass_qp"] = away_p, away_q
    r["log_normaliser_p"] = x.max() + np.log(np.exp(x - x.max()).sum())
    r["log_normaliser_q"] = y.max() + np.log(np.exp(y - y.max()).sum())
    best_p = np.lexsort((np.arange(len(x)), -x))[:k]
    best_q = np.lexsort((np.arange(len(y)), -y))[:k]
    best_p, best_q = best_p[np.isfinite(x[best_p])], best_q[np.isfinite(y[best_q])]
    r["top_1_agrees"] = int(best_p[0] == best_q[0])
    r["top_k_overlap"] = len(set(best_p) & set(best_q))
    rest = np.ones(len(x), bool)
    rest[best_p] = False
    tail_p, tail_q = p[rest].sum(), q[rest].sum()
    r["top_k_mass_p"], r["top_k_mass_q"] = p[best_p].sum(), q[best_p].sum()
    coarse_p, coarse_q = np.append(p[best_p], tail_p), np.append(q[best_p], tail_q)
    coarse_d = np.append(lp[best_p] - lq[best_p], np.log(tail_p) - np.log(tail_q) if tail_p > 0 and tail_q > 0 else 0)
    lost = (coarse_p > 0) & (coarse_q == 0)
    there = (coarse_p > 0) & (coarse_q > 0)
    gained = coarse_q[(coarse_p == 0)].sum()
    r["top_k_kl"] = LONG("inf") if lost.any() else (coarse_p[there] * bent(-coarse_d[there])).sum() + gained
    r["top_ids_p"], r["top_ids_q"] = best_p, best_q
    if target is not None and target >= 0:
        l = lq[target] - lp[target]
        r |= {"log_p": lp[target], "log_q": lq[target], "log_ratio": l, "ratio": np.exp(l), "k1": -l, "k2": l * l / 2}
        r["k3"] = bent(l)
        r["delta_p"] = p[target] * np.expm1(l) if np.isfinite(lp[target]) else q[target]
        r["rank_p"], r["rank_q"] = 1 + int((x > x[target]).sum()), 1 + int((y > y[target]).sum())
    return r


def bent(z):
    """exp(z) - 1 - z, from its series where that cancels."""
    z = np.asarray(z, LONG)
    series, term = np.zeros_like(z), z * z / 2
    for n in range(3, 30):
        series, term = series + term, term * z / n
    return np.where(np.abs(z) < 0.5, series, np.expm1(z) - z)

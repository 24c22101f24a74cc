"""What the summary of a diagnosis says, and what verl and TRL would log of it: in NumPy, from the definitions."""

import numpy as np

SHARES = [0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1]
SEGMENTS = ["prompt", "expert prefix", "continuation"]
GROUPED = ["kl_pq", "log_ratio"]


def draws(units, resamples, seed):
    """[resamples, units]: which units SplitMix64 draws, by the upper half of a product."""
    state, mask, found = seed, (1 << 64) - 1, []
    for _ in range(resamples * units):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        found.append(((z ^ (z >> 31)) * units) >> 64)
    return np.array(found).reshape(resamples, units)


class Reference:
    """columns: name -> array, as in the file; top_k; at most 256 sequences, as more are bundled."""

    def __init__(self, columns, top_k, resamples, seed, confidence=0.95):
        c = {name: np.asarray(values) for name, values in columns.items()}
        c["log_ratio"] = c["log_q"] - c["log_p"]
        with np.errstate(over="ignore"):
            c["ratio"] = np.exp(c["log_ratio"])
            c["delta_p"] = np.exp(c["log_q"]) - np.exp(c["log_p"])
        c["k1"], c["k2"] = -c["log_ratio"], c["log_ratio"] ** 2 / 2
        c["k3"] = np.expm1(c["log_ratio"]) - c["log_ratio"]
        self.c, self.top_k, self.confidence = c, top_k, confidence
        self.sequence = c["sequences"]
        self.units = int(self.sequence.max()) + 1
        self.draws = draws(self.units, resamples, seed)
        self.response = c["segments"] > 0 if (c["segments"] > 0).any() else c["segments"] == 0
        self.place = np.full(len(self.sequence), -1)
        for s in range(self.units):
            rows = np.flatnonzero(self.response & (self.sequence == s))
            self.place[rows] = np.arange(len(rows))
        self.length = np.bincount(self.sequence[self.response], minlength=self.units)

    def ratio(self, top, bottom):
        if bottom.sum() == 0:
            return dict(mean=None, lower=None, upper=None)
        tops, bottoms = top[self.draws].sum(1), bottom[self.draws].sum(1)
        kept = bottoms > 0
        tail = (1 - self.confidence) / 2
        lower, upper = np.quantile(tops[kept] / bottoms[kept], [tail, 1 - tail])
        return dict(mean=top.sum() / bottom.sum(), lower=lower, upper=upper)

    def mean(self, values, rows=None):
        rows = (self.response if rows is None else rows) & np.isfinite(values)
        sums = np.bincount(self.sequence[rows], values[rows], self.units)
        return self.ratio(sums, np.bincount(self.sequence[rows], minlength=self.units).astype(float))

    def sequence_mean(self, values):
        known = np.isfinite(values)
        return self.ratio(np.where(known, values, 0), known.astype(float))

    def statistic(self, name):
        values = self.c[name][self.response].astype(float)
        finite, known = values[np.isfinite(values)], values[~np.isnan(values)]
        return dict(
            name=name, tokens=len(finite), infinite=int(np.isinf(values).sum()), unknown=int(np.isnan(values).sum()),
            **self.mean(self.c[name]), standard_deviation=finite.std() if len(finite) else None,
            quantiles=[quantile(known, s) for s in SHARES])

    def group(self, name, low, high, rows):
        found = []
        for column in GROUPED:
            values = self.c[column].astype(float)
            found.append(dict(name=column, tokens=int((rows & np.isfinite(values)).sum()), **self.mean(values, rows)))
        return {
            "name": name, "from": low, "to": high, "tokens": int(rows.sum()),
            "sequences": len(set(self.sequence[rows])), "statistics": found}

    def groups(self, high_share=0.2):
        entropy, kept = self.c["entropy_p"], lambda groups: [g for g in groups if g["tokens"]]
        known = self.response & ~np.isnan(entropy)
        threshold = np.quantile(entropy[known], 1 - high_share)
        bounds = [(0, 1)] + [(1 << b, 2 << b) for b in range(31)]
        share = self.place * 10 // np.maximum(self.length[self.sequence], 1)
        return dict(
            segments=kept(self.group(n, None, None, self.c["segments"] == i) for i, n in enumerate(SEGMENTS)),
            entropy=[
                self.group("high", threshold, None, known & (entropy >= threshold)),
                self.group("low", None, threshold, known & (entropy < threshold))],
            positions=kept(
                self.group(str(a) if b - a == 1 else f"{a}-{b - 1}", a, b, (self.place >= a) & (self.place < b))
                for a, b in bounds),
            response_shares=kept(
                self.group(f"{t * 10}-{t * 10 + 10} %", t / 10, (t + 1) / 10, self.response & (share == t))
                for t in range(10)))

    def sequences(self):
        found = []
        lengths = np.where(self.length > 0, self.length, np.nan).astype(float)
        for name in ["tokens", "kl_pq", "kl_qp", "log_ratio", "k1", "k2", "k3"]:
            sums = lengths if name == "tokens" else self.sums(self.c[name])
            finite = sums[np.isfinite(sums)]
            found.append(dict(
                name=name, sequences=len(finite), infinite=int(np.isinf(sums).sum()), **self.sequence_mean(sums),
                standard_deviation=finite.std(), minimum=finite.min(), maximum=finite.max()))
        return found

    def sums(self, values):
        known = self.response & ~np.isnan(values)
        sums = np.bincount(self.sequence[known], values[known], self.units)
        return np.where(np.bincount(self.sequence[known], minlength=self.units) > 0, sums, np.nan)

    def estimators(self):
        exact, l = self.c["kl_pq"], self.c["log_ratio"]
        known = self.response & np.isfinite(exact) & np.isfinite(l)
        rows = []
        for name in ["k1", "k2", "k3"]:
            value = self.c[name]
            bias = self.mean(value - exact, known)
            deviation = value[known].std()
            rows.append(dict(
                name=name, **self.mean(value, known), bias=bias["mean"], bias_lower=bias["lower"],
                bias_upper=bias["upper"], standard_deviation=deviation,
                root_mean_square_error=np.sqrt(((value - exact)[known] ** 2).mean()),
                correlation=np.corrcoef(value[known], exact[known])[0, 1],
                tokens_for_ten_percent=(10 * deviation / exact[known].mean()) ** 2))
        return dict(tokens=int(known.sum()), exact=self.mean(exact, known), rows=rows)

    def importance(self, tau=2.0):
        def size(logs):
            weights, cut = np.exp(logs), np.exp(np.clip(logs, -np.log(tau), np.log(tau)))
            share = lambda w: w.sum() ** 2 / (w**2).sum() / len(w)
            return dict(
                count=len(logs), raw=share(weights), clamped=share(cut), maximum_log_weight=logs.max(),
                minimum_log_weight=logs.min())

        l = self.c["log_ratio"]
        sums = self.sums(l)
        return dict(token=size(l[self.response & ~np.isnan(l)]), sequence=size(sums[~np.isnan(sums)]))

    def clipping(self, low=0.2, high=0.2):
        ratio, advantage = self.c["ratio"], self.c["advantage"]
        known = self.response & ~np.isnan(ratio)
        judged = known & ~np.isnan(advantage)

        def shares(rows, is_low, is_high):
            mean = lambda hits: self.mean(hits.astype(float), rows)
            return dict(low=mean(is_low), high=mean(is_high), outside=mean(is_low | is_high))

        below, above = ratio < 1 - low, ratio > 1 + high
        return dict(
            tokens=int(known.sum()), ratio=shares(known, below, above),
            objective=dict(tokens=int(judged.sum()), **shares(judged, below & (advantage < 0), above & (advantage > 0))))

    def agreement(self):
        share = lambda hits, rows: self.mean(hits.astype(float), self.response & rows)
        c, all_rows = self.c, np.ones(len(self.sequence), bool)
        return dict(
            top_k=self.top_k, top_1=self.mean(c["top_1_agrees"].astype(float)),
            top_k_overlap=self.mean(c["top_k_overlap"] / self.top_k), top_k_kl=self.mean(c["top_k_kl"]),
            greedy_p=share(c["rank_p"] == 1, c["rank_p"] > 0), greedy_q=share(c["rank_q"] == 1, c["rank_q"] > 0))

    def llama(self):
        c = self.c
        known = self.response & np.isfinite(c["log_p"]) & np.isfinite(c["log_q"])
        delta = c["delta_p"][self.response & np.isfinite(c["delta_p"])]
        return dict(
            perplexity_base=np.exp(-c["log_p"][known].mean()), perplexity=np.exp(-c["log_q"][known].mean()),
            log_perplexity_ratio=(c["log_p"] - c["log_q"])[known].mean(),
            log_perplexity_correlation=np.corrcoef(c["log_p"][known], c["log_q"][known])[0, 1],
            mean_delta_p=delta.mean(), rms_delta_p=np.sqrt((delta**2).mean()),
            same_top_token=c["top_1_agrees"][self.response].mean())

    def trust_region(self, level=0.1):
        prefix = self.response & (self.c["segments"] == 1)
        rows = (prefix if prefix.any() else self.response) & ~np.isnan(self.c["log_q"])
        q = np.exp(self.c["log_q"])
        return dict(
            tokens=int(rows.sum()), below=self.mean((q < level).astype(float), rows),
            mean_weight=self.mean(np.minimum(1, q / level), rows))

    def noise(self):
        floor, kl = self.c["noise_floor"], self.c["kl_pq"]
        rows = self.response & np.isfinite(floor) & np.isfinite(kl)
        return dict(floor=floor[rows].mean(), kl=kl[rows].mean(), ratio=floor[rows].mean() / kl[rows].mean())

    def divergent(self, limit=5):
        kl = self.c["kl_pq"]
        rows = [r for r in np.flatnonzero(self.response) if kl[r] > 0]
        rows.sort(key=lambda r: (-kl[r], r))
        finite = kl[self.response & np.isfinite(kl)].sum()
        ids = {}
        for r in rows:
            ids.setdefault(int(self.c["token_ids"][r]), []).append(kl[r])
        totals = sorted(((-sum(v for v in k if v < np.inf), i) for i, k in ids.items() if i >= 0))
        return (
            [dict(row=int(r), sequence=int(self.sequence[r]), infinite=bool(np.isinf(kl[r]))) for r in rows[:limit]],
            [dict(token_id=i, total_kl=-t, share=-t / finite) for t, i in totals[:limit]])

    def summary(self):
        tokens, ids = self.divergent()
        names = ["kl_pq", "kl_qp", "entropy_p", "log_p", "log_ratio", "delta_p", "k3", "noise_floor"]
        return dict(
            statistics=[self.statistic(name) for name in names], groups=self.groups(),
            sequences=dict(statistics=self.sequences()), estimators=self.estimators(), importance=self.importance(),
            clipping=self.clipping(), agreement=self.agreement(), llama_cpp=self.llama(),
            trust_region=self.trust_region(), noise=self.noise(), divergent_tokens=tokens, divergent_token_ids=ids)

    # What others log, on arrays [sequences, longest response] and a mask, as they have them.

    def padded(self):
        c = self.c
        kept = self.response & ~np.isnan(c["log_ratio"])
        sequences = [np.flatnonzero(kept & (self.sequence == s)) for s in range(self.units)]
        sequences = [rows for rows in sequences if len(rows)]
        shape = (len(sequences), max(len(rows) for rows in sequences))
        mask, arrays = np.zeros(shape, bool), {n: np.zeros(shape) for n in ["log_p", "log_q", "advantage"]}
        for i, rows in enumerate(sequences):
            mask[i, : len(rows)] = True
            for name, array in arrays.items():
                array[i, : len(rows)] = c[name][rows]
        return mask, arrays["log_p"], arrays["log_q"], arrays["advantage"]

    def response_mean(self, name):
        values = self.c[name][self.response].astype(float)
        return values[~np.isnan(values)].mean()

    def verl(self, level="token", threshold=2.0, low=0.2, high=0.2, c=3.0):
        mask, old, new, advantage = self.padded()
        per = lambda x: (x * mask).sum(1) / mask.sum(1)
        l = (new - old) * mask
        m = {}
        ppl, base = per(new), per(old)
        gap = base - ppl
        m.update({
            "rollout_corr/training_ppl": np.exp(-ppl).mean(), "rollout_corr/training_log_ppl": (-ppl).mean(),
            "rollout_corr/kl": (-l)[mask].mean(), "rollout_corr/k3_kl": (np.exp(l) - l - 1)[mask].mean(),
            "rollout_corr/rollout_ppl": np.exp(-base).mean(), "rollout_corr/rollout_log_ppl": (-base).mean(),
            "rollout_corr/log_ppl_diff": gap.mean(), "rollout_corr/log_ppl_abs_diff": np.abs(gap).mean(),
            "rollout_corr/log_ppl_diff_max": gap.max(), "rollout_corr/log_ppl_diff_min": gap.min(),
            "rollout_corr/ppl_ratio": np.exp(gap).mean(),
            "rollout_corr/chi2_token": (np.exp(np.clip(l, -20, 20)) ** 2)[mask].mean() - 1,
            "rollout_corr/chi2_seq": np.exp(2 * np.clip(l.sum(1), -20, 20)).mean() - 1})
        whole = l.sum(1)
        if level == "token":
            raw = np.exp(np.clip(l, -20, 20)) * mask
        else:
            raw = np.exp(np.clip(whole, -20, 20))[:, None] * mask
        cut = np.minimum(raw, threshold)
        put = lambda name, value: m.__setitem__("rollout_corr/rollout_is_" + name, value)
        put("mean", cut[mask].mean())
        if level == "token":
            put("max", cut[mask].max())
            put("min", cut[mask].min())
            put("ratio_fraction_high", (raw[mask] > threshold).mean())
            put("ratio_fraction_low", (raw[mask] < 1 / threshold).mean())
        else:
            put("max", np.exp(min(whole.max(), 20)))
            put("min", np.exp(whole.min()))
            put("ratio_fraction_high", (whole > np.log(threshold)).mean())
            put("ratio_fraction_low", (whole < np.log(1 / threshold)).mean())
        put("std", np.sqrt(max(0, (cut[mask] ** 2).mean() - cut[mask].mean() ** 2)))
        put("eff_sample_size", 1 / ((cut[mask] / (cut[mask].mean() + 1e-8)) ** 2).mean())
        means, raws = per(cut), per(raw)
        put("seq_mean", means.mean())
        put("seq_std", means.std(ddof=1))
        put("seq_max", means.max())
        put("seq_min", means.min())
        put("seq_max_deviation", np.abs(means - 1).max())
        put("seq_fraction_high", (raws > threshold).mean())
        put("seq_fraction_low", (raws < 1 / threshold).mean())
        p, q = np.exp(old[mask]), np.exp(new[mask])
        put = lambda name, value: m.__setitem__("training/rollout_" + name, value)
        put("probs_diff_max", np.abs(p - q).max())
        put("probs_diff_mean", np.abs(p - q).mean())
        put("probs_diff_std", np.abs(p - q).std(ddof=1))
        put("actor_probs_pearson_corr", np.corrcoef(p, q)[0, 1])
        r, a = np.exp(np.clip(l, -20, 20)), advantage
        first, second = -a * r, -a * np.clip(r, 1 - low, 1 + high)
        clipped = np.maximum(first, second)
        m["actor/ppo_kl"] = -np.clip(l, -20, 20)[mask].mean()
        m["actor/pg_clipfrac"] = (second > first)[mask].mean()
        m["actor/pg_clipfrac_lower"] = ((clipped > -a * c) & (a < 0))[mask].mean()
        back = np.clip(-l, -20, 20)
        m["actor/kl_loss"] = np.clip(np.exp(back) - back - 1, -10, 10)[mask].mean()
        m["actor/reward_kl_penalty"] = per(l).mean()
        m["actor/entropy"] = self.response_mean("entropy_q")
        if np.isnan(advantage[mask]).any():
            m = {name: None if "clipfrac" in name else value for name, value in m.items()}
        return m

    def trl(self, low=0.2, high=0.2, cap=3.0):
        mask, old, new, advantage = self.padded()
        l = (new - old) * mask
        per = lambda x: (x * mask).sum(1) / mask.sum(1)
        is_low = (np.exp(l) < 1 - low) & (advantage < 0)
        is_high = (np.exp(l) > 1 + high) & (advantage > 0)
        weights = np.exp(l.sum(1))
        weights = np.where(weights > cap, 0, weights)
        ranks = self.c["rank_q"][self.response]
        lengths = self.length[self.length > 0]
        m = {
            "kl": (np.exp(-l) + l - 1)[mask].mean(), "entropy": self.response_mean("entropy_q"),
            "clip_ratio/low_mean": is_low[mask].mean(), "clip_ratio/high_mean": is_high[mask].mean(),
            "clip_ratio/region_mean": (is_low | is_high)[mask].mean(), "clip_ratio/low_min": per(is_low).min(),
            "clip_ratio/high_max": per(is_high).max(), "sampling/sampling_logp_difference/mean": np.abs(l)[mask].mean(),
            "sampling/sampling_logp_difference/max": np.abs(l)[mask].max(),
            "sampling/importance_sampling_ratio/min": weights.min(),
            "sampling/importance_sampling_ratio/mean": weights.mean(),
            "sampling/importance_sampling_ratio/max": weights.max(), "completions/mean_length": lengths.mean(),
            "completions/min_length": lengths.min(), "completions/max_length": lengths.max(),
            "mean_token_accuracy": (ranks[ranks > 0] == 1).mean()}
        if np.isnan(advantage[mask]).any():
            m = {name: None if "clip_ratio" in name else value for name, value in m.items()}
        return m


def quantile(values, share):
    """NumPy's, where infinities are not made into NaN."""
    if not len(values):
        return None
    values = np.sort(values)
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    if place == low or values[low] == values[high]:
        found = values[low]
    else:
        found = values[low] + (values[high] - values[low]) * (place - low)
    return float(found) if np.isfinite(found) else None

"""Random batches: ragged, with masks, prefixes, groups of one and groups with equal rewards."""

LUFFY_RESHAPINGS = ["no_reshape", "logp", "p_logp", "square_root", "pow", "p_div_p_0.1", "p_div_p_0.3", "p_div_p_0.5"]


def random_batch(random, method, length=12, rollouts=12):
    count = int(random.integers(1, rollouts + 1))
    lengths = [int(random.integers(0 if random.random() < 0.1 else 1, length + 1)) for _ in range(count)]
    spread = random.choice([0.02, 0.3, 1.0])
    log_probs, old, ref = [], [], []
    for tokens in lengths:
        row = -random.exponential(1.0, tokens) * random.choice([0.05, 1.0, 3.0], tokens)
        log_probs.append(row.tolist())
        old.append((-abs(row + random.normal(0, spread, tokens))).tolist())
        ref.append((-abs(row + random.normal(0, spread, tokens))).tolist())
    marks = lambda share: [(random.random(n) < share).astype(int).tolist() for n in lengths]  # noqa: E731
    batch = dict(log_probs=log_probs, old_log_probs=old, mask=marks(random.choice([1.0, 0.8, 0.3])))
    if random.random() < 0.2:
        batch["mask"][0] = [0] * lengths[0]
    groups = int(random.integers(1, max(2, count // 3) + 1))
    batch["groups"] = random.integers(0, groups, count).tolist()
    kind = random.choice(["binary", "graded", "equal"], p=[0.6, 0.3, 0.1])
    batch["rewards"] = {
        "binary": random.integers(0, 2, count).astype(float), "graded": random.normal(0, 2, count),
        "equal": [0.1] * count,
    }[kind]
    batch["rewards"] = [float(reward) for reward in batch["rewards"]]
    prefixes = [int(random.integers(0, n + 1)) if random.random() < 0.5 else 0 for n in lengths]
    if method in ("luffy", "trapo", "trapo-code") or random.random() < 0.2:
        batch["prefix_mask"] = [[1] * k + [0] * (n - k) for k, n in zip(prefixes, lengths)]
        if method.startswith("trapo") and random.random() < 0.5:
            batch["prefix_loss_mask"] = random.integers(0, 2, count).tolist()
    settings = batch["settings"] = {}
    if random.random() < 0.4:
        batch["entropies"] = [random.exponential(1.0, n).tolist() for n in lengths]
    supervised = method in ("sft", "dft", "trsft")
    if random.random() < 0.4:
        settings["loss_type"] = str(random.choice(
            ["token_mean", "sequence_mean", "sum_over_max_length", "dr_grpo", "sum"]))
    if random.random() < 0.3:
        settings["max_length"] = int(random.integers(1, 65))
    if method != "bnpo" and random.random() < 0.3:
        settings["window_tokens"], settings["window_rollouts"] = int(random.integers(1, 500)), int(random.integers(1, 50))
    if method in ("trsft", "trapo", "trapo-code") and random.random() < 0.5:
        settings["alpha"] = float(random.choice([0.0, 0.01, 0.1, 0.5, 1.0]))
    if supervised:
        return batch
    if random.random() < 0.4:
        batch["ref_log_probs"] = ref
        settings["beta"] = float(random.choice([0.04, 1.0]))
        settings["kl_estimator"] = str(random.choice(["k1", "k2", "k3", "k1+", "k3+"]))
    if "entropies" in batch and random.random() < 0.6:
        settings["entropy_coef"] = float(random.choice([0.0, 0.01, -0.1]))
    if not method.startswith("quatro") and random.random() < 0.4:
        settings["scale_rewards"] = str(random.choice(["group", "batch", "none"]))
        settings["baseline"] = str(random.choice(["group_mean", "leave_one_out", "on_policy"]))
        settings["std_epsilon"] = float(random.choice([1e-4, 1e-6]))
    if not method.startswith("quatro") and random.random() < 0.1:
        batch["advantages"] = random.normal(0, 1, count).tolist()
    if method in ("grpo", "dr_grpo", "dapo", "bnpo", "gspo", "cispo", "luffy") and random.random() < 0.5:
        settings["epsilon"] = float(random.choice([0.05, 0.2, 1.0]))
        settings["epsilon_high"] = float(random.choice([0.05, 0.28, 4.0]))
    if method in ("grpo", "dr_grpo", "dapo", "bnpo", "gspo") and random.random() < 0.3:
        settings["importance_sampling_level"] = str(random.choice(["token", "sequence"]))
    if method == "luffy" and random.random() < 0.8:
        settings["off_policy_reshape"] = str(random.choice(LUFFY_RESHAPINGS + ["clip_low", "clip_low_and_shift"]))
        settings["on_policy_reshape"] = str(random.choice(LUFFY_RESHAPINGS))
        settings["off_policy_reshape_weight"] = settings["on_policy_reshape_weight"] = float(random.choice([1.0, 0.3]))
        settings["off_policy_reshape_pow_exp"] = settings["on_policy_reshape_pow_exp"] = float(random.choice([0.5, 2.0]))
        settings["loss_remove_clip"] = bool(random.random() < 0.5)
        if random.random() < 0.3:
            settings["off_policy_max_clip"], settings["off_policy_min_clip"] = 0.6, 0.2
        if random.random() < 0.2:
            settings["all_max_clip"] = 0.5
    if method.startswith("quatro") and random.random() < 0.8:
        settings["delta"] = float(random.choice([1e-4, 0.05, 0.1, 0.4, 2.0]))
        settings["ratio_level"] = str(random.choice(["token", "sequence"]))
        settings["normalise_by_lambda"] = bool(random.random() < 0.5)
        settings["ratio_weight"] = str(random.choice(["importance", "capped", "none"]))
        settings["equal_groups"] = str(random.choice(["skip", "stabilise"]))
        settings["lambda_min"] = float(random.choice([1e-3, 0.3, 2.0]))
    return batch

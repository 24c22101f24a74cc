"""What is compared: tables of runs, each a dictionary of settings for `kedge train`."""

import dataclasses
import hashlib
import json

SEEDS = 5
UPDATES = 150
REUSED_UPDATES = 96
# Of both papers' kin: 16 prompts with 8 rollouts each, and the supervised updates see as many traces.
SHARED = {
    "adam_beta2": 0.99, "weight_decay": 0.01, "lr_scheduler_type": "constant", "per_device_train_batch_size": 128,
    "learning_rate": 3e-4, "report_to": "none", "log_completions": False,
}
TESTED = {"max_completion_length": 64}
ROLLOUTS = {"gradient_accumulation_steps": 1, "num_generations": 8, **TESTED}


@dataclasses.dataclass(frozen=True)
class Start:
    """A policy that runs begin with: warmed up on short chains, and on so many updates of whole ones."""

    operations: int
    heterogeneity: float
    seed: int
    short_share: float
    whole_updates: int = 0


@dataclasses.dataclass(frozen=True)
class Run:
    """One training run of a table."""

    tables: tuple
    method: str
    start: Start
    updates: int
    settings: tuple
    # Whether it is there to choose a setting, with a seed of its own.
    tunes: bool = False

    def key(self):
        """A name that follows from everything that the outcome depends on."""
        text = json.dumps([dataclasses.asdict(self.start), self.updates, self.settings], sort_keys=True)
        return f"{self.method}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def settings(**values):
    merged = SHARED | values
    return tuple(sorted((name, json.dumps(value)) for name, value in merged.items()))


# Two difficulties: six operations, which the warmed-up policy gets right now and then, and eight, which it never does.
DIFFICULTIES = [(6, 0.975), (8, 1.0)]
HETEROGENEITIES = [0.0, 0.1, 0.3]
SPLITS = [25, 50, 75, 100]

MIXING = {
    "sft": {"objective": "sft", **TESTED},
    "grpo": {"objective": "grpo", **ROLLOUTS},
    "luffy": {"objective": "luffy", **ROLLOUTS},
    "trapo-sft": {"objective": "trapo", "alpha": 0.0, **ROLLOUTS},
    "trapo-fixed": {"objective": "trapo", "alpha": 0.1, "micro_group_thresholds": [-1.0, 2.0, 2.0, 2.0], **ROLLOUTS},
    "trapo": {"objective": "trapo", "alpha": 0.1, **ROLLOUTS},
}


def sft_then_grpo(first, updates):
    sft = {"objective": "sft", "max_steps": first, **TESTED}
    grpo = {"objective": "grpo", "max_steps": updates - first, **ROLLOUTS}
    return {"phases": [sft, grpo]}


def table_a(seeds):
    """Mixing supervision and exploration, at equal budget."""
    for seed in seeds:
        for operations, short_share in DIFFICULTIES:
            for heterogeneity in HETEROGENEITIES:
                start = Start(operations, heterogeneity, seed, short_share)
                for method, values in MIXING.items():
                    yield Run(("A",), method, start, UPDATES, settings(**values))
                for first in SPLITS:
                    values = sft_then_grpo(first, UPDATES)
                    yield Run(("A",), f"sft-{first}-grpo", start, UPDATES, settings(**values))


REUSE = {
    "grpo": {"objective": "grpo"},
    "dr_grpo": {"objective": "dr_grpo"},
    "dapo": {"objective": "dapo"},
    "gspo": {"objective": "gspo"},
    "quatro": {"objective": "quatro"},
    "quatro-practical": {"objective": "quatro-practical"},
}
# Leads: each changes quatro-practical in the ways that its name says.
VARIANTS = {
    "quatro-delta-0.4": {"objective": "quatro-practical", "delta": 0.4, "lambda_min": 0.3},
    "quatro-frozen": {"objective": "quatro-practical", "delta": 0.4, "lambda_min": 0.3, "adam_freeze_second_moment": True},
    "quatro-stop": {"objective": "quatro-practical", "delta": 0.4, "lambda_min": 0.3, "stop_at_delta": "exact"},
}
# Updates of a batch of rollouts: (passes through it, parts of it).
STALENESS = {1: (1, 1), 4: (1, 4), 16: (4, 4)}
RATES = [3e-5, 1e-4, 3e-4]


def table_b(seeds):
    """Reused rollouts: accuracy and the divergence from the policy that sampled."""
    for seed in seeds:
        start = Start(6, 0.1, seed, 0.975, whole_updates=75)
        for reuse, (iterations, parts) in STALENESS.items():
            for rate in RATES:
                for method, values in (REUSE | VARIANTS).items():
                    yield Run(
                        ("B",), method, start, REUSED_UPDATES,
                        settings(
                            **ROLLOUTS, **values, learning_rate=rate, num_iterations=iterations, steps_per_generation=parts,
                            log_kl_old=True))


ALPHAS = [0.0, 0.03, 0.1, 0.3, 1.0]


def table_c(seeds):
    """TrSFT's alpha within TRAPO, by how unlike experts are."""
    for seed in seeds:
        for heterogeneity in HETEROGENEITIES:
            start = Start(6, heterogeneity, seed, 0.975)
            for alpha in ALPHAS:
                values = MIXING["trapo"] | {"alpha": alpha}
                method = {0.0: "trapo-sft", 0.1: "trapo"}.get(alpha, f"trapo-alpha-{alpha}")
                yield Run(("C",), method, start, UPDATES, settings(**values))


TABLES = {"A": table_a, "B": table_b, "C": table_c}


def runs(tables, seed_count):
    """All runs of some tables, each once, those of the first seeds first."""
    found = {}
    for seed in range(seed_count):
        for name in tables:
            for run in TABLES[name]([seed]):
                known = found.get(run.key())
                found[run.key()] = dataclasses.replace(run, tables=known.tables + run.tables) if known else run
    return list(found.values())

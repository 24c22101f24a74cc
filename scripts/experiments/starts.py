"""Makes what runs begin with: problems, datasets, and a policy that is warmed up."""

import collections
import json
import pathlib
import threading

WARM_UP_UPDATES = 350
HELD_OUT = 1000
CHECKED = 128


class Starts:
    """Policies and datasets in a directory, each made once."""

    def __init__(self, place, kedge):
        self.place = pathlib.Path(place)
        self.place.mkdir(parents=True, exist_ok=True)
        self.kedge = kedge
        # Beginnings may share the policy that they go on from: who comes second waits.
        self.locks = collections.defaultdict(threading.Lock)

    def prepare(self, start):
        """Makes the files that runs with this beginning share, all but the policy."""
        self.held_out(start.operations)
        self.check(start.operations)
        self.train(start)
        self.initial(start.seed)

    def model(self):
        """The tokenizer and the configuration of the model."""
        place = self.place / "model"
        if not (place / "config.json").exists():
            self.kedge("demo", "model", place)
        return place

    def initial(self, seed):
        """The model with random weights."""
        place = self.place / f"initial-{seed}"
        model = self.model()
        if not (place / "config.json").exists():
            self.kedge("init", model / "config.json", "--output", place, "--tokenizer", model, "--seed", seed, "--force")
        return place

    def held_out(self, operations):
        """Problems that policies are tested on, the same ones for all runs of a difficulty."""
        return self.dataset(f"held-out-{operations}", HELD_OUT, operations, 0.0, 0.0, 2, "held-out")

    def check(self, operations):
        """Fewer of them, for tests during a run."""
        return self.dataset(f"check-{operations}", CHECKED, operations, 0.0, 0.0, 3, "held-out")

    def train(self, start):
        """Problems with traces that policies learn from."""
        name = f"train-{start.operations}-{start.heterogeneity}-{start.seed}"
        return self.dataset(name, 8000, start.operations, start.heterogeneity, 0.0, 1000 + start.seed, "training")

    def policy(self, start):
        """The warmed-up policy."""
        name = f"{start.operations}-{start.heterogeneity}-{start.short_share}-{start.seed}"
        warm = self.dataset(
            f"warm-up-{name}", 40000, start.operations, start.heterogeneity, start.short_share, 2000 + start.seed, "training")
        policy = self.trained(f"warmed-{name}", self.initial(start.seed), warm, WARM_UP_UPDATES, 1e-3, start.seed)
        if start.whole_updates:
            policy = self.trained(
                f"begun-{name}-{start.whole_updates}", policy, self.train(start), start.whole_updates, 3e-4, start.seed)
        return policy

    def trained(self, name, model, dataset, updates, rate, seed):
        place = self.place / name
        end = place / f"checkpoint-{updates}"
        with self.locks[name]:
            if end.exists():
                return end
            configuration = self.place / f"{name}.yaml"
            write_yaml(configuration, {
                "model_name_or_path": str(model), "dataset_name": str(dataset), "output_dir": str(place), "objective": "sft",
                "max_steps": updates, "learning_rate": rate, "per_device_train_batch_size": 128, "adam_beta2": 0.99,
                "weight_decay": 0.01, "lr_scheduler_type": "constant", "save_steps": updates, "save_total_limit": 1,
                "report_to": "none", "seed": seed})
            self.kedge("train", configuration, "--threads", 1, "--force")
        return end

    def dataset(self, name, count, operations, heterogeneity, short_share, seed, split):
        place = self.place / f"{name}.h5"
        with self.locks[f"dataset {name}"]:
            if place.exists():
                return place
            traces = self.place / f"{name}.jsonl"
            self.kedge(
                "demo", "problems", "--count", count, "--operations", operations, "--heterogeneity", heterogeneity,
                "--short-share", short_share, "--seed", seed, "--split", split, "--output", traces, "--force")
            self.kedge(
                "tokenize", traces, "--tokenizer", self.model(), "--template", "plain", "--expert-part", "full", "--snap",
                "none", "--output", place, "--force", "--threads", 1)
            traces.unlink()
        return place


def write_yaml(path, settings):
    """Writes settings as YAML: JSON's texts, numbers and lists are YAML too."""
    lines = [f"{name}: {json.dumps(value)}" for name, value in settings.items()]
    path.write_text("\n".join(lines) + "\n")

"""Does a run, and says what became of it."""

import json
import pathlib
import shutil

from starts import write_yaml

# During a run fewer problems do: they find its best and its worst point.
EVALUATIONS = 10


def outcome(run, starts, kedge, place):
    """Trains, tests on held-out problems, and returns the numbers of a run; at once where they are there already."""
    path = pathlib.Path(place) / f"{run.key()}.json"
    if path.exists():
        return json.loads(path.read_text())
    directory = pathlib.Path(place) / run.key()
    settings = {name: json.loads(value) for name, value in run.settings}
    held_out = starts.held_out(run.start.operations)
    write_yaml(directory.with_suffix(".yaml"), {
        "model_name_or_path": str(starts.policy(run.start)), "output_dir": str(directory), "seed": run.start.seed,
        "dataset_name": str(starts.train(run.start)), "save_steps": run.updates, "save_total_limit": 1,
        "eval_dataset_name": str(starts.check(run.start.operations)), "eval_strategy": "steps",
        "eval_steps": max(1, run.updates // EVALUATIONS), "num_generations_eval": 8,
        **({} if "phases" in settings else {"max_steps": run.updates}), **settings})
    kedge("train", directory.with_suffix(".yaml"), "--threads", 1, "--force")
    report = json.loads(kedge(
        "evaluate", directory / f"checkpoint-{run.updates}", "--dataset", held_out, "--tokenizer", starts.model(),
        "--num-generations", 8, "--k", 8, "--max-tokens", 64, "--threads", 1, "--json"))
    numbers = {f"{each['measure'].replace('@k', '')}@{each['k']}": each["mean"] for each in report["measures"]}
    found = {
        "tables": list(run.tables), "method": run.method, "operations": run.start.operations,
        "heterogeneity": run.start.heterogeneity, "seed": run.start.seed, "updates": run.updates, "settings": settings,
        "mean@8": numbers["mean@8"], "pass@8": numbers["pass@8"], **course(directory / "metrics.jsonl"),
        "rollouts": rollouts(settings, run.updates)}
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(found, indent=1) + "\n")
    temporary.rename(path)
    shutil.rmtree(directory)
    return found


def course(path):
    """What the metrics of a run say of its course."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    tests = [line["eval/mean@8"] for line in lines if "eval/mean@8" in line]
    found = {"best": max(tests), "worst": min(tests)} if tests else {"best": None, "worst": None}
    entropies = [line["entropy"] for line in lines if "entropy" in line]
    found["entropy"] = entropies[-1] if entropies else None
    for name in ["mean", "p95", "max"]:
        values = [line[f"kl_old_exact/{name}"] for line in lines if f"kl_old_exact/{name}" in line]
        found[f"kl_old_{name}"] = None if not values else max(values) if name == "max" else sum(values) / len(values)
    return found


def rollouts(settings, updates):
    """How many responses are sampled: every batch of them is used for so many updates."""
    if settings.get("phases"):
        return sum(rollouts(settings | {"phases": None} | phase, phase["max_steps"]) for phase in settings["phases"])
    if settings["objective"] == "sft":
        return 0
    parts = settings.get("steps_per_generation", 1)
    batches = -(-updates // (parts * settings.get("num_iterations", 1)))
    return batches * parts * settings["per_device_train_batch_size"]

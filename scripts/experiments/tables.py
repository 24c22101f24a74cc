"""Results as tables: a method's mean over seeds, and between which values its seeds lie."""

import collections


def grouped(results, *names):
    groups = collections.defaultdict(list)
    for each in results:
        groups[tuple(each[name] for name in names)].append(each)
    return groups


def spread(values):
    """`.664 [.628-.720]`, or a dash where there is none."""
    values = [value for value in values if value is not None]
    if not values:
        return "-"
    mean = sum(values) / len(values)
    text = f"{mean:.3f}"
    if len(values) > 1:
        text += f" [{min(values):.3f}-{max(values):.3f}]"
    return text.replace("0.", ".")


def markdown(name, results):
    return {"A": mixing, "B": reuse, "C": alphas}[name]([each for each in results if name in each["tables"]])


def rows(head, body):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body]) + "\n"


def best_split(cell, results):
    """Of SFT then GRPO the split that is best in a cell on average; it is chosen by the numbers that it is shown with, in its favour."""
    splits = {method: runs for (method,), runs in grouped(results, "method").items() if method.endswith("-grpo")}
    return max(splits.items(), key=lambda item: sum(run["mean@8"] for run in item[1]) / len(item[1]), default=(None, []))


def mixing(results):
    """Table A: a part for each difficulty, a column for each heterogeneity."""
    text = ""
    for (operations,), part in sorted(grouped(results, "operations").items()):
        kinds = sorted({each["heterogeneity"] for each in part})
        methods = [method for method in dict.fromkeys(each["method"] for each in part) if not method.endswith("-grpo")]
        body = []
        for method in methods:
            cells = [[each for each in part if each["method"] == method and each["heterogeneity"] == kind] for kind in kinds]
            body.append([method, *(spread([each["mean@8"] for each in cell]) for cell in cells),
                         *(spread([each["pass@8"] for each in cell]).split(" ")[0] for cell in cells)])
        chosen = [best_split(kind, [each for each in part if each["heterogeneity"] == kind]) for kind in kinds]
        body.append(["sft, then grpo (best split)",
                     *(f"{spread([each['mean@8'] for each in runs])} ({method})" for method, runs in chosen),
                     *(spread([each["pass@8"] for each in runs]).split(" ")[0] for _, runs in chosen)])
        head = ["method", *(f"mean@8, h {kind}" for kind in kinds), *(f"pass@8, h {kind}" for kind in kinds)]
        text += f"{operations} operations\n\n{rows(head, body)}\n"
    return text


def reuse(results):
    """Table B: a part for each number of updates of a batch, a column for each learning rate."""
    text = ""
    part_of = lambda each: each["settings"].get("num_iterations", 1) * each["settings"].get("steps_per_generation", 1)  # noqa: E731
    rates = sorted({each["settings"]["learning_rate"] for each in results})
    for updates in sorted({part_of(each) for each in results}):
        part = [each for each in results if part_of(each) == updates]
        body = []
        for method in dict.fromkeys(each["method"] for each in part):
            row = [method]
            for rate in rates:
                cell = [each for each in part if each["method"] == method and each["settings"]["learning_rate"] == rate]
                divergences = [each["kl_old_mean"] for each in cell if each["kl_old_mean"] is not None]
                divergence = f" ({sum(divergences) / len(divergences):.2f})" if divergences else ""
                row.append(spread([each["mean@8"] for each in cell]) + divergence)
            body.append(row)
        text += f"{updates} updates a batch\n\n{rows(['method', *(f'lr {rate:g}' for rate in rates)], body)}\n"
    return text


def alphas(results):
    """Table C: a row for each alpha, a column for each heterogeneity."""
    kinds = sorted({each["heterogeneity"] for each in results})
    body = []
    for alpha in sorted({each["settings"]["alpha"] for each in results}):
        cells = [[each["mean@8"] for each in results if each["settings"]["alpha"] == alpha and each["heterogeneity"] == kind]
                 for kind in kinds]
        body.append([f"{alpha:g}", *(spread(cell) for cell in cells)])
    return rows(["alpha", *(f"heterogeneity {kind}" for kind in kinds)], body)

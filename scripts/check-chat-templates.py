#!/usr/bin/env python3
"""Compare `kedge template` with transformers' own rendering of chat templates.

    "$(scripts/python/venv.sh templates)" scripts/check-chat-templates.py --kedge .build/release/kedge \\
        [--template FILE.jinja ...] [--fuzz 5000] [--seed 1] [--goldens DIR]

Renders every template that the package trl ships, and those given, for many conversations and settings; then --fuzz random
templates. Where transformers ends with an exception kedge must end with an error, and the other way round. --goldens
writes what transformers makes of the templates in a directory instead. Exit status 1 where anything differs.
"""

import argparse
import concurrent.futures
import importlib.util
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "python"))
from chat_conversations import SETTINGS, TOKENS, conversations  # noqa: E402
from chat_template_oracle import Kedge, differ, expected  # noqa: E402
from random_templates import VARIABLES, Generator  # noqa: E402

REPORTED = 8


def shipped():
    """(name, text) of the templates of trl."""
    folder = pathlib.Path(importlib.util.find_spec("trl").submodule_search_locations[0], "chat_templates")
    return [(path.name, path.read_bytes().decode()) for path in sorted(folder.glob("**/*.jinja"))]


def shown(value):
    text = repr(value)
    return text if len(text) <= 600 else text[:400] + " … " + text[-190:]


def compare(kedge, cases, label, threads):
    """cases: (name, template, messages, prompt, variables); the number of differences and of refusals on both sides."""

    def one(numbered):
        number, (name, template, messages, prompt, variables) = numbered
        got = kedge.rendered(template, messages, prompt, variables, tag=str(number))
        wanted = expected(template, messages, prompt, variables)
        return name, template, wanted, got

    different = refused = count = 0
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        for name, template, wanted, got in pool.map(one, enumerate(cases)):
            count += 1
            if differ(wanted, got):
                different += 1
                if different <= REPORTED:
                    print(f"{label}: {name}\n    {template[:500]!r}" if len(template) < 1500 else f"{label}: {name}")
                    print(f"    expected {shown(wanted)}\n    got      {shown(got)}")
            elif isinstance(wanted, Exception):
                refused += 1
    print(f"{label}: {count} compared, {different} differ, {refused} refused by both", flush=True)
    return different


def template_cases(templates):
    for name, template in templates:
        for title, messages in conversations():
            for index, variables in enumerate(SETTINGS):
                for prompt in (True, False):
                    yield f"{name}, {title}, settings {index}, prompt {prompt}", template, messages, prompt, variables


def random_cases(count, seed):
    for number in range(count):
        yield f"seed {seed}:{number}", Generator(f"{seed}:{number}").template(), [], True, VARIABLES


def write_goldens(folder):
    """NAME.json beside every NAME.jinja: cases with what transformers gives, null where it refuses."""
    for path in sorted(pathlib.Path(folder).glob("*.jinja")):
        template, cases = path.read_bytes().decode(), []
        for title, messages in conversations():
            if title == "long":
                continue
            for variables in (TOKENS, {**TOKENS, "enable_thinking": False}):
                for prompt in (True, False):
                    text = expected(template, messages, prompt, variables)
                    cases.append(
                        {
                            "name": f"{title}, {'prompt' if prompt else 'no prompt'}, {len(variables)} variables",
                            "messages": messages,
                            "prompt": prompt,
                            "variables": variables,
                            "expected": None if isinstance(text, Exception) else text,
                        }
                    )
        lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
        path.with_suffix(".json").write_text(f"[\n{lines}\n]\n")


def write_random_goldens(path, count, seed):
    cases = []
    for _, template, messages, prompt, variables in random_cases(count, seed):
        text = expected(template, messages, prompt, variables)
        cases.append({"template": template, "expected": None if isinstance(text, Exception) else text})
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
    path.write_text(f'{{"variables": {json.dumps(VARIABLES)},\n"cases": [\n{lines}\n]}}\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kedge", help="path of the kedge binary")
    parser.add_argument("--template", action="append", default=[], metavar="FILE", help="a template besides trl's")
    parser.add_argument("--only-given", action="store_true", help="leave out trl's")
    parser.add_argument("--fuzz", type=int, default=5000, help="number of random templates")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--goldens", metavar="DIR", help="write goldens for the templates of this directory")
    options = parser.parse_args()
    if options.goldens:
        write_goldens(options.goldens)
        write_random_goldens(pathlib.Path(options.goldens, "random.json"), 600, "goldens")
        return
    if not options.kedge:
        parser.error("give --kedge")
    kedge = Kedge(pathlib.Path(options.kedge).resolve())
    templates = [] if options.only_given else shipped()
    templates += [(path, pathlib.Path(path).read_bytes().decode()) for path in options.template]
    different = compare(kedge, template_cases(templates), "templates", options.threads)
    different += compare(kedge, random_cases(options.fuzz, options.seed), "random", options.threads)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Export prefix datasets and read them with the loaders that trainers use; compare every row with the HDF5 file.

    scripts/check-export.py --kedge .build/release/kedge [--traces FILE] [--tokenizer DIR] [--without verl,trl]

Needs scripts/python/requirements.txt and requirements-export.txt (the comment there says how). Datasets are made of
the traces by `kedge tokenize`, and read here by h5py and by the snippet of the documentation, which is run as it
stands in Sources/PrefixDatasets/PrefixDatasets.docc/LoadingInPython.md. Texts are decoded by the package tokenizers.
Readers: pyarrow (checksums verified), DuckDB, polars, pandas, HF datasets; TRL's SFTTrainer and chat-template utilities;
verl's RLHFDataset and collate_fn. Exit status 1 where anything differs.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", HF_DATASETS_DISABLE_PROGRESS_BARS="1")

import h5py  # noqa: E402
import tokenizers  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
ARTICLE = ROOT / "Sources/PrefixDatasets/PrefixDatasets.docc/LoadingInPython.md"
LAYOUTS = ("ids", "verl", "trl-sft", "trl-prompt-completion", "trl-prompt-only")
VARIANTS = {
    "thought": ["--expert-part", "thought"],
    "full": ["--expert-part", "full", "--system", "Be brief.", "--prompt-suffix", "\nThink é.", "--snap", "none"],
}


def snippet():
    """The function of the documentation."""
    code = re.search(r"```python\n(.*?)```", ARTICLE.read_text(encoding="utf-8"), re.S).group(1)
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) <= 15, f"the documented loader has {len(lines)} lines"
    names = {}
    exec(code, names)
    return names["rows"]


def chatml(messages):
    turns = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
    return turns + "<|im_start|>assistant\n"


class Dataset:
    """What an HDF5 file holds, and what each layout should make of it."""

    def __init__(self, paths, oracle):
        self.oracle, self.rows = oracle, []
        for path in paths:
            with h5py.File(path) as f:
                self.ratios = f.attrs["prefix_ratios"].tolist()
                self.settings = json.loads(f.attrs["settings"])
                tokens, offsets = f["tokens"][:].tolist(), f["offsets"][:].tolist()
                texts = [f[name].asstr()[:] for name in ("ids", "answers", "problems", "sources")]
                for i, length in enumerate(f["prompt_lengths"][:].tolist()):
                    row = tokens[offsets[i] : offsets[i + 1]]
                    named = dict(zip(("id", "answer", "problem", "source"), (text[i] for text in texts)))
                    numbers = {name: int(f[name][i]) for name in ("prompt_index", "trace_index")}
                    self.rows.append(
                        {"file": path, "prompt": row[:length], "expert": row[length:], **named, **numbers}
                        | {"prefix_ends": f["prefix_ends"][i].tolist()}
                    )

    def text(self, ids):
        return self.oracle.decode(ids, skip_special_tokens=False)

    def messages(self, row):
        system = self.settings["system"]
        first = [{"role": "system", "content": system}] if system else []
        messages = first + [{"role": "user", "content": row["problem"] + self.settings["prompt_suffix"]}]
        assert chatml(messages) == self.text(row["prompt"])
        return messages

    def answer(self, row):
        return {"role": "assistant", "content": self.text(row["expert"][:-1])}

    def prompts(self):
        """Rows of the same prompt together."""
        groups = {}
        for row in self.rows:
            groups.setdefault((row["file"], row["prompt_index"]), []).append(row)
        return list(groups.values())

    def expected(self, layout, standard=False, labels=False):
        if layout == "ids":
            return [self.ids_row(row, labels) for row in self.rows]
        if layout == "verl":
            return [self.verl_row(rows) for rows in self.prompts()]
        rows = [rows[0] for rows in self.prompts()] if layout == "trl-prompt-only" else self.rows
        return [self.trl_row(row, layout, standard) for row in rows]

    def ids_row(self, row, labels):
        expected = {"input_ids": row["prompt"] + row["expert"], "prompt_length": len(row["prompt"])}
        if labels:
            expected["labels"] = [-100] * len(row["prompt"]) + row["expert"]
        names = ("prefix_ends", "prompt_index", "trace_index", "id", "answer", "source", "problem")
        return expected | {name: row[name] for name in names}

    def verl_row(self, rows):
        row = rows[0]
        info = {"index": row["prompt_index"], "split": "train", "id": row["id"], "problem": row["problem"]}
        info |= {"answer_list": [self.answer(row)["content"] for row in rows], "prefix_ratios": self.ratios}
        return {
            "data_source": row["source"] or "unknown",
            "prompt": self.messages(row),
            "target": [self.answer(row)],
            "ability": "math",
            "reward_model": {"ground_truth": row["answer"], "style": "rule"},
            "extra_info": info | {"trace_indices": [row["trace_index"] for row in rows]},
            "prompt_ids": row["prompt"],
            "target_ids": [row["expert"] for row in rows],
            "prefix_ends": [row["prefix_ends"] for row in rows],
        }

    def trl_row(self, row, layout, standard):
        prompt = self.text(row["prompt"]) if standard else self.messages(row)
        completion = self.answer(row)["content"] if standard else [self.answer(row)]
        columns = {
            "trl-sft": {"text" if standard else "messages": prompt + completion},
            "trl-prompt-completion": {"prompt": prompt, "completion": completion},
            "trl-prompt-only": {"prompt": prompt},
        }[layout]
        numbers = ("prompt_index",) if layout == "trl-prompt-only" else ("prompt_index", "trace_index")
        return columns | {name: row[name] for name in (*numbers, "id", "answer", "source")}


def plain(value):
    """numpy's and pandas' containers as Python's own."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def read_parquet(path, cache):
    """The rows as every reader of Parquet sees them."""
    import duckdb
    import polars
    import pyarrow.parquet
    from datasets import load_dataset

    yield "pyarrow", pyarrow.parquet.read_table(path, page_checksum_verification=True).to_pylist()
    yield "pandas", plain(pyarrow.parquet.read_table(path).to_pandas().to_dict("records"))
    relation = duckdb.sql(f"select * from read_parquet('{path}')")
    yield "duckdb", [dict(zip(relation.columns, row)) for row in relation.fetchall()]
    yield "polars", polars.read_parquet(path).to_dicts()
    yield "datasets", load_dataset("parquet", data_files=str(path), split="train", cache_dir=cache).to_list()


def read_lines(path, cache):
    from datasets import load_dataset

    yield "json", [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    yield "datasets", load_dataset("json", data_files=str(path), split="train", cache_dir=cache).to_list()


class Check:
    def __init__(self, options, folder):
        self.kedge, self.folder, self.failures, self.checks = options.kedge, folder, 0, 0
        self.tokenizer_directory = options.tokenizer
        self.cache = str(folder / "cache")

    def run(self, *arguments):
        words = [self.kedge, *map(str, arguments)]
        result = subprocess.run(words, capture_output=True, text=True, check=False)
        if result.returncode:
            raise SystemExit(f"{' '.join(words)}\n{result.stderr}")
        return result.stdout

    def expect(self, name, actual, expected):
        self.checks += 1
        if len(actual) == len(expected) and all(a == b for a, b in zip(actual, expected)):
            return
        self.failures += 1
        print(f"DIFFERS {name}: {len(actual)} rows, {len(expected)} expected")
        for index, (left, right) in enumerate(zip(actual, expected)):
            if left != right:
                keys = [key for key in right if left.get(key) != right[key]] if isinstance(right, dict) else ""
                print(f"  row {index} {keys}: {str(left)[:300]} | {str(right)[:300]}")
                break

    def export(self, paths, layout, kind, *options):
        self.export_count = getattr(self, "export_count", 0) + 1
        output = self.folder / f"{self.export_count}-{layout}.{kind}"
        report = self.run("export", *paths, "--to", kind, "--layout", layout, "--output", output, "--json", *options)
        assert json.loads(report)["inexact_prompts"] == 0, report
        return output

    def tables(self, name, paths, dataset):
        """Every layout, kind of file and compression, with every reader."""
        for layout in LAYOUTS:
            forms = [[]] + ([["--labels"]] if layout == "ids" else [])
            forms += [["--conversations", "standard"]] if layout.startswith("trl") else []
            for form in forms:
                expected = dataset.expected(layout, standard="standard" in form, labels="--labels" in form)
                for compression in ("snappy", "zstd", "none"):
                    path = self.export(paths, layout, "parquet", "--compression", compression, *form)
                    for reader, rows in read_parquet(path, self.cache):
                        self.expect(f"{name} {layout} {form} {compression} {reader}", rows, expected)
                path = self.export(paths, layout, "jsonl", *form)
                for reader, rows in read_lines(path, self.cache):
                    self.expect(f"{name} {layout} {form} jsonl {reader}", rows, expected)

    def loader(self, name, path, dataset):
        """The documented snippet."""
        rows = [{key: plain(value) for key, value in row.items()} for row in snippet()(path)]
        plural = {"id": "ids", "answer": "answers", "problem": "problems", "source": "sources"}
        expected = [{plural.get(key, key): row[key] for key in row if key != "file"} for row in dataset.rows]
        self.expect(f"{name} snippet", rows, expected)

    def verl(self, name, paths, dataset, tokenizer):
        from omegaconf import OmegaConf
        from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn

        config = OmegaConf.create({"max_prompt_length": 1024, "cache_dir": self.cache} | {"filter_overlong_prompts_workers": 1})
        for kind in ("parquet", "jsonl"):
            loaded = RLHFDataset(str(self.export(paths, "verl", kind)), tokenizer, config)
            rows = [loaded[i] for i in range(len(loaded))]
            expected = dataset.expected("verl")
            self.expect(f"{name} verl {kind}", [{key: row[key] for key in expected[0]} for row in rows], expected)
            self.expect(f"{name} verl {kind} index", [row["index"] for row in rows], [row["extra_info"]["index"] for row in expected])
            rendered = [tokenizer.apply_chat_template(row["raw_prompt"], add_generation_prompt=True)["input_ids"] for row in rows]
            self.expect(f"{name} verl {kind} prompts", rendered, [row["prompt_ids"] for row in expected])
            batch = collate_fn(rows)
            self.expect(f"{name} verl {kind} batch", list(batch["target_ids"]), [row["target_ids"] for row in expected])

    def trl(self, name, paths, dataset, tokenizer):
        from datasets import load_dataset
        from transformers import LlamaConfig, LlamaForCausalLM
        from trl import SFTConfig, SFTTrainer
        from trl.data_utils import is_conversational, maybe_apply_chat_template

        def table(layout, *form):
            path = str(self.export(paths, layout, "parquet", *form))
            return load_dataset("parquet", data_files=path, split="train", cache_dir=self.cache)

        def trained(data, **settings):
            """The rows as SFTTrainer makes them ready, with the settings that leave them whole."""
            size = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
            model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **size))
            options = {"output_dir": str(self.folder / "trl"), "max_length": None, "report_to": [], "use_cpu": True}
            config = SFTConfig(**options, bf16=False, **settings)
            trainer = SFTTrainer(model=model, args=config, train_dataset=data, processing_class=tokenizer)
            return trainer, trainer.train_dataset.to_list()

        whole = [row["prompt"] + row["expert"] for row in dataset.rows]
        masked = [[-100] * len(row["prompt"]) + row["expert"] for row in dataset.rows]
        trainer, rows = trained(table("ids", "--labels"))
        self.expect(f"{name} trl ids", [row["input_ids"] for row in rows], whole)
        self.expect(f"{name} trl labels", [row["labels"] for row in rows], masked)
        batch = trainer.data_collator([{key: rows[0][key] for key in ("input_ids", "labels")}])
        self.expect(f"{name} trl batch", batch["labels"].tolist(), masked[:1])

        _, rows = trained(table("trl-prompt-completion", "--conversations", "standard"), completion_only_loss=True)
        self.expect(f"{name} trl standard", [row["input_ids"] for row in rows], whole)
        self.expect(f"{name} trl standard labels", [row["labels"] for row in rows], masked)
        _, rows = trained(table("trl-sft", "--conversations", "standard"))
        self.expect(f"{name} trl text", [row["input_ids"] for row in rows], whole)
        # The template puts a line break behind the end of a turn.
        line_break = tokenizer.encode("\n", add_special_tokens=False)
        for layout in ("trl-prompt-completion", "trl-sft"):
            _, rows = trained(table(layout))
            self.expect(f"{name} {layout}", [row["input_ids"] for row in rows], [row + line_break for row in whole])

        data = table("trl-prompt-only")
        texts = [maybe_apply_chat_template({"prompt": row["prompt"]}, tokenizer)["prompt"] for row in data]
        prompts = [rows[0]["prompt"] for rows in dataset.prompts()]
        self.expect(f"{name} trl prompts", texts, [dataset.text(prompt) for prompt in prompts])
        assert is_conversational(data[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kedge", required=True)
    parser.add_argument("--traces", default=ROOT / "scripts/sample/traces.jsonl")
    parser.add_argument("--tokenizer", type=pathlib.Path, default=ROOT / "scripts/sample/tokenizer")
    parser.add_argument("--without", default="", help="verl, trl or both, with a comma")
    options = parser.parse_args()
    without = options.without.split(",")

    from transformers import PreTrainedTokenizerFast

    oracle = tokenizers.Tokenizer.from_file(str(options.tokenizer / "tokenizer.json"))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(options.tokenizer / "tokenizer.json"), eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    tokenizer.chat_template = (
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
        "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
    )
    with tempfile.TemporaryDirectory() as name:
        check = Check(options, pathlib.Path(name))
        for variant, settings in VARIANTS.items():
            path = check.folder / f"{variant}.h5"
            made = ["--tokenizer", options.tokenizer, "--eos", "<|im_end|>", "--output", path, *settings]
            check.run("tokenize", options.traces, *made)
            dataset = Dataset([path], oracle)
            check.loader(variant, path, dataset)
            check.tables(variant, [path], dataset)
            if "verl" not in without:
                check.verl(variant, [path], dataset, tokenizer)
            if "trl" not in without:
                check.trl(variant, [path], dataset, tokenizer)
        copy = check.folder / "copy.h5"
        copy.write_bytes(path.read_bytes())
        check.tables("two files", [path, copy], Dataset([path, copy], oracle))
        print(f"{check.checks} comparisons, {check.failures} differ")
        return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())

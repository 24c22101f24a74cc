#!/usr/bin/env python3
"""Checkpoints through `kedge convert` and `kedge shard`, compared with the formats' own libraries, bit for bit.

    "$(scripts/python/venv.sh checkpoints)" scripts/check-checkpoints.py [--kedge PATH] [--seed N]

Writes tensors of every type with safetensors, h5py, NumPy and PyTorch, converts each file to each format, opens the results with the
real libraries, and converts them back. Narrowing is compared with PyTorch and ml_dtypes; a real Keras 3 model loads weights that went
through safetensors; transformers loads directories that Kedge converted and sharded; shards are cut where huggingface_hub cuts them.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import h5py
import ml_dtypes
import numpy
import torch
from safetensors import safe_open
from safetensors.torch import save_file

# Name in safetensors, in NumPy (with ml_dtypes), in PyTorch.
TYPES = {
    "BOOL": (numpy.bool_, torch.bool),
    "U8": (numpy.uint8, torch.uint8),
    "I8": (numpy.int8, torch.int8),
    "U16": (numpy.uint16, torch.uint16),
    "I16": (numpy.int16, torch.int16),
    "U32": (numpy.uint32, torch.uint32),
    "I32": (numpy.int32, torch.int32),
    "U64": (numpy.uint64, torch.uint64),
    "I64": (numpy.int64, torch.int64),
    "F16": (numpy.float16, torch.float16),
    "BF16": (ml_dtypes.bfloat16, torch.bfloat16),
    "F32": (numpy.float32, torch.float32),
    "F64": (numpy.float64, torch.float64),
    "C64": (numpy.complex64, torch.complex64),
    "F8_E4M3": (ml_dtypes.float8_e4m3fn, torch.float8_e4m3fn),
    "F8_E5M2": (ml_dtypes.float8_e5m2, torch.float8_e5m2),
    "F8_E4M3FNUZ": (ml_dtypes.float8_e4m3fnuz, torch.float8_e4m3fnuz),
    "F8_E5M2FNUZ": (ml_dtypes.float8_e5m2fnuz, torch.float8_e5m2fnuz),
    "F8_E8M0": (ml_dtypes.float8_e8m0fnu, torch.float8_e8m0fnu),
}
SHAPES = [(), (1,), (0,), (7,), (3, 5), (2, 0, 3), (2, 3, 4, 5), (257, 33)]
# What h5py and np.load know without help.
PLAIN = [name for name in TYPES if not name.startswith(("BF", "F8"))]


class Checker:
    def __init__(self, kedge, folder, seed):
        self.kedge = kedge
        self.folder = pathlib.Path(folder)
        self.generator = numpy.random.default_rng(seed)
        self.comparisons = 0
        self.differences = []

    def run(self, *arguments, expect=0):
        run = subprocess.run([self.kedge, *map(str, arguments)], capture_output=True, text=True)
        if run.returncode != expect:
            sys.exit(f"kedge {' '.join(map(str, arguments))}: exit status {run.returncode}\n{run.stdout}{run.stderr}")
        return run.stdout

    def expect(self, what, condition):
        self.comparisons += 1
        if not condition:
            self.differences.append(what)
            print(f"DIFFERENT: {what}")

    def same_bytes(self, what, found, wanted):
        self.expect(f"{what}: tensors {sorted(set(found) ^ set(wanted))}", set(found) == set(wanted))
        for name in set(found) & set(wanted):
            self.expect(f"{what}: {name} {found[name][:2]} {wanted[name][:2]}", found[name] == wanted[name])

    def random_bytes(self, dtype, shape):
        """Any bits, so NaN payloads, infinities and subnormals too; of booleans 0 and 1."""
        count = int(numpy.prod(shape)) * numpy.dtype(dtype).itemsize
        data = self.generator.integers(0, 256, count, dtype=numpy.uint8)
        if dtype is numpy.bool_:
            data &= 1
        return data.tobytes()


def read_safetensors(path):
    """name -> (dtype, shape, bytes), by nothing but the format's description."""
    raw = pathlib.Path(path).read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    header.pop("__metadata__", None)
    return {
        name: (entry["dtype"], tuple(entry["shape"]), raw[8 + length :][slice(*entry["data_offsets"])])
        for name, entry in header.items()
    }


def torch_tensor(kind, shape, data):
    dtype = TYPES[kind][1]
    if not data:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(bytearray(data), dtype=torch.uint8).view(dtype).reshape(shape)


def torch_bytes(tensor):
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def make_tensors(checker, kinds):
    return {
        f"{kind.lower()}.{'x'.join(map(str, shape)) or 'scalar'}": (
            kind,
            shape,
            checker.random_bytes(TYPES[kind][0], shape),
        )
        for kind in kinds
        for shape in SHAPES
    }


def write_source(tensors, path):
    """Writes with the format's own library."""
    if path.suffix == ".safetensors":
        save_file({name: torch_tensor(*parts) for name, parts in tensors.items()}, path)
    elif path.suffix == ".npz":
        numpy.savez(path, **{n: numpy.frombuffer(d, TYPES[k][0]).reshape(s) for n, (k, s, d) in tensors.items()})
    elif path.suffix == ".pt":
        torch.save({name: torch_tensor(*parts) for name, parts in tensors.items()}, path)
    else:
        with h5py.File(path, "w") as file:
            for name, (kind, shape, data) in tensors.items():
                file[name] = numpy.frombuffer(data, TYPES[kind][0]).reshape(shape)


def read_target(path, kinds):
    """Reads with the format's own library: name -> (dtype, shape, bytes)."""
    names = {TYPES[kind][1]: kind for kind in kinds}
    if path.suffix == ".safetensors":
        with safe_open(path, "pt") as file:
            return {
                name: (names[t.dtype], tuple(t.shape), torch_bytes(t))
                for name, t in ((name, file.get_tensor(name)) for name in file.keys())
            }
    if path.suffix == ".pt":
        loaded = torch.load(path, weights_only=True)
        return {name: (names[t.dtype], tuple(t.shape), torch_bytes(t)) for name, t in loaded.items()}
    kind_of = {numpy.dtype(TYPES[kind][0]): kind for kind in PLAIN}
    if path.suffix == ".npz":
        with numpy.load(path) as file:
            return {
                name: (kind_of.get(a.dtype, str(a.dtype)), a.shape, a.tobytes())
                for name, a in ((name, file[name]) for name in file.files if not name.startswith("__kedge__"))
            }
    result = {}
    with h5py.File(path) as file:

        def visit(name, item):
            if isinstance(item, h5py.Dataset):
                array = item[()]
                result[name] = (kind_of.get(item.dtype, str(item.dtype)), item.shape, numpy.asarray(array).tobytes())

        file.visititems(visit)
    return result


def check_round_trips(checker):
    everything = make_tensors(checker, TYPES)
    plain = make_tensors(checker, PLAIN)
    for start in [".safetensors", ".pt", ".npz", ".h5"]:
        tensors = everything if start in (".safetensors", ".pt") else plain
        source = checker.folder / f"source{start}"
        write_source(tensors, source)
        for middle in ["safetensors", "h5", "compressed.h5", "npz", "weights.h5", "pt"]:
            target = checker.folder / f"middle.{middle}"
            back = checker.folder / "back.safetensors"
            flags = ["--compress"] if middle.startswith("compressed") else []
            checker.run("convert", source, target, "--force", *flags)
            checker.run("convert", target, back, "--force")
            checker.same_bytes(f"{start} -> {middle} -> safetensors", read_safetensors(back), tensors)
            known = {n: t for n, t in tensors.items() if t[0] in PLAIN}
            if middle in ("safetensors", "pt"):
                checker.same_bytes(f"{start} -> {middle}, its library", read_target(target, TYPES), tensors)
            elif middle != "weights.h5":
                found = {n: t for n, t in read_target(target, TYPES).items() if n in known}
                checker.same_bytes(f"{start} -> {middle}, its library", found, known)
    # A chain through all of them.
    path = checker.folder / "source.safetensors"
    write_source(everything, path)
    for number, suffix in enumerate(["h5", "npz", "weights.h5", "pt", "compressed.h5", "safetensors"]):
        following = checker.folder / f"chain{number}.{suffix}"
        checker.run("convert", path, following, *(["--compress"] if suffix.startswith("compressed") else []))
        path = following
    checker.same_bytes("the chain", read_safetensors(path), everything)


def check_bfloat16_in_hdf5(checker):
    """Stock h5py reads bfloat16 as numbers."""
    values = numpy.array([1, -2.5, 3e38, 1e-40, 0, numpy.inf], numpy.float32).astype(ml_dtypes.bfloat16)
    source = checker.folder / "b.safetensors"
    save_file({"b": torch_tensor("BF16", (6,), values.tobytes())}, source)
    checker.run("convert", source, checker.folder / "b.h5", "--force")
    with h5py.File(checker.folder / "b.h5") as file:
        found = file["b"][()].astype(numpy.float32)
    checker.expect("bfloat16 through h5py", numpy.array_equal(found, values.astype(numpy.float32)))


def check_narrowing(checker):
    generator = checker.generator
    patterns = generator.integers(0, 1 << 32, 200_000, dtype=numpy.uint64).astype(numpy.uint32)
    normal = (generator.standard_normal(200_000) * 300).astype(numpy.float32).view(numpy.uint32)
    halves = numpy.arange(1 << 16, dtype=numpy.uint32) << 16
    near = numpy.concatenate([halves | 0x8000, halves | 0x7FFF, halves | 0x8001, halves])
    for source_type, values in [
        ("F32", numpy.concatenate([patterns, normal, near]).view(numpy.float32)),
        ("F64", generator.integers(0, 1 << 63, 200_000, dtype=numpy.uint64).view(numpy.float64)),
        ("F64", (generator.standard_normal(200_000) * 1e-3)),
    ]:
        source = checker.folder / "n.safetensors"
        save_file({"x": torch_tensor(source_type, values.shape, values.tobytes())}, source)
        for kind in ["F64", "F32", "BF16", "F16", "F8_E4M3", "F8_E5M2"]:
            dtype = TYPES[kind][0]
            checker.run("convert", source, checker.folder / "n2.safetensors", "--dtype", numpy.dtype(dtype).name, "--force")
            _, _, data = read_safetensors(checker.folder / "n2.safetensors")["x"]
            found = numpy.frombuffer(data, dtype)
            with numpy.errstate(all="ignore"):
                wanted = values.astype(dtype)
                nan = numpy.isnan(wanted.astype(numpy.float64))
                found_nan = numpy.isnan(found.astype(numpy.float64))
            checker.expect(f"{source_type} -> {kind}: NaN", numpy.array_equal(found_nan, nan))
            bits = f"u{numpy.dtype(dtype).itemsize}"
            same = found.view(bits)[~nan] == wanted.view(bits)[~nan]
            checker.expect(f"{source_type} -> {kind}: {int((~same).sum())} of {same.size} differ", same.all())


def check_keras(checker):
    import keras

    def model():
        keras.utils.set_random_seed(1)
        inputs = keras.Input((8,))
        hidden = keras.layers.Dense(16, activation="relu", name="first")(inputs)
        hidden = keras.layers.BatchNormalization()(hidden)
        return keras.Model(inputs, keras.layers.Dense(4)(hidden))

    for dtype in ["float32", "bfloat16"]:
        keras.config.set_dtype_policy(dtype)
        trained = model()
        for variable in trained.variables:
            variable.assign(checker.generator.standard_normal(variable.shape))
        start = checker.folder / f"{dtype}.weights.h5"
        trained.save_weights(start)
        trained.save_weights(checker.folder / f"{dtype}-sharded.weights.json", max_shard_size=1e-6)
        for source in [start, checker.folder / f"{dtype}-sharded.weights.json"]:
            middle, end = checker.folder / "k.safetensors", checker.folder / "k.weights.h5"
            checker.run("convert", source, middle, "--force")
            checker.run("convert", middle, end, "--force")
            fresh = model()
            for variable in fresh.variables:
                variable.assign(checker.generator.standard_normal(variable.shape))
            fresh.load_weights(end)
            for one, other in zip(trained.variables, fresh.variables, strict=True):
                same = torch.equal(torch.as_tensor(one.value).detach(), torch.as_tensor(other.value).detach())
                checker.expect(f"Keras {dtype} {source.name}: {one.path}", same)
        keras.config.set_dtype_policy("float32")


def check_transformers(checker):
    import transformers
    from huggingface_hub import split_torch_state_dict_into_shards

    for tied in [False, True]:
        torch.manual_seed(0)
        config = transformers.Qwen2Config(
            vocab_size=1003, hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=2, tie_word_embeddings=tied,
        )  # fmt: skip
        model = transformers.Qwen2ForCausalLM(config).eval()
        ids = torch.arange(20)[None]
        with torch.no_grad():
            wanted = model(ids).logits
        start = checker.folder / f"model-{tied}"
        model.save_pretrained(start)
        original = read_safetensors(start / "model.safetensors")

        def logits(path):
            loaded, report = transformers.AutoModelForCausalLM.from_pretrained(path, output_loading_info=True)
            checker.expect(f"{path.name}: loading info {report}", not any(report.values()))
            with torch.no_grad():
                return loaded.eval().float()(ids).logits

        for size in ["100KB", "37kB", "5GB"]:
            target = checker.folder / f"shards-{tied}-{size}"
            checker.run("shard", start, target, "--max-shard-size", size)
            checker.expect(f"transformers, sharded by {size}", torch.equal(logits(target), wanted))
            # The order of the file, which is that of the names.
            state = {name: model.state_dict()[name] for name in original}
            split = split_torch_state_dict_into_shards(state, max_shard_size=size.upper())
            files = sorted(path.name for path in target.glob("*.safetensors"))
            checker.expect(f"names of shards by {size}", files == sorted(split.filename_to_tensors))
            if split.is_sharded:
                index = json.loads((target / "model.safetensors.index.json").read_text())
                checker.expect(f"weight_map by {size}", index["weight_map"] == split.tensor_to_filename)
                checker.expect(f"total_size by {size}", index["metadata"]["total_size"] == split.metadata["total_size"])
            joined = checker.folder / f"joined-{tied}-{size}.safetensors"
            checker.run("convert", target, joined)
            checker.same_bytes(f"joined from {size}", read_safetensors(joined), original)
        for ranks in [2, 4] if not tied else [2]:
            parts, whole = checker.folder / f"ranks-{tied}-{ranks}", checker.folder / f"whole-{tied}-{ranks}"
            checker.run("shard", start, parts, "--tensor-parallel", ranks)
            checker.run("shard", parts, whole, "--join")
            checker.expect(f"transformers, {ranks} ranks joined", torch.equal(logits(whole), wanted))
            checker.same_bytes(f"{ranks} ranks joined", read_safetensors(whole / "model.safetensors"), original)
        narrow = checker.folder / f"bf16-{tied}"
        checker.run("convert", start, narrow, "--dtype", "bf16")
        loaded = transformers.AutoModelForCausalLM.from_pretrained(narrow, dtype="auto").state_dict()
        for name, tensor in model.state_dict().items():
            checker.expect(f"transformers, bf16: {name}", torch.equal(loaded[name], tensor.to(torch.bfloat16)))
        config = json.loads((narrow / "config.json").read_text())
        checker.expect("dtype in config.json", config.get("dtype", config.get("torch_dtype")) == "bfloat16")
        for target in [checker.folder / f"kedge-{tied}.h5", checker.folder / f"torch-{tied}.bin"]:
            checker.run("convert", start, target)
            checker.run("convert", target, checker.folder / "h.safetensors", "--force")
            checker.same_bytes(f"{target.suffix}", read_safetensors(checker.folder / "h.safetensors"), original)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kedge", default=str(root / ".build/release/kedge"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="one of: round-trips, bfloat16, narrowing, keras, transformers")
    options = parser.parse_args()
    checks = {
        "round-trips": check_round_trips,
        "bfloat16": check_bfloat16_in_hdf5,
        "narrowing": check_narrowing,
        "keras": check_keras,
        "transformers": check_transformers,
    }
    if options.only:
        checks = {options.only: checks[options.only]}
    total = different = 0
    for name, check in checks.items():
        with tempfile.TemporaryDirectory() as folder:
            checker = Checker(options.kedge, folder, options.seed)
            check(checker)
            print(f"{name:14} {checker.comparisons:6} comparisons, {len(checker.differences)} differ", flush=True)
            total += checker.comparisons
            different += len(checker.differences)
    print(f"{total} comparisons, {different} differ")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Write Tests/CheckpointsTests/Goldens/gguf with the package gguf, an independent writer.

    "$(scripts/python/venv.sh checkpoints)" scripts/make-gguf-goldens.py
"""

import pathlib

import numpy
from gguf import GGMLQuantizationType, GGUFWriter

root = pathlib.Path(__file__).resolve().parent.parent
folder = root / "Tests/CheckpointsTests/Goldens/gguf"


def make(path: pathlib.Path, alignment: int | None) -> None:
    writer = GGUFWriter(path, "llama")
    if alignment is not None:
        writer.add_custom_alignment(alignment)
    writer.add_name("golden é")
    writer.add_block_count(2)
    writer.add_rope_freq_base(10000.5)
    writer.add_bool("golden.true", True)
    writer.add_int64("golden.negative", -5)
    writer.add_float64("golden.double", 0.1)
    writer.add_array("golden.short", [1, 2, 3])
    writer.add_token_list([f"token {number}" for number in range(40)])
    writer.add_token_scores([float(number) for number in range(40)])
    values = numpy.arange(24, dtype=numpy.float32).reshape(2, 3, 4) - 7
    writer.add_tensor("f32", values)
    writer.add_tensor("f16", values.astype(numpy.float16)[0])
    bits = (values.view(numpy.uint32) >> 16).astype(numpy.uint16)
    writer.add_tensor("bf16", bits.view(numpy.uint8), raw_dtype=GGMLQuantizationType.BF16)
    writer.add_tensor("f64", values.astype(numpy.float64).reshape(24))
    for name in ("int8", "int16", "int32", "int64"):
        writer.add_tensor(name, values.astype(name).reshape(6, 4))
    writer.add_tensor(
        "q4", numpy.arange(2 * 144, dtype=numpy.uint8).reshape(2, 144), raw_dtype=GGMLQuantizationType.Q4_K
    )
    writer.add_tensor(
        "q8", numpy.arange(3 * 34, dtype=numpy.uint8).reshape(3, 34), raw_dtype=GGMLQuantizationType.Q8_0
    )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


folder.mkdir(parents=True, exist_ok=True)
make(folder / "types.gguf", None)
make(folder / "aligned-64.gguf", 64)

"""Write the small checkpoints in Tests/CheckpointsTests/Goldens/{numpy,torch} with NumPy, ml_dtypes and PyTorch.

    python scripts/make-numpy-torch-goldens.py      # needs numpy, ml_dtypes, torch
"""

import collections
import pathlib

import ml_dtypes
import numpy as np
import torch

root = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "CheckpointsTests" / "Goldens"
(root / "numpy").mkdir(parents=True, exist_ok=True)
(root / "torch").mkdir(parents=True, exist_ok=True)

# The tests expect exactly these numbers: 0, 1, 2, ... in the order of the elements.
matrix = np.arange(6, dtype=np.float32).reshape(2, 3)
np.save(root / "numpy/plain.npy", matrix)
np.save(root / "numpy/fortran.npy", np.asfortranarray(matrix))
np.save(root / "numpy/big.npy", matrix.astype(">f4"))
np.save(root / "numpy/ml_bfloat16.npy", matrix.astype(ml_dtypes.bfloat16))
arrays = {
    "a/b": matrix,
    "../up": np.arange(3, dtype=np.int64),
    "é": np.arange(4, dtype=np.complex64),
    "flag": np.array([True, False]),
    "half": np.arange(4, dtype=np.float16),
    "scalar": np.array(7, dtype=np.uint16),
    "empty": np.zeros((0, 3)),
    "words": np.array(["x", "yz"]),
    "objects": np.array([{}, None], dtype=object),
    "when": np.array(["2020-01-01"], dtype="M8[D]"),
    "pairs": np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]),
}
np.savez(root / "numpy/arrays.npz", **arrays)
np.savez_compressed(root / "numpy/compressed.npz", zeros=np.zeros((64, 16), dtype=np.float32), a=matrix)

tensor = torch.arange(6, dtype=torch.float32).reshape(2, 3)
base = torch.arange(12, dtype=torch.int32).reshape(3, 4)
state = collections.OrderedDict(
    [
        ("a.weight", tensor),
        ("transposed", base.t()),
        ("view", base[1:, 1:3]),
        ("expanded", torch.tensor([5.0]).expand(2, 2)),
        ("tied", tensor),
        ("parameter", torch.nn.Parameter(tensor.to(torch.bfloat16))),
        ("fp8", tensor.to(torch.float8_e4m3fn)),
        ("u16", torch.arange(3).to(torch.uint16)),
        ("complex", torch.arange(2).to(torch.complex64)),
        ("scalar", torch.tensor(7, dtype=torch.int64)),
        ("empty", torch.zeros(0, 3)),
    ]
)
torch.save(state, root / "torch/state.pt")
linear = torch.nn.Linear(2, 2)
optimizer = torch.optim.Adam(linear.parameters())
linear(torch.ones(1, 2)).sum().backward()
optimizer.step()
torch.save(
    {"model": linear.state_dict(), "optimizer": optimizer.state_dict(), "step": 3, "name": "run"},
    root / "torch/nested.pt",
)
torch.save({"a": tensor}, root / "torch/legacy.pt", _use_new_zipfile_serialization=False)
torch.save({"a": tensor.to_sparse()}, root / "torch/sparse.pt")
torch.save({"a": torch.quantize_per_tensor(tensor, 0.1, 0, torch.qint8)}, root / "torch/quantised.pt")

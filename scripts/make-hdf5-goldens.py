#!/usr/bin/env python3
"""Write the HDF5 checkpoints in Tests/CheckpointsTests/Goldens with h5py and with Keras.

    pip install h5py keras torch ml_dtypes
    python3 scripts/make-hdf5-goldens.py

Their values follow from the places of the elements, so that the tests can compute them.
"""

import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "torch")

import h5py
import numpy

GOLDENS = pathlib.Path(__file__).parent.parent / "Tests" / "CheckpointsTests" / "Goldens"


def write_h5py(path, version):
    with h5py.File(path, "w", libver=(version, "v110")) as file:
        file.attrs["title"] = "weights"
        file.attrs["epoch"] = 3
        file["layers/0/weight"] = numpy.arange(35, dtype="f4").reshape(5, 7) / 2
        file["layers/0/bias"] = numpy.arange(9, dtype=">i2")
        file["half"] = numpy.arange(6, dtype="f2")
        file["mask"] = numpy.array([True, False, True])
        file["complex"] = numpy.arange(4, dtype="f4") - 1j * numpy.arange(4, dtype="f4")
        file["scalar"] = numpy.float64(2.5)
        file["empty"] = numpy.zeros((0, 4), "f4")
        file["text"] = "no tensor"
        values = numpy.arange(90, dtype="f4").reshape(10, 9)
        common = dict(chunks=(4, 4), fillvalue=-1.0)
        for name, options in {
            "plain": {},
            "gzip": dict(compression="gzip", shuffle=True, fletcher32=True),
            "growing": dict(compression="gzip", shuffle=True, maxshape=(None, 9)),
            "growing2": dict(shuffle=True, maxshape=(None, None)),
        }.items():
            data = file.create_dataset(f"chunked/{name}", (10, 9), "f4", **common, **options)
            data[:6] = values[:6]
        file.create_dataset("never", (3, 2), "f4", fillvalue=2.5)
        file.create_dataset("lzf", data=numpy.arange(8, dtype="f4"), compression="lzf")
        file["same"] = file["half"]
        file["soft"] = h5py.SoftLink("/half")
        file["layers/around"] = file["layers"]


def write_keras(folder):
    import keras

    def model(size):
        layers = keras.layers
        made = keras.Sequential([
            layers.Input((3,)), layers.Dense(size, dtype="bfloat16", name="first"), layers.Dense(2, name="second"),
        ])
        made.set_weights([numpy.arange(value.size, dtype="f4").reshape(value.shape) for value in made.get_weights()])
        return made

    model(4).save_weights(folder / "model.weights.h5")
    model(40).save_weights(folder / "sharded.weights.json", max_shard_size=400 / 1024**3)


def main():
    for name in ("h5py", "keras"):
        (GOLDENS / name).mkdir(parents=True, exist_ok=True)
    write_h5py(GOLDENS / "h5py" / "earliest.h5", "earliest")
    write_h5py(GOLDENS / "h5py" / "v110.h5", "v110")
    write_keras(GOLDENS / "keras")


if __name__ == "__main__":
    main()

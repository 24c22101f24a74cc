/// The formats of checkpoints. The raw value is the name on the command line.
public enum CheckpointFormat: String, Sendable, Hashable, CaseIterable {
    /// One safetensors file, or a `*.safetensors.index.json` with its shards.
    case safetensors
    /// Kedge's own HDF5: `format` = "kedge.checkpoint" at the root.
    case hdf5
    /// Any other HDF5 file of named float and integer datasets; read only.
    case plainHDF5 = "plain-hdf5"
    /// Keras 3 weights: `.weights.h5`, or `.weights.json` with its shards.
    case keras
    /// A PyTorch zip checkpoint: `.pt`, `.pth`, `.bin`.
    case pytorch
    /// One NumPy array; its tensor bears the name of the file.
    case npy
    /// A NumPy archive.
    case npz
    /// llama.cpp's format; read only.
    case gguf
    /// A directory as Hugging Face models have it: weights, config.json, tokenizer files.
    case huggingFace = "hf"

    /// Whether checkpoints of this format can be written.
    public var isWritable: Bool { self != .plainHDF5 && self != .gguf }

    /// The name on the command line.
    public var name: String { rawValue }
}

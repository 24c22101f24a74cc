public import Checkpoints
import Files
public import Tensors

/// How dumps are opened.
public struct DumpOptions: Sendable {
    /// How files of tensors are opened.
    public var reading: ReadingOptions
    /// Whether words of 16 bits that have no type (NumPy's `V2`, or `uint16`) are bfloat16, a type that NumPy does not have.
    public var readsWordsAsBFloat16 = false

    /// Nothing but what files say of themselves.
    public init(reading: ReadingOptions = ReadingOptions()) {
        self.reading = reading
    }
}

/// Logits or log-probabilities over a vocabulary, [T, V] or [B, T, V], in a file; rows are read as they are asked for.
///
/// Opening reads headers. Read are `.npy`, `.npz`, safetensors, HDF5 and PyTorch's zip files with float16, bfloat16, float32 and
/// float64, and the files that llama.cpp writes with `--kl-divergence-base`.
public final class LogitDump: Sendable {
    /// What a file of rows is.
    public enum Kind: Sendable, Hashable {
        /// A tensor of logits or log-probabilities.
        case tensor(name: String)
        /// llama.cpp's base file: log-probabilities, each row rounded to a step of its own.
        case llama
    }

    /// The most columns that are compared.
    public static let mostColumns = 1 << 24

    /// The file.
    public let path: String
    /// What it is.
    public let kind: Kind
    /// The type of the numbers in memory.
    public let type: TensorType
    /// V, with padding.
    public let columns: Int
    /// B and T.
    public let layout: DumpLayout

    let source: any LogitSource
    /// What the file itself says of all tokens; nil where these lie beside the rows, or nowhere.
    let ownPlan: TokenPlan?
    /// The file of the tensor, where tokens may lie beside it.
    let checkpoint: Checkpoint?

    /// All rows.
    public var rowCount: Int { layout.rowCount }
    /// The name of the tensor; nil for llama.cpp's file.
    public var tensorName: String? { if case .tensor(let name) = kind { name } else { nil } }
    /// The bytes of a row in memory.
    var rowByteCount: Int { columns * type.bitWidth / 8 }

    /// Opens a dump.
    ///
    /// - Parameters:
    ///   - path: a file of tensors, or llama.cpp's.
    ///   - tensor: which; nil: the only one of floats with 2 or 3 dimensions that is not called as what lies beside logits.
    /// - Throws: ``DivergenceError`` where the tensor is none of logits or is not told; `CheckpointError`, `FileError`.
    public convenience init(_ path: String, tensor: String? = nil, options: DumpOptions = DumpOptions()) throws {
        guard !FileSystem.isDirectory(path), try LlamaBaseFile.isOne(path) else {
            try self.init(tensors: path, tensor: tensor, options: options)
            return
        }
        if let tensor {
            throw DivergenceError(
                .invalidRequest, path: path, "is llama.cpp's base file, which has no tensor '\(tensor)'")
        }
        try self.init(llama: LlamaBaseFile(path), path: path)
    }

    private init(llama file: LlamaBaseFile, path: String) throws {
        self.path = path
        kind = .llama
        type = .float64
        columns = file.columns
        layout = DumpLayout(batches: file.chunks, length: file.rowsInChunk)
        source = file
        ownPlan = file.plan
        checkpoint = nil
    }

    private init(tensors path: String, tensor name: String?, options: DumpOptions) throws {
        var reading = options.reading
        reading.readsNumPyVoidsAsWords = options.readsWordsAsBFloat16
        let checkpoint = try Checkpoint.open(path, options: reading)
        if checkpoint.format == .huggingFace || checkpoint.format == .gguf {
            throw DivergenceError(.invalidRequest, path: path, "is a model, and no dump of logits")
        }
        let stored = try Self.choose(name, in: checkpoint, options: options)
        let type = options.readsWordsAsBFloat16 && stored.type == .uint16 ? .bfloat16 : stored.type
        func refuse(_ code: DivergenceError.Code, _ reason: String) -> DivergenceError {
            DivergenceError(code, path: path, "tensor '\(stored.name)': \(reason)")
        }
        guard stored.shape.count == 2 || stored.shape.count == 3 else {
            throw refuse(.unsupported, "has the shape \(stored.shape); logits are [T, V] or [B, T, V]")
        }
        guard Self.isFloat(type) else {
            let hint = type == .uint16 ? "; ask for its words to be read as bfloat16 if that is what they are" : ""
            throw refuse(
                .unsupported, "is of type \(stored.typeName), not float16, bfloat16, float32 or float64\(hint)")
        }
        let columns = stored.shape[stored.shape.count - 1]
        guard stored.elementCount > 0 else { throw refuse(.malformed, "has the shape \(stored.shape): no rows") }
        guard columns <= Self.mostColumns else {
            throw refuse(.unsupported, "has \(columns) columns, more than \(Self.mostColumns)")
        }
        self.path = path
        kind = .tensor(name: stored.name)
        self.type = type
        self.columns = columns
        layout = DumpLayout(
            batches: stored.shape.count == 3 ? stored.shape[0] : nil, length: stored.shape[stored.shape.count - 2])
        source = TensorRows(try checkpoint.reader(of: stored), rowByteCount: columns * type.bitWidth / 8)
        ownPlan = nil
        self.checkpoint = checkpoint
    }

    private static func isFloat(_ type: TensorType) -> Bool {
        [.float16, .bfloat16, .float32, .float64].contains(type)
    }

    private static func choose(
        _ name: String?, in checkpoint: Checkpoint, options: DumpOptions
    ) throws -> StoredTensor {
        let candidates = checkpoint.tensors.filter { tensor in
            let mayBe = isFloat(tensor.type) || options.readsWordsAsBFloat16 && tensor.type == .uint16
            return mayBe && (2...3).contains(tensor.shape.count) && TokenColumn.named(tensor.name) == nil
        }
        let listed = candidates.prefix(8).map { "'\($0.name)' \($0.shape)" }.joined(separator: ", ")
        let more = candidates.count > 8 ? " and \(candidates.count - 8) others" : ""
        if let name {
            if let tensor = checkpoint.tensor(named: name) { return tensor }
            throw DivergenceError(
                .invalidRequest, path: checkpoint.path,
                "has no tensor '\(name)'; "
                    + (candidates.isEmpty ? "it has none of logits" : "there are \(listed)\(more)"))
        }
        if candidates.count == 1 { return candidates[0] }
        guard candidates.isEmpty else {
            throw DivergenceError(
                .invalidRequest, path: checkpoint.path,
                "has several tensors that could be the logits: \(listed)\(more); name one")
        }
        let warning = checkpoint.warnings.first.map { " (\($0.tensor.map { "'\($0)' " } ?? "")\($0.message))" } ?? ""
        throw DivergenceError(
            .unsupported, path: checkpoint.path,
            "has no tensor of float16, bfloat16, float32 or float64 with 2 or 3 dimensions\(warning)")
    }
}

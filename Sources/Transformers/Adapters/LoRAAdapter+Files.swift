public import Checkpoints
import Files
import JSON
import Kernels
import Tensors

extension LoRAAdapter {
    private static let configurationName = "adapter_config.json"
    private static let stem = "adapter_model"
    private static let prefix = "base_model.model."

    /// Reads an adapter that PEFT or Kedge wrote: adapter_config.json, and adapter_model.safetensors or adapter_model.bin.
    ///
    /// Where `target_modules` is a pattern, the projections are those that there are tensors for.
    ///
    /// - Parameter model: what the adapter is for.
    /// - Throws: ``TransformerError``, naming the tensor; `CheckpointError`, `FileError`.
    public static func load(
        _ directory: String, for model: TransformerConfiguration, threads: Int = 2
    ) throws -> LoRAAdapter {
        var directory = directory
        while directory.utf8.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        let path = "\(directory)/\(configurationName)"
        guard FileSystem.exists(path) else {
            throw TransformerError(
                .unreadable, path: directory, "has no \(configurationName), which says what it adapts")
        }
        let configuration = try LoRAConfiguration(json: try TransformerConfiguration.json(path), path: path)
        let names = ["\(stem).safetensors", "\(stem).bin"]
        guard let name = names.first(where: { FileSystem.exists("\(directory)/\($0)") }) else {
            throw TransformerError(.unreadable, path: directory, "has no \(names[0])")
        }
        let checkpoint = try Checkpoint.open("\(directory)/\(name)")
        let table = ParameterTable(model)
        let targets = try targets(configuration, of: table, in: checkpoint, path: path)
        // Before memory is asked for: the rank is what a file says.
        let tensors = try matched(targets, of: table, rank: configuration.rank, in: checkpoint)
        let adapter = LoRAAdapter(configuration, targets: targets, table: table)
        try adapter.fill(with: tensors, of: checkpoint, threads: threads)
        return adapter
    }

    private static func targets(
        _ configuration: LoRAConfiguration, of table: ParameterTable, in checkpoint: Checkpoint, path: String
    ) throws(TransformerError) -> [LoRATarget] {
        guard case .pattern = configuration.targets else {
            return try LoRATarget.chosen(configuration.targets, of: table, path: path)
        }
        // A pattern out of a file is never run: some take forever.
        let names = Set(checkpoint.tensors.map(\.name))
        let targets = LoRATarget.all(table).filter { names.contains("\(prefix)\($0.module).lora_A.weight") }
        guard !targets.isEmpty else {
            throw TransformerError(
                .missingTensor, path: checkpoint.path, "has no tensors for projections of the model")
        }
        return targets
    }

    /// The matrices with their names, in the order of the places.
    private var tensors: [(name: String, matrix: Matrix)] {
        places.indices.flatMap { index in
            let name = "\(Self.prefix)\(places[index].module)"
            return [("\(name).lora_A.weight", a(index)), ("\(name).lora_B.weight", b(index))]
        }
    }

    /// The tensors of an adapter, A and B of each target in turn.
    private static func matched(
        _ targets: [LoRATarget], of table: ParameterTable, rank: Int, in checkpoint: Checkpoint
    ) throws(TransformerError) -> [StoredTensor] {
        var rest: [String: StoredTensor] = [:]
        for tensor in checkpoint.tensors { rest[tensor.name] = tensor }
        var tensors: [StoredTensor] = []
        for target in targets {
            let parameter = table.parameters[target.parameter]
            let shapes = [("lora_A", [rank, parameter.columns]), ("lora_B", [parameter.rows, rank])]
            for (matrix, shape) in shapes {
                let name = "\(prefix)\(target.module).\(matrix).weight"
                guard let tensor = rest.removeValue(forKey: name) else {
                    throw TransformerError(
                        .missingTensor, path: checkpoint.path, subject: name, "is missing; the adapter is incomplete")
                }
                guard tensor.shape == shape else {
                    throw TransformerError(
                        .wrongShape, path: checkpoint.path, subject: name,
                        "has the shape \(tensor.shape), and the model and the rank make it \(shape)")
                }
                guard tensor.type.isFloatingPoint else {
                    throw TransformerError(
                        .unsupported, path: checkpoint.path, subject: name,
                        "is of type \(tensor.typeName), no floating point")
                }
                tensors.append(tensor)
            }
        }
        if let first = rest.keys.sorted().first {
            throw TransformerError(
                .unexpectedTensor, path: checkpoint.path, subject: first,
                (rest.count > 1 ? "and \(rest.count - 1) other tensors belong" : "belongs")
                    + " to no projection that the adapter is for")
        }
        return tensors
    }

    private func fill(with stored: [StoredTensor], of checkpoint: Checkpoint, threads: Int) throws {
        let transfers = try stored.map { try TensorTransfer($0, of: checkpoint, to: .float32) }
        let sink = MatrixSink(tensors.map(\.matrix), names: stored.map(\.name), path: checkpoint.path)
        _ = try BlockTransfer(transfers, to: sink).run(threads: threads)
    }

    /// Writes the adapter as PEFT does: adapter_config.json and adapter_model.safetensors, in float32.
    ///
    /// Nothing unfinished ever stands under the directory's name.
    ///
    /// - Throws: `CheckpointError`, `FileError`, `CancellationError`.
    @discardableResult
    public func save(directory: String, settings: ModelWriting = ModelWriting()) throws -> ConversionReport {
        var settings = settings
        settings.stem = Self.stem
        settings.shardSize = .max
        let planned = tensors.map { name, matrix in
            PlannedTensor(
                TensorDescription(name: name, type: .float32, shape: [matrix.rows, matrix.columns]),
                from: TensorSource(name: name, type: .float32, byteCount: matrix.rows * matrix.columns * 4) {
                    MatrixReader(matrix)
                })
        }
        let text = try JSONWriter(isPretty: true).string(configuration.json) + "\n"
        return try settings.run(
            planned,
            companions: [ModelWriting.Companion(name: Self.configurationName, content: .bytes(Array(text.utf8)))],
            to: directory)
    }
}

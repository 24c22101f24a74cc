import Checkpoints
import Tensors

/// The tensors of a checkpoint that are a model's parameters.
struct ParameterMatch {
    /// One for each parameter, in the order of the table.
    let tensors: [StoredTensor]
    /// `lm_head.weight` of a model whose head is its embedding.
    let tiedHead: StoredTensor?

    private static let types: Set<TensorType> = [.float16, .bfloat16, .float32, .float64]

    /// What matrices are stored as: `bfloat16` where all are, else `float32`, which holds more of the others.
    var storedType: ElementType {
        tensors.allSatisfy { $0.shape.count < 2 || $0.type == .bfloat16 } ? .bfloat16 : .float32
    }

    /// - Throws: ``TransformerError`` that names the tensor.
    init(_ table: ParameterTable, in place: ModelPlace) throws(TransformerError) {
        let path = place.path
        var rest: [String: StoredTensor] = [:]
        for tensor in place.checkpoint.tensors { rest[tensor.name] = tensor }
        // Without a head, transformers writes the names of the part below it.
        let hasPrefix = rest.keys.contains { $0.hasPrefix("model.") }
        var tensors: [StoredTensor] = []
        for parameter in table.parameters {
            let name =
                hasPrefix || !parameter.name.hasPrefix("model.")
                ? parameter.name : String(parameter.name.dropFirst("model.".count))
            guard let tensor = rest.removeValue(forKey: name) else {
                throw Self.missing(parameter, table: table, in: place)
            }
            guard tensor.shape == parameter.shape else {
                throw TransformerError(
                    .wrongShape, path: path, subject: name,
                    "has the shape \(tensor.shape), and config.json makes it \(parameter.shape)")
            }
            guard Self.types.contains(tensor.type), tensor.storedTypeName == nil else {
                throw TransformerError(
                    .unsupported, path: path, subject: name,
                    "is of type \(tensor.typeName); only float16, bfloat16, float32 and float64 are supported")
            }
            tensors.append(tensor)
        }
        self.tensors = tensors
        tiedHead = try Self.tiedHead(&rest, configuration: place.configuration, path: path)
        // Old files have the inverse frequencies, which follow from the configuration.
        let others = rest.keys.filter { !$0.hasSuffix("rotary_emb.inv_freq") }.sorted()
        if let first = others.first {
            let more = others.count > 1 ? "and \(others.count - 1) other tensors are" : "is"
            throw TransformerError(
                .unexpectedTensor, path: path, subject: first,
                "\(more) not part of the \(place.configuration.family.rawValue) that config.json describes; "
                    + "correct config.json, or leave them out with kedge convert --exclude")
        }
    }

    private static func missing(
        _ parameter: Parameter, table: ParameterTable, in place: ModelPlace
    ) -> TransformerError {
        let names = Set(place.checkpoint.tensors.map(\.name))
        let count = table.parameters.count {
            !names.contains($0.name) && !names.contains(String($0.name.dropFirst("model.".count)))
        }
        return TransformerError(
            .missingTensor, path: place.path, subject: parameter.name,
            "is missing" + (count > 1 ? ", as are \(count - 1) other parameters" : "")
                + "; config.json and the weights are not of one model, or the weights are incomplete")
    }

    private static func tiedHead(
        _ rest: inout [String: StoredTensor], configuration: TransformerConfiguration, path: String
    ) throws(TransformerError) -> StoredTensor? {
        guard configuration.tiesEmbeddings, let head = rest.removeValue(forKey: "lm_head.weight") else { return nil }
        let shape = [configuration.vocabularySize, configuration.hiddenSize]
        guard head.shape == shape, types.contains(head.type) else {
            throw TransformerError(
                .wrongShape, path: path, subject: head.name,
                "has the shape \(head.shape), and config.json ties it to the embedding of shape \(shape)")
        }
        return head
    }
}

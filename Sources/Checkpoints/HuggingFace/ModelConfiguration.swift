import Files
import JSON
import Tensors

/// The parts of a model's config.json that matter to its weights.
struct ModelConfiguration: Equatable {
    /// Heads of queries; nil where it is not said.
    var queryHeads: Int?
    /// Heads of keys and values.
    var keyHeads: Int?
    /// The width of a head.
    var headWidth: Int?
    /// The kind of model, such as `llama`.
    var modelType: String?

    private static let limit = 64 << 20
    private static let typeKeys: Set<String> = ["torch_dtype", "dtype"]

    /// Nothing is known.
    init() {}

    /// - Throws: `malformed` for numbers that cannot be; `FileError`.
    init(path: String) throws {
        let root = try Self.read(path)
        // Models of several modalities keep those of the language model one level down.
        let node = root["num_attention_heads"] == nil ? root["text_config"] ?? root : root
        func count(_ key: String) throws(CheckpointError) -> Int? {
            switch node[key] {
            case nil, .null?: return nil
            case .int(let value)? where (1...1 << 24).contains(value): return Int(value)
            default:
                throw CheckpointError(.malformed, path: path, "its '\(key)' is no number from 1 to \(1 << 24)")
            }
        }
        if case .string(let type)? = node["model_type"] { modelType = type }
        queryHeads = try count("num_attention_heads")
        keyHeads = try count("num_key_value_heads") ?? queryHeads
        if let width = try count("head_dim") {
            headWidth = width
        } else if let hidden = try count("hidden_size"), let heads = queryHeads, hidden % heads == 0 {
            headWidth = hidden / heads
        }
    }

    /// The file with another type of the weights; nil where it does not say any, or the type is one that it cannot say.
    ///
    /// The type is the value of `torch_dtype` or `dtype`, also of the configurations inside it.
    static func changing(type: TensorType, inFileAt path: String) throws -> [UInt8]? {
        guard [.float64, .float32, .float16, .bfloat16].contains(type) else { return nil }
        var found = false
        let node = change(try read(path), to: type.name, depth: 0, &found)
        return found ? Array((try JSONWriter(isPretty: true).string(node) + "\n").utf8) : nil
    }

    private static func change(_ node: JSONNode, to name: String, depth: Int, _ found: inout Bool) -> JSONNode {
        guard case .object(var members) = node, depth < 8 else { return node }
        for index in members.indices {
            if typeKeys.contains(members[index].key), case .string(let old) = members[index].value,
                TensorType(named: old) != nil
            {
                members[index].value = .string(name)
                found = true
            } else if members[index].key != "quantization_config" {
                members[index].value = change(members[index].value, to: name, depth: depth + 1, &found)
            }
        }
        return .object(members)
    }

    private static func read(_ path: String) throws -> JSONNode {
        do throws(JSONError) {
            let node = JSONNode(try JSONDocument.contents(ofFileAt: path, limit: limit).root)
            if case .object = node { return node }
        } catch {
            throw CheckpointError(.malformed, path: path, "cannot be read as a model's configuration: \(error)")
        }
        throw CheckpointError(.malformed, path: path, "is no JSON object")
    }
}

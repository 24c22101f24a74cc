import JSON

@testable import Tokenization

/// A small valid tokenizer.json, to be bent out of shape.
struct TokenizerFile {
    /// A step on the way to a value.
    enum Step: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, CustomStringConvertible, Sendable {
        case key(String)
        case index(Int)

        init(stringLiteral value: String) { self = .key(value) }
        init(integerLiteral value: Int) { self = .index(value) }

        var description: String {
            switch self {
            case .key(let key): key
            case .index(let index): "[\(index)]"
            }
        }
    }

    /// The document.
    var root: JSONNode = [
        "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": [added("<s>", 0, special: true)],
        "normalizer": nil, "pre_tokenizer": nil, "post_processor": nil, "decoder": nil,
        "model": [
            "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil,
            "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": ["<s>": 0, "a": 1, "b": 2, "c": 3, "ab": 4, "abc": 5, " ": 6],
            "merges": [["a", "b"], ["ab", "c"]],
        ],
    ]

    init() {}

    init(_ root: JSONNode) {
        self.root = root
    }

    /// An entry of `added_tokens`.
    static func added(_ content: String, _ id: Int64, special: Bool = false, normalized: Bool = false) -> JSONNode {
        [
            "id": .int(id), "content": .string(content), "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": .bool(normalized), "special": .bool(special),
        ]
    }

    /// Puts a value at a place; nil takes the member or element away.
    mutating func set(_ path: [Step], _ value: JSONNode?) {
        root = Self.replaced(root, path[...], value) ?? .null
    }

    /// The document with one change.
    func with(_ path: [Step], _ value: JSONNode?) -> TokenizerFile {
        var copy = self
        copy.set(path, value)
        return copy
    }

    /// The text of the document.
    func bytes() throws(JSONError) -> [UInt8] {
        var bytes: [UInt8] = []
        try JSONWriter().write(root, to: &bytes)
        return bytes
    }

    func tokenizer() throws -> Tokenizer {
        try Tokenizer(json: try bytes(), name: "test.json")
    }

    /// The places of all values in the document; of vocabulary, merges and other long lists only the first few.
    func paths() -> [[Step]] {
        var paths: [[Step]] = []
        func walk(_ node: JSONNode, _ path: [Step]) {
            paths.append(path)
            switch node {
            case .array(let elements):
                for (index, element) in elements.prefix(elements.count > 20 ? 3 : 20).enumerated() {
                    walk(element, path + [.index(index)])
                }
            case .object(let members):
                for member in members.prefix(members.count > 20 ? 3 : 20) {
                    walk(member.value, path + [.key(member.key)])
                }
            default:
                break
            }
        }
        walk(root, [])
        return paths
    }

    private static func replaced(_ node: JSONNode, _ path: ArraySlice<Step>, _ value: JSONNode?) -> JSONNode? {
        guard let step = path.first else { return value }
        switch (step, node) {
        case (.key(let key), .object(var members)):
            let place = members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
            let changed = replaced(place.map { members[$0].value } ?? .null, path.dropFirst(), value)
            switch (place, changed) {
            case (let place?, let changed?): members[place].value = changed
            case (let place?, nil): members.remove(at: place)
            case (nil, let changed?): members.append((key, changed))
            case (nil, nil): break
            }
            return .object(members)
        case (.index(let index), .array(var elements)) where elements.indices.contains(index):
            if let changed = replaced(elements[index], path.dropFirst(), value) {
                elements[index] = changed
            } else {
                elements.remove(at: index)
            }
            return .array(elements)
        default:
            return node
        }
    }
}

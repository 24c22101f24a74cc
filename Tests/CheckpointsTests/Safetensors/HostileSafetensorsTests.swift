import Checkpoints
import TestFixtures
import Testing

/// Files that lie about themselves: each is refused for its own reason, or read with a warning.
@Suite struct HostileSafetensorsTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    static func file(_ header: String, data: Int = 0, claimed: UInt64? = nil) -> [UInt8] {
        let text = Array(header.utf8)
        let length = claimed ?? UInt64(text.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + text
            + [UInt8](repeating: 1, count: data)
    }

    static func entry(_ name: String, _ type: String, _ shape: String, _ offsets: String) -> String {
        #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
    }

    private func code(_ bytes: [UInt8]) throws -> CheckpointError.Code? {
        let path = try directory.write("x.safetensors", bytes)
        do {
            _ = try Checkpoint.open(path, as: .safetensors)
            return nil
        } catch let error as CheckpointError {
            #expect(error.description.hasPrefix(path))
            #expect(!error.description.contains("\n"))
            return error.code
        }
    }

    static let refused: [(String, [UInt8], CheckpointError.Code)] = [
        ("empty", [], .wrongSize),
        ("seven bytes", [2, 0, 0, 0, 0, 0, 0], .wrongSize),
        ("header beyond the end", file("{}", claimed: 3), .wrongSize),
        ("header beyond the limit", file("{}", claimed: 100_000_001), .limitExceeded),
        ("header of 2^63", file("{}", claimed: 1 << 63), .limitExceeded),
        ("no JSON", file("{"), .malformed),
        ("an array", file("[]"), .malformed),
        ("not UTF-8", [4, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xFF, 0x22], .malformed),
        ("deep", file(String(repeating: "[", count: 100_000)), .malformed),
        ("unknown dtype", file("{\(entry("a", "F33", "[1]", "[0,4]"))}", data: 4), .badTensor),
        ("negative extent", file("{\(entry("a", "F32", "[-1]", "[0,4]"))}", data: 4), .badTensor),
        ("fraction", file("{\(entry("a", "F32", "[1.5]", "[0,4]"))}", data: 4), .badTensor),
        (
            "overflowing shape", file("{\(entry("a", "F32", "[4611686018427387904,4]", "[0,0]"))}"), .badTensor
        ),
        (
            "65 dimensions", file("{\(entry("a", "U8", "\([Int](repeating: 1, count: 65))", "[0,1]"))}", data: 1),
            .badTensor
        ),
        ("offsets backwards", file("{\(entry("a", "F32", "[1]", "[4,0]"))}", data: 4), .badTensor),
        ("offsets of three", file("{\(entry("a", "F32", "[1]", "[0,4,4]"))}", data: 4), .badTensor),
        (
            "offsets at the end of the numbers",
            file("{\(entry("a", "U8", "[1]", "[9223372036854775806,9223372036854775807]"))}", data: 1), .badTensor
        ),
        ("offsets and shape differ", file("{\(entry("a", "F32", "[2]", "[0,4]"))}", data: 4), .badTensor),
        ("half a byte", file("{\(entry("a", "F4", "[3]", "[0,1]"))}", data: 1), .badTensor),
        (
            "overlap",
            file("{\(entry("a", "U8", "[2]", "[0,2]")),\(entry("b", "U8", "[2]", "[1,3]"))}", data: 3), .badTensor
        ),
        (
            "the same bytes twice",
            file("{\(entry("a", "U8", "[2]", "[0,2]")),\(entry("b", "U8", "[2]", "[0,2]"))}", data: 2), .badTensor
        ),
        (
            "hole", file("{\(entry("a", "U8", "[1]", "[0,1]")),\(entry("b", "U8", "[1]", "[2,3]"))}", data: 3),
            .badTensor
        ),
        ("a hole in front", file("{\(entry("a", "U8", "[1]", "[1,2]"))}", data: 2), .badTensor),
        ("truncated data", file("{\(entry("a", "U8", "[4]", "[0,4]"))}", data: 3), .wrongSize),
        ("more data", file("{\(entry("a", "U8", "[4]", "[0,4]"))}", data: 5), .wrongSize),
        ("metadata that is no strings", file(#"{"__metadata__":{"a":1}}"#), .malformed),
        ("metadata that is no object", file(#"{"__metadata__":[]}"#), .malformed),
        ("an entry that is no object", file(#"{"a":1}"#), .badTensor),
        ("an entry without a shape", file(#"{"a":{"dtype":"U8","data_offsets":[0,0]}}"#), .badTensor),
    ]

    @Test(arguments: refused)
    func isRefused(name: String, bytes: [UInt8], expected: CheckpointError.Code) throws {
        #expect(try code(bytes) == expected, "\(name)")
    }

    static let accepted: [(String, [UInt8])] = [
        ("null metadata", file(#"{"__metadata__":null}"#)),
        (
            "a name twice",
            file("{\(entry("a", "U8", "[1]", "[0,1]")),\(entry("a", "U8", "[2]", "[0,2]"))}", data: 2)
        ),
        ("unknown field", file(#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}"#)),
        ("a path as a name", file("{\(entry("../x", "U8", "[1]", "[0,1]"))}", data: 1)),
        ("not aligned", file("{\(entry("a", "F32", "[1]", "[0,4]"))} ", data: 4)),
    ]

    @Test(arguments: accepted)
    func isAWarningOrAnErrorWhereStrict(name: String, bytes: [UInt8]) throws {
        let path = try directory.write("x.safetensors", bytes)
        #expect(try Checkpoint.open(path, as: .safetensors).warnings.count == 1, "\(name)")
        var strict = ReadingOptions()
        strict.isStrict = true
        #expect(throws: CheckpointError.self) { try Checkpoint.open(path, as: .safetensors, options: strict) }
    }

    @Test func everyTruncationIsAnError() throws {
        let whole = Self.file(
            "{\(Self.entry("a", "F32", "[2]", "[0,8]")),\(Self.entry("b", "U8", "[3]", "[8,11]"))}", data: 11)
        for count in whole.indices {
            #expect(try code(Array(whole[..<count])) != nil, "\(count) bytes")
        }
        #expect(try code(whole) == nil)
    }

    @Test func mutationsEnd() throws {
        var random = SplitMix(seed: 4)
        let whole = Self.file(
            #"{"__metadata__":{"format":"pt"},\#(Self.entry("a", "F32", "[2,1]", "[0,8]")),\#(Self.entry("b", "BF16", "[3]", "[8,14]"))}"#,
            data: 14)
        var refused = 0
        for round in 0..<2_000 {
            let bytes = flipped(whole, count: 1 + round % 4, using: &random)
            let path = try directory.write("m.safetensors", bytes)
            do {
                let checkpoint = try Checkpoint.open(path, as: .safetensors)
                for tensor in checkpoint.tensors {
                    var data = [UInt8](repeating: 0, count: tensor.byteCount)
                    try data.withUnsafeMutableBytes { try checkpoint.reader(of: tensor).read(at: 0, into: $0) }
                }
            } catch is CheckpointError {
                refused += 1
            }
        }
        #expect(refused > 500)
    }
}

/// Indexes of shards that lie.
@Suite struct HostileShardIndexTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write(
            "a.safetensors",
            HostileSafetensorsTests.file("{\(HostileSafetensorsTests.entry("a", "U8", "[1]", "[0,1]"))}", data: 1))
    }

    private func open(_ index: String) throws -> Checkpoint {
        try Checkpoint.open(try directory.write("model.safetensors.index.json", index))
    }

    @Test(arguments: [
        "../a.safetensors", "/etc/passwd", "x/../../a.safetensors", "", ".", "./a.safetensors", "x//a", "a\\u0000",
    ])
    func pathsThatLeadOutAreRefused(shard: String) throws {
        let error = #expect(throws: CheckpointError.self) { try open(#"{"weight_map":{"a":"\#(shard)"}}"#) }
        #expect(error?.code == .unsafePath)
    }

    @Test func whatTheIndexHasMustBeThere() throws {
        #expect(try open(#"{"weight_map":{"a":"a.safetensors"}}"#).tensors.map(\.name) == ["a"])
        let missing = #expect(throws: CheckpointError.self) {
            try open(#"{"weight_map":{"a":"a.safetensors","b":"a.safetensors"}}"#)
        }
        #expect(missing?.code == .missingTensor)
        #expect(missing?.tensor == "b")
    }

    @Test func whatIsNotInTheIndexIsLeftOut() throws {
        try directory.write(
            "b.safetensors",
            HostileSafetensorsTests.file(
                "{\(HostileSafetensorsTests.entry("b", "U8", "[1]", "[0,1]")),\(HostileSafetensorsTests.entry("c", "U8", "[1]", "[1,2]"))}",
                data: 2))
        let checkpoint = try open(#"{"weight_map":{"a":"a.safetensors","c":"b.safetensors"}}"#)
        #expect(checkpoint.tensors.map(\.name) == ["a", "c"])
        #expect(checkpoint.warnings.map(\.tensor) == ["b"])
    }

    @Test(arguments: ["", "[]", "{}", #"{"weight_map":[]}"#, #"{"weight_map":{"a":1}}"#])
    func brokenIndexesAreRefused(text: String) throws {
        #expect(throws: CheckpointError.self) { try open(text) }
    }
}

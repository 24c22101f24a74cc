import TestFixtures
import Testing

@testable import Divergences

@Suite struct TokenColumnTests {
    /// Logits of [6, 4] whose rows differ by their number.
    private static func write(_ directory: TemporaryDirectory, _ name: String, by step: Float) throws -> String {
        let values = (0..<24).map { Float($0 % 4) * step * Float($0 / 4 + 1) }
        return try directory.write(name, DumpFixtures.npy(values, shape: [6, 4]))
    }

    private let directory: TemporaryDirectory
    private let p: String
    private let q: String

    init() throws {
        directory = try TemporaryDirectory()
        p = try Self.write(directory, "p.npy", by: 0.1)
        q = try Self.write(directory, "q.npy", by: 0.2)
    }

    private func column(_ column: TokenColumn, _ values: [Int32], shape: [Int]? = nil) throws -> TokenColumnFile {
        let path = try directory.write(
            "\(column.rawValue).npy", DumpFixtures.npy(integers: values, shape: shape ?? [values.count]))
        return TokenColumnFile(column, path: path)
    }

    @Test func theNextTokenIsTheRowsTarget() throws {
        let all = try DumpFixtures.compare(p, q)
        let ids = try column(.tokenIDs, [3, 2, 1, 0, 1, 2])
        let found = try DumpFixtures.compare(p, q, files: [ids], shift: .next)
        #expect(found[.klPQ] == Array(all[.klPQ].prefix(5)))
        #expect(found[.tokenID] == [2, 1, 0, 1, 2])
        #expect(found[.position] == [1, 2, 3, 4, 5])
        let same = try DumpFixtures.compare(p, q, files: [ids])
        #expect(same[.tokenID] == [3, 2, 1, 0, 1, 2])
        #expect(same[.position] == [0, 1, 2, 3, 4, 5])
        // Without tokens the last row is about something too.
        #expect(try DumpFixtures.compare(p, q, shift: .next)[.position] == [1, 2, 3, 4, 5, 6])
    }

    @Test func masksSegmentsAndSequences() throws {
        let files = [
            try column(.tokenIDs, [3, 2, 1, 0, 1, 2]), try column(.sequences, [7, 7, 7, 9, 9, -1]),
            try column(.mask, [1, 0, 1, 1, 1, 1]), try column(.segments, [0, 1, 2, 0, 1, 2]),
            try column(.advantages, [5, 5, 5, -5, -5, 0]),
        ]
        let found = try DumpFixtures.compare(p, q, files: files, shift: .next)
        #expect(found.names == ["7", "9"])
        #expect(found[.tokenID] == [1, 1])
        #expect(found[.position] == [2, 1])
        #expect(found.segments == [.continuation, .prefix])
        #expect(found[.advantage] == [5, -5])
        #expect(found.offsets == [0, 1, 2])
        let all = try DumpFixtures.compare(p, q)
        #expect(found[.klPQ] == [all[.klPQ][1], all[.klPQ][3]])
    }

    @Test func lengthsDivideRows() throws {
        let found = try DumpFixtures.compare(p, q, files: [try column(.lengths, [2, 0, 4])])
        #expect(found.offsets == [0, 2, 2, 6])
        #expect(found[.position] == [0, 1, 0, 1, 2, 3])
        let error = #expect(throws: DivergenceError.self) {
            try DumpFixtures.compare(p, q, files: [try column(.lengths, [2, 3])])
        }
        #expect(error?.code == .mismatch)
    }

    @Test func aDatasetSaysWhichTokens() throws {
        var plan = TokenPlan(
            sequences: [("x", 2), ("y", 4)], tokenIDs: [0, 1, 2, 3, 0, 1],
            segments: [.prompt, .prefix, .prompt, .prefix, .continuation, .continuation])
        let found = try DumpFixtures.compare(try .open(p), try .open(q), tokens: plan)
        #expect(found.names == ["x", "y"])
        #expect(found[.tokenID] == [1, 3, 0, 1])
        #expect(found.segments == [.prefix, .prefix, .continuation, .continuation])
        // As batches: [2, 4, V] with padding behind the first.
        let values = (0..<32).map { Float($0 % 5) }
        let padded = try directory.write("b.npy", DumpFixtures.npy(values, shape: [2, 4, 4]))
        let batches = try DumpFixtures.compare(try .open(padded), try .open(padded), tokens: plan)
        #expect(batches[.tokenID] == [1, 3, 0, 1])
        plan = TokenPlan(sequences: [("x", 2), ("y", 5)])
        let error = #expect(throws: DivergenceError.self) {
            try DumpFixtures.compare(try .open(padded), try .open(padded), tokens: plan)
        }
        #expect(error?.code == .mismatch)
    }

    @Test func wrongColumnsAreRefused() throws {
        func error(_ column: TokenColumn, _ values: [Int32], shape: [Int]? = nil) throws -> DivergenceError? {
            let file = try self.column(column, values, shape: shape)
            return #expect(throws: DivergenceError.self) { try DumpFixtures.compare(p, q, files: [file]) }
        }
        #expect(try error(.tokenIDs, [0, 1, 2, 3, 4, 0])?.row == 4)
        #expect(try error(.tokenIDs, [0, -100, 2, 3, 1, 0])?.row == 1)
        #expect(try error(.tokenIDs, [0, 1])?.code == .mismatch)
        #expect(try error(.mask, [0, 1, 2, 0, 0, 0])?.row == 2)
        #expect(try error(.mask, [0, 1, 1, 0, 0, 0], shape: [2, 3])?.code == .mismatch)
        #expect(try error(.mask, [0, 0, 0, 0, 0, 0])?.code == .invalidRequest)
        #expect(try error(.segments, [0, 1, 2, 3, 0, 0])?.row == 3)
        #expect(try error(.sequences, [1, 1, 2, 2, 1, 1])?.row == 4)
        #expect(try error(.lengths, [-1, 7])?.row == 0)
        #expect(try error(.advantages, [1, 2, 3])?.code == .mismatch)
    }

    @Test func tokensThatDifferNameTheRow() throws {
        func file(_ name: String, _ ids: [Int32]) throws -> String {
            let header =
                #"{"logits":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"token_ids":{"dtype":"I32","shape":[2],"data_offsets":[16,24]}}"#
            return try directory.write(
                name,
                DumpFixtures.bytes(UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: 16)
                    + ids.flatMap(DumpFixtures.bytes))
        }
        let error = #expect(throws: DivergenceError.self) {
            try DumpFixtures.compare(try file("a.safetensors", [0, 1]), try file("b.safetensors", [0, 0]))
        }
        #expect(error?.code == .mismatch)
        #expect(error?.row == 1)
        #expect(error?.path.hasSuffix("b.safetensors") == true)
        // Where they do not count, other ids are other padding only if a mask says so; the files still differ.
        let ids = TokenColumnFile(.tokenIDs, path: try file("c.safetensors", [1, 1]))
        #expect(throws: DivergenceError.self) {
            try DumpFixtures.compare(
                try file("a.safetensors", [0, 1]), try file("d.safetensors", [0, 1]), files: [ids])
        }
    }
}

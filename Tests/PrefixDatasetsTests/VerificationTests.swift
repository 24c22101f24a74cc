import PrefixDatasets
import TestFixtures
import Testing
import Tokenization

/// One way to break a dataset's values, and what must be said about it.
struct Fault: Sendable, CustomTestStringConvertible {
    var message: String
    var needsTokenizer = false
    var change: @Sendable (inout DatasetContent) -> Void

    var testDescription: String { message }

    static let all: [Fault] = [
        Fault(message: "row 0: offsets 1 to") { $0.offsets[0] = 1 },
        Fault(message: "row 4: offsets") { $0.offsets[5] += 1 },
        Fault(message: "row 4: offsets") { $0.offsets[5] = -1 },
        Fault(message: "row 4: offsets") { $0.offsets[5] = .max },
        Fault(message: "row 34: offsets") { $0.offsets[35] += 1 },
        Fault(message: "row 3: offsets") { $0.numbers["prompt_lengths"]?[3] += 1 },
        Fault(message: "row 3: offsets") { $0.numbers["expert_lengths"]?[3] = .max },
        Fault(message: "row 3: offsets") { content in
            // The sum is right, and one of the lengths is negative.
            let sum = (content.numbers["prompt_lengths"]?[3] ?? 0) + (content.numbers["expert_lengths"]?[3] ?? 0)
            content.numbers["prompt_lengths"]?[3] = -1
            content.numbers["expert_lengths"]?[3] = sum + 1
        },
        Fault(message: "its rows hold") { $0.numbers["tokens"]?.append(0) },
        Fault(message: "row 0: holds an id that no token has") { $0.numbers["tokens"]?[3] = -1 },
        Fault(message: "row 0: holds an id that no token has", needsTokenizer: true) {
            $0.numbers["tokens"]?[3] = 2003
        },
        Fault(message: "row 1: a prefix ends outside of its trace") { $0.numbers["prefix_ends"]?[4] = -1 },
        Fault(message: "row 1: a prefix ends outside of its trace") { $0.numbers["prefix_ends"]?[7] += 1 },
        Fault(message: "row 1: its prefix ends are not those of the rule", needsTokenizer: true) {
            $0.numbers["prefix_ends"]?[5] -= 1
        },
        Fault(message: "row 0: its prefix ends are not those of the rule", needsTokenizer: true) {
            $0.replace("\"paragraph\"", with: "\"none\"", in: "settings")
        },
        Fault(message: "row 2: does not end in the end-of-sequence token", needsTokenizer: true) {
            $0.numbers["tokens"]?[Int($0.offsets[3]) - 1] = 5
        },
        Fault(message: "row 9: its prompt index descends or its trace index is negative") {
            $0.numbers["prompt_index"]?[9] = 0
        },
        Fault(message: "row 9: its prompt index descends or its trace index is negative") {
            $0.numbers["trace_index"]?[9] = -1
        },
        Fault(message: "its counts say 34 rows, and it holds 35") {
            $0.replace("\"kept\":35", with: "\"kept\":34", in: "counts")
        },
        Fault(message: "has a prefix ratio outside of 0...1") { $0.ratios[1] = 1.5 },
        Fault(message: "has a prefix ratio outside of 0...1") { $0.ratios[1] = .nan },
        Fault(message: "holds no rows") { content in
            for name in content.numbers.keys { content.numbers[name] = [] }
            for name in content.strings.keys { content.strings[name] = [] }
            content.offsets = [0]
        },
    ]
}

@Suite struct VerificationTests {
    @Test(arguments: Fault.all)
    func faultsAreFound(_ fault: Fault) async throws {
        let directory = try TemporaryDirectory()
        try await build([Sample.traces], output: directory.file("a.h5"))
        var content = try DatasetContent(reading: directory.file("a.h5"))
        fault.change(&content)
        let path = directory.file("b.h5")
        try content.write(path)
        let dataset = try PrefixDataset(path)
        let tokenizer = try Tokenizer(contentsOf: Sample.tokenizerFile)
        do {
            try dataset.verify(against: tokenizer)
            Issue.record("\(fault.message): was not found")
        } catch let error as DatasetError {
            #expect("\(error)".hasPrefix("\(path): is not a sound prefix dataset: "))
            #expect("\(error)".contains(fault.message), "\(error)")
        }
        if fault.needsTokenizer {
            #expect(try dataset.verify() == 35)
        } else {
            #expect(throws: DatasetError.self) { try dataset.verify() }
        }
    }

    @Test func aSoundDatasetIsSound() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("many.jsonl", Sample.lines(count: 2500))
        try await build([directory.file("many.jsonl")], output: directory.file("a.h5"))
        let dataset = try PrefixDataset(directory.file("a.h5"))
        var steps: [Int] = []
        let rows = try dataset.verify(against: Tokenizer(contentsOf: Sample.tokenizerFile)) { done, total in
            steps.append(done)
            #expect(total == dataset.rowCount)
        }
        #expect(rows == dataset.rowCount)
        #expect(steps == [4096, rows])
    }

    /// Rows are read one at a time, so that a damaged row is its own error.
    @Test func rowsThatContradictThemselvesAreNotRead() async throws {
        let directory = try TemporaryDirectory()
        try await build([Sample.traces], output: directory.file("a.h5"))
        var content = try DatasetContent(reading: directory.file("a.h5"))
        content.offsets[5] = .max
        content.numbers["prefix_ends"]?[0] = .max
        let path = directory.file("b.h5")
        try content.write(path)
        let dataset = try PrefixDataset(path)
        for row in [0, 4, 5] {
            let expected = DatasetError.contractBroken(
                path: path, violations: ["row \(row) has offsets or lengths that contradict each other"])
            #expect(throws: expected) { try dataset.row(row) }
        }
        #expect(try dataset.row(6).promptIndex == content.numbers["prompt_index"]?[6] ?? -1)
        for row in [-1, 35, .max] {
            #expect(throws: DatasetError.noSuchRow(path: path, row: row, count: 35)) { try dataset.row(row) }
        }
    }

    @Test func negativeLengthsHaveNoStatistics() async throws {
        let directory = try TemporaryDirectory()
        try await build([Sample.traces], output: directory.file("a.h5"))
        var content = try DatasetContent(reading: directory.file("a.h5"))
        content.numbers["expert_lengths"]?[7] = -5
        try content.write(directory.file("b.h5"))
        let dataset = try PrefixDataset(directory.file("b.h5"))
        #expect(throws: DatasetError.self) { try dataset.statistics() }
    }
}

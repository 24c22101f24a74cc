import TestFixtures
import Testing

@testable import Checkpoints

/// Pickles that were made to harm whoever loads them.
@Suite struct PickleAttackTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func open(_ pickle: PickleBuilder) throws -> Checkpoint {
        try Checkpoint.open(try directory.write("a.pt", pickle.archive()))
    }

    private func code(_ pickle: PickleBuilder) -> CheckpointError.Code? {
        do {
            _ = try open(pickle)
            return nil
        } catch {
            return (error as? CheckpointError)?.code
        }
    }

    @Test(arguments: [
        ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("builtins", "exec"), ("subprocess", "Popen"),
    ])
    func codeIsNamedAndNotRun(_ module: String, _ name: String) throws {
        let mark = directory.file("mark")
        var pickle = PickleBuilder()
        pickle.raw("}(")
        pickle.text("evil")
        pickle.global(module, name)
        pickle.text("touch \(mark)")
        pickle.bytes.append(0x85)
        pickle.raw("R")
        pickle.text("good")
        pickle.tensor()
        pickle.raw("u.")
        let checkpoint = try open(pickle)
        #expect(checkpoint.tensors.map(\.name) == ["good"])
        #expect(try numbers(Float.self, of: "good", in: checkpoint) == [0, 1, 2, 3])
        #expect(checkpoint.warnings.contains { $0.message.contains("\(module).\(name)") })
        #expect(directory.isMissing("mark"))
        var strict = ReadingOptions()
        strict.isStrict = true
        #expect(throws: CheckpointError.self) { try Checkpoint.open(directory.file("a.pt"), options: strict) }
    }

    /// Lists of the same list twice, a hundred deep: 2^100 paths.
    @Test func sharedNodesDoNotExplode() {
        var pickle = PickleBuilder()
        pickle.raw("}")
        pickle.text("a")
        pickle.raw("]")
        for _ in 0..<40 {
            // (x, x) in a tuple
            pickle.raw("2")
            pickle.bytes.append(0x86)
        }
        pickle.raw("s.")
        #expect(code(pickle) == .limitExceeded)
    }

    /// One value, and a stack of a million and more references to it: eight bytes of memory for one of the pickle.
    @Test func repeatedValuesDoNotFillTheStack() {
        var pickle = PickleBuilder()
        pickle.raw("N" + String(repeating: "2", count: 1_000_000) + ".")
        #expect(code(pickle) == .limitExceeded)
    }

    @Test func marksDoNotFillTheStack() {
        var pickle = PickleBuilder()
        pickle.raw(String(repeating: "(", count: 1_000_001))
        #expect(code(pickle) == .limitExceeded)
    }

    /// A list that takes the same value again and again.
    @Test func containersDoNotFillTheMemory() {
        var pickle = PickleBuilder()
        pickle.raw("]" + String(repeating: "Na", count: 10) + String(repeating: "2a", count: 2_000_000) + ".")
        #expect(code(pickle) == .limitExceeded)
    }

    /// A number of the memo far beyond what was made would fill the memo with nothing.
    @Test func memoHasNoGaps() {
        var pickle = PickleBuilder()
        pickle.raw("}r")
        pickle.bytes += [0, 0, 0, 1]
        pickle.raw(".")
        #expect(code(pickle) == .limitExceeded)
    }

    @Test func cyclesEnd() {
        var pickle = PickleBuilder()
        pickle.raw("}q\u{0}")
        pickle.text("a")
        pickle.raw("h\u{0}s.")
        #expect(code(pickle) == .limitExceeded)
    }

    @Test func depthDoesNotOverflowTheStack() {
        var pickle = PickleBuilder()
        pickle.raw("}")
        pickle.text("a")
        pickle.raw("N")
        pickle.bytes += [UInt8](repeating: 0x85, count: 500_000)
        pickle.raw("s.")
        #expect(code(pickle) == .limitExceeded)
    }

    @Test func collidingPathsAreAnError() {
        var pickle = PickleBuilder()
        pickle.raw("}(")
        pickle.text("a.b")
        pickle.tensor()
        pickle.text("a")
        pickle.raw("}")
        pickle.text("b")
        pickle.tensor()
        pickle.raw("su.")
        #expect(code(pickle) == .conflict)
    }

    @Test(arguments: [
        "", ".", "}", "0.", "1.", "(.", "N(.", "Ns.", "}Ns.", "}(Nu.", "NNa.", "N)s.", "h\u{1}N.",
        "j\u{1}\u{1}\u{1}\u{1}.",
        "X\u{7F}\u{7F}\u{7F}\u{7F}a.", "cos\nsystem", "cos", "R.", "NR.", "b.", "Q.",
        "t.",
        "e.", "I1\n.", "S'a'\n.", "iposix\nsystem\n.", "(cos\nsystem\no.", "P1\n.", "NB\u{7F}\u{7F}\u{7F}\u{7F}.",
    ]) func brokenStreamsAreRefused(_ text: String) {
        var pickle = PickleBuilder()
        pickle.raw(text)
        #expect(code(pickle) == .malformed, "\(text)")
    }

    @Test func keysOfTheMemoAreBounded() {
        var pickle = PickleBuilder()
        pickle.raw("Nr\u{7F}\u{7F}\u{7F}\u{7F}.")
        #expect(code(pickle) == .limitExceeded)
    }

    @Test func negativeLengthsAreRefused() {
        for opcode in [0x8D, 0x8E, 0x96, 0x8B] {
            var pickle = PickleBuilder()
            pickle.bytes += [UInt8(opcode)] + [UInt8](repeating: 0xFF, count: 8) + [0x2E]
            #expect(code(pickle) == .malformed)
        }
    }

    @Test func newerProtocolsAreRead() throws {
        var pickle = PickleBuilder()
        pickle.bytes = [0x80, 5, 0x95] + little(100, 8)
        pickle.raw("}")
        pickle.bytes += [0x94, 0x8C, 1, 0x61, 0x94]
        pickle.tensor()
        pickle.raw("s.")
        #expect(try open(pickle).tensors.map(\.name) == ["a"])
        pickle.bytes[1] = 6
        #expect(code(pickle) == .malformed)
    }
}

import Foundation
import JSON
import Testing

@testable import Rewards

/// Shaped rewards beside the definitions in Python, from scripts/check-rewards-shaping.py.
@Suite struct ShapingTests {
    private static func golden(_ name: String) throws -> [JSONNode] {
        let url = try #require(
            Bundle.module.url(forResource: "shaping", withExtension: "json", subdirectory: "Goldens"))
        let root = JSONNode(try JSONDocument.parsing([UInt8](try Data(contentsOf: url))).root)
        guard case .array(let elements) = root[name] else { return [] }
        return elements
    }

    private static func numbers(_ node: JSONNode?) -> [Double] {
        guard case .array(let elements) = node else { return [] }
        return elements.compactMap { number($0) }
    }

    private static func number(_ node: JSONNode?) -> Double? {
        switch node {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    @Test func texts() throws {
        let cases = try Self.golden("texts")
        #expect(cases.count == 24)
        for each in cases {
            guard case .string(let text) = each["text"] else { return #expect(Bool(false)) }
            #expect(FormatReward().reward(text) == Self.number(each["format"]), "\(text.debugDescription)")
            #expect(FormatReward(style: .think).reward(text) == Self.number(each["think"]), "\(text.debugDescription)")
            #expect(TagCountReward().reward(text) == Self.number(each["tag_count"]), "\(text.debugDescription)")
            #expect(
                ReasoningStepsReward().reward(text) == Self.number(each["reasoning_steps"]), "\(text.debugDescription)")
            let found = [1, 2, 3, 5].map { size in
                var reward = RepetitionReward()
                reward.ngramSize = size
                return reward.reward(text)
            }
            #expect(found == Self.numbers(each["repetition"]), "\(text.debugDescription)")
        }
    }

    @Test func groups() throws {
        let cases = try Self.golden("groups")
        #expect(cases.count == 7)
        for each in cases {
            let lengths = Self.numbers(each["lengths"]).map { Int($0) }
            guard case .array(let marks) = each["correct"] else { return #expect(Bool(false)) }
            let correct = marks.map { $0 == true }
            let pairs = Array(zip(lengths, correct))
            #expect(LengthReward().rewards(lengths: lengths, isCorrect: correct) == Self.numbers(each["length"]))
            var cosine = CosineReward()
            expectClose(pairs.map { cosine.reward(length: $0, isCorrect: $1) }, Self.numbers(each["cosine"]))
            cosine.clampsLength = true
            expectClose(pairs.map { cosine.reward(length: $0, isCorrect: $1) }, Self.numbers(each["clamped"]))
            var overlong = SoftOverlongReward()
            (overlong.maxCompletionLength, overlong.softPunishCache, overlong.penaltyFactor) = (1500, 600, 0.8)
            expectClose(lengths.map { overlong.reward(length: $0) }, Self.numbers(each["soft_overlong"]))
            overlong.isBounded = false
            expectClose(lengths.map { overlong.reward(length: $0) }, Self.numbers(each["unbounded"]))
        }
    }

    private func expectClose(
        _ found: [Double], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(found.count == expected.count, sourceLocation: sourceLocation)
        for (left, right) in zip(found, expected) { #expect(abs(left - right) < 1e-12, sourceLocation: sourceLocation) }
    }

    /// Of each corner of the regular expressions one.
    @Test(arguments: [
        ("<think>\n\n</think>\n<answer>\n\n</answer>", 1.0), ("<think>\na\n</think>\n<answer>\nb\n</answer>\nmore", 1),
        ("<think>\na\n</think>\n<answer>\nb\n</answer>more", 0), (" <think>\na\n</think>\n<answer>\nb\n</answer>", 0),
        ("<think>\n</think>\n<answer>\nb\n</answer>", 0),
        ("<think>\na\n</think>\n<answer>\nb\n</answer>x\n</answer>", 1),
        ("<think>\na\n</think>\n<answer>\n</think>\n<answer>\nb\n</answer>", 1),
        ("<think>\na\r\n</think>\r\n<answer>\nb\n</answer>", 0), ("", 0),
    ])
    func format(_ text: String, _ reward: Double) {
        #expect(FormatReward().reward(text) == reward)
    }

    @Test(arguments: [
        ("<think></think>", 1.0), ("<think><think></think>", 0), ("<think></think><think>", 0),
        ("x<think></think>", 0),
        ("</think><think>", 0),
    ])
    func thinkFormat(_ text: String, _ reward: Double) {
        #expect(FormatReward(style: .think).reward(text) == reward)
    }

    @Test(arguments: [
        // Without overlaps the second closing tag is not one.
        ("\n</think>\n</think>\n", 0.25), ("<think>\n<think>\n", 0), ("\n<answer>\n\n</answer>", 0.5),
    ])
    func tagCount(_ text: String, _ reward: Double) {
        #expect(TagCountReward().reward(text) == reward)
    }

    @Test(arguments: [
        ("1.2.", 1.0), ("a\n1.", 0), ("Step \u{663}\u{664}:", 1), ("Step \u{B2}:", 0), ("Step Step 1:", 1),
        ("\n-\n*\n- Next, Finally,", 5), ("Step 1", 0), ("First", 0), ("Step 1:2", 1),
    ])
    func reasoningSteps(_ text: String, _ marks: Double) {
        #expect(ReasoningStepsReward().reward(text) == min(1, marks / 3))
    }

    /// Words are told apart by their bytes, after Python's lower and split.
    @Test(
        arguments: [
            ("a b a", 1.0 / 3), ("A a", 0.5), ("a\u{A0}a", 0.5), ("a\u{200B}a a", 0), ("e\u{301} \u{E9}", 0),
            ("ΟΔΟΣ οδος", 0.5), ("ΟΔΟΣ οδοσ", 0), ("ΣΑ σα", 0.5), ("", 0), ("   ", 0),
        ] as [(String, Double)])
    func words(_ text: String, _ repeated: Double) {
        var reward = RepetitionReward()
        (reward.ngramSize, reward.maxPenalty) = (1, -2)
        #expect(abs(reward.reward(text) + 2 * repeated) < 1e-15)
    }

    /// Against sets of the n-grams themselves.
    @Test func ngrams() {
        var random = SystemRandomNumberGenerator()
        for size in 1...9 {
            for _ in 0..<20 {
                let tokens = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    Int.random(in: 0...1, using: &random)
                }
                let all = tokens.indices.dropLast(size - 1).map { Array(tokens[$0..<($0 + size)]) }
                let expected = all.isEmpty ? 0 : Double(Set(all).count) / Double(all.count) - 1
                var reward = RepetitionReward()
                reward.ngramSize = size
                #expect(abs(reward.reward(tokens: tokens) - expected) < 1e-12)
            }
        }
    }

    @Test func unknownCorrectnessHasNoReward() {
        #expect(LengthReward().rewards(lengths: [1, 2, 3], isCorrect: [nil, true, false]) == [nil, 0, -0.5])
        #expect(LengthReward().rewards(lengths: [2, 2], isCorrect: [nil, true]) == [nil, 0])
        #expect(LengthReward().rewards(lengths: [], isCorrect: []) == [])
    }

    /// Texts on which careless matching takes quadratic time.
    @Test func longTexts() {
        let count = 300_000
        let texts = ["\n</think>\n<answer>\n", "\n</answer>x", "<think>", "Step 1", "1", "\n", "\u{663}", "Σ'", "a "]
            .map {
                "<think>\n" + String(repeating: $0, count: count)
            }
        for text in texts {
            #expect(FormatReward().reward(text) == 0)
            #expect((0...1).contains(TagCountReward().reward(text)))
            #expect((0...1).contains(ReasoningStepsReward().reward(text)))
            var reward = RepetitionReward()
            reward.ngramSize = 100_000
            #expect((-1...0).contains(reward.reward(text)))
        }
    }
}

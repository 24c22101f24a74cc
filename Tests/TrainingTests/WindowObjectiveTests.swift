import Objectives
import Testing

@testable import Training

@Suite("Objectives of parts of an update")
struct WindowObjectiveTests {
    /// Two groups of three rollouts, of 2 to 5 tokens.
    private func sequences(isStale: Bool, hasReference: Bool) -> [TrainingSequence] {
        (0..<6).map { number in
            let count = 2 + number * 2 % 4
            var sequence = TrainingSequence(tokens: [Int32](repeating: 1, count: count + 1), promptLength: 1)
            sequence.expertLength = number % 3
            sequence.reward = Double(number % 2)
            sequence.group = number / 3
            sequence.advantage = Double(number % 2) - 0.4
            if isStale { sequence.oldLogProbs = (0..<count).map { -0.5 - 0.1 * Double($0) } }
            if hasReference { sequence.refLogProbs = (0..<count).map { -0.9 - 0.05 * Double($0) } }
            return sequence
        }
    }

    /// The sequences with the trust regions that an objective gives them, where it does.
    private func placed(_ sequences: [TrainingSequence], _ objective: any Objective) throws -> [TrainingSequence] {
        guard let quatro = objective as? QUATROObjective else { return sequences }
        let batch = try RolloutBatch(
            offsets: Array(0...sequences.count), logProbs: sequences.map { _ in 0 }, rewards: sequences.map(\.reward),
            groups: sequences.map(\.group))
        return zip(sequences, try quatro.regions(batch)).map { sequence, region in
            var sequence = sequence
            sequence.region = region
            return sequence
        }
    }

    @Test(
        "have the gradient of a token as soon as it is scored, where they say so", arguments: ObjectiveMethod.allCases)
    func tokenwise(method: ObjectiveMethod) throws {
        for (isStale, hasReference) in [(false, false), (true, false), (true, true)] {
            var objective = method.objective
            let sequences = try placed(sequences(isStale: isStale, hasReference: hasReference), objective)
            if hasReference { _ = try objective.set("beta", to: .number(0.1)) }
            _ = try objective.set("max_length", to: .number(5))
            let window = try WindowObjective(objective, window: sequences)
            guard window.hasTokenwiseGradient(sequences[...]) else {
                #expect(isStale && [.gspo, .quatro, .quatroPractical].contains(method))
                continue
            }
            let count = sequences.reduce(0) { $0 + $1.responseLength }
            let logProbs = (0..<count).map { -0.1 - Float($0 * 7 % 11) / 5 }
            let entropies = [Float](repeating: 1, count: count)
            let whole = try window.evaluate(sequences[...], logProbs: logProbs, entropies: entropies)
            var known = [Float](repeating: -1, count: count)
            for token in 0..<count {
                known[token] = logProbs[token]
                let part = try window.evaluate(sequences[...], logProbs: known, entropies: entropies)
                #expect(part.gradients[token] == whole.gradients[token])
            }
        }
    }

    @Test("add up to the whole", arguments: ObjectiveMethod.allCases)
    func addUp(method: ObjectiveMethod) throws {
        var objective = method.objective
        let sequences = try placed(sequences(isStale: true, hasReference: false), objective)
        _ = try objective.set("max_length", to: .number(5))
        let window = try WindowObjective(objective, window: sequences)
        func result(_ range: Range<Int>) throws -> ObjectiveResult {
            let count = sequences[range].reduce(0) { $0 + $1.responseLength }
            let before = sequences[..<range.lowerBound].reduce(0) { $0 + $1.responseLength }
            let logProbs = (before..<before + count).map { -0.1 - Float($0 * 7 % 11) / 5 }
            return try window.evaluate(
                sequences[range], logProbs: logProbs, entropies: [Float](repeating: 1, count: count))
        }
        let whole = try result(0..<6)
        let parts = try [result(0..<1), result(1..<4), result(4..<6)]
        #expect(abs(parts.reduce(0) { $0 + $1.loss } - whole.loss) < 1e-12)
        for (part, expected) in zip(parts.flatMap(\.gradients), whole.gradients) {
            #expect(abs(part - expected) < 1e-14)
        }
    }
}

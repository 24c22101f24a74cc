import Foundation
import JSON
import Kernels
import Testing

@testable import Transformers

@Suite struct TokenSamplerTests {
    static func settings(_ json: JSONValue) throws -> SamplingSettings {
        func number(_ key: String) -> Double? { json[key]?.double }
        return try SamplingSettings(
            temperature: Float(number("temperature") ?? 1), topK: json["top_k"]?.int, topP: number("top_p") ?? 1,
            minP: Float(number("min_p") ?? 0), repetitionPenalty: Float(number("repetition_penalty") ?? 1))
    }

    /// What transformers leaves of random logits, with which log-probabilities: every token of it is drawn, no other.
    @Test func transformersProcessors() throws {
        let path = (Bundle.module.resourcePath ?? ".") + "/Goldens/sampling.json"
        let root = try JSONDocument.contents(ofFileAt: path).root
        var cases = 0
        for item in try #require(root["cases"]).elements {
            let logits = try #require(item["logits"]).elements.map { $0.isNull ? -.infinity : Float($0.double ?? .nan) }
            let history = try #require(item["history"]).elements.map { Int32($0.int ?? -1) }
            let left = try #require(item["left"])
            let settings = try Self.settings(#require(item["settings"]))
            let sampler = TokenSampler(vocabulary: logits.count)
            var drawn: [Int32: Float] = [:]
            for step in 0..<5_000 {
                let token = try sampler.sample(
                    logits, settings: settings, history: history[...], rollout: 0, step: UInt64(step))
                drawn[token.id] = token.samplingLogProbability
            }
            for id in logits.indices {
                let expected = left["\(id)"]?.double
                let found = drawn[Int32(id)].map(Double.init)
                if let expected, let found {
                    #expect(abs(expected - found) < 1e-5, "case \(cases), token \(id)")
                } else if let expected {
                    #expect(expected < log(4e-3), "case \(cases), token \(id) is never drawn")
                } else {
                    #expect(found == nil, "case \(cases), token \(id)")
                }
            }
            cases += 1
        }
        #expect(cases == 16)
    }

    /// Pearson's statistic of draws of fixed seeds; 99.9 % of such statistics with 7 degrees of freedom are below 24.3.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func drawsAreDistributed(_ seed: UInt64) throws {
        let logits: [Float] = [0, 1, -1, 0.5, 2, -2, 0.25, 1.5]
        let settings = try SamplingSettings(temperature: 0.8, seed: seed)
        let weights = logits.map { exp(Double($0) / 0.8) }
        let total = weights.reduce(0, +)
        let sampler = TokenSampler(vocabulary: 8)
        // Along the steps of a rollout, and along rollouts at one step.
        for along in [true, false] {
            var counts = [Double](repeating: 0, count: 8)
            for number in 0..<20_000 as Range<UInt64> {
                let token = try sampler.sample(
                    logits, settings: settings, history: [], rollout: along ? 5 : number, step: along ? number : 5)
                counts[Int(token.id)] += 1
            }
            let statistic = (0..<8).reduce(0.0) { sum, id in
                let expected = 20_000 * weights[id] / total
                return sum + (counts[id] - expected) * (counts[id] - expected) / expected
            }
            #expect(statistic < 24.3)
        }
    }

    @Test func logProbabilitiesAreTheModels() throws {
        let logits: [Float] = [1, 3, 2]
        let sampler = TokenSampler(vocabulary: 3)
        let settings = try SamplingSettings(temperature: 0.1, topK: 1, repetitionPenalty: 2)
        // The penalty halves the logit of 1, and 2 is the most likely then.
        let token = try sampler.sample(logits, settings: settings, history: [1], rollout: 0, step: 0)
        let normaliser = log(exp(1.0) + exp(3.0) + exp(2.0))
        #expect(token.id == 2 && token.samplingLogProbability == 0)
        #expect(abs(Double(token.logProbability) - (2 - normaliser)) < 1e-6)
    }

    @Test func greedyTakesTheLowestIDOfTies() throws {
        let sampler = TokenSampler(vocabulary: 5)
        func greedy(_ logits: [Float]) throws -> Int32 {
            try sampler.sample(logits, settings: .greedy, history: [], rollout: 0, step: 0).id
        }
        #expect(try greedy([0, 2, 1, 2, 2]) == 1)
        #expect(try greedy([-.infinity, -.infinity, -.infinity, -5, -.infinity]) == 3)
        #expect(try greedy([-1, -1, -1, -1, -1]) == 0)
    }

    @Test func aDrawDependsOnItsNumbersAlone() throws {
        let logits: [Float] = (0..<50).map { Float($0 % 7) * 0.3 }
        let settings = try SamplingSettings(topP: 0.9, seed: 11)
        func draw(_ sampler: TokenSampler, _ rollout: UInt64, _ step: UInt64) throws -> SampledToken {
            try sampler.sample(logits, settings: settings, history: [], rollout: rollout, step: step)
        }
        let sampler = TokenSampler(vocabulary: 50)
        let places = (0..<20).flatMap { rollout in (0..<20).map { (UInt64(rollout), UInt64($0)) } }
        let forwards = try places.map { try draw(sampler, $0.0, $0.1) }
        let backwards = try places.reversed().map { try draw(TokenSampler(vocabulary: 50), $0.0, $0.1) }
        #expect(forwards == Array(backwards.reversed()))
        #expect(Set(forwards.map(\.id)).count > 10)
        // Rollout and step are not interchangeable.
        #expect(try (0..<20).contains { try draw(sampler, $0, 3) != draw(sampler, 3, $0) })
    }

    @Test func badLogitsAreRefused() throws {
        let sampler = TokenSampler(vocabulary: 3)
        #expect(throws: SamplingError.logits(.notANumber(token: 1), rollout: 4, step: 9)) {
            try sampler.sample([0, .nan, 0], settings: .greedy, history: [], rollout: 4, step: 9)
        }
        #expect(throws: SamplingError.logits(.allExcluded, rollout: 0, step: 0)) {
            let none = [Float](repeating: -.infinity, count: 3)
            return try sampler.sample(none, settings: .greedy, history: [], rollout: 0, step: 0)
        }
    }

    @Test func settingsHaveRanges() throws {
        func name(_ make: () throws -> SamplingSettings) -> String? {
            do {
                _ = try make()
                return nil
            } catch SamplingError.setting(let name, _, _) {
                return name
            } catch {
                return "?"
            }
        }
        #expect(name { try SamplingSettings(temperature: -0.1) } == "temperature")
        #expect(name { try SamplingSettings(temperature: .nan) } == "temperature")
        #expect(name { try SamplingSettings(temperature: .infinity) } == "temperature")
        #expect(name { try SamplingSettings(topK: 0) } == "top_k")
        #expect(name { try SamplingSettings(topP: 0) } == "top_p")
        #expect(name { try SamplingSettings(topP: 1.01) } == "top_p")
        #expect(name { try SamplingSettings(minP: -0.1) } == "min_p")
        #expect(name { try SamplingSettings(minP: .nan) } == "min_p")
        #expect(name { try SamplingSettings(repetitionPenalty: 0) } == "repetition_penalty")
        #expect(name { try SamplingSettings(temperature: 0, topK: 1, topP: 1, minP: 1) } == nil)
    }
}

import Kernels
import Tensors
import Testing

@testable import Transformers

/// Completions of tiny models, against transformers and against the trainer's own numbers.
@Suite struct GenerationTests {
    private func generator(_ golden: Golden, threads: Int = 2, batchLimit: Int = 64) throws -> Generator {
        try Generator(golden.weights, team: ThreadTeam(count: threads), batchLimit: batchLimit)
    }

    @Test(arguments: Golden.families)
    func greedyIsThatOfTransformers(family: String) throws {
        let golden = try Golden(family)
        let expected = try golden.ids("greedy.tokens")
        let request = GenerationRequest(
            prompt: try golden.ids("greedy.prompt"), maximumTokens: expected.count, sampling: .greedy)
        let completion = try generator(golden).generate([request])[0][0]
        #expect(completion.ids == expected)
        #expect(completion.finishReason == .length && completion.samplingLogProbs.allSatisfy { $0 == 0 })
    }

    /// What was sampled step by step has the log-probabilities that the trainer computes of the whole.
    @Test(arguments: Golden.families.filter { $0 != "llama-dynamic" })
    func logProbsAreTheTrainers(family: String) throws {
        let golden = try Golden(family)
        // Past a page of keys, and past the windows.
        let prompt = Array(try golden.ids("tokens").prefix(30))
        let request = GenerationRequest(
            prompt: prompt, count: 3, maximumTokens: 40, sampling: try SamplingSettings(temperature: 1.3, seed: 5))
        let completions = try generator(golden).generate([request])[0]
        #expect(Set(completions.map(\.ids)).count == 3)
        for completion in completions {
            let batch = try PackedSequences(
                [prompt + completion.ids], targets: [Array(prompt.count..<prompt.count + completion.ids.count)],
                vocabularySize: golden.weights.configuration.vocabularySize)
            let plain = try TransformerPass(golden.weights, team: ThreadTeam(count: 1)).score(batch)
            #expect(difference(completion.logProbs, plain.logProbs).largest < 3e-5)
            var settings = TransformerPass.Settings()
            settings.temperature = 1.3
            let warm = try TransformerPass(golden.weights, team: ThreadTeam(count: 1), settings: settings).score(batch)
            #expect(difference(completion.samplingLogProbs, warm.logProbs).largest < 3e-5)
        }
    }

    /// The same completions whatever is beside them, and however many fit into a batch.
    @Test(arguments: [1, 2, 5, 17, 64])
    func theBatchMakesNoDifference(limit: Int) throws {
        let golden = try Golden("qwen3")
        let tokens = try golden.ids("tokens")
        let sampling = try SamplingSettings(temperature: 1, topP: 0.95, seed: 11)
        // Prompts around the length of a page, which is 32.
        let requests = [1, 31, 32, 33, 20].enumerated().map { index, length in
            var request = GenerationRequest(
                prompt: Array(tokens.prefix(length)), count: 7, maximumTokens: 3 + 11 * index, sampling: sampling,
                endOfSequence: [2, 9])
            request.firstRollout = UInt64(index) << 20
            return request
        }
        let together = try generator(golden, batchLimit: limit).generate(requests)
        for (index, request) in requests.enumerated() {
            // Up to 16 completions at a time have products of their own.
            let (few, many) = limit <= MatrixProduct.smallRows ? (1, 16) : (17, 64)
            let alone = try generator(golden, batchLimit: many).generate([request])[0]
            #expect(together[index] == alone)
            for number in [0, 6] {
                var one = request
                one.count = 1
                one.firstRollout += UInt64(number)
                #expect(try generator(golden, batchLimit: few).generate([one])[0] == [alone[number]])
            }
        }
        #expect(Set(together.joined().map(\.finishReason)) == [.stop, .length])
    }

    @Test func pagesAreGivenBack() throws {
        let golden = try Golden("llama2")
        let generator = try generator(golden, batchLimit: 3)
        let request = GenerationRequest(
            prompt: Array(try golden.ids("tokens").prefix(40)), count: 8, maximumTokens: 30,
            sampling: try SamplingSettings(seed: 3), endOfSequence: [4])
        let first = try generator.generate([request])
        #expect(generator.cache.used == 0)
        #expect(try generator.generate([request]) == first)
        struct Stopped: Error {}
        var seen = 0
        #expect(throws: Stopped.self) {
            _ = try generator.generate([request]) { _ in
                seen += 1
                if seen == 50 { throw Stopped() }
            }
        }
        #expect(generator.cache.used == 0)
        #expect(try generator.generate([request]) == first)
    }

    @Test func tokensComeInOrderAndStopChecksEndThem() throws {
        let golden = try Golden("smollm2")
        var request = GenerationRequest(
            prompt: try golden.ids("greedy.prompt"), count: 2, maximumTokens: 20,
            sampling: try SamplingSettings(seed: 8))
        request.makeStopCheck = { completion in
            var count = 0
            return { _ in
                count += 1
                return completion == 1 && count == 5
            }
        }
        var streamed: [Int: [Int32]] = [:]
        var reasons: [Int: Completion.FinishReason] = [:]
        let completions = try generator(golden).generate([request]) { token in
            streamed[token.completion, default: []].append(token.id)
            reasons[token.completion] = token.finishReason
        }[0]
        #expect(completions.map(\.ids.count) == [20, 5])
        #expect(completions.map(\.finishReason) == [.length, .stopSequence])
        #expect(streamed[0] == completions[0].ids && streamed[1] == completions[1].ids)
        #expect(reasons == [0: .length, 1: .stopSequence])
    }

    @Test func whatCannotBeContinuedIsRefused() throws {
        let golden = try Golden("llama2")
        for prompt in [[], [67], [-1], [3, 1 << 30]] as [[Int32]] {
            let request = GenerationRequest(prompt: prompt, maximumTokens: 1, sampling: .greedy)
            #expect(throws: TransformerError.self) { _ = try generator(golden).generate([request]) }
        }
        let none = GenerationRequest(prompt: [1], count: 0, maximumTokens: 1, sampling: .greedy)
        #expect(try generator(golden).generate([none]) == [[]])
    }

    @Test func bfloat16WeightsGiveTheTrainersNumbersToo() throws {
        let golden = try Golden("qwen2-tied")
        let weights = try TransformerWeights.load(golden.directory, type: .bfloat16, threads: 1)
        let prompt = try golden.ids("greedy.prompt")
        let request = GenerationRequest(
            prompt: prompt, count: 2, maximumTokens: 40, sampling: try SamplingSettings(seed: 1))
        for completion in try Generator(weights, team: ThreadTeam(count: 2)).generate([request])[0] {
            let batch = try PackedSequences(
                [prompt + completion.ids], targets: [Array(prompt.count..<prompt.count + completion.ids.count)],
                vocabularySize: weights.configuration.vocabularySize)
            let scores = try TransformerPass(weights, team: ThreadTeam(count: 2)).score(batch)
            #expect(difference(completion.logProbs, scores.logProbs).largest < 3e-5)
        }
    }
}

public import Kernels

/// Samples completions: keys and values are kept in pages, the prompt of many completions is run once, and a completion that
/// ends makes room for the next at once.
///
/// What a completion says depends on its request, its number and the number of threads, never on what else is in the batch:
/// each prompt is run by itself, and the products of few rows give a row the same bits wherever it stands.
///
/// Keys and values take 2 L K numbers of binary32 a token (L layers, K the width of all key heads) for the completions that
/// are in work. One call at a time.
public final class Generator {
    /// The weights.
    public let weights: TransformerWeights
    /// The threads.
    public let team: ThreadTeam
    /// The most completions that are in work at a time.
    public let batchLimit: Int
    let cache: KeyValueCache
    private let decoder: Decoder
    private let samplers: [TokenSampler]
    private var active: [Rollout] = []
    private var prompt: RunPrompt?

    /// - Parameters:
    ///   - adapter: added to the weights.
    ///   - batchLimit: from 1 to 4,096.
    /// - Throws: `missingTensor` where the weights lack a parameter.
    public init(
        _ weights: TransformerWeights, adapter: LoRAAdapter? = nil, team: ThreadTeam, batchLimit: Int = 64
    ) throws(TransformerError) {
        precondition((1...4096).contains(batchLimit), "a batch has a size")
        self.weights = weights
        self.team = team
        self.batchLimit = batchLimit
        cache = KeyValueCache(weights.configuration)
        decoder = try Decoder(weights, adapter: adapter, team: team, rows: min(batchLimit, MatrixProduct.smallRows))
        let vocabulary = weights.configuration.vocabularySize
        samplers = (0..<decoder.rows).map { _ in TokenSampler(vocabulary: vocabulary) }
    }

    /// All completions of all requests: for each request those with the numbers from 0 on.
    ///
    /// - Parameter onToken: called for each token as it is chosen.
    /// - Throws: `invalidRequest` for a prompt that is empty or has ids that the model does not know; ``SamplingError``; `CancellationError`.
    public func generate(
        _ requests: [GenerationRequest], onToken: (GeneratedToken) throws -> Void = { _ in }
    ) throws -> [[Completion]] {
        for (index, request) in requests.enumerated() { try check(request, index) }
        var results = requests.map { [Completion](repeating: Completion(), count: $0.count) }
        var waiting = requests.indices.filter { requests[$0].count > 0 }[...]
        defer { tidy() }
        func finish(_ rollout: Rollout, _ token: SampledToken) throws -> Bool {
            let reason = rollout.accept(token, of: requests[rollout.request])
            try onToken(
                GeneratedToken(
                    request: rollout.request, completion: rollout.number, id: token.id,
                    logProb: token.logProbability, finishReason: reason))
            guard reason != nil else { return false }
            results[rollout.request][rollout.number] = rollout.completion
            cache.release(rollout.pages)
            return true
        }
        while true {
            while active.count < batchLimit {
                if prompt == nil, let next = waiting.popFirst() { prompt = try run(requests[next], next) }
                guard let (rollout, token) = try begin(requests) else { break }
                active.append(rollout)
                if try finish(rollout, token) { active.removeLast() }
            }
            guard !active.isEmpty else { return results }
            var going: [Rollout] = []
            for start in stride(from: 0, to: active.count, by: decoder.rows) {
                try Task.checkCancellation()
                let piece = Array(active[start..<min(start + decoder.rows, active.count)])
                let tokens = try next(piece, requests)
                for (rollout, token) in zip(piece, tokens) where !(try finish(rollout, token)) {
                    going.append(rollout)
                }
            }
            active = going
        }
    }

    private func check(_ request: GenerationRequest, _ index: Int) throws(TransformerError) {
        let c = weights.configuration
        func refuse(_ message: String) -> TransformerError {
            TransformerError(.invalidRequest, path: "prompt \(index)", message)
        }
        guard !request.prompt.isEmpty else { throw refuse("is empty; a model continues at least one token") }
        guard request.count >= 0, request.maximumTokens >= 1 else { throw refuse("asks for no tokens") }
        if let bad = request.prompt.first(where: { $0 < 0 || Int($0) >= c.vocabularySize }) {
            throw refuse("has the token id \(bad), and the model knows 0 to \(c.vocabularySize - 1)")
        }
        guard request.maximumTokens < 1 << 31, request.prompt.count < 1 << 31 else { throw refuse("is too long") }
    }

    // MARK: Steps

    /// Runs a prompt.
    private func run(_ request: GenerationRequest, _ index: Int) throws -> RunPrompt {
        let pages = cache.take(for: request.prompt.count)
        do {
            let logits = try decoder.run(prompt: request.prompt, cache, pages: pages)
            return RunPrompt(request: index, pages: pages, logits: logits)
        } catch {
            cache.release(pages)
            throw error
        }
    }

    /// Begins the next completion of the prompt that has been run; nil where there is none.
    private func begin(_ requests: [GenerationRequest]) throws -> (Rollout, SampledToken)? {
        guard var begun = prompt else { return nil }
        let request = requests[begun.request]
        let number = begun.begun
        begun.begun += 1
        let isLast = begun.begun == request.count
        // The last completion takes over the pages of the prompt, the others have copies of the page that is not full.
        let pages = isLast ? begun.pages : cache.copy(begun.pages, length: request.prompt.count)
        prompt = isLast ? nil : begun
        let rollout = Rollout(request: begun.request, number: number, request, pages: pages)
        do {
            return (rollout, try sample(begun.logits, rollout, request))
        } catch {
            cache.release(pages)
            throw error
        }
    }

    private func sample(_ logits: [Float], _ rollout: Rollout, _ request: GenerationRequest) throws -> SampledToken {
        try samplers[0].sample(
            logits, settings: request.sampling, history: rollout.history[...],
            rollout: request.firstRollout &+ UInt64(rollout.number), step: UInt64(rollout.step))
    }

    /// The next token of each completion.
    private func next(_ rollouts: [Rollout], _ requests: [GenerationRequest]) throws -> [SampledToken] {
        for rollout in rollouts { cache.extend(&rollout.pages, length: rollout.length + 1) }
        let logits = try decoder.step(rollouts, cache)
        for rollout in rollouts { rollout.length += 1 }
        // Each row is drawn from by one thread, with a sampler of its own.
        let draws = rollouts.enumerated().map { row, rollout in
            Draw(
                sampler: samplers[row], logits: logits.rows(row..<row + 1), history: rollout.history,
                settings: requests[rollout.request].sampling,
                rollout: requests[rollout.request].firstRollout &+ UInt64(rollout.number), step: UInt64(rollout.step))
        }
        team.divide(draws.count) { range in
            for row in range { draws[row].run() }
        }
        return try draws.compactMap { try $0.result?.get() }
    }

    private func tidy() {
        for rollout in active { cache.release(rollout.pages) }
        active = []
        if let prompt { cache.release(prompt.pages) }
        prompt = nil
    }
}

/// A token that is to be drawn; one thread does it, and then another looks at the result.
private final class Draw: @unchecked Sendable {
    private let sampler: TokenSampler
    private let logits: Matrix
    private let history: [Int32]
    private let settings: SamplingSettings
    private let rollout: UInt64
    private let step: UInt64
    private(set) var result: Result<SampledToken, SamplingError>?

    init(
        sampler: TokenSampler, logits: Matrix, history: [Int32], settings: SamplingSettings, rollout: UInt64,
        step: UInt64
    ) {
        self.sampler = sampler
        self.logits = logits
        self.history = history
        self.settings = settings
        self.rollout = rollout
        self.step = step
    }

    func run() {
        result = Result { () throws(SamplingError) in
            try sampler.sample(logits, settings: settings, history: history[...], rollout: rollout, step: step)
        }
    }
}

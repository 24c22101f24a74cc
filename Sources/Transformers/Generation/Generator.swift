public import Kernels

/// Samples completions: keys and values are kept in pages, the prompt of many completions is run once, and a completion that
/// ends makes room for the next at once.
///
/// What a completion says depends on its request, its number and the number of threads, never on what else is in the batch: all
/// products give a row the same bits wherever it stands. They are others for a ``batchLimit`` of at most 16 than for a larger
/// one, so between the two last places of log-probabilities may differ.
///
/// Keys and values take 2 L K numbers of binary32 a token (L layers, K the width of all key heads) for the completions that
/// are in work, in pages of 32 tokens; those that a prompt fills are there once for all its completions. Their memory is used
/// again, and given back with the generator. One call at a time.
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
    /// Prompts that have been run, in the order of their requests.
    private var prompts: [RunPrompt] = []

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
        decoder = try Decoder(weights, adapter: adapter, team: team, batchLimit: batchLimit)
        let vocabulary = weights.configuration.vocabularySize
        samplers = (0..<team.count).map { _ in TokenSampler(vocabulary: vocabulary) }
    }

    /// All completions of all requests: for each request those with the numbers from 0 on.
    ///
    /// - Parameters:
    ///   - requests: their lengths are not held against the positions that the model is made for.
    ///   - onToken: called for each token as it is chosen.
    /// - Throws: `invalidRequest` for a prompt that is empty or has ids that the model does not know, and for a request of
    ///   fewer than 0 completions or of no tokens; ``SamplingError``; `CancellationError`.
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
            // What ends the call later in this step releases all that are still in the batch.
            rollout.pages = []
            return true
        }
        while true {
            while active.count < batchLimit {
                if prompts.isEmpty { prompts = try run(&waiting, requests) }
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

    /// Runs the next prompts, as many as may run together; none where none waits.
    private func run(_ waiting: inout ArraySlice<Int>, _ requests: [GenerationRequest]) throws -> [RunPrompt] {
        var (chosen, tokens): ([Int], Int) = ([], 0)
        while let next = waiting.first, chosen.count < decoder.promptLimit.prompts {
            tokens += requests[next].prompt.count
            guard chosen.isEmpty || tokens <= decoder.promptLimit.tokens else { break }
            chosen.append(next)
            waiting.removeFirst()
        }
        guard !chosen.isEmpty else { return [] }
        let pages = chosen.map { cache.take(for: requests[$0].prompt.count) }
        do {
            let logits = try decoder.run(prompts: chosen.map { requests[$0].prompt }, cache, pages: pages)
            return chosen.indices.map { RunPrompt(request: chosen[$0], pages: pages[$0], logits: logits[$0]) }
        } catch {
            for pages in pages { cache.release(pages) }
            throw error
        }
    }

    /// Begins the next completion of the first prompt that has been run; nil where there is none.
    private func begin(_ requests: [GenerationRequest]) throws -> (Rollout, SampledToken)? {
        guard var begun = prompts.first else { return nil }
        let request = requests[begun.request]
        let number = begun.begun
        begun.begun += 1
        let isLast = begun.begun == request.count
        // The last completion takes over the pages of the prompt, the others have copies of the page that is not full.
        let pages = isLast ? begun.pages : cache.copy(begun.pages, length: request.prompt.count)
        if isLast { prompts.removeFirst() } else { prompts[0] = begun }
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
        // Each row is drawn from by one thread, and each thread has a sampler of its own.
        let draws = rollouts.enumerated().map { row, rollout in
            Draw(
                sampler: samplers[row % team.count], logits: logits.rows(row..<row + 1), history: rollout.history,
                settings: requests[rollout.request].sampling,
                rollout: requests[rollout.request].firstRollout &+ UInt64(rollout.number), step: UInt64(rollout.step))
        }
        let threads = team.count
        team.run { thread in
            for row in stride(from: thread, to: draws.count, by: threads) { draws[row].run() }
        }
        return try draws.compactMap { try $0.result?.get() }
    }

    private func tidy() {
        for rollout in active { cache.release(rollout.pages) }
        active = []
        for prompt in prompts { cache.release(prompt.pages) }
        prompts = []
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

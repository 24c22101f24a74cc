/// A completion in work: what it has in the cache, and what it says so far.
final class Rollout {
    /// The place of its request, and its number there.
    let request: Int
    let number: Int
    /// The pages of its keys and values, in order; those that the prompt fills are shared.
    var pages: [Int32]
    /// Tokens whose keys and values are in the cache.
    var length: Int
    /// The prompt and the completion.
    private(set) var history: [Int32]
    private(set) var completion = Completion()
    private let stopCheck: GenerationRequest.StopCheck?

    init(request: Int, number: Int, _ wanted: GenerationRequest, pages: [Int32]) {
        self.request = request
        self.number = number
        self.pages = pages
        length = wanted.prompt.count
        history = wanted.prompt
        stopCheck = wanted.makeStopCheck?(number)
    }

    /// Tokens chosen so far.
    var step: Int { completion.ids.count }
    /// The token that goes into the model next.
    var last: Int32 { history[history.count - 1] }

    /// Adds a token.
    ///
    /// - Returns: why the completion ends with it, if it does.
    func accept(_ token: SampledToken, of wanted: GenerationRequest) -> Completion.FinishReason? {
        history.append(token.id)
        completion.ids.append(token.id)
        completion.logProbs.append(token.logProbability)
        completion.samplingLogProbs.append(token.samplingLogProbability)
        let reason: Completion.FinishReason?
        if wanted.endOfSequence.contains(token.id) {
            reason = .stop
        } else if stopCheck?(token.id) == true {
            reason = .stopSequence
        } else {
            reason = completion.ids.count == wanted.maximumTokens ? .length : nil
        }
        if let reason { completion.finishReason = reason }
        return reason
    }
}

/// A prompt that has been run: its pages, and the logits after it.
struct RunPrompt {
    let request: Int
    let pages: [Int32]
    /// [1, V].
    let logits: [Float]
    /// Completions of it that have been begun.
    var begun = 0
}

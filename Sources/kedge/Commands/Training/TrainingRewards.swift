import JSON
import Rewards
import Training

/// The rewards of a phase, by name.
enum TrainingRewards {
    /// - Parameter isStopped: whether the run is to stop; a program that computes rewards is not waited for then.
    static func scorer(
        _ phase: TrainingPhase, texts: TrainingTexts, isStopped: @escaping () -> Bool
    ) throws -> RewardScorer {
        let limit = phase.rollouts.maxCompletionLength
        let functions = try phase.rewards.names.map { name -> any RewardFunction in
            switch name {
            case "accuracy": return AccuracyReward()
            case "format":
                let format = FormatReward()
                return ResponseReward(name: name) { format.reward($0.response) }
            case "tag_count": return ResponseReward(name: name) { TagCountReward().reward($0.response) }
            case "reasoning_steps": return ResponseReward(name: name) { ReasoningStepsReward().reward($0.response) }
            case "repetition_penalty": return ResponseReward(name: name) { RepetitionReward().reward($0.response) }
            case "soft_overlong_punishment":
                var overlong = SoftOverlongReward()
                (overlong.maxCompletionLength, overlong.softPunishCache) = (limit, phase.rewards.overlongBuffer)
                return ResponseReward(name: name) { [overlong] in overlong.reward(length: $0.length) }
            case "length": return LengthOfGroupReward()
            case "cosine":
                var cosine = CosineReward()
                // Lengths are tokens here, so that none is above the limit.
                (cosine.maxLength, cosine.clampsLength) = (limit, true)
                return CosineOfLengthReward(cosine: cosine)
            case "process": return try ProcessReward(phase.rewards, isStopped: isStopped)
            default: throw TrainingRewardError.unknown(name)
            }
        }
        return try RewardScorer(functions, weights: phase.rewards.weights) { try texts.text($0) }
    }
}

/// A reward that looks at one response alone.
private struct ResponseReward: RewardFunction {
    let name: String
    let reward: (RewardInput) -> Double

    func rewards(of requests: [RewardInput]) -> [Double?] { requests.map(reward) }
}

/// 1 for a response whose answer is the expected one, 0 for others; nothing where the expected answer cannot be read.
struct AccuracyReward: RewardFunction {
    let name = "accuracy"
    private let checker = AnswerChecker()

    func rewards(of requests: [RewardInput]) -> [Double?] {
        // Rollouts of a prompt share an answer, which is read once.
        var golds: [String: GoldAnswer] = [:]
        return requests.map { request in
            let gold = golds[request.answer] ?? GoldAnswer(request.answer, mode: checker.mode)
            golds[request.answer] = gold
            return checker.score(request.response, gold: gold).reward
        }
    }

    /// Whether each response is right; nil where that cannot be told.
    func verdicts(of requests: [RewardInput]) -> [Bool?] { rewards(of: requests).map { $0.map { $0 >= 1 } } }
}

/// open-r1's reward of short right answers, over the rollouts of each prompt that are sampled together: a micro-group.
private struct LengthOfGroupReward: RewardFunction {
    let name = "length"

    func rewards(of requests: [RewardInput]) -> [Double?] {
        let verdicts = AccuracyReward().verdicts(of: requests)
        var result = [Double?](repeating: nil, count: requests.count)
        for places in Dictionary(grouping: requests.indices, by: { requests[$0].group }).values {
            let rewards = LengthReward().rewards(
                lengths: places.map { requests[$0].length }, isCorrect: places.map { verdicts[$0] })
            for (place, reward) in zip(places, rewards) { result[place] = reward }
        }
        return result
    }
}

/// open-r1's cosine of the length, with the length in tokens.
private struct CosineOfLengthReward: RewardFunction {
    let name = "cosine"
    let cosine: CosineReward

    func rewards(of requests: [RewardInput]) -> [Double?] {
        zip(requests, AccuracyReward().verdicts(of: requests)).map { request, verdict in
            verdict.map { cosine.reward(length: request.length, isCorrect: $0) }
        }
    }
}

/// What another program says.
private final class ProcessReward: RewardFunction {
    let name = "process"
    private(set) var lastProblem: String?
    private let process: RewardProcess

    init(_ settings: RewardSettings, isStopped: @escaping () -> Bool) throws {
        var wanted = RewardProcessSettings(command: settings.command)
        wanted.timeout = .seconds(settings.timeout)
        // The rollouts of a run that stops while it samples are dropped, with the rewards that are missing.
        process = try RewardProcess(wanted, isCancelled: isStopped)
    }

    /// - Throws: where the program gave no answer at all to a whole batch, or ended too often: it would not answer the next either.
    func rewards(of requests: [RewardInput]) throws -> [Double?] {
        let results = process.score(
            requests.map {
                RewardRequest(
                    gold: $0.answer, prompt: $0.problem, response: $0.response, columns: [("row", .string($0.id))])
            })
        let problems = results.compactMap(\.problem)
        if let problem = problems.first, process.isExhausted || problems.count == results.count {
            throw TrainingRewardError.process("\(problem)")
        }
        if let problem = problems.last {
            lastProblem = "\(problem)"
        } else if let unknown = results.last(where: { $0.reward == nil }) {
            lastProblem = unknown.reason ?? "it answered null"
        }
        return results.map(\.reward)
    }
}

/// Why a reward cannot be had.
enum TrainingRewardError: Error, CustomStringConvertible {
    case unknown(String)
    case process(String)

    var description: String {
        switch self {
        case .unknown(let name):
            "reward_funcs: there is no reward '\(name)'; there are \(RewardSettings.known.joined(separator: ", "))"
        case .process(let problem):
            "reward_command: responses of a batch could not be rewarded, the first for this reason: \(problem)"
        }
    }
}

import Rewards
import Training

/// The rewards of a phase, by name.
enum TrainingRewards {
    static func scorer(_ phase: TrainingPhase, texts: TrainingTexts) throws -> RewardScorer {
        let functions = try phase.rewards.names.map { name -> any RewardFunction in
            switch name {
            case "accuracy": AccuracyReward()
            case "soft_overlong_punishment":
                SoftOverlongPunishment(
                    limit: phase.rollouts.maxCompletionLength, buffer: phase.rewards.overlongBuffer)
            default: throw TrainingRewardError.unknown(name)
            }
        }
        return try RewardScorer(functions, weights: phase.rewards.weights) { try texts.text($0) }
    }
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
}

/// Why a reward cannot be had.
enum TrainingRewardError: Error, CustomStringConvertible {
    case unknown(String)

    var description: String {
        switch self {
        case .unknown(let name):
            "reward_funcs: there is no reward '\(name)' yet; there are accuracy and soft_overlong_punishment"
        }
    }
}

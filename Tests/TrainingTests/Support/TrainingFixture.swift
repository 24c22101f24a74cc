import Checkpoints
import Files
import JSON
import Kernels
import Objectives
import Tensors
import TestFixtures
import Transformers

@testable import Training

/// Problems of a tiny language: a prompt of three digits after 10, and a trace that repeats them, then EOS, 11.
final class DigitData: TrainingData {
    let name = "digits"
    let prefixRatios: [Double]
    private let rows: [TrainingRow]
    private let prompts: [Int32]

    init(count: Int = 12, traces: Int = 1, ratios: [Double] = [0, 0.2, 0.5, 1]) {
        prefixRatios = ratios
        var rows: [TrainingRow] = []
        var prompts: [Int32] = []
        for number in 0..<count {
            let digits: [Int32] = [number % 10, number * 7 % 10, number * 3 % 10].map { Int32($0) }
            for trace in 0..<traces {
                // Longer problems repeat more.
                let repeated = [[Int32]](repeating: digits, count: 1 + number % 3 + trace)
                let expert: [Int32] = repeated.flatMap { $0 } + [11]
                rows.append(
                    TrainingRow(
                        prompt: [10] + digits, expert: expert,
                        prefixEnds: ratios.map { Int(Double(expert.count) * $0) },
                        id: "row \(rows.count)", answer: digits.map { "\($0)" }.joined()))
                prompts.append(Int32(number))
            }
        }
        self.rows = rows
        self.prompts = prompts
    }

    var rowCount: Int { rows.count }
    func promptNumbers() -> [Int32] { prompts }
    func row(_ index: Int) -> TrainingRow { rows[index] }
}

/// 1 for a response that begins with the first digit of the answer, and a little for each token like it.
struct FirstDigit: RewardFunction {
    let name = "first_digit"

    func rewards(of requests: [RewardInput]) -> [Double?] {
        requests.map { request in
            guard let first = request.answer.first else { return nil }
            return request.response.first == first ? 1 : 0
        }
    }
}

/// Keeps what a run says.
final class RecordingObserver: TrainingObserver {
    var steps: [[Metric]] = []
    var batches: [RolloutBatchRecord] = []
    var warnings: [String] = []
    var checkpoints: [String] = []
    var stopsAfter = Int.max
    private var last = 0

    func updated(_ step: Int, of total: Int, _ metrics: [Metric]) {
        steps.append(metrics)
        last = step
    }

    func sampled(_ batch: RolloutBatchRecord) { batches.append(batch) }
    func warned(_ message: String) { warnings.append(message) }
    func saved(_ path: String) { checkpoints.append(path) }
    var wantsStop: Bool { last >= stopsAfter }

    /// A metric of all steps.
    func values(_ name: String) -> [Double?] { steps.map { step in step.first { $0.name == name }?.value } }
}

/// A run over digits with a model of some thousand weights.
struct DigitRun {
    var configuration: TrainingConfiguration
    var data = DigitData()
    var reward: any RewardFunction = FirstDigit()
    /// One, unless a test is about it: what a run computes is too little to divide.
    var threads = 1
    let directory: TemporaryDirectory

    init(_ phases: [TrainingPhase]) throws {
        directory = try TemporaryDirectory()
        var model = ModelSettings()
        model.path = "model"
        var run = RunSettings()
        run.outputDirectory = directory.path
        run.saveSteps = 1000
        configuration = TrainingConfiguration(model: model, run: run, phases: phases)
        try directory.write("config.json", Self.text)
    }

    static let text = #"""
        {"model_type": "qwen2", "vocab_size": 12, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
         "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 64, "eos_token_id": 11,
         "tie_word_embeddings": true, "initializer_range": 0.2}
        """#

    /// A supervised phase.
    static func supervised(_ method: ObjectiveMethod = .sft, steps: Int, batch: Int = 4, accumulation: Int = 1)
        -> TrainingPhase
    {
        var phase = TrainingPhase(method)
        phase.optimization.maxSteps = steps
        phase.optimization.batchSize = batch
        phase.optimization.gradientAccumulationSteps = accumulation
        phase.optimization.learningRate = 0.01
        return phase
    }

    /// A phase with rollouts of a few tokens.
    static func sampled(_ method: ObjectiveMethod, steps: Int, batch: Int = 8, accumulation: Int = 2) -> TrainingPhase {
        var phase = supervised(method, steps: steps, batch: batch, accumulation: accumulation)
        phase.rollouts.groupSize = method == .trapo || method == .trapoCode ? 8 : 4
        phase.rollouts.maxCompletionLength = 8
        return phase
    }

    func files() throws -> ModelFiles { try ModelFiles(configuration: "\(directory.path)/config.json") }

    /// Runs, from the beginning or from a checkpoint.
    @discardableResult
    func run(
        _ observer: any TrainingObserver, from checkpoint: String? = nil
    ) throws -> (outcome: TrainingOutcome, policy: TrainedPolicy) {
        let files = try files()
        let team = ThreadTeam(count: threads)
        let type: ElementType = configuration.model.isBFloat16 ? .bfloat16 : .float32
        let usesAdapter = configuration.model.usesAdapter
        let base = try TransformerWeights.random(files.configuration, seed: 5, type: type)
        var weights = base
        var adapter: LoRAAdapter?
        if usesAdapter {
            adapter =
                try checkpoint.map { try LoRAAdapter.load($0, for: files.configuration) }
                ?? LoRAAdapter(
                    LoRAConfiguration(rank: 2, alpha: 8, targets: .allLinear, baseModel: "model"),
                    of: files.configuration, seed: 3)
        } else if let checkpoint {
            weights = try TransformerWeights.load(checkpoint, type: type)
        }
        let policy = TrainedPolicy(weights, adapter: adapter, team: team)
        let state = try checkpoint.map { try TrainerState(checkpoint: $0) }
        if let checkpoint, let state { try CheckpointStore.restore(policy, state, from: checkpoint) }
        let (data, reward) = (data, reward)
        let inputs = TrainingInputs(
            data: { _ in data },
            scorer: { _ in
                try RewardScorer([reward]) { ids in ids.filter { $0 < 10 }.map { "\($0)" }.joined() }
            }, reference: { try TransformerWeights.random(files.configuration, seed: 5, type: type) },
            store: CheckpointStore(
                directory: configuration.run.outputDirectory, files: usesAdapter ? nil : files,
                limit: configuration.run.saveLimit))
        let trainer = try Trainer(
            configuration, policy: policy, inputs: inputs, observer: observer, resuming: state)
        return (try trainer.run(), policy)
    }
}

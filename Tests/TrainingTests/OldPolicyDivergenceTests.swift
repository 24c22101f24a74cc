import Glibc
import Kernels
import Objectives
import TestFixtures
import Testing
import Transformers

@testable import Training

@Suite("Exact divergence from the sampling policy")
struct OldPolicyDivergenceTests {
    /// log softmax of each row of logits over a temperature, in binary64.
    private func logProbs(_ pass: TransformerPass, _ batch: PackedSequences, temperature: Double) throws -> [[Double]] {
        var rows: [[Double]] = []
        try pass.logits(batch) { range, logits in
            for row in 0..<range.count {
                let values = logits.array(row: row).map { Double($0) / temperature }
                let greatest = values.max() ?? 0
                let total = greatest + log(values.reduce(0) { $0 + exp($1 - greatest) })
                rows.append(values.map { $0 - total })
            }
        }
        return rows
    }

    /// sum p log(p / q)
    private func divergence(_ p: [Double], _ q: [Double]) -> Double {
        zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    }

    @Test("is that of definitions, for the policy before and after a batch's updates", arguments: [0, 1, 2, 3])
    func followsDefinition(kind: Int) throws {
        var phase = DigitRun.sampled(kind < 2 ? .grpo : .trapo, steps: 2, batch: 8, accumulation: 2)
        phase.optimization.scheduleType = .constant
        phase.optimization.learningRate = kind == 1 ? 0.05 : 0.01
        phase.rollouts.temperature = 1.3
        phase.rollouts.iterations = 2
        phase.rollouts.logsOldDivergence = true
        var run = try DigitRun([phase])
        run.configuration.model.usesAdapter = kind == 1 || kind == 3
        let observer = RecordingObserver()
        let policy = try run.run(observer).policy
        let name = "kl_old_exact/mean"
        #expect(observer.values(name)[0] == nil)

        // What sampled is the beginning of the run.
        let team = ThreadTeam(count: 1)
        let weights = try TransformerWeights.random(run.files().configuration, seed: 5)
        let passes = try (
            TransformerPass(weights, team: team), TransformerPass(policy.weights, adapter: policy.adapter, team: team)
        )
        var queries: [Int: [(Double, Double)]] = [:]
        let rollouts = try #require(observer.batches.first).rollouts
        for rollout in rollouts where !rollout.completion.isEmpty {
            let tokens = rollout.prompt + rollout.prefix + rollout.completion
            let batch = try PackedSequences(
                [tokens], targets: [Array((tokens.count - rollout.completion.count)..<tokens.count)],
                vocabularySize: 12)
            let old = try logProbs(passes.0, batch, temperature: 1.3)
            let new = try logProbs(passes.1, batch, temperature: 1.3)
            let sums = zip(old, new).reduce(into: (0.0, 0.0)) { sums, rows in
                sums.0 += divergence(rows.0, rows.1)
                sums.1 += divergence(rows.1, rows.0)
            }
            queries[rollout.group, default: []].append(sums)
        }
        func means(_ part: ((Double, Double)) -> Double) -> [Double] {
            queries.values.map { $0.map(part).reduce(0, +) / Double($0.count) }
        }
        let metrics = try #require(observer.steps.last)
        for (prefix, values) in [
            ("kl_old_exact", means { $0.0 }), ("kl_old_exact/reverse", means { $0.1 }),
        ] {
            let mean = values.reduce(0, +) / Double(values.count)
            #expect(mean > 1e-4)
            for (metric, expected) in [("mean", mean), ("max", values.max() ?? 0)] {
                let found = try #require(metrics.first { $0.name == "\(prefix)/\(metric)" }).value
                #expect(abs(found - expected) < 1e-6 + 1e-4 * expected)
            }
        }
        #expect(prefixes(rollouts) == (kind >= 2))
    }

    private func prefixes(_ rollouts: [Rollout]) -> Bool { rollouts.contains { !$0.prefix.isEmpty } }

    @Test("is zero where nothing changes, and measured once a batch")
    func isZero() throws {
        var phase = DigitRun.sampled(.quatro, steps: 8)
        phase.rollouts.iterations = 4
        phase.optimization.learningRate = 0
        let observer = RecordingObserver()
        try DigitRun([phase]).run(observer)
        for name in ["mean", "p95", "max", "reverse/mean", "reverse/p95", "reverse/max"] {
            let values = observer.values("kl_old_exact/\(name)")
            #expect(values == [nil, nil, nil, 0, nil, nil, nil, 0])
        }
    }

    @Test("is off for few iterations unless asked for")
    func isOff() throws {
        let observer = RecordingObserver()
        try DigitRun([DigitRun.sampled(.grpo, steps: 1)]).run(observer)
        #expect(observer.values("kl_old_exact/mean") == [nil])
        var settings = RolloutSettings()
        settings.iterations = 4
        #expect(settings.measuresOldDivergence)
        settings.logsOldDivergence = false
        #expect(!settings.measuresOldDivergence)
    }

    @Test("takes quantiles over queries, each the mean of its completions, leaving out those without tokens")
    func summarises() throws {
        typealias Sums = OldPolicyDivergence.Sums
        var sums: [Sums] = []
        var groups: [Int] = []
        for group in 0..<21 {
            sums += [
                Sums(fromOld: Double(group), toOld: 0, tokens: 1),
                Sums(fromOld: Double(group) + 2, toOld: 1, tokens: 2),
            ]
            sums.append(Sums(fromOld: 0, toOld: 0, tokens: 0))
            groups += [group, group, group]
        }
        let metrics = Sums.metrics(sums, groups: groups)
        #expect(metrics.map(\.value) == [11, 20, 21, 0.5, 0.5, 0.5])
        #expect(Sums.metrics([Sums()], groups: [0]).isEmpty)
        #expect(Sums.metrics([Sums(fromOld: .nan, toOld: .nan, tokens: 1)], groups: [0]).allSatisfy { $0.value.isNaN })
    }
}

import Synchronization

/// The base and what the models' differences from it come to: task arithmetic, TIES and DARE, as mergekit's generalised task
/// arithmetic has them.
///
/// For each model: `d = x - base`, thinned and rescaled, times its weight. Where signs are elected only those products count
/// whose sign is the elected one; a zero never does. Their sum, divided by the sum of the weights that count where that is
/// wanted (a divisor of zero is one), times lambda, is added to the base.
final class TaskVectorMerge<Number: MergeNumber>: MergeArithmetic {
    private let settings: MergeSettings
    private let weights: [Number]
    private let passes: SharedPasses
    private let search: Mutex<SelectionSearch<Number>>

    init(_ parameters: TensorMergeParameters, _ settings: MergeSettings, name: String, _ input: MergeInput<Number>) {
        self.settings = settings
        weights = parameters.weights.map { Number($0) }
        let search = SelectionSearch<Number>(
            parameters, settings: settings, name: name, elementCount: input.elementCount, blockCount: input.blockCount)
        passes = SharedPasses(blockCount: search.stage == .done ? 0 : input.blockCount)
        self.search = Mutex(search)
    }

    func prepare(_ input: MergeInput<Number>, _ pool: MergeScratchPool) throws {
        try passes.join { _, block in
            try pool.withScratch { scratch in try measure(block, of: input, scratch) }
        } conclude: { _ in
            search.withLock { search in
                search.advance()
                return search.stage != .done
            }
        }
    }

    /// Does one block of a pass.
    private func measure(_ block: Int, of input: MergeInput<Number>, _ scratch: MergeScratch) throws {
        let sources = try input.read(block, scratch)
        let (stage, selections) = search.withLock { ($0.stage, $0.selections) }
        for model in weights.indices {
            let difference = sources[model + 1]
            MergeLoops.subtract(sources[0], from: difference)
            switch stage {
            case .digits:
                guard let (prefix, shift) = search.withLock({ $0.digits(of: model) }) else { continue }
                let counts = scratch.bytes(
                    input.firstFreeBuffer, count: MagnitudeSelection.binCount * MemoryLayout<UInt32>.stride
                ).bindMemory(to: UInt32.self)
                MergeLoops.countDigits(of: difference, prefix: prefix, shift: shift, into: counts)
                nonisolated(unsafe) let found = counts
                search.withLock { $0.add(digits: found, of: model) }
            case .equals:
                guard let threshold = search.withLock({ $0.splitThreshold(of: model) }) else { continue }
                let found = MergeLoops.count(of: threshold, in: difference)
                search.withLock { $0.set(equalCount: found, of: model, block: block) }
            case .norms:
                let before = MergeLoops.sumOfMagnitudes(difference)
                selections[model].apply(
                    to: difference, block: block, firstElement: input.elements(of: block).lowerBound)
                let after = MergeLoops.sumOfMagnitudes(difference)
                search.withLock { $0.set(before: before, after: after, of: model, block: block) }
            case .done: break
            }
        }
    }

    func combine(
        _ sources: [UnsafeMutableBufferPointer<Number>], block: Int, of input: MergeInput<Number>,
        into target: UnsafeMutableBufferPointer<Number>, _ scratch: MergeScratch
    ) {
        let (selections, factors) = search.withLock { ($0.selections, $0.factors) }
        let base = sources[0]
        let differences = Array(sources[1...])
        for (model, difference) in differences.enumerated() {
            MergeLoops.subtract(base, from: difference)
            selections[model].apply(to: difference, block: block, firstElement: input.elements(of: block).lowerBound)
            let factor = Number(factors[model] * Double(weights[model]))
            if factor != 1 { MergeLoops.multiply(difference, by: factor, into: difference) }
        }
        if settings.method.electsSigns {
            let votes = scratch.numbers(input.firstFreeBuffer, count: target.count, of: Number.self)
            let divisors = scratch.numbers(input.firstFreeBuffer + 1, count: target.count, of: Number.self)
            elect(differences, into: votes)
            sumElected(differences, votes, into: target, divisors)
            if settings.normalizes {
                MergeLoops.divide(target, by: divisors)
            }
        } else {
            Self.sum(differences, into: target)
            let divisor = weights.reduce(0, +)
            if settings.normalizes, abs(divisor) >= Number(1e-8), divisor != 1 {
                MergeLoops.divide(target, by: divisor)
            }
        }
        if settings.lambda != 1 {
            MergeLoops.multiply(target, by: Number(settings.lambda), into: target)
        }
        MergeLoops.add(base, to: target)
    }

    /// Where the sum is not negative the elected sign is plus.
    private func elect(
        _ differences: [UnsafeMutableBufferPointer<Number>], into votes: UnsafeMutableBufferPointer<Number>
    ) {
        guard settings.election == .count else { return Self.sum(differences, into: votes) }
        votes.update(repeating: 0)
        for difference in differences { MergeLoops.addSigns(of: difference, to: votes) }
    }

    /// The sum of the products with the elected sign, and of their weights.
    private func sumElected(
        _ differences: [UnsafeMutableBufferPointer<Number>], _ votes: UnsafeMutableBufferPointer<Number>,
        into target: UnsafeMutableBufferPointer<Number>, _ divisors: UnsafeMutableBufferPointer<Number>
    ) {
        target.update(repeating: 0)
        divisors.update(repeating: 0)
        for (model, difference) in differences.enumerated() {
            MergeLoops.addElected(difference, votes, weight: weights[model], to: target, divisors)
        }
    }

    private static func sum(
        _ parts: [UnsafeMutableBufferPointer<Number>], into target: UnsafeMutableBufferPointer<Number>
    ) {
        target.update(repeating: 0)
        for part in parts { MergeLoops.add(part, to: target) }
    }
}

/// Which elements of one model's difference are kept.
enum ElementSelection: Sendable {
    /// All.
    case all
    /// Those that a random mask keeps.
    case random(RandomMask)
    /// Those whose magnitude is above the threshold, and the first few of those that are equal to it; `equalBefore` has how
    /// many of the latter lie before each block, and is empty where all of them are kept.
    case largest(threshold: UInt64, keptEqual: Int, equalBefore: [Int])

    /// Makes what is not kept zero. As in mergekit that is a product, so that NaN stays NaN.
    func apply<Number: MergeNumber>(
        to numbers: UnsafeMutableBufferPointer<Number>, block: Int, firstElement: Int
    ) {
        switch self {
        case .all: break
        case .random(let mask): MergeLoops.keep(mask, of: numbers, firstElement: firstElement)
        case .largest(let threshold, let keptEqual, let equalBefore):
            // What is zero needs no mask.
            guard threshold > 0 else { return }
            if equalBefore.isEmpty {
                MergeLoops.keep(atLeast: threshold, of: numbers)
            } else {
                MergeLoops.keep(above: threshold, equal: keptEqual - equalBefore[block], of: numbers)
            }
        }
    }
}

/// What has to be known of whole tensors before their differences can be thinned: thresholds and norms.
struct SelectionSearch<Number: MergeNumber> {
    /// What a pass over all blocks counts.
    enum Stage: Sendable {
        case digits, equals, norms, done
    }

    private(set) var stage = Stage.digits
    private(set) var selections: [ElementSelection]
    /// What each model's difference is multiplied by after thinning.
    private(set) var factors: [Double]

    private var searches: [MagnitudeSelection?]
    private var equalCounts: [[Int]]
    private var norms: [[(before: Double, after: Double)]]
    private let isRescaledByNorm: Bool
    private let blockCount: Int

    init(
        _ parameters: TensorMergeParameters, settings: MergeSettings, name: String, elementCount: Int, blockCount: Int
    ) {
        let models = parameters.densities.count
        self.blockCount = blockCount
        isRescaledByNorm = settings.appliedRescaling == .l1
        selections = [ElementSelection](repeating: .all, count: models)
        searches = [MagnitudeSelection?](repeating: nil, count: models)
        equalCounts = [[Int]](repeating: [], count: models)
        norms = [[(before: Double, after: Double)]](
            repeating:
                isRescaledByNorm ? [(before: Double, after: Double)](repeating: (0, 0), count: blockCount) : [],
            count: models)
        factors = [Double](repeating: 1, count: models)
        for (model, density) in parameters.densities.enumerated() where density < 1 {
            if settings.method == .ties {
                // mergekit: int(density * numel), at least one.
                let count = max(1, Int(density * Double(elementCount)))
                searches[model] = MagnitudeSelection(count: count, bitCount: Number.bitCount)
            } else {
                selections[model] = .random(
                    RandomMask(name: name, seed: settings.seed, model: model, density: density))
                if settings.appliedRescaling == .density { factors[model] = 1 / density }
            }
        }
        if searches.allSatisfy({ $0 == nil }) { stage = isRescaledByNorm ? .norms : .done }
    }

    /// The prefix and shift of a model's search; nil where there is none.
    func digits(of model: Int) -> (prefix: UInt64, shift: UInt64)? {
        searches[model].map { ($0.threshold, $0.shift) }
    }

    /// The threshold of a model whose equal elements are not all kept.
    func splitThreshold(of model: Int) -> UInt64? {
        guard let search = searches[model], search.keptEqual < search.equalCount, search.threshold > 0 else {
            return nil
        }
        return search.threshold
    }

    mutating func add(digits: UnsafeMutableBufferPointer<UInt32>, of model: Int) { searches[model]?.add(digits) }

    mutating func set(equalCount: Int, of model: Int, block: Int) { equalCounts[model][block] = equalCount }

    mutating func set(before: Double, after: Double, of model: Int, block: Int) {
        norms[model][block] = (before, after)
    }

    /// Ends a pass; ``stage`` then says what the next one counts.
    mutating func advance() {
        switch stage {
        case .digits:
            for model in searches.indices { searches[model]?.advance() }
            guard searches.allSatisfy({ $0?.isDone ?? true }) else { return }
            for model in searches.indices where splitThreshold(of: model) != nil {
                equalCounts[model] = [Int](repeating: 0, count: blockCount)
                stage = .equals
            }
            if stage == .digits { endSearch() }
        case .equals: endSearch()
        case .norms:
            for model in norms.indices {
                let before = norms[model].reduce(0) { $0 + $1.before }
                let after = norms[model].reduce(0) { $0 + $1.after }
                // Below this mergekit leaves differences as they are.
                if before >= 1e-7, after >= 1e-7 { factors[model] = before / after }
            }
            norms = []
            stage = .done
        case .done: break
        }
    }

    private mutating func endSearch() {
        for model in searches.indices {
            guard let search = searches[model] else { continue }
            var before: [Int] = []
            var sum = 0
            for count in equalCounts[model] {
                before.append(sum)
                sum += count
            }
            selections[model] = .largest(
                threshold: search.threshold, keptEqual: search.keptEqual, equalBefore: before)
        }
        (searches, equalCounts) = ([MagnitudeSelection?](repeating: nil, count: searches.count), [])
        stage = isRescaledByNorm ? .norms : .done
    }
}

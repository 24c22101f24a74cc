import Tensors

/// Two checkpoints side by side.
public struct CheckpointComparison: Sendable {
    /// What became of a tensor from A, the first, to B, the second.
    public enum Status: String, Sendable, Hashable, CaseIterable {
        /// The same type and bytes.
        case identical
        /// The same numbers in another type or, as zeros of the other sign, in other bytes; or within the tolerance.
        case equal
        /// Other numbers.
        case changed
        /// Another shape.
        case reshaped
        /// Data that is not read, so that nothing is known.
        case unread
        case added
        case removed
    }

    /// One tensor of either or both.
    public struct Item: Sendable {
        /// Its position in the comparison.
        public let index: Int
        /// What it is in A.
        public let first: StoredTensor?
        /// What it is in B.
        public let second: StoredTensor?
        /// What became of it.
        public fileprivate(set) var status: Status
        /// How far apart they are, where both are there in one shape and can be read.
        public fileprivate(set) var difference: TensorDifference?
        /// The rank of what changed, where it was asked for and is a matrix.
        public fileprivate(set) var update: UpdateRank?
        /// Why there is no rank, where it was asked for.
        public fileprivate(set) var updateReason: String?

        /// The name: in A where it is there.
        public var name: String { first?.name ?? second?.name ?? "" }
        /// The name in B, where it is another one.
        public var newName: String? {
            guard let first, let second, !first.name.utf8.elementsEqual(second.name.utf8) else { return nil }
            return second.name
        }
        /// Whether the type is another one.
        public var changesType: Bool { first.map { first in second.map { $0.type != first.type } ?? false } ?? false }
    }

    /// The path of A as it was given.
    public let firstPath: String
    /// The path of B as it was given.
    public let secondPath: String
    /// The format of A.
    public let firstFormat: CheckpointFormat
    /// The format of B.
    public let secondFormat: CheckpointFormat
    /// The tensors, in the order of A, then those that only B has; the selected ones that are this process's.
    public private(set) var items: [Item]
    /// What was asked.
    public let settings: InspectionSettings

    /// Whether nothing differs: no tensor was added, removed, renamed, or has another shape, type or number.
    public var isSame: Bool {
        items.allSatisfy {
            $0.newName == nil && !$0.changesType && ($0.status == .identical || $0.status == .equal)
        }
    }

    /// How many tensors have a status.
    public func count(of status: Status) -> Int { items.count { $0.status == status } }

    /// The rank of a low-rank update of the whole: the largest of its matrices, where every matrix that changed has one.
    public var adapterRank: Int? {
        let updates = items.filter { $0.status == .changed && $0.first?.shape.count == 2 }
        let ranks = updates.compactMap { $0.update?.adapterRank }
        return ranks.count == updates.count ? ranks.max() : nil
    }

    /// Compares two checkpoints of any formats.
    ///
    /// Tensors go together by name, and what is left by type, shape and bytes: those are renamed.
    ///
    /// - Parameter progress: called from any thread, one at a time.
    /// - Throws: ``CheckpointError``, `invalidRequest` where no tensor of either is selected; `FileError`,
    ///   `CancellationError`.
    /// - Complexity: one pass over both, and one more over what has no partner of its name but one of its shape. Memory as
    ///   for an inspection.
    public init(
        of first: Checkpoint, and second: Checkpoint, settings: InspectionSettings,
        progress: @escaping @Sendable (_ stage: InspectionStage, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) throws {
        try settings.requireSelection(among: first.tensors + second.tensors, path: first.path)
        (firstPath, secondPath) = (first.path, second.path)
        (firstFormat, secondFormat) = (first.format, second.format)
        self.settings = settings
        let pairs = try TensorPairing(first, second, settings: settings).pairs
        let sizes = pairs.map { ($0.first?.byteCount ?? 0) &+ ($0.second?.byteCount ?? 0) }
        let ranks = RankShare.ranks(byteCounts: sizes.map { max(0, $0) }, worldSize: settings.worldSize)
        items = zip(pairs.enumerated(), ranks).filter { $0.1 == settings.rank }.map { pair, _ in
            Item(
                index: pair.offset, first: pair.element.first, second: pair.element.second,
                status: Self.status(pair.element))
        }
        try compare(first, second, progress)
        if settings.measuresSpectra { try measureUpdates(first, second, progress) }
    }

    /// What the headers say.
    private static func status(_ pair: TensorPairing.Pair) -> Status {
        guard let first = pair.first else { return .added }
        guard let second = pair.second else { return .removed }
        if first.shape != second.shape { return .reshaped }
        if case .unread = first.storage { return .unread }
        if case .unread = second.storage { return .unread }
        return .changed
    }

    private mutating func compare(
        _ first: Checkpoint, _ second: Checkpoint,
        _ progress: @escaping @Sendable (_ stage: InspectionStage, _ done: Int, _ total: Int) -> Void
    ) throws {
        let places = items.indices.filter { place in
            guard items[place].status == .changed, let first = items[place].first, let second = items[place].second
            else { return false }
            return DifferenceScan.canCompare(first, second)
        }
        let pairs = places.compactMap { place in
            items[place].first.flatMap { first in items[place].second.map { (first: first, second: $0) } }
        }
        let scan = try DifferenceScan(pairs, of: first, and: second)
        let differences = try scan.run(threads: settings.threads) { progress(.reading, $0, $1) }
        for (place, difference) in zip(places, differences) {
            items[place].difference = difference
            if difference.isIdentical {
                items[place].status = .identical
            } else if difference.changedCount == 0 {
                items[place].status = .equal
            } else if settings.tolerance > 0, difference.nonFiniteCount == 0, let norm = difference.relativeNorm,
                norm <= settings.tolerance
            {
                items[place].status = .equal
            }
        }
    }

    private mutating func measureUpdates(
        _ first: Checkpoint, _ second: Checkpoint,
        _ progress: @escaping @Sendable (_ stage: InspectionStage, _ done: Int, _ total: Int) -> Void
    ) throws {
        let places = items.indices.filter { items[$0].status == .changed && items[$0].first?.shape.count == 2 }
        SpectrumScan.use(threads: settings.threads)
        for (done, place) in places.enumerated() {
            progress(.spectra, done, places.count)
            guard let left = items[place].first, let right = items[place].second,
                let matrix = try UpdateMatrix((left, right), of: (first, second))
            else { continue }
            switch try SpectrumScan.spectrum(of: matrix) {
            case .measured(let spectrum):
                items[place].update = UpdateRank(
                    spectrum, noise: matrix.noise, smallerSide: min(matrix.rowCount, matrix.columnCount))
            case .skipped(let reason):
                items[place].updateReason = reason
            }
        }
        if !places.isEmpty { progress(.spectra, places.count, places.count) }
    }
}

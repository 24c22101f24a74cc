import Files
import Tensors

/// What is asked of an inspection or a comparison.
public struct InspectionSettings: Sendable {
    /// Which tensors; all where there is none.
    public var filters: [NamePattern] = []
    /// Whether statistics of elements are wanted; of a comparison, they always are.
    public var measuresStatistics = false
    /// Whether a SHA-256 of each tensor is wanted, and with it duplicates.
    public var hashes = false
    /// Whether singular values are wanted: of an inspection those of matrices, of a comparison those of updates.
    public var measuresSpectra = false
    /// How many threads read and calculate.
    public var threads = 1
    /// Which process this is, from 0; each takes some of the tensors.
    public var rank = 0
    /// How many processes there are.
    public var worldSize = 1
    /// How far apart tensors of a comparison may be to count as the same: ||B - A|| / ||A||.
    public var tolerance = 0.0

    /// The defaults: all tensors, headers only, one thread, one process.
    public init() {}

    func isSelected(_ name: String) -> Bool { filters.isEmpty || filters.contains { $0.matches(name) } }

    /// - Throws: `invalidRequest` where there are tensors, and the filters fit none of them.
    func requireSelection(among tensors: [StoredTensor], path: String) throws(CheckpointError) {
        guard !filters.isEmpty, !tensors.isEmpty, !tensors.contains(where: { isSelected($0.name) }) else { return }
        let patterns = filters.map { "'\($0.text)'" }.joined(separator: ", ")
        throw CheckpointError(
            .invalidRequest, path: path,
            "no tensor fits the filter \(patterns); kedge inspect without a filter lists all names")
    }
}

/// What an inspection is at: its name, what is done and what there is to do, in bytes or matrices.
public enum InspectionStage: String, Sendable {
    /// Reading, in bytes.
    case reading
    /// Singular values, in matrices.
    case spectra
}

/// What a checkpoint holds, and what its data says.
public struct CheckpointInspection: Sendable {
    /// One tensor.
    public struct Item: Sendable {
        /// Its position in the checkpoint.
        public let index: Int
        /// What it is.
        public let tensor: StoredTensor
        /// What it does.
        public let role: TensorRole
        /// The layer that its name says.
        public let layer: Int?
        /// Statistics, where they were asked for and the type is one of numbers.
        public fileprivate(set) var statistics: TensorStatistics?
        /// SHA-256 of the canonical form, where it was asked for: 64 hexadecimal digits.
        public fileprivate(set) var digest: String?
        /// Singular values, where they were asked for.
        public fileprivate(set) var spectrum: SpectrumResult?

        /// Why its data is not read; nil where it can be.
        public var unreadReason: String? {
            if case .unread(let reason) = tensor.storage { return reason }
            return nil
        }
    }

    /// The path as it was given.
    public let path: String
    /// The format.
    public let format: CheckpointFormat
    /// The files that hold data, and their sizes in bytes.
    public let files: [(path: String, byteCount: Int)]
    /// Free text that the format carries.
    public let metadata: [(key: String, value: String)]
    /// What is out of order.
    public let warnings: [CheckpointWarning]
    /// Files of a model directory that are no weights.
    public let companions: [String]
    /// How many tensors, elements and bytes the whole checkpoint has, whatever was selected.
    public let totals: TensorSums
    /// The tensors that were selected and are this process's.
    public private(set) var items: [Item]
    /// What was asked.
    public let settings: InspectionSettings

    /// Inspects a checkpoint: its headers, and as much of its data as the settings ask for.
    ///
    /// - Parameter progress: called from any thread, one at a time.
    /// - Throws: ``CheckpointError``, `invalidRequest` where no tensor is selected of those there are; `FileError`,
    ///   `CancellationError`.
    /// - Complexity: memory grows with the number of tensors, with threads by blocks, and with spectra by the square of the
    ///   smaller dimension, at most 256 MiB.
    public init(
        of checkpoint: Checkpoint, settings: InspectionSettings,
        progress: @escaping @Sendable (_ stage: InspectionStage, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) throws {
        try settings.requireSelection(among: checkpoint.tensors, path: checkpoint.path)
        path = checkpoint.path
        format = checkpoint.format
        files = checkpoint.files.map { ($0.path, $0.size) }
        metadata = checkpoint.metadata
        warnings = checkpoint.warnings
        companions = checkpoint.companions
        self.settings = settings
        var totals = TensorSums()
        for tensor in checkpoint.tensors { totals.add(tensor) }
        self.totals = totals
        let selected = checkpoint.tensors.enumerated().filter { settings.isSelected($0.element.name) }
        let ranks = RankShare.ranks(byteCounts: selected.map(\.element.byteCount), worldSize: settings.worldSize)
        items = zip(selected, ranks).filter { $0.1 == settings.rank }.map { pair, _ in
            Item(
                index: pair.offset, tensor: pair.element, role: TensorRole(ofTensorNamed: pair.element.name),
                layer: TensorPath.layer(of: pair.element.name))
        }
        try measure(checkpoint, progress)
    }

    private mutating func measure(
        _ checkpoint: Checkpoint,
        _ progress: @escaping @Sendable (_ stage: InspectionStage, _ done: Int, _ total: Int) -> Void
    ) throws {
        if settings.measuresStatistics || settings.hashes {
            let scan = try TensorScan(
                of: checkpoint, tensors: items.map(\.tensor), statistics: settings.measuresStatistics,
                digests: settings.hashes)
            let results = try scan.run(threads: settings.threads) { progress(.reading, $0, $1) }
            for (index, result) in results.enumerated() {
                items[index].statistics = result.statistics
                items[index].digest = result.digest
            }
        }
        guard settings.measuresSpectra else { return }
        let matrices = items.indices.filter { items[$0].tensor.shape.count == 2 && items[$0].unreadReason == nil }
        SpectrumScan.use(threads: settings.threads)
        for (done, index) in matrices.enumerated() {
            progress(.spectra, done, matrices.count)
            guard let matrix = try TensorMatrix(items[index].tensor, of: checkpoint) else { continue }
            items[index].spectrum = try SpectrumScan.spectrum(of: matrix)
        }
        if !matrices.isEmpty { progress(.spectra, matrices.count, matrices.count) }
    }

    /// Tensors of the same type, shape and bytes, by name: groups of two and more. Empty tensors don't count.
    public var duplicates: [[String]] {
        var groups: [[Int]] = []
        var places: [String: Int] = [:]
        for (index, item) in items.enumerated() where item.tensor.byteCount > 0 {
            guard let digest = item.digest else { continue }
            let key = "\(item.tensor.type.name) \(item.tensor.shape) \(digest)"
            if let place = places[key] {
                groups[place].append(index)
            } else {
                places[key] = groups.count
                groups.append([index])
            }
        }
        return groups.filter { $0.count > 1 }.map { $0.map { items[$0].tensor.name } }
    }

    /// Sums by type, the largest first.
    public var types: [(name: String, sums: TensorSums)] {
        TensorSums.grouped(items) { $0.tensor.typeName }.map { ($0.key, $0.sums) }
    }

    /// Sums by role, in the order of a transformer.
    public var roles: [(role: TensorRole, sums: TensorSums)] {
        let order = TensorRole.allCases
        return TensorSums.grouped(items) { $0.role }.map { ($0.key, $0.sums) }
            .sorted { (order.firstIndex(of: $0.0) ?? 0) < (order.firstIndex(of: $1.0) ?? 0) }
    }

    /// Sums by layer, ascending; what is in no layer last.
    public var layers: [(layer: Int?, sums: TensorSums)] {
        TensorSums.grouped(items) { $0.layer }.map { ($0.key, $0.sums) }
            .sorted { ($0.0 ?? .max) < ($1.0 ?? .max) }
    }
}

/// How much some tensors are together.
public struct TensorSums: Sendable, Hashable {
    /// How many tensors.
    public private(set) var tensorCount = 0
    /// Their elements.
    public private(set) var elementCount = 0
    /// Their bytes in canonical form.
    public private(set) var byteCount = 0

    mutating func add(_ tensor: StoredTensor) {
        tensorCount += 1
        // Tensors without data may claim any size.
        elementCount = elementCount.addingReportingOverflow(tensor.elementCount).partialValue
        byteCount = byteCount.addingReportingOverflow(tensor.byteCount).partialValue
    }

    static func grouped<Key: Hashable>(
        _ items: [CheckpointInspection.Item], by key: (CheckpointInspection.Item) -> Key
    ) -> [(key: Key, sums: TensorSums)] {
        var sums: [Key: TensorSums] = [:]
        var order: [Key] = []
        for item in items {
            let key = key(item)
            if sums[key] == nil { order.append(key) }
            sums[key, default: TensorSums()].add(item.tensor)
        }
        return order.map { ($0, sums[$0] ?? TensorSums()) }.sorted { $0.1.byteCount > $1.1.byteCount }
    }
}

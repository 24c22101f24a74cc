import Kernels
public import Tensors

/// What a conversion did.
public struct ConversionReport: Sendable {
    /// What became of the numbers of one tensor beyond rounding.
    public struct Loss: Sendable, Hashable {
        /// The tensor's name in the output.
        public let name: String
        /// Its type in the input.
        public let source: TensorType
        /// Its type in the output.
        public let target: TensorType
        /// Finite numbers that became infinite, or NaN where the type has no infinity.
        public let overflowed: Int
        /// Numbers other than zero that became zero.
        public let underflowed: Int
    }

    /// A file of the output.
    public struct File: Sendable, Hashable {
        /// Its name in the directory of the output, or its path where the output is one file.
        public let name: String
        /// Its size in bytes.
        public let byteCount: Int
        /// How many tensors it holds.
        public let tensorCount: Int
    }

    /// The files that hold tensors and that are there now, in order.
    public var files: [File] = []
    /// Tensors that were written, or were there already when resuming.
    public var tensorCount = 0
    /// Bytes that were read from the input.
    public var bytesRead = 0
    /// Tensors whose type changed.
    public var convertedCount = 0
    /// Tensors whose name changed.
    public var renamedCount = 0
    /// Tensors that lost numbers to infinity or to zero, in the order of the output.
    public var losses: [Loss] = []
    /// Tensors that were left out because another one holds their bytes.
    public var duplicates: [ConversionPlan.Duplicate] = []
    /// Tensors that were left out by their names.
    public var excludedCount = 0
    /// Files beside the weights that went along.
    public var companions: [String] = []
    /// What is worth knowing.
    public var warnings: [CheckpointWarning] = []
    /// Of the files with tensors, how many this run wrote.
    public var writtenCount = 0
    /// Of the files with tensors, how many were whole already.
    public var keptCount = 0
    /// Whether the output is complete; false while other processes still write their shards.
    public var isComplete = true

    /// Nothing done yet.
    public init() {}

    /// Finite numbers that became infinite, of all tensors.
    public var overflowed: Int { losses.reduce(0) { $0 &+ $1.overflowed } }
    /// Numbers other than zero that became zero, of all tensors.
    public var underflowed: Int { losses.reduce(0) { $0 &+ $1.underflowed } }

    /// Takes over what a plan says.
    mutating func add(_ plan: ConversionPlan) {
        duplicates += plan.duplicates
        excludedCount += plan.excludedCount
        warnings += plan.warnings
    }

    /// Counts the tensors of a file that is there now.
    mutating func add(_ tensors: [PlannedTensor]) {
        tensorCount += tensors.count
        for tensor in tensors {
            if tensor.isConverted { convertedCount += 1 }
            if !tensor.description.name.utf8.elementsEqual(tensor.source.name.utf8) { renamedCount += 1 }
        }
    }

    /// Notes which tensors lost numbers.
    static func losses(_ tensors: [PlannedTensor], _ counts: [ConversionCounts]) -> [Loss] {
        zip(tensors, counts).compactMap { tensor, counts in
            guard counts.overflowed > 0 || counts.underflowed > 0 else { return nil }
            return Loss(
                name: tensor.description.name, source: tensor.source.type, target: tensor.description.type,
                overflowed: Int(clamping: counts.overflowed), underflowed: Int(clamping: counts.underflowed))
        }
    }
}

import CKernels

/// What the processor offers to the loops of this module; tests run each level that it has. All give the same bits.
enum VectorLevel: Int32, CaseIterable {
    case scalar, avx2

    /// The highest level of this processor.
    static let best = VectorLevel(rawValue: ckernels_level()) ?? .scalar

    /// The levels of this processor, from the lowest.
    static var available: [VectorLevel] { allCases.filter { $0.rawValue <= best.rawValue } }
}

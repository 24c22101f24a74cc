import CLayers

/// What the processor offers to the layers of a network; tests run each level that it has, which agree within rounding.
enum LayerLevel: Int32, CaseIterable {
    case scalar, avx2, avx512, avx512bfloat16

    /// The highest level of this processor.
    static let best = LayerLevel(rawValue: clayers_level()) ?? .scalar

    /// The levels of this processor, from the lowest.
    static var available: [LayerLevel] { allCases.filter { $0.rawValue <= best.rawValue } }
}

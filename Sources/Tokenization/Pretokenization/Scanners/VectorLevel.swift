import CScanners

/// Which instructions the inner loops may use. What they compute is the same at every level.
enum VectorLevel: Int32, CaseIterable, Comparable, Sendable {
    /// The loops that are written in Swift, alone.
    case scalar = 0
    case avx2 = 1
    case avx512 = 2

    /// The highest level of this processor.
    static let best = VectorLevel(rawValue: cscanners_level()) ?? .scalar

    /// Every level that this processor has.
    static var available: [VectorLevel] { allCases.filter { $0 <= best } }

    static func < (left: VectorLevel, right: VectorLevel) -> Bool {
        left.rawValue < right.rawValue
    }
}

import CLayers

/// The first row of logits that is no distribution.
public struct LogitRowError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with a row.
    public enum Kind: Sendable, Hashable {
        /// A logit is NaN.
        case nan
        /// A logit is +infinity.
        case positiveInfinity
        /// Every logit is -infinity.
        case noProbability
    }

    /// The row, from 0.
    public var row: Int
    /// The first column that is wrong on either side, from 0; 0 where all are.
    public var column: Int
    /// Whether it is the policy's row, and not the reference's; where both are wrong in the same column, it is the reference's.
    public var isPolicy: Bool
    /// What is wrong with it.
    public var kind: Kind

    /// A row and what is wrong with it.
    public init(row: Int, column: Int, isPolicy: Bool, kind: Kind) {
        self.row = row
        self.column = column
        self.isPolicy = isPolicy
        self.kind = kind
    }

    /// One line.
    public var description: String {
        let side = isPolicy ? "policy" : "reference"
        return switch kind {
        case .nan: "row \(row) of the \(side): the logit in column \(column) is NaN"
        case .positiveInfinity: "row \(row) of the \(side): the logit in column \(column) is +infinity"
        case .noProbability: "row \(row) of the \(side): every logit is -infinity, no token has a probability"
        }
    }

    /// nil where nothing is wrong.
    init?(_ fault: clayers_row_fault, row: Int) {
        let kind: Kind
        switch Int(fault.kind) {
        case CLAYERS_ROW_GOOD: return nil
        case CLAYERS_ROW_NAN: kind = .nan
        case CLAYERS_ROW_INFINITE: kind = .positiveInfinity
        default: kind = .noProbability
        }
        self.init(row: row, column: Int(fault.column), isPolicy: fault.is_y != 0, kind: kind)
    }
}

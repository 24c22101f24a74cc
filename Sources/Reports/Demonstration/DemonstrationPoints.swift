import Evaluation
import JSON

/// Shares and their differences as readers see them.
enum DemonstrationPoints {
    /// A difference of shares in percentage points, as a cell of a column of estimates; nil where there is nothing to compare.
    static func node(_ gain: BootstrapInterval?) -> JSONNode {
        guard let gain else { return PageNumber.list([.nan, .nan, .nan]) }
        return PageNumber.list([gain.mean, gain.lower, gain.upper].map { rounded($0) })
    }

    /// The same in a sentence: `3.2 points [1, 5.4]`.
    static func text(_ gain: BootstrapInterval) -> String {
        let numbers = [gain.mean, gain.lower, gain.upper].map { PageNumber.node(rounded($0)).shown }
        return "\(numbers[0]) points [\(numbers[1]), \(numbers[2])]"
    }

    /// A share in per cent, with one decimal.
    static func percent(_ share: Double) -> String { PageNumber.node(rounded(share)).shown + " %" }

    private static func rounded(_ share: Double) -> Double { (share * 1000).rounded() / 10 }
}

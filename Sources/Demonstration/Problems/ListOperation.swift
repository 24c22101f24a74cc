/// What a problem does to a list of digits.
public enum ListOperation: String, CaseIterable, Sendable {
    /// Each digit and 1, without carrying: 9 becomes 0.
    case increment
    /// Each digit times 3, of which the last digit stays.
    case triple
    /// 9 less each digit.
    case complement
    /// Last digit first.
    case reverse
    /// The first digit goes to the end.
    case rotate
    /// The second half first; an odd digit in the middle belongs to the second half.
    case swap

    /// The digits after the operation; each is from 0 to 9, before and after. Linear.
    public func callAsFunction(_ digits: [Int]) -> [Int] {
        switch self {
        case .increment: digits.map { ($0 + 1) % 10 }
        case .triple: digits.map { $0 * 3 % 10 }
        case .complement: digits.map { 9 - $0 }
        case .reverse: digits.reversed()
        case .rotate: Array(digits.dropFirst() + digits.prefix(1))
        case .swap: Array(digits[(digits.count / 2)...] + digits[..<(digits.count / 2)])
        }
    }
}

import Glibc
import JSON

/// Numbers on their way into a page.
enum PageNumber {
    /// A number with some significant digits. NaN, which stands for what is not known, is null; infinities are the strings
    /// "inf" and "-inf", since JSON has none.
    static func node(_ number: Double, digits: Int = 4) -> JSONNode {
        guard number.isFinite else {
            return number.isNaN ? .null : .string(number < 0 ? "-inf" : "inf")
        }
        let value = rounded(number, digits: digits)
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return .int(whole) }
        return .double(value)
    }

    /// A number inside a text, with the signs that the scripts of pages write; NaN is a dash.
    static func text(_ number: Double, digits: Int = 4) -> String {
        guard !number.isNaN else { return "\u{2013}" }
        return String(node(number, digits: digits).shown.map { $0 == "-" ? "\u{2212}" : $0 })
    }

    /// Numbers, each as ``node(_:digits:)``.
    static func list(_ numbers: some Sequence<Double>, digits: Int = 4) -> JSONNode {
        .array(numbers.map { node($0, digits: digits) })
    }

    /// Logarithms, with 6 decimals and at least 4 significant digits, so that their exponentials are exact to a millionth.
    static func logarithms(_ numbers: some Sequence<Double>) -> JSONNode {
        .array(
            numbers.map { number in
                guard abs(number) >= 1e-3, abs(number) < 1e9 else { return node(number) }
                let value = (number * 1e6).rounded() / 1e6
                return Int64(exactly: value).map(JSONNode.int) ?? .double(value)
            })
    }

    /// Whole numbers.
    static func list(_ numbers: some Sequence<Int>) -> JSONNode { .array(numbers.map { .int(Int64($0)) }) }

    /// The nearest number with so many significant digits; the number itself where powers of ten run out.
    static func rounded(_ number: Double, digits: Int) -> Double {
        guard number != 0, number.isFinite else { return number.isFinite ? 0 : number }
        let places = digits - 1 - Int(floor(log10(abs(number))))
        guard abs(places) <= 300 else { return number }
        let power = pow(10, Double(abs(places)))
        return places >= 0 ? (number * power).rounded() / power : (number / power).rounded() * power
    }
}

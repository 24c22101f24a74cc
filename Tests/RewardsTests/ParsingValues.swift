import Glibc

@testable import Rewards

/// What a tree is worth, to compare with what other readers make of the same text: symbols are replaced by numbers that follow
/// from their names.
enum ParsingValue {
    case number(Double, Double)
    /// Not finite, or not computed here.
    case unknown
    case list(String, [ParsingValue])

    init(_ expression: Expression) {
        self =
            switch expression {
            case .set(let members, _): .list("set", members.map(ParsingValue.init))
            case .tuple(let members): .list("tuple", members.map(ParsingValue.init))
            case .interval(let lower, let upper, let below, let above):
                .list("interval \(below) \(above)", [ParsingValue(lower), ParsingValue(upper)])
            case .relation(let sides, let operators):
                .list("relation " + operators.map(\.rawValue).joined(separator: " "), sides.map(ParsingValue.init))
            case .matrix(let rows, let columns, let elements):
                .list("matrix \(rows) \(columns)", elements.map(ParsingValue.init))
            case .setOperation(let operation, let sets): .list(operation.rawValue, sets.map(ParsingValue.init))
            case .namedSet(let set): .list("named \(set.rawValue)", [])
            case .text(let words): .list("text \(words)", [])
            case .digits(let digits, let base): .list("digits \(digits) \(base)", [])
            default:
                if let value = Complex(expression), value.re.isFinite, value.im.isFinite {
                    .number(value.re, value.im)
                } else {
                    .unknown
                }
            }
    }

    /// As JSON.
    var json: String {
        switch self {
        case .number(let re, let im): "[\(re), \(im)]"
        case .unknown: "\"unknown\""
        case .list(let name, let members):
            "{\"\(name.filter { $0 != "\"" && $0 != "\\" })\": [\(members.map(\.json).joined(separator: ", "))]}"
        }
    }
}

/// A complex number, and what trees of numbers and symbols are worth.
struct Complex {
    var re: Double
    var im: Double

    init(_ re: Double, _ im: Double = 0) { (self.re, self.im) = (re, im) }

    static func + (a: Complex, b: Complex) -> Complex { Complex(a.re + b.re, a.im + b.im) }
    static func - (a: Complex, b: Complex) -> Complex { Complex(a.re - b.re, a.im - b.im) }
    static func * (a: Complex, b: Complex) -> Complex { Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re) }
    static func / (a: Complex, b: Complex) -> Complex {
        let norm = b.re * b.re + b.im * b.im
        return a * Complex(b.re / norm, -b.im / norm)
    }
    var exp: Complex { Complex(Glibc.exp(re) * Glibc.cos(im), Glibc.exp(re) * Glibc.sin(im)) }
    var log: Complex { Complex(Glibc.log(hypot(re, im)), atan2(im, re)) }
    func power(_ b: Complex) -> Complex {
        if b.im == 0, b.re == b.re.rounded(), b.re.magnitude <= 1000 {
            var product = Complex(1)
            for _ in 0..<Int(b.re.magnitude) { product = product * self }
            return b.re < 0 ? Complex(1) / product : product
        }
        return re == 0 && im == 0 ? Complex(0) : (b * log).exp
    }
    private var timesI: Complex { Complex(-im, re) }
    var sin: Complex { (timesI.exp - (Complex(0) - timesI).exp) / Complex(0, 2) }
    var cos: Complex { (timesI.exp + (Complex(0) - timesI).exp) / Complex(2) }
    var sinh: Complex { (exp - (Complex(0) - self).exp) / Complex(2) }
    var cosh: Complex { (exp + (Complex(0) - self).exp) / Complex(2) }

    /// The number that stands for a symbol.
    static func symbol(_ name: String) -> Complex {
        var sum = 0
        for (index, byte) in name.utf8.enumerated() { sum = (sum + (index + 1) * Int(byte)) % 97 }
        return Complex(0.5 + Double(sum) / 97)
    }

    init?(_ expression: Expression) {
        switch expression {
        case .number(let value): self.init(value.double)
        case .decimal(let value): self.init(value.value.double)
        case .percentage(let inside):
            guard let value = Complex(inside) else { return nil }
            self = value * Complex(0.01)
        case .constant(.pi): self.init(Double.pi)
        case .constant(.e): self.init(M_E)
        case .constant(.imaginaryUnit): self.init(0, 1)
        case .symbol(let name): self = Complex.symbol(ComplexText.unmarked(name))
        case .sum(let terms):
            self.init(0)
            for term in terms {
                guard let value = Complex(term) else { return nil }
                self = self + value
            }
        case .product(let factors):
            self.init(1)
            for factor in factors {
                guard let value = Complex(factor) else { return nil }
                self = self * value
            }
        case .power(let base, let exponent):
            guard let base = Complex(base), let exponent = Complex(exponent) else { return nil }
            self = base.power(exponent)
        case .application(let name, let arguments):
            self = Complex.symbol(name)
            for (index, argument) in arguments.enumerated() {
                guard let value = Complex(argument) else { return nil }
                self = self + value * Complex(0.37 * Double(index + 1))
            }
        case .function(let function, let arguments):
            var values: [Complex] = []
            for argument in arguments {
                guard let value = Complex(argument) else { return nil }
                values.append(value)
            }
            guard let value = Complex.apply(function, values) else { return nil }
            self = value
        default: return nil
        }
    }

    private static func apply(_ function: Expression.Function, _ values: [Complex]) -> Complex? {
        guard let x = values.first else { return nil }
        switch function {
        case .sin: return x.sin
        case .cos: return x.cos
        case .tan: return x.sin / x.cos
        case .cot: return x.cos / x.sin
        case .sec: return Complex(1) / x.cos
        case .csc: return Complex(1) / x.sin
        case .sinh: return x.sinh
        case .cosh: return x.cosh
        case .tanh: return x.sinh / x.cosh
        case .arcsin where x.im == 0 && x.re.magnitude <= 1: return Complex(asin(x.re))
        case .arccos where x.im == 0 && x.re.magnitude <= 1: return Complex(acos(x.re))
        case .arctan where x.im == 0: return Complex(atan(x.re))
        case .exp: return x.exp
        case .log where values.count == 2: return x.log / values[1].log
        case .abs: return Complex(hypot(x.re, x.im))
        case .floor where x.im == 0: return Complex(x.re.rounded(.down))
        case .ceiling where x.im == 0: return Complex(x.re.rounded(.up))
        case .factorial where x.im == 0 && x.re > -1: return Complex(tgamma(x.re + 1))
        case .gamma where x.im == 0 && x.re > 0: return Complex(tgamma(x.re))
        case .binomial where values.count == 2:
            let y = values[1]
            guard x.im == 0, y.im == 0, x.re > -1, y.re > -1, x.re - y.re > -1 else { return nil }
            return Complex(tgamma(x.re + 1) / (tgamma(y.re + 1) * tgamma(x.re - y.re + 1)))
        case .maximum, .minimum:
            guard values.allSatisfy({ $0.im == 0 }) else { return nil }
            let reals = values.map(\.re)
            return (function == .maximum ? reals.max() : reals.min()).map { Complex($0) }
        case .modulo where values.count == 2 && x.im == 0 && values[1].im == 0:
            return Complex(x.re - values[1].re * (x.re / values[1].re).rounded(.down))
        default: return nil
        }
    }
}

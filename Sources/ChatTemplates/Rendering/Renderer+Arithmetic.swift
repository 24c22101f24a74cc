import Glibc

extension Renderer {
    func operandError(_ operation: String, _ values: Value...) -> ChatTemplateError {
        for value in values { if case .undefined(let undefined) = value { return error(undefined.message) } }
        return error(
            "unsupported operands of \(operation): \(values.map { "'\($0.type)'" }.joined(separator: " and "))")
    }

    private var overflow: ChatTemplateError { error("an integer is too large") }

    func combine(_ operation: BinaryOperator, _ left: Value, _ right: Value) throws(ChatTemplateError) -> Value {
        if operation == .remainder, case .string(let format) = left {
            return try string(try formatted(format, right))
        }
        if let left = left.index, let right = right.index { return try integers(operation, left, right) }
        if let left = number(left), let right = number(right) { return try floats(operation, left, right) }
        switch (operation, left, right) {
        case (.add, .string(let left), .string(let right)):
            guard left.isMarkup || right.isMarkup else { return try string(Text(left.bytes + right.bytes)) }
            return try string(Text(left.escaped.bytes + right.escaped.bytes, isMarkup: true))
        case (.add, .list(let left), .list(let right)): return try list(left.elements + right.elements)
        case (.add, .tuple(let left), .tuple(let right)): return try tuple(left.elements + right.elements)
        case (.multiply, _, _):
            if let count = right.index { return try repeated(left, count, right) }
            if let count = left.index { return try repeated(right, count, left) }
            throw operandError("*", left, right)
        default: throw operandError(operation.rawValue, left, right)
        }
    }

    private func number(_ value: Value) -> Double? {
        switch value {
        case .float(let value): value
        case .int(let value): Double(value)
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    private func repeated(_ value: Value, _ count: Int, _ factor: Value) throws(ChatTemplateError) -> Value {
        let count = max(0, count)
        func size(_ part: Int) throws(ChatTemplateError) -> Int {
            let (size, isTooLarge) = part.multipliedReportingOverflow(by: count)
            guard !isTooLarge else { throw error("a repeated value is too large") }
            return size
        }
        switch value {
        case .string(let text):
            try spend(bytes: try size(text.bytes.count))
            guard !text.isEmpty else { return value }
            return .string(
                Text(Array([repeatElement(text.bytes, count: count)].joined().joined()), isMarkup: text.isMarkup))
        case .list(let list), .tuple(let list):
            try spend(values: try size(list.elements.count))
            guard !list.elements.isEmpty else { return value }
            let elements = Array(repeatElement(list.elements, count: count).joined())
            if case .list = value { return try self.list(elements) }
            return try tuple(elements)
        default: throw operandError("*", value, factor)
        }
    }

    private func integers(_ operation: BinaryOperator, _ left: Int, _ right: Int) throws(ChatTemplateError) -> Value {
        let result: (partialValue: Int, overflow: Bool)
        switch operation {
        case .add: result = left.addingReportingOverflow(right)
        case .subtract: result = left.subtractingReportingOverflow(right)
        case .multiply: result = left.multipliedReportingOverflow(by: right)
        case .divide:
            guard right != 0 else { throw error("division by zero") }
            return .float(Double(left) / Double(right))
        case .floorDivide, .remainder:
            guard right != 0 else { throw error("division by zero") }
            guard right != -1 else {
                if operation == .remainder { return .int(0) }
                result = 0.subtractingReportingOverflow(left)
                break
            }
            let (quotient, rest) = left.quotientAndRemainder(dividingBy: right)
            let isBelow = rest != 0 && (rest < 0) != (right < 0)
            return .int(operation == .remainder ? (isBelow ? rest + right : rest) : (isBelow ? quotient - 1 : quotient))
        case .power:
            guard right >= 0 else { return try floats(.power, Double(left), Double(right)) }
            return .int(try power(left, right))
        }
        guard !result.overflow else { throw overflow }
        return .int(result.partialValue)
    }

    private func power(_ base: Int, _ exponent: Int) throws(ChatTemplateError) -> Int {
        if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
        if base == -1 { return exponent & 1 == 0 ? 1 : -1 }
        guard exponent < 64 else { throw overflow }
        var result = 1
        for _ in 0..<exponent {
            let (next, isTooLarge) = result.multipliedReportingOverflow(by: base)
            guard !isTooLarge else { throw overflow }
            result = next
        }
        return result
    }

    private func floats(_ operation: BinaryOperator, _ left: Double, _ right: Double) throws(ChatTemplateError) -> Value
    {
        switch operation {
        case .add: return .float(left + right)
        case .subtract: return .float(left - right)
        case .multiply: return .float(left * right)
        case .divide:
            guard right != 0 else { throw error("division by zero") }
            return .float(left / right)
        case .floorDivide, .remainder:
            guard right != 0 else { throw error("division by zero") }
            let (quotient, rest) = Renderer.divided(left, right)
            return .float(operation == .remainder ? rest : quotient)
        case .power:
            guard left != 0 || right >= 0 else { throw error("zero to a negative power") }
            guard left >= 0 || right == right.rounded() || !right.isFinite else {
                throw error("a negative number to a power that is not whole")
            }
            let result = pow(left, right)
            guard result.isFinite || !left.isFinite || !right.isFinite else { throw error("a number is too large") }
            return .float(result)
        }
    }

    /// Python's `divmod` of floats: the rest has the sign of the divisor.
    private static func divided(_ left: Double, _ right: Double) -> (quotient: Double, rest: Double) {
        var rest = fmod(left, right)
        var quotient = (left - rest) / right
        if rest != 0 {
            if (right < 0) != (rest < 0) {
                rest += right
                quotient -= 1
            }
        } else {
            rest = Double(signOf: right, magnitudeOf: 0)
        }
        guard quotient != 0 else { return (Double(signOf: left / right, magnitudeOf: 0), rest) }
        var whole = floor(quotient)
        if quotient - whole > 0.5 { whole += 1 }
        return (whole, rest)
    }

    func negated(_ value: Value) throws(ChatTemplateError) -> Value {
        if case .float(let number) = value { return .float(-number) }
        guard let number = value.index else { throw operandError("unary -", value) }
        guard number != Int.min else { throw overflow }
        return .int(-number)
    }
}

/// Reads a pickle of protocols 2 to 5 into inert nodes; nothing in it is ever run.
///
/// One byte can make a node or repeat one, and a compressed pickle has a thousand of them to a byte of the file: nodes, the
/// stack, what containers hold and what is remembered are bounded by numbers, not by the length of the pickle.
struct PickleParser {
    /// Why bytes are no pickle that is read, and where.
    struct Failure: Error {
        let byte: Int
        let message: String
        var isLimit = false
    }

    /// The most nodes that are made.
    static let mostNodes = 1_000_000
    /// The most values and marks that the stack holds.
    static let deepestStack = 1_000_000
    /// The most values that tuples, lists and dictionaries hold in all; keys count.
    static let mostItems = 2_000_000

    var pickle: Pickle
    var stack: [Pickle.Reference] = []
    private var marks: [Int] = []
    private var memo: [Int32] = []
    private var itemCount = 0
    private var position = 0
    private var opcodeStart = 0

    /// - Throws: ``Failure``.
    static func parse(_ bytes: [UInt8]) throws(Failure) -> Pickle {
        var parser = PickleParser(pickle: Pickle(bytes: bytes))
        while try parser.step() {}
        return parser.pickle
    }

    private init(pickle: Pickle) {
        self.pickle = pickle
    }

    func failure(_ message: String) -> Failure { Failure(byte: opcodeStart, message: message) }

    private func limit(_ message: String) -> Failure {
        Failure(byte: opcodeStart, message: message, isLimit: true)
    }

    // MARK: Reading bytes

    private mutating func take(_ count: Int) throws(Failure) -> Range<Int> {
        guard count >= 0, count <= pickle.bytes.count - position else {
            throw failure("ends in the middle of an opcode")
        }
        defer { position += count }
        return position..<position + count
    }

    private mutating func number(_ width: Int) throws(Failure) -> Int {
        let range = try take(width)
        guard let value = pickle.bytes.littleEndian(at: range.lowerBound, width: width) else {
            throw failure("has a length that overflows")
        }
        return value
    }

    private mutating func line() throws(Failure) -> Range<Int> {
        // Names of modules are short: a search of all of the rest for each opcode would take quadratic time.
        guard let end = pickle.bytes[position...].prefix(4096).firstIndex(of: 0x0A) else {
            throw failure("has a name without an end")
        }
        defer { position = end + 1 }
        return position..<end
    }

    // MARK: The stack

    mutating func push(_ node: Pickle.Node) throws(Failure) {
        guard pickle.nodes.count < Self.mostNodes else {
            throw limit("describes over \(Self.mostNodes) values")
        }
        try put(pickle.nodes.count)
        pickle.nodes.append(node)
    }

    private func requireRoom() throws(Failure) {
        guard stack.count + marks.count < Self.deepestStack else {
            throw limit("puts over \(Self.deepestStack) values on its stack")
        }
    }

    private mutating func put(_ reference: Pickle.Reference) throws(Failure) {
        try requireRoom()
        stack.append(reference)
    }

    /// Counts what goes from the stack into a container.
    private mutating func countItems(_ count: Int) throws(Failure) {
        itemCount += count
        guard itemCount <= Self.mostItems else { throw limit("puts over \(Self.mostItems) values into containers") }
    }

    private mutating func pop() throws(Failure) -> Pickle.Reference {
        guard let top = stack.last, stack.count > marks.last ?? 0 else { throw failure("takes more than was put") }
        stack.removeLast()
        return top
    }

    private func top() throws(Failure) -> Pickle.Reference {
        guard let top = stack.last, stack.count > marks.last ?? 0 else { throw failure("takes more than was put") }
        return top
    }

    /// Where what lies above the last mark begins; the mark is gone then.
    private mutating func popMark() throws(Failure) -> Int {
        guard let mark = marks.popLast() else { throw failure("goes back to a mark that was not set") }
        return mark
    }

    private mutating func pushTuple(_ count: Int) throws(Failure) {
        guard stack.count - (marks.last ?? 0) >= count else { throw failure("takes more than was put") }
        try pushTuple(from: stack.count - count)
    }

    private mutating func pushTuple(from start: Int) throws(Failure) {
        try countItems(stack.count - start)
        let begin = pickle.items.count
        pickle.items.append(contentsOf: stack[start...])
        stack.removeSubrange(start...)
        try push(.tuple(begin..<pickle.items.count))
    }

    private mutating func pushCall() throws(Failure) {
        let arguments = try pop()
        let function = try pop()
        pickle.calls.append(Pickle.Call(function: function, arguments: arguments))
        try push(.call(pickle.calls.count - 1))
    }

}

// What the opcodes do.
extension PickleParser {
    /// Reads one opcode; false after the last one.
    private mutating func step() throws(Failure) -> Bool {
        opcodeStart = position
        let opcode = pickle.bytes[try take(1).lowerBound]
        switch opcode {
        case UInt8(ascii: "."):
            pickle.root = try pop()
            return false
        case 0x80:
            guard try (2...5).contains(number(1)) else { throw failure("is of another protocol than 2 to 5") }
        case 0x95: _ = try take(8)
        case UInt8(ascii: "("):
            try requireRoom()
            marks.append(stack.count)
        case UInt8(ascii: "0"):
            if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
        case UInt8(ascii: "1"):
            let start = try popMark()
            stack.removeSubrange(start...)
        case UInt8(ascii: "2"): try put(try top())
        default:
            // Not joined by `||`, which forgets the type of the error.
            if try scalar(opcode) { return true }
            if try text(opcode) { return true }
            if try container(opcode) { return true }
            if try remembered(opcode) { return true }
            if try object(opcode) { return true }
            let name = opcode > 0x20 && opcode < 0x7F ? "'\(Character(Unicode.Scalar(opcode)))'" : "\(opcode)"
            throw failure("has the opcode \(name), which is not read")
        }
        return true
    }

    private mutating func scalar(_ opcode: UInt8) throws(Failure) -> Bool {
        switch opcode {
        case UInt8(ascii: "N"): try push(.none)
        case 0x88: try push(.bool(true))
        case 0x89: try push(.bool(false))
        case UInt8(ascii: "K"): try push(.int(try number(1)))
        case UInt8(ascii: "M"): try push(.int(try number(2)))
        case UInt8(ascii: "J"): try push(.int(Int(Int32(truncatingIfNeeded: try number(4)))))
        case 0x8A, 0x8B:
            let count = try number(opcode == 0x8A ? 1 : 4)
            let digits = pickle.bytes[try take(count)]
            guard count <= 8 else {
                try push(.opaque)
                break
            }
            var value: UInt64 = (digits.last ?? 0) >= 0x80 ? .max : 0
            for digit in digits.reversed() { value = value << 8 | UInt64(digit) }
            try push(.int(Int(Int64(bitPattern: value))))
        case UInt8(ascii: "G"):
            let value = pickle.bytes[try take(8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            try push(.float(Double(bitPattern: value)))
        default: return false
        }
        return true
    }

    private mutating func text(_ opcode: UInt8) throws(Failure) -> Bool {
        switch opcode {
        case UInt8(ascii: "X"): try pushText(4)
        case 0x8C: try pushText(1)
        case 0x8D: try pushText(8)
        // Strings of Python 2: keys of old checkpoints.
        case UInt8(ascii: "U"): try pushText(1)
        case UInt8(ascii: "T"): try pushText(4)
        case UInt8(ascii: "C"): try pushOpaque(1)
        case UInt8(ascii: "B"): try pushOpaque(4)
        case 0x8E, 0x96: try pushOpaque(8)
        default: return false
        }
        return true
    }

    private mutating func pushText(_ width: Int) throws(Failure) {
        let count = try number(width)
        let range = try take(count)
        guard String.isUTF8(pickle.bytes[range]) else { throw failure("has a string that is no UTF-8") }
        try push(.text(range))
    }

    private mutating func pushOpaque(_ width: Int) throws(Failure) {
        let count = try number(width)
        _ = try take(count)
        try push(.opaque)
    }

    private mutating func container(_ opcode: UInt8) throws(Failure) -> Bool {
        switch opcode {
        case UInt8(ascii: ")"): try pushTuple(0)
        case 0x85...0x87: try pushTuple(Int(opcode) - 0x84)
        case UInt8(ascii: "t"): try pushTuple(from: try popMark())
        case UInt8(ascii: "]"):
            pickle.lists.append([])
            try push(.list(pickle.lists.count - 1))
        case UInt8(ascii: "l"):
            let start = try popMark()
            try countItems(stack.count - start)
            pickle.lists.append(Array(stack[start...]))
            stack.removeSubrange(start...)
            try push(.list(pickle.lists.count - 1))
        case UInt8(ascii: "a"): try append(from: stack.count - 1)
        case UInt8(ascii: "e"): try append(from: try popMark())
        case UInt8(ascii: "}"):
            pickle.dictionaries.append([])
            try push(.dictionary(pickle.dictionaries.count - 1))
        case UInt8(ascii: "d"):
            let start = try popMark()
            pickle.dictionaries.append([])
            let number = pickle.dictionaries.count - 1
            try addMembers(from: start, to: number)
            try push(.dictionary(number))
        case UInt8(ascii: "s"): try setMembers(from: stack.count - 2)
        case UInt8(ascii: "u"): try setMembers(from: try popMark())
        case 0x8F: try push(.opaque)
        case 0x90, 0x91:
            let start = try popMark()
            stack.removeSubrange(start...)
            if opcode == 0x91 { try push(.opaque) }
        default: return false
        }
        return true
    }

    private mutating func append(from start: Int) throws(Failure) {
        guard start > (marks.last ?? 0) else { throw failure("takes more than was put") }
        try countItems(stack.count - start)
        let added = stack[start...]
        switch pickle.nodes[stack[start - 1]] {
        case .list(let number): pickle.lists[number].append(contentsOf: added)
        case .call(let number):
            let elements = pickle.calls[number].elements ?? pickle.lists.count
            if elements == pickle.lists.count { pickle.lists.append([]) }
            pickle.calls[number].elements = elements
            pickle.lists[elements].append(contentsOf: added)
        default: throw failure("appends to what is no list")
        }
        stack.removeSubrange(start...)
    }

    private mutating func setMembers(from start: Int) throws(Failure) {
        guard start > (marks.last ?? 0) else { throw failure("takes more than was put") }
        switch pickle.nodes[stack[start - 1]] {
        case .dictionary(let number): try addMembers(from: start, to: number)
        case .call(let number):
            let members = pickle.calls[number].members ?? pickle.dictionaries.count
            if members == pickle.dictionaries.count { pickle.dictionaries.append([]) }
            pickle.calls[number].members = members
            try addMembers(from: start, to: members)
        default: throw failure("sets a member of what is no dictionary")
        }
    }

    private mutating func addMembers(from start: Int, to number: Int) throws(Failure) {
        guard (stack.count - start) % 2 == 0 else { throw failure("has a key without a value") }
        try countItems(stack.count - start)
        for index in stride(from: start, to: stack.count, by: 2) {
            pickle.dictionaries[number].append((stack[index], stack[index + 1]))
        }
        stack.removeSubrange(start...)
    }

    private mutating func remembered(_ opcode: UInt8) throws(Failure) -> Bool {
        switch opcode {
        case 0x94: try remember(memo.count)
        case UInt8(ascii: "q"): try remember(try number(1))
        case UInt8(ascii: "r"): try remember(try number(4))
        case UInt8(ascii: "h"): try recall(try number(1))
        case UInt8(ascii: "j"): try recall(try number(4))
        default: return false
        }
        return true
    }

    private mutating func remember(_ key: Int) throws(Failure) {
        // Keys count what is remembered from 0 on, and nothing is remembered often.
        guard key < 4 * (pickle.nodes.count + 64) else {
            throw limit("remembers under number \(key) after only \(pickle.nodes.count) values")
        }
        let value = Int32(try top())
        if key >= memo.count { memo.append(contentsOf: repeatElement(-1, count: key - memo.count + 1)) }
        memo[key] = value
    }

    private mutating func recall(_ key: Int) throws(Failure) {
        guard key < memo.count, memo[key] >= 0 else { throw failure("recalls what was not remembered") }
        try put(Int(memo[key]))
    }

    private mutating func object(_ opcode: UInt8) throws(Failure) -> Bool {
        switch opcode {
        case UInt8(ascii: "c"):
            let module = try line()
            try push(.global(module: module, name: try line()))
        case 0x93:
            let (name, module) = (try pop(), try pop())
            guard case .text(let nameRange) = pickle.nodes[name], case .text(let moduleRange) = pickle.nodes[module]
            else { throw failure("names a global by what is no string") }
            try push(.global(module: moduleRange, name: nameRange))
        case UInt8(ascii: "R"), 0x81: try pushCall()
        case 0x92:
            // The named arguments are of no interest.
            _ = try pop()
            try pushCall()
        case UInt8(ascii: "b"):
            let state = try pop()
            if case .call(let number) = pickle.nodes[try top()] { pickle.calls[number].state = state }
        case UInt8(ascii: "Q"): try push(.persistent(try pop()))
        default: return false
        }
        return true
    }
}

extension String {
    /// Whether bytes are UTF-8; most are ASCII, which is seen without making a string.
    fileprivate static func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }
}

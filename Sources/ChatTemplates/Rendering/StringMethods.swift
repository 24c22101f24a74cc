extension Renderer {
    func call(_ method: Method, on text: Text, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        try spend(bytes: text.bytes.count)
        switch method {
        case .strip, .lstrip, .rstrip:
            let bound = try positional(arguments, method, 0...1)
            let sides: Text.Sides = method == .strip ? .both : method == .lstrip ? .left : .right
            return .string(text.stripped(sides, of: try optional(bound.first, method)))
        case .split, .rsplit: return try split(method, text, arguments)
        case .startswith, .endswith: return try affix(method, text, arguments)
        case .replace:
            let bound = try positional(arguments, method, 2...3)
            let count = bound.count > 2 ? try index(bound[2], method) : -1
            var (old, new) = (try required(bound[0], method), try required(bound[1], method))
            if text.isMarkup { (old, new) = (old.escaped, new.escaped) }
            return try replaced(text, old, new, count)
        case .join:
            let bound = try positional(arguments, method, 1...1)
            var cursor = try Cursor(bound[0], self)
            var bytes: [UInt8] = []
            var isFirst = true
            while let element = try cursor.next(self) {
                try step()
                let part = try required(element, method)
                if !isFirst { bytes += text.bytes }
                isFirst = false
                bytes += text.isMarkup ? part.escaped.bytes : part.bytes
                guard bytes.count <= limits.maximumOutput else { throw error("'join' makes too long a text") }
            }
            return try string(Text(bytes, isMarkup: text.isMarkup))
        case .format: return try string(try filled(text, arguments))
        case .find, .rfind, .index, .rindex, .count: return try search(method, text, arguments)
        case .partition, .rpartition:
            let separator = try required(try positional(arguments, method, 1...1)[0], method)
            guard !separator.isEmpty else { throw error("'\(method.rawValue)' wants a separator that is not empty") }
            let isFirst = method == .partition
            guard let place = isFirst ? text.find(separator.bytes) : text.findLast(separator.bytes) else {
                let (whole, empty) = (Value.string(text), Value.string(Text([])))
                return try tuple(isFirst ? [whole, empty, empty] : [empty, empty, whole])
            }
            let after = Text(text.bytes[(place + separator.bytes.count)...])
            return try tuple([.string(Text(text.bytes[..<place])), .string(separator), .string(after)])
        case .removeprefix, .removesuffix:
            let part = try required(try positional(arguments, method, 1...1)[0], method)
            guard part.bytes.count <= text.bytes.count else { return .string(text) }
            if method == .removeprefix {
                return .string(text.bytes.starts(with: part.bytes) ? Text(text.bytes[part.bytes.count...]) : text)
            }
            let rest = text.bytes.count - part.bytes.count
            return .string(text.bytes[rest...].elementsEqual(part.bytes) ? Text(text.bytes[..<rest]) : text)
        case .splitlines:
            let keeps = try arguments.bound(to: "keepends", of: method.rawValue, self)[0]?.isTrue ?? false
            return try list(text.lines(keepingEnds: keeps).map { .string($0) })
        case .center, .ljust, .rjust, .zfill:
            let bound = try positional(arguments, method, 1...(method == .zfill ? 1 : 2))
            let filling = bound.count > 1 ? try required(bound[1], method) : Text(method == .zfill ? "0" : " ")
            return try padded(text, try index(bound[0], method), method, filling)
        default:
            try arguments.none(of: method.rawValue, self)
            return try simple(method, text)
        }
    }

    private func simple(_ method: Method, _ text: Text) throws(ChatTemplateError) -> Value {
        try spend(bytes: 4 * text.bytes.count)
        switch method {
        case .upper: return .string(text.uppercased)
        case .lower: return .string(text.lowercased)
        case .title: return .string(text.titlecased)
        case .capitalize: return .string(text.capitalized)
        case .swapcase: return .string(text.caseSwapped)
        case .casefold:
            guard text.isASCII else { throw error("unsupported: 'casefold' beyond ASCII") }
            return .string(text.lowercased)
        case .isalnum: return .bool(text.isAlphanumeric)
        case .isalpha: return .bool(text.isAlphabetic)
        case .isascii: return .bool(text.isASCII)
        case .isdecimal: return .bool(text.isDecimal)
        case .isdigit: return .bool(text.isDigit)
        case .isnumeric: return .bool(text.isNumeric)
        case .isspace: return .bool(text.isSpace)
        case .islower: return .bool(text.isLower)
        case .isupper: return .bool(text.isUpper)
        case .istitle: return .bool(text.isTitle)
        case .isprintable: return .bool(text.scalars.allSatisfy(\.isPythonPrintable))
        default: throw error("unsupported method '\(method.rawValue)'")
        }
    }

    // MARK: Arguments

    private func positional(
        _ arguments: Arguments, _ method: Method, _ count: ClosedRange<Int>
    ) throws(ChatTemplateError) -> [Value] {
        guard arguments.keywords.isEmpty, count.contains(arguments.positional.count) else {
            let wanted = count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
            throw error("'\(method.rawValue)' takes \(wanted) arguments without names")
        }
        return arguments.positional
    }

    private func required(_ value: Value, _ method: Method) throws(ChatTemplateError) -> Text {
        guard case .string(let text) = value else {
            if case .undefined(let undefined) = value { throw error(undefined.message) }
            throw error("'\(method.rawValue)' wants a string, not '\(value.type)'")
        }
        return text
    }

    private func optional(_ value: Value?, _ method: Method) throws(ChatTemplateError) -> Text? {
        guard let value else { return nil }
        if case .null = value { return nil }
        return try required(value, method)
    }

    private func index(_ value: Value, _ method: Method) throws(ChatTemplateError) -> Int {
        guard let index = value.index else { throw error("'\(method.rawValue)' wants an integer, not '\(value.type)'") }
        return index
    }

    // MARK: Cutting and searching

    private func split(_ method: Method, _ text: Text, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        let bound = try arguments.bound(to: "sep", "maxsplit", of: method.rawValue, self)
        let separator = try optional(bound[0], method)
        let limit = try bound[1].map { (value) throws(ChatTemplateError) in try index(value, method) }
            .flatMap { $0 < 0 ? nil : $0 }
        var parts: [Text]
        if let separator {
            guard !separator.isEmpty else { throw error("'\(method.rawValue)' wants a separator that is not empty") }
            parts =
                method == .split
                ? text.split(separator, limit: limit) : text.splitFromEnd(separator, limit: limit)
        } else {
            parts = method == .split ? text.splitAtSpace(limit: limit) : text.splitAtSpaceFromEnd(limit: limit)
        }
        if text.isMarkup { parts = parts.map { Text($0.bytes, isMarkup: true) } }
        return try list(parts.map { .string($0) })
    }

    /// The bytes that a start and an end, counted in code points as slices count them, stand for; nil where the start lies
    /// beyond the text.
    private func bounds(_ text: Text, _ start: Value?, _ end: Value?, _ method: Method) throws(ChatTemplateError)
        -> Range<Int>?
    {
        guard start != nil || end != nil else { return 0..<text.bytes.count }
        let count = text.count
        func place(_ value: Value?, _ initial: Int) throws(ChatTemplateError) -> Int {
            guard let value else { return initial }
            if case .null = value { return initial }
            let index = try index(value, method)
            return index < 0 ? max(0, index + count) : index
        }
        let (first, last) = (try place(start, 0), min(try place(end, count), count))
        guard first <= count, first <= last else { return nil }
        return text.byte(ofScalar: first)..<text.byte(ofScalar: last)
    }

    private func affix(_ method: Method, _ text: Text, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        let bound = try positional(arguments, method, 1...3)
        let range = try bounds(text, bound.count > 1 ? bound[1] : nil, bound.count > 2 ? bound[2] : nil, method)
        var choices = [bound[0]]
        if case .tuple(let list) = bound[0] { choices = list.elements }
        for choice in choices {
            let part = try required(choice, method).bytes
            guard let range, part.count <= range.count else { continue }
            let piece =
                method == .startswith ? text.bytes[range].prefix(part.count) : text.bytes[range].suffix(part.count)
            if piece.elementsEqual(part) { return .bool(true) }
        }
        return .bool(false)
    }

    private func search(_ method: Method, _ text: Text, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        let bound = try positional(arguments, method, 1...3)
        let wanted = try required(bound[0], method)
        let range = try bounds(text, bound.count > 1 ? bound[1] : nil, bound.count > 2 ? bound[2] : nil, method)
        if method == .count {
            guard let range else { return .int(0) }
            if wanted.isEmpty { return .int(Text(text.bytes[range]).count + 1) }
            var (count, place) = (0, range.lowerBound)
            while let found = text.find(wanted.bytes, from: place, to: range.upperBound) {
                count += 1
                place = found + wanted.bytes.count
            }
            return .int(count)
        }
        let isFirst = method == .find || method == .index
        let found = range.flatMap {
            isFirst
                ? text.find(wanted.bytes, from: $0.lowerBound, to: $0.upperBound)
                : text.findLast(wanted.bytes, from: $0.lowerBound, to: $0.upperBound)
        }
        guard let found else {
            guard method == .find || method == .rfind else { throw error("'\(method.rawValue)' finds nothing") }
            return .int(-1)
        }
        return .int(text.scalarCount(before: found))
    }

    func replaced(_ text: Text, _ old: Text, _ new: Text, _ count: Int?) throws(ChatTemplateError) -> Value {
        let limit = count.flatMap { $0 < 0 ? nil : $0 }
        // What it comes to is known only afterwards; how often it can happen is known before.
        let most = min(limit ?? Int.max, old.isEmpty ? text.bytes.count + 1 : text.bytes.count / old.bytes.count)
        let (growth, overflow) = most.multipliedReportingOverflow(by: new.bytes.count)
        if overflow || growth > limits.maximumOutput {
            let (real, tooMuch) = text.occurrences(of: old, most: most).multipliedReportingOverflow(by: new.bytes.count)
            guard !tooMuch, real <= limits.maximumOutput else { throw error("'replace' makes too long a text") }
        }
        return try string(text.replacing(old, with: new, limit: limit))
    }

    func padded(_ text: Text, _ width: Int, _ method: Method, _ filling: Text) throws(ChatTemplateError) -> Value {
        guard filling.count == 1 else { throw error("'\(method.rawValue)' fills with one character") }
        let missing = width.subtractingReportingOverflow(text.count).partialValue
        guard width > 0, missing > 0 else { return .string(text) }
        try spend(
            bytes: missing.multipliedReportingOverflow(by: filling.bytes.count).overflow
                ? Int.max : missing * filling.bytes.count)
        func fill(_ count: Int) -> [UInt8] { Array(repeatElement(filling.bytes, count: count).joined()) }
        switch method {
        case .ljust: return try string(Text(text.bytes + fill(missing), isMarkup: text.isMarkup))
        case .rjust: return try string(Text(fill(missing) + text.bytes, isMarkup: text.isMarkup))
        case .zfill:
            let isSigned = text.bytes.first == UInt8(ascii: "-") || text.bytes.first == UInt8(ascii: "+")
            let sign = text.bytes.prefix(isSigned ? 1 : 0)
            return try string(Text(Array(sign) + fill(missing) + text.bytes.dropFirst(sign.count)))
        default:
            // Python puts the odd one on the left where the width is odd.
            let left = missing / 2 + (missing & width & 1)
            return try string(Text(fill(left) + text.bytes + fill(missing - left), isMarkup: text.isMarkup))
        }
    }
}

extension Text {
    /// How often a text stands in this one without overlap, counted no further than `most`.
    fileprivate func occurrences(of wanted: Text, most: Int) -> Int {
        guard !wanted.isEmpty else { return min(most, count + 1) }
        var (found, place) = (0, 0)
        while found < most, let next = find(wanted.bytes, from: place) {
            found += 1
            place = next + wanted.bytes.count
        }
        return found
    }
}

/// The normalizer of a tokenizer: what happens to a piece of text before it is split.
indirect enum Normalizer: Sendable {
    case unicode(NormalizationForm)
    case sequence([Normalizer])
    case replace(TextPattern, with: [UInt8])
    case prepend([UInt8])
    case strip(left: Bool, right: Bool)
    case lowercase

    /// Normalises `text`, or returns nil when there is nothing to change, which spares the copy.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that a step may make of the text.
    ///   - leading: how many bytes at the front belong to the first character of the text, before and after; 0 when the
    ///     normalizer has removed it.
    func normalized(
        _ text: UnsafeBufferPointer<UInt8>, limit: Int, leading: inout Int
    ) throws(TokenizerError) -> [UInt8]? {
        switch self {
        case .unicode(let form):
            guard form.firstChange(in: text) != nil else { return nil }
            var output: [UInt8] = []
            output.reserveCapacity(text.count + 16)
            form.normalize(text, into: &output, limit: limit)
            guard output.count <= limit else { throw .textGrowsTooMuch(limit: limit) }
            if leading > 0 {
                // What the first character becomes by itself, or composed with what follows.
                var alone: [UInt8] = []
                form.normalize(UnsafeBufferPointer(rebasing: text[..<min(leading, text.count)]), into: &alone)
                leading = min(max(alone.count, LeadingText.firstScalarLength(output)), output.count)
            }
            return output
        case .sequence(let steps):
            var current: [UInt8]?
            for step in steps {
                if let bytes = current {
                    current = try step.normalized(bytes, limit: limit, leading: &leading) ?? bytes
                } else {
                    current = try step.normalized(text, limit: limit, leading: &leading)
                }
            }
            return current
        case .replace(let pattern, let content):
            return try pattern.replacingMatches(in: text, with: content, limit: limit, leading: &leading)
        case .prepend(let prefix):
            guard !text.isEmpty else { return nil }
            guard prefix.count <= limit - text.count else { throw .textGrowsTooMuch(limit: limit) }
            if leading > 0 { leading += prefix.count }
            return prefix + text
        case .strip(let left, let right):
            let kept = Self.stripped(text, left: left, right: right)
            guard kept.count < text.count else { return nil }
            leading = max(0, min(leading, kept.upperBound) - kept.lowerBound)
            return Array(text[kept])
        case .lowercase:
            let output = Self.lowercased(text)
            guard output.count <= limit else { throw .textGrowsTooMuch(limit: limit) }
            if output.count != text.count, leading > 0 {
                leading = Self.lowercased(UnsafeBufferPointer(rebasing: text[..<min(leading, text.count)])).count
            }
            return output
        }
    }

    private func normalized(_ bytes: [UInt8], limit: Int, leading: inout Int) throws(TokenizerError) -> [UInt8]? {
        var changed = leading
        let output = try withBytes(bytes) { (text) throws(TokenizerError) in
            try normalized(text, limit: limit, leading: &changed)
        }
        leading = changed
        return output
    }

    private static func stripped(_ text: UnsafeBufferPointer<UInt8>, left: Bool, right: Bool) -> Range<Int> {
        var start = 0
        var end = text.count
        if left {
            while start < end {
                let (scalar, length) = UTF8Scalar.decode(text, at: start)
                guard ScalarSet.rustWhiteSpace.contains(scalar) else { break }
                start += length
            }
        }
        if right {
            while end > start {
                var lead = end - 1
                while lead > start, text[lead] & 0xC0 == 0x80 { lead -= 1 }
                guard ScalarSet.rustWhiteSpace.contains(UTF8Scalar.decode(text, at: lead).value) else { break }
                end = lead
            }
        }
        return start..<end
    }

    private static func lowercased(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let (scalar, length) = UTF8Scalar.decode(text, at: index)
            if scalar < 0x80 {
                output.append((0x41...0x5A).contains(scalar) ? text[index] | 0x20 : text[index])
            } else if let mapped = Lowercase.mapping[scalar] {
                for value in mapped { UTF8Scalar.append(value, to: &output) }
            } else {
                output.append(contentsOf: text[index..<(index + length)])
            }
            index += length
        }
        return output
    }
}

/// `char::to_lowercase` of Rust, which looks at one scalar at a time.
private enum Lowercase {
    static let mapping: [UInt32: [UInt32]] = {
        var mapping: [UInt32: [UInt32]] = [:]
        var reader = TableReader(RustClassData.lowercase)
        while !reader.isAtEnd {
            let scalar = reader.hexadecimal()
            _ = reader.byte()
            var result: [UInt32] = []
            var separator = UInt8(ascii: " ")
            while separator == UInt8(ascii: " ") {
                result.append(reader.hexadecimal())
                separator = reader.byte()
            }
            mapping[scalar] = result
        }
        return mapping
    }()
}

/// `Array.withUnsafeBufferPointer` with a typed throw.
func withBytes<Result>(
    _ bytes: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) throws(TokenizerError) -> Result
) throws(TokenizerError) -> Result {
    let outcome = bytes.withUnsafeBufferPointer { buffer -> Swift.Result<Result, TokenizerError> in
        do throws(TokenizerError) {
            return .success(try body(buffer))
        } catch {
            return .failure(error)
        }
    }
    return try outcome.get()
}

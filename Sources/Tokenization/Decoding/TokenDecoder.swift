/// The decoder of a tokenizer: token strings -> text.
///
/// Works on UTF-8 bytes; only ByteLevel and ByteFallback meet bytes that are not UTF-8, and replace them as the oracle
/// does.
indirect enum TokenDecoder: Sendable {
    case byteLevel
    case replace(TextPattern, with: [UInt8])
    case byteFallback
    case fuse
    case strip(content: [UInt8], start: Int, stop: Int)
    case metaspace(replacement: [UInt8], keepsLeadingSpace: Bool)
    case endOfWordSuffix([UInt8])
    case sequence([TokenDecoder])

    /// Rewrites the tokens of a text; joined, they are the text.
    ///
    /// - Parameter limit: the most bytes that a step may make of them.
    func decode(_ tokens: [[UInt8]], limit: Int) throws(TokenizerError) -> [[UInt8]] {
        switch self {
        case .byteLevel:
            return [Self.repaired(tokens.flatMap(Self.byteLevelBytes))]
        case .replace(let pattern, let content):
            var output: [[UInt8]] = []
            var remaining = limit
            for token in tokens {
                let replaced = try withBytes(token) { (text) throws(TokenizerError) in
                    var leading = 0
                    return try pattern.replacingMatches(in: text, with: content, limit: remaining, leading: &leading)
                }
                output.append(replaced ?? token)
                remaining = max(0, remaining - (replaced ?? token).count)
            }
            return output
        case .byteFallback:
            return Self.fallbackDecoded(tokens)
        case .fuse:
            return [Array(tokens.joined())]
        case .strip(let content, let start, let stop):
            return tokens.map { Self.stripped($0, content, start: start, stop: stop) }
        case .metaspace(let replacement, let keepsLeadingSpace):
            return tokens.enumerated().map { index, token in
                Self.replaced(replacement, by: index == 0 && !keepsLeadingSpace ? [] : [ASCII.space], in: token)
            }
        case .endOfWordSuffix(let suffix):
            return tokens.enumerated().map { index, token in
                Self.replaced(suffix, by: index == tokens.count - 1 ? [] : [ASCII.space], in: token)
            }
        case .sequence(let steps):
            var current = tokens
            for step in steps { current = try step.decode(current, limit: limit) }
            return current
        }
    }

    /// The bytes of a byte-level token; one with a scalar outside of the alphabet (an added token) stands for itself.
    static func byteLevelBytes(_ token: [UInt8]) -> [UInt8] {
        token.withUnsafeBufferPointer { ByteLevelAlphabet.decode($0) } ?? token
    }

    /// Invalid sequences become U+FFFD, one for each maximal part, as Rust's and Swift's lossy decoders agree.
    private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        Array(String(decoding: bytes, as: UTF8.self).utf8)
    }

    private static func fallbackDecoded(_ tokens: [[UInt8]]) -> [[UInt8]] {
        var output: [[UInt8]] = []
        var pending: [UInt8] = []
        func flush() {
            guard !pending.isEmpty else { return }
            if String(validating: pending, as: UTF8.self) != nil {
                output.append(pending)
            } else {
                output.append(contentsOf: repeatElement(Array("\u{FFFD}".utf8), count: pending.count))
            }
            pending.removeAll()
        }
        for token in tokens {
            if let byte = fallbackByte(token) {
                pending.append(byte)
            } else {
                flush()
                output.append(token)
            }
        }
        flush()
        return output
    }

    /// The byte that a token of byte fallback, such as <0xE4>, stands for.
    static func fallbackByte(_ token: [UInt8]) -> UInt8? {
        guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else { return nil }
        return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
    }

    /// Without up to `start` characters at the front and `stop` at the end that equal `content`.
    private static func stripped(_ token: [UInt8], _ content: [UInt8], start: Int, stop: Int) -> [UInt8] {
        guard !content.isEmpty else { return token }
        var result = token[...]
        for _ in 0..<min(start, token.count) where result.starts(with: content) {
            result = result.dropFirst(content.count)
        }
        for _ in 0..<min(stop, token.count)
        where result.count >= content.count && result.suffix(content.count) == content[...] {
            result = result.dropLast(content.count)
        }
        return Array(result)
    }

    private static func replaced(_ needle: [UInt8], by content: [UInt8], in token: [UInt8]) -> [UInt8] {
        guard let first = needle.first else { return token }
        var output: [UInt8] = []
        var index = 0
        while index < token.count {
            if token[index] == first, token[index...].starts(with: needle) {
                output.append(contentsOf: content)
                index += needle.count
            } else {
                output.append(token[index])
                index += 1
            }
        }
        return output
    }
}

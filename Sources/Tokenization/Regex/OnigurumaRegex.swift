import COniguruma

/// A compiled regular expression with the syntax and the semantics that Hugging Face tokenizers uses: Oniguruma
/// in its own default syntax, UTF-8.
///
/// The Unicode classes come from Kedge's own tables (see ``UnicodePropertyRewriter``), so that the version of the
/// installed library does not decide how a text is split.
///
/// Safe to share between threads: the compiled program is immutable, and each search owns its region.
final class OnigurumaRegex: @unchecked Sendable {
    private let program: OnigRegex

    /// The pattern as it stands in tokenizer.json.
    let pattern: String

    /// Whether Oniguruma could be initialised; the library asks for one call before any other.
    private static let isInitialized: Bool = kedge_onig_initialize() == 0

    /// Compiles `pattern`.
    ///
    /// - Throws: ``TokenizerError/invalidPattern(pattern:reason:)`` when it is not a valid regular expression.
    init(_ pattern: String) throws(TokenizerError) {
        guard Self.isInitialized else {
            throw .invalidPattern(pattern: pattern, reason: "the regular expression library could not be initialised")
        }
        self.pattern = pattern
        // Ranges hide what the engine refuses of a class, such as `[\w-z]`: the pattern must compile as it stands too.
        let original = Self.compile(pattern)
        onig_free(original.program)
        if original.status != 0, original.status != kedge_onig_unknown_property {
            throw .invalidPattern(pattern: pattern, reason: original.reason)
        }
        let rewritten = Self.compile(UnicodePropertyRewriter.rewrite(pattern))
        guard rewritten.status == 0, let compiled = rewritten.program else {
            throw .invalidPattern(pattern: pattern, reason: rewritten.reason)
        }
        program = compiled
    }

    private static func compile(_ pattern: String) -> (program: OnigRegex?, status: Int32, reason: String) {
        var bytes = Array(pattern.utf8)
        // An empty pattern is legal, and needs a pointer that is not null.
        bytes.append(0)
        var compiled: OnigRegex?
        var info = OnigErrorInfo()
        let (status, reason) = bytes.withUnsafeBufferPointer { buffer -> (Int32, String) in
            guard let base = buffer.baseAddress else { return (-1, "no pattern") }
            let status = kedge_onig_new(&compiled, base, base + (buffer.count - 1), &info)
            return (status, status == 0 ? "" : Self.message(for: status, info: &info))
        }
        return (status == 0 ? compiled : nil, status, reason)
    }

    deinit {
        onig_free(program)
    }

    /// The non-overlapping matches in `text`, leftmost first, as byte ranges relative to its start.
    ///
    /// An empty match right behind the previous match is passed over, as rust-onig's iterator does.
    ///
    /// - Complexity: bounded: a search gives up with an error when it backtracks more than ten million times.
    /// - Throws: ``TokenizerError/patternTooExpensive(pattern:)`` when that bound is met.
    func forEachMatch(
        in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void
    ) throws(TokenizerError) {
        guard let base = text.baseAddress, text.count > 0 else { return }
        guard let region = onig_region_new() else { throw .patternTooExpensive(pattern: pattern) }
        defer { onig_region_free(region, 1) }
        guard let limits = onig_new_match_param() else { throw .patternTooExpensive(pattern: pattern) }
        defer { onig_free_match_param(limits) }
        onig_initialize_match_param(limits)
        onig_set_retry_limit_in_match_of_match_param(limits, 10_000_000)
        onig_set_retry_limit_in_search_of_match_param(limits, 10_000_000 + 100 * UInt(text.count))

        let end = base + text.count
        var position = 0
        var previousEnd = -1
        while position <= text.count {
            onig_region_clear(region)
            let found = onig_search_with_param(
                program, base, end, base + position, end, region, OnigOptionType(0), limits)
            if found == kedge_onig_mismatch { return }
            guard found >= 0, region.pointee.num_regs > 0 else {
                throw .patternTooExpensive(pattern: pattern)
            }
            let start = Int(region.pointee.beg[0])
            let stop = Int(region.pointee.end[0])
            if start == stop && stop == previousEnd {
                guard position < text.count else { return }
                position += UTF8Scalar.length(lead: text[position])
                continue
            }
            position = stop
            previousEnd = stop
            body(start..<stop)
        }
    }

    private static func message(for status: Int32, info: inout OnigErrorInfo) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(kedge_onig_message_capacity) + 1) { buffer in
            guard let base = buffer.baseAddress else { return "error \(status)" }
            let length = Int(kedge_onig_message(base, status, &info))
            return String(
                decoding: UnsafeBufferPointer(start: base, count: max(0, min(length, buffer.count))), as: UTF8.self)
        }
    }
}

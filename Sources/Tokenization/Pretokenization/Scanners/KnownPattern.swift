/// The split patterns that Kedge scans by hand.
enum KnownPattern: String, CaseIterable, Sendable {
    case gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    case qwen2 =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    case llama3 =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    case cl100k =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#
    case markedQwen =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    case o200k =
        #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

    /// The three Splits of DeepSeek V3 and R1, in order; together they have a scanner of their own.
    static let deepSeek = [
        #"\p{N}{1,3}"#,
        "[\u{4E00}-\u{9FA5}\u{3040}-\u{309F}\u{30A0}-\u{30FF}]+",
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##,
    ]

    /// The known pattern that `pattern` spells, whether it writes its line breaks as escapes or as themselves.
    init?(spelling pattern: String) {
        let spelling = Self.canonical(pattern)
        // By bytes: `String` takes canonically equivalent patterns for equal.
        guard let known = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(spelling.utf8) }) else {
            return nil
        }
        self = known
    }

    /// The pattern with carriage returns and line feeds as escapes.
    static func canonical(_ pattern: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in pattern.unicodeScalars {
            switch scalar {
            case "\r": result.append(contentsOf: #"\r"#.unicodeScalars)
            case "\n": result.append(contentsOf: #"\n"#.unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Calls `body` with the byte range of every pretoken of `text`.
    func forEachPretoken(
        in text: UnsafeBufferPointer<UInt8>, level: VectorLevel = .best, _ body: (Range<Int>) -> Void
    ) {
        switch self {
        case .gpt2: Self.scan(GPT2Scanner(), text, level, body)
        case .qwen2: Self.scan(WordScanner<QwenRules>(), text, level, body)
        case .llama3, .cl100k: Self.scan(WordScanner<LlamaRules>(), text, level, body)
        case .markedQwen: Self.scan(WordScanner<MarkedQwenRules>(), text, level, body)
        case .o200k: Self.scan(O200kScanner(), text, level, body)
        }
    }

    /// Takes `text` apart with any scanner.
    static func scan(
        _ scanner: some PretokenScanner, _ text: UnsafeBufferPointer<UInt8>, _ level: VectorLevel = .best,
        _ body: (Range<Int>) -> Void
    ) {
        guard let base = text.baseAddress else { return }
        var scanner = scanner
        var batch = PretokenBatch(level: level)
        let end = base + text.count
        var p = base
        while p < end {
            let first = p - base
            p = batch.find(&scanner, from: p, to: end)
            if batch.count == 0 { body(first..<(p - base)) }
            for index in 0..<batch.count {
                body((first + Int(batch.start(of: index)))..<(first + Int(batch.ends[index])))
            }
        }
    }
}

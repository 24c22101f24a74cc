// The parts of tokenizer.json around the model. A component that is not known here is refused by name.

extension Normalizer {
    init?(_ field: TokenizerField?) throws(TokenizerError) {
        guard let field else { return nil }
        let type = try field.string("type")
        switch type {
        case "NFC", "NFD", "NFKC", "NFKD":
            guard let form = NormalizationForm(rawValue: type) else { return nil }
            self = .unicode(form)
        case "Sequence":
            var steps: [Normalizer] = []
            let list = try field.required("normalizers")
            for element in try list.elements() {
                if let step = try Normalizer(element) { steps.append(step) }
                try list.checkStepCount(steps.reduce(0) { $0 + $1.stepCount })
            }
            self = .sequence(steps)
        case "Replace":
            let pattern = try TextPattern(field.required("pattern"))
            // The oracle's own arithmetic fails on what comes of it.
            if case .literal(let needle) = pattern, needle.isEmpty {
                throw field.invalid("replaces the empty string")
            }
            self = .replace(pattern, with: Array(try field.string("content").utf8))
        case "Prepend":
            self = .prepend(Array(try field.string("prepend").utf8))
        case "Strip":
            self = .strip(left: try field.bool("strip_left"), right: try field.bool("strip_right"))
        case "Lowercase":
            self = .lowercase
        default:
            throw field.unsupported("the normalizer", type)
        }
    }

    private var stepCount: Int {
        guard case .sequence(let steps) = self else { return 1 }
        return max(1, steps.reduce(0) { $0 + $1.stepCount })
    }
}

extension TokenizerField {
    /// The most steps of a normalizer, a pre-tokenizer, a post-processor or a decoder.
    private static let maximumSteps = 64

    /// Refuses a list of more steps than any tokenizer has: each may read the whole text.
    fileprivate func checkStepCount(_ count: Int) throws(TokenizerError) {
        guard count <= Self.maximumSteps else {
            throw invalid("has more than \(Self.maximumSteps) steps")
        }
    }
}

extension TextPattern {
    /// `{"String": ...}` or `{"Regex": ...}`.
    init(_ field: TokenizerField) throws(TokenizerError) {
        if let literal = field.member("String") {
            self = .literal(Array(try literal.string().utf8))
        } else if let pattern = field.member("Regex") {
            let pattern = try pattern.string()
            if let known = KnownPattern(spelling: pattern) {
                self = .known(known)
            } else {
                self = .regex(try OnigurumaRegex(pattern))
            }
        } else {
            throw field.invalid("is neither a String nor a Regex")
        }
    }
}

extension PretokenizerStep {
    /// The steps of a pre-tokenizer, sequences taken apart.
    static func steps(_ field: TokenizerField) throws(TokenizerError) -> [PretokenizerStep] {
        let type = try field.string("type")
        switch type {
        case "Sequence":
            var steps: [PretokenizerStep] = []
            let list = try field.required("pretokenizers")
            for element in try list.elements() {
                steps += try Self.steps(element)
                try list.checkStepCount(steps.count)
            }
            return steps
        case "Split":
            let pattern = try TextPattern(field.required("pattern"))
            return [.split(pattern, try behavior(field), invert: try field.bool("invert"))]
        case "ByteLevel":
            let addPrefixSpace = try field.bool("add_prefix_space")
            return [.byteLevel(addPrefixSpace: addPrefixSpace, useRegex: try field.bool("use_regex", or: true))]
        case "Digits":
            let isIndividual = try field.bool("individual_digits", or: false)
            return [.split(.scalars(.rustNumeric), isIndividual ? .isolated : .contiguous, invert: false)]
        case "Punctuation":
            let behavior = field.member("behavior") == nil ? .isolated : try behavior(field)
            return [.split(.scalars(.punctuation), behavior, invert: false)]
        case "Metaspace":
            return [try metaspace(field)]
        default:
            throw field.unsupported("the pre-tokenizer", type)
        }
    }

    private static func behavior(_ field: TokenizerField) throws(TokenizerError) -> SplitBehavior {
        let name = try field.string("behavior")
        guard let behavior = SplitBehavior(rawValue: name) else {
            throw field.invalid("has the unknown behavior '\(name)'")
        }
        return behavior
    }

    private static func metaspace(_ field: TokenizerField) throws(TokenizerError) -> PretokenizerStep {
        let replacement = try field.string("replacement")
        guard replacement.unicodeScalars.count == 1 else {
            throw field.invalid("has a replacement of several characters")
        }
        let name = try field.member("prepend_scheme")?.string() ?? "always"
        guard let scheme = PrependScheme(rawValue: name) else {
            throw field.invalid("has the unknown prepend_scheme '\(name)'")
        }
        if let legacy = field.member("add_prefix_space"), try !legacy.bool(), scheme != .never {
            throw field.invalid("says add_prefix_space false beside prepend_scheme \(name)")
        }
        return .metaspace(
            replacement: Array(replacement.utf8), prepend: scheme, split: try field.bool("split", or: true))
    }
}

extension PostProcessor {
    init(_ field: TokenizerField?) throws(TokenizerError) {
        guard let field else {
            self = .none
            return
        }
        let type = try field.string("type")
        switch type {
        case "ByteLevel":
            self = .none
        case "TemplateProcessing":
            self = .template(try Self.template(field))
        case "BertProcessing", "RobertaProcessing":
            self = .template([.ids([try Self.pairedID(field, "cls")]), .text, .ids([try Self.pairedID(field, "sep")])])
        case "Sequence":
            var steps: [PostProcessor] = []
            let list = try field.required("processors")
            for element in try list.elements() {
                steps.append(try PostProcessor(element))
                try list.checkStepCount(steps.count)
            }
            self = .sequence(steps)
        default:
            throw field.unsupported("the post-processor", type)
        }
        guard size.texts <= Self.maximumTexts, size.ids <= Self.maximumIDs else {
            throw field.invalid(
                "repeats the text more than \(Self.maximumTexts) times or adds more than \(Self.maximumIDs) ids")
        }
    }

    /// The most often that a template may repeat the text.
    private static let maximumTexts = 4
    /// The most ids that a template may add.
    private static let maximumIDs = 1024

    private static func template(_ field: TokenizerField) throws(TokenizerError) -> [Part] {
        let special = try field.required("special_tokens")
        var parts: [Part] = []
        var count = 0
        for piece in try field.required("single").elements() {
            if let token = piece.member("SpecialToken") {
                let name = try token.string("id")
                var ids: [Int32] = []
                for id in try special.required(name).required("ids").elements() {
                    guard let value = Int32(exactly: try id.integer()), value >= 0 else {
                        throw id.invalid("is not a token id")
                    }
                    ids.append(value)
                }
                count += ids.count
                guard count <= maximumIDs else { throw field.invalid("adds more than \(maximumIDs) ids") }
                parts.append(.ids(ids))
            } else if let sequence = piece.member("Sequence") {
                guard try sequence.string("id") == "A" else {
                    throw sequence.invalid("names a second sequence in the template for one")
                }
                parts.append(.text)
            } else {
                throw piece.invalid("is neither a SpecialToken nor a Sequence")
            }
        }
        return parts
    }

    /// The id of `["[CLS]", 101]`.
    private static func pairedID(_ field: TokenizerField, _ name: String) throws(TokenizerError) -> Int32 {
        let pair = try field.required(name)
        let elements = try pair.elements()
        guard elements.count == 2, let id = Int32(exactly: try elements[1].integer()), id >= 0 else {
            throw pair.invalid("is not a pair of a token and its id")
        }
        return id
    }
}

extension TokenDecoder {
    init?(_ field: TokenizerField?) throws(TokenizerError) {
        guard let field else { return nil }
        let type = try field.string("type")
        switch type {
        case "ByteLevel":
            self = .byteLevel
        case "Replace":
            self = .replace(try TextPattern(field.required("pattern")), with: Array(try field.string("content").utf8))
        case "ByteFallback":
            self = .byteFallback
        case "Fuse":
            self = .fuse
        case "Strip":
            let start = try field.required("start").integer()
            let stop = try field.required("stop").integer()
            guard start >= 0, stop >= 0 else { throw field.invalid("strips a negative number of characters") }
            let content = try field.string("content")
            guard content.unicodeScalars.count == 1 else {
                throw field.invalid("strips a content of not one character")
            }
            self = .strip(content: Array(content.utf8), start: start, stop: stop)
        case "Metaspace":
            let replacement = Array(try field.string("replacement").utf8)
            let scheme = try field.member("prepend_scheme")?.string() ?? "always"
            self = .metaspace(replacement: replacement, keepsLeadingSpace: scheme == "never")
        case "BPEDecoder":
            self = .endOfWordSuffix(Array((try field.member("suffix")?.string() ?? "</w>").utf8))
        case "Sequence":
            var steps: [TokenDecoder] = []
            let list = try field.required("decoders")
            for element in try list.elements() {
                if let step = try TokenDecoder(element) { steps.append(step) }
                try list.checkStepCount(steps.count)
            }
            self = .sequence(steps)
        default:
            throw field.unsupported("the decoder", type)
        }
    }
}

/// The filters that look at one row's problem alone.
struct RowFilters: Sendable {
    private let sample: RowSample?
    private let contamination: ContaminationIndex?

    /// Reads the benchmarks that the settings name.
    ///
    /// - Throws: ``DatasetError/badBenchmark(path:reason:)``, or the error of reading one.
    init(_ settings: DatasetSettings) throws {
        sample = settings.sampleShare.map { RowSample(share: $0, seed: settings.seed) }
        contamination =
            settings.benchmarks.isEmpty
            ? nil : try Benchmarks.index(settings.benchmarks, ngram: settings.contaminationLength)
    }

    /// Why a row with this problem is dropped; nil where it is not.
    func verdict(on problem: String) -> Verdict? {
        notSampled(problem) ?? contaminated(problem)
    }

    /// The same for a row on which a survey may have decided already.
    func verdict(on problem: String, at place: RowPlace, _ selection: RowSelection?) -> Verdict? {
        guard let selection else { return verdict(on: problem) }
        return notSampled(problem) ?? selection.verdict(on: place)
    }

    /// A problem is in the sample by its text, and with it all rows that have it, wherever they are.
    private func notSampled(_ problem: String) -> Verdict? {
        guard let sample else { return nil }
        var problem = problem
        let key = problem.withUTF8 { HashMixing.hash(UnsafeRawBufferPointer($0)) }
        return sample.contains(key) ? nil : Verdict(.notSampled)
    }

    private func contaminated(_ problem: String) -> Verdict? {
        guard let match = contamination?.match(in: ProblemText(problem)) else { return nil }
        return Verdict(.contaminated, "'\(match.ngram)' is in \(match.source), row \(match.row)")
    }
}

/// What is compared of a problem to find its duplicates.
enum ProblemSignature: Sendable {
    /// Nothing: a problem without words, or no duplicates are looked for.
    case none
    case exact(ProblemKey)
    case near(NearDuplicateSignature)

    /// Near duplicates must have equal answers too: of two long problems that differ in one plain word ("minimum", "maximum")
    /// the answer tells that they are two.
    ///
    /// - Throws: `DigestError`.
    init(of problem: Problem, for deduplication: Deduplication) throws {
        guard deduplication != .none, case let text = ProblemText(problem.text), text.wordCount > 0 else {
            self = .none
            return
        }
        switch deduplication {
        case .none: self = .none
        case .exact: self = .exact(try ProblemKey(text))
        case .near(let threshold):
            self = .near(
                NearDuplicateSignature(text, answer: ProblemText(problem.answer), Self.settings(threshold)))
        }
    }

    static func settings(_ threshold: Double) -> NearDuplicateSettings {
        var settings = NearDuplicateSettings()
        settings.threshold = threshold
        return settings
    }
}

/// The problems that a survey has let through.
struct KnownProblems {
    private let parts: [InputPart]
    private var keys: [ProblemKey: RowPlace] = [:]
    private var index: NearDuplicateIndex
    private var places: [RowPlace] = []

    /// - Parameter parts: what is surveyed.
    init(_ deduplication: Deduplication, _ parts: [InputPart]) {
        self.parts = parts
        index = NearDuplicateIndex(ProblemSignature.settings(deduplication.threshold ?? 1))
    }

    /// Why the problem at a place is dropped; nil where it is new, and remembered.
    mutating func verdict(on signature: ProblemSignature, at place: RowPlace) -> Verdict? {
        switch signature {
        case .none:
            return nil
        case .exact(let key):
            guard let first = keys[key] else {
                keys[key] = place
                return nil
            }
            return Verdict(.duplicate, "of \(shown(first))")
        case .near(let signature):
            switch index.insert(signature) {
            case .new:
                places.append(place)
                return nil
            case .nearDuplicate(let id):
                return Verdict(.nearDuplicate, "of \(shown(places[id]))")
            }
        }
    }

    private func shown(_ place: RowPlace) -> String {
        let part = parts[place.part]
        return place.byte.map { "the row at byte \($0) of \(part.path)" }
            ?? "row \((part.knownRowsBefore ?? 0) + place.row + 1) of \(part.path)"
    }
}

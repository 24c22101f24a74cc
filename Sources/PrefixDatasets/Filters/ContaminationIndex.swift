/// The n-grams of benchmark problems, to find out which problems of a training set contain one of them.
///
/// As in open-r1's decontaminate.py one shared run of `ngram` words is enough. A benchmark problem with fewer words
/// matches only a problem of exactly the same words. Hits are compared word for word: there is no false positive by
/// hashing.
///
/// An n-gram takes 21 to 32 bytes of table and the text of one word (about 5 bytes). A text is looked up in time linear
/// in its length.
struct ContaminationIndex: Sendable {
    /// What a contaminated problem shares with a benchmark.
    struct Match: Hashable, Sendable {
        /// The shared words, as they are compared.
        let ngram: String
        /// The benchmark that it was first seen in, and the row there.
        let source: String
        let row: Int
    }

    /// How many words in a row are looked for.
    let ngram: Int
    /// Normalised benchmark problems, each ended by a line feed, which no word contains.
    private var texts: [UInt8] = []
    private var problems: [Problem] = []
    private var sources: [String] = []
    private var slots = [Slot](repeating: Slot(), count: 64)
    private var used = 0

    private struct Problem {
        let start: Int
        let source: Int
        let row: Int
    }

    private struct Slot {
        var hash: UInt64 = 0
        /// One more than where the n-gram starts in `texts`; 0 where the slot is free.
        var mark = 0
    }

    /// - Parameter ngram: how many words in a row are looked for; less than 1 counts as 1.
    init(ngram: Int = 8) {
        self.ngram = max(1, ngram)
    }

    /// Whether there is nothing to find.
    var isEmpty: Bool { used == 0 }

    /// Adds a benchmark problem. A text without words adds nothing.
    mutating func add(_ text: ProblemText, source: String, row: Int) {
        guard text.wordCount > 0 else { return }
        if sources.last != source { sources.append(source) }
        let start = texts.count
        problems.append(Problem(start: start, source: sources.count - 1, row: row))
        texts.append(contentsOf: text.bytes)
        texts.append(Self.lineFeed)
        for (first, hash) in text.hashes(ofRunsOf: ngram).enumerated() {
            let words = text.bytes(ofWords: first..<min(first + ngram, text.wordCount))
            if used >= slots.count / 4 * 3 { grow() }
            let index = slot(of: words, hash, isWholeText: text.wordCount < ngram)
            guard slots[index].mark == 0 else { continue }
            slots[index] = Slot(hash: hash, mark: start + words.startIndex + 1)
            used += 1
        }
    }

    /// The first n-gram of the text that a benchmark has; nil when the text is clean.
    func match(in text: ProblemText) -> Match? {
        guard used > 0 else { return nil }
        for (first, hash) in text.hashes(ofRunsOf: ngram).enumerated() {
            let words = text.bytes(ofWords: first..<min(first + ngram, text.wordCount))
            let mark = slots[slot(of: words, hash, isWholeText: text.wordCount < ngram)].mark
            guard mark > 0 else { continue }
            let problem = problems[problemIndex(at: mark - 1)]
            return Match(
                ngram: String(decoding: words, as: UTF8.self), source: sources[problem.source], row: problem.row)
        }
        return nil
    }

    private static let lineFeed = UInt8(ascii: "\n")

    /// The slot that holds these words, or the free one where they belong.
    private func slot(of words: ArraySlice<UInt8>, _ hash: UInt64, isWholeText: Bool) -> Int {
        var index = Int(hash.multipliedFullWidth(by: UInt64(slots.count)).high)
        while slots[index].mark != 0 {
            if slots[index].hash == hash, holds(words, at: slots[index].mark - 1, isWholeText: isWholeText) { break }
            index = index + 1 == slots.count ? 0 : index + 1
        }
        return index
    }

    private func holds(_ words: ArraySlice<UInt8>, at start: Int, isWholeText: Bool) -> Bool {
        let end = start + words.count
        guard end < texts.count, texts[start..<end] == words else { return false }
        let startsText = start == 0 || texts[start - 1] == Self.lineFeed
        if isWholeText { return startsText && texts[end] == Self.lineFeed }
        return texts[end] == Self.lineFeed || texts[end] == UInt8(ascii: " ")
    }

    private func problemIndex(at start: Int) -> Int {
        var (low, high) = (0, problems.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if problems[middle].start <= start { low = middle } else { high = middle }
        }
        return low
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count / 2 * 3)
        for slot in old where slot.mark != 0 {
            var index = Int(slot.hash.multipliedFullWidth(by: UInt64(slots.count)).high)
            while slots[index].mark != 0 { index = index + 1 == slots.count ? 0 : index + 1 }
            slots[index] = slot
        }
    }
}

/// Repeated n-grams are punished: open-r1's and TRL's `get_repetition_penalty_reward`, from Demystifying Long Chain-of-Thought
/// Reasoning (arXiv 2502.03373, appendix C.2).
///
///     (1 - different n-grams / n-grams) max_penalty
///
/// open-r1 counts words in lower case between blanks (its `language: en`), TRL tokens.
public struct RepetitionReward: Sendable, Equatable {
    /// n, 1 or more; setting `ngram_size`.
    public var ngramSize = 3
    /// The reward that is approached when all is one n-gram, 0 or less; setting `max_penalty`.
    public var maxPenalty = -1.0

    /// The reward with the settings of the sources.
    public init() {}

    /// From ``maxPenalty`` to 0; 0 for fewer than n words.
    ///
    /// Words are what Python's `lower` and `split` make of a text. Linear in the length of the response, times log n.
    public func reward(_ response: String) -> Double {
        var numbers: [[UInt8]: Int] = [:]
        var words: [Int] = []
        LowercasedWords.forEach(in: response) { word in
            let next = numbers.count
            let number = numbers[word, default: next]
            if number == next { numbers[word] = next }
            words.append(number)
        }
        return reward(tokens: words)
    }

    /// From ``maxPenalty`` to 0; 0 for fewer than n tokens. Linear in the number of tokens, times log n.
    public func reward(tokens: [Int]) -> Double {
        guard ngramSize > 0, tokens.count >= ngramSize else { return 0 }
        let total = tokens.count - ngramSize + 1
        let share = Double(different(in: tokens)) / Double(total)
        return share < 1 ? (1 - share) * maxPenalty : 0
    }

    /// How many different n-grams there are: of runs whose lengths are powers of two, each gets a number, and pairs of
    /// numbers make longer runs.
    private func different(in tokens: [Int]) -> Int {
        var (run, runLength) = (tokens, 1)
        var (whole, length): ([Int], Int) = ([], 0)
        while true {
            if ngramSize & runLength != 0 {
                whole = length == 0 ? run : Self.joined(whole, run, after: length)
                length += runLength
            }
            guard length < ngramSize else { return Set(whole).count }
            run = Self.joined(run, run, after: runLength)
            runLength *= 2
        }
    }

    private struct Pair: Hashable {
        let first: Int
        let second: Int
    }

    /// Numbers for what begins at each place: the same exactly where both parts are.
    private static func joined(_ first: [Int], _ second: [Int], after distance: Int) -> [Int] {
        var numbers: [Pair: Int] = [:]
        return (0..<max(0, min(first.count, second.count - distance))).map { place in
            let next = numbers.count
            let pair = Pair(first: first[place], second: second[place + distance])
            let number = numbers[pair, default: next]
            if number == next { numbers[pair] = next }
            return number
        }
    }
}

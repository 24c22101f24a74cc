import Testing

@testable import PrefixDatasets

@Suite struct ContaminationIndexTests {
    private let benchmark = "Let $n$ be the least positive integer such that $n^2+1$ is divisible by 2024."

    private func index(_ texts: [String], ngram: Int = 8) -> ContaminationIndex {
        var index = ContaminationIndex(ngram: ngram)
        for (row, text) in texts.enumerated() { index.add(ProblemText(text), source: "bench", row: row) }
        return index
    }

    @Test func oneSharedRunOfWordsIsEnough() {
        let index = index(["Nothing of interest here, dear reader, but eight words and more.", benchmark])
        let match = index.match(
            in: ProblemText("Suppose m is THE least positive integer, such that n ^ 2 + 1 is prime"))
        #expect(match == .init(ngram: "the least positive integer such that n^2 +1", source: "bench", row: 1))
        // Seven words in a row are too few.
        #expect(index.match(in: ProblemText("The least positive integer such that n^2 - 1 is prime")) == nil)
        #expect(index.match(in: ProblemText("least positive integer such that n^2+1 holds")) == nil)
        #expect(index.match(in: ProblemText("")) == nil)
    }

    @Test func runsEndAtWords() {
        let index = index(["a b c def"], ngram: 3)
        #expect(index.match(in: ProblemText("b c d")) == nil)
        #expect(index.match(in: ProblemText("c def")) == nil)
        #expect(index.match(in: ProblemText("x b c def"))?.ngram == "b c def")
        #expect(index.match(in: ProblemText("xa b c"))?.ngram == nil)
    }

    @Test func runsDoNotCrossProblems() {
        let index = index(["one two three", "four five six"], ngram: 3)
        #expect(index.match(in: ProblemText("two three four")) == nil)
        #expect(index.match(in: ProblemText("one two three four five six"))?.row == 0)
        #expect(index.match(in: ProblemText("zero four five six"))?.row == 1)
    }

    @Test func shortProblemsMatchAsAWhole() {
        let index = index(["What is $1+1$?", "Compute the sum of all primes below ten, please."])
        #expect(
            index.match(in: ProblemText("what is 1 + 1")) == .init(ngram: "what is 1 +1", source: "bench", row: 0))
        #expect(index.match(in: ProblemText("Tell me: what is 1 + 1")) == nil)
        #expect(index.match(in: ProblemText("what is 1 - 1")) == nil)
        #expect(index.match(in: ProblemText("Compute the sum of all primes")) == nil)
        #expect(index.match(in: ProblemText("what is 1 + 1 and what is two and what is three")) == nil)
    }

    @Test func theFirstSourceIsNamed() {
        var index = ContaminationIndex(ngram: 2)
        #expect(index.isEmpty)
        index.add(ProblemText(""), source: "empty", row: 0)
        #expect(index.isEmpty)
        index.add(ProblemText("a b c"), source: "first", row: 5)
        index.add(ProblemText("b c d"), source: "second", row: 9)
        #expect(!index.isEmpty)
        #expect(index.match(in: ProblemText("b c")) == .init(ngram: "b c", source: "first", row: 5))
        #expect(index.match(in: ProblemText("c d")) == .init(ngram: "c d", source: "second", row: 9))
    }

    @Test func agreesWithSetsOfWords() {
        var generator = LinearGenerator(state: 3)
        let bench = (0..<400).map { _ in generator.words(1 + Int(generator.next(below: 12)), vocabulary: 6) }
        var index = ContaminationIndex(ngram: 5)
        var runs: Set<[String]> = []
        for (row, words) in bench.enumerated() {
            index.add(ProblemText(words.joined(separator: " ")), source: "s", row: row)
            if words.count < 5 { runs.insert(words) }
            for start in 0..<max(0, words.count - 4) { runs.insert(Array(words[start..<(start + 5)])) }
        }
        var hits = 0
        for _ in 0..<2_000 {
            let words = generator.words(1 + Int(generator.next(below: 10)), vocabulary: 6)
            let expected =
                words.count < 5
                ? runs.contains(words) : (0...(words.count - 5)).contains { runs.contains(Array(words[$0..<($0 + 5)])) }
            #expect((index.match(in: ProblemText(words.joined(separator: " "))) != nil) == expected)
            if expected { hits += 1 }
        }
        #expect(hits > 200 && hits < 1_900)
    }

    @Test func hashCollisionsAreTold() {
        // Runs whose polynomial hashes are equal whatever the words are (Thue-Morse and its complement).
        let a = (0..<2_048).map { $0.nonzeroBitCount & 1 == 0 ? "p" : "q" }
        let b = a.map { $0 == "p" ? "q" : "p" }
        let index = index([a.joined(separator: " ")], ngram: 2_048)
        #expect(index.match(in: ProblemText(a.joined(separator: " "))) != nil)
        #expect(index.match(in: ProblemText(b.joined(separator: " "))) == nil)
    }
}

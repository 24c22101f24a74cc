import Testing

@testable import Tokenization

@Suite struct PretokenCacheTests {
    /// What was put in comes out, or nothing: never the ids of another pretoken.
    @Test func smallTable() {
        let cache = PretokenCache(logCapacity: 4)
        var generator = SplitMix64(seed: 8)
        var kept: [[UInt8]: [Int32]] = [:]
        var hits = 0
        for _ in 0..<caseCount(100_000) {
            let word = (0..<(1 + generator.below(15))).map { _ in UInt8(generator.below(3)) }
            let key = word.withUnsafeBufferPointer { buffer in
                buffer.baseAddress.map { PretokenCache.key($0, length: word.count, readable: word.count) }
            }
            guard let key else { continue }
            if let packed = cache.find(key) {
                var ids = IDBuffer()
                ids.append(packed: packed)
                var found: [Int32] = []
                ids.append(to: &found)
                #expect(kept[word] == found)
                hits += 1
            } else {
                let ids = (0...generator.below(4)).map { _ in Int32(generator.below(Vocabulary.maximumID)) }
                cache.insert(key, ids)
                kept[word] = ids
                #expect(cache.find(key) != nil)
            }
        }
        #expect(hits > 100)
    }

    /// A batch is looked up as its pretokens one by one are, at every level of this processor: with what is at home, next to
    /// it, further away, not there, too long, and at the end of the text.
    @Test(arguments: VectorLevel.available)
    func batches(_ level: VectorLevel) throws {
        var cache = PretokenCache(logCapacity: 7, level: level)
        var batch = PretokenBatch(level: .scalar)
        var generator = SplitMix64(seed: 22)
        var random = RandomText(seed: 23)
        var found = 0
        for index in 0..<caseCount(3_000) {
            var text = utf8(random.text(runs: 3))
            for _ in 0..<(1 + generator.below(300)) {
                let length = generator.below(20) == 0 ? 14 + generator.below(4) : generator.below(3)
                text += [0x20] + (0..<length).map { _ in UInt8(0x61 + generator.below(6)) }
            }
            text.withUnsafeBufferPointer { bytes in
                guard let base = bytes.baseAddress else { return }
                let end = base + bytes.count
                var scanner = GPT2Scanner()
                _ = batch.find(&scanner, from: base, to: end)
                var first = 0
                while first < batch.count {
                    var ids = IDBuffer()
                    let stop = cache.find(batch, from: first, readableTo: end, into: &ids)
                    var expected = IDBuffer()
                    for pretoken in first..<stop {
                        let word = batch.pretoken(pretoken)
                        guard let start = word.baseAddress, word.count <= PretokenCache.maximumLength,
                            let packed = cache.find(PretokenCache.key(start, length: word.count, readable: 0))
                        else {
                            Issue.record("pretoken \(pretoken) of text \(index) is not there")
                            continue
                        }
                        expected.append(packed: packed)
                    }
                    var (left, right): ([Int32], [Int32]) = ([], [])
                    ids.append(to: &left)
                    expected.append(to: &right)
                    #expect(left == right, "text \(index)")
                    found += stop - first
                    first = stop
                    guard first < batch.count else { break }
                    let word = batch.pretoken(first)
                    if let start = word.baseAddress, word.count <= PretokenCache.maximumLength {
                        let key = PretokenCache.key(start, length: word.count, readable: 0)
                        let isLast = end - start < 16
                        #expect(isLast || cache.find(key) == nil, "text \(index)")
                        if cache.find(key) == nil {
                            cache.insert(key, (0...generator.below(4)).map { _ in Int32(generator.below(1 << 28)) })
                        }
                    }
                    first += 1
                }
            }
        }
        #expect(found > 10_000)
    }

    @Test func onlyOneToFourIDsAreKept() {
        let cache = PretokenCache(logCapacity: 4)
        let key = PretokenCache.Key(low: 1, high: .max)
        cache.insert(key, [1, 2, 3, 4, 5])
        #expect(cache.find(key) == nil)
        cache.insert(key, [])
        #expect(cache.find(key) == nil)
    }

    /// As many words as share their places stay, however often they take turns; one more drives out one.
    @Test func neighboursStay() {
        let cache = PretokenCache(logCapacity: 2)
        let keys = (0..<5 as Range<UInt64>).map { PretokenCache.Key(low: $0, high: .max) }
        for key in keys[..<4] { cache.insert(key, [7]) }
        #expect(keys.count { cache.find($0) != nil } == 4)
        cache.insert(keys[4], [7])
        #expect(cache.find(keys[4]) != nil)
        #expect(keys.count { cache.find($0) != nil } == 4)
    }

    /// A key is the same whether it is read by words or by bytes, and tells trailing zeros from none.
    @Test func keys() {
        var generator = SplitMix64(seed: 9)
        for _ in 0..<2_000 {
            let bytes = (0..<32).map { _ in generator.pick([0, 1, 0x7F, 0xF4, UInt8(generator.below(0xF5))]) }
            bytes.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                var seen: [PretokenCache.Key] = []
                for length in 1...PretokenCache.maximumLength {
                    let byWords = PretokenCache.key(base, length: length, readable: 32)
                    #expect(byWords == PretokenCache.key(base, length: length, readable: length))
                    #expect(byWords.high != 0 && !seen.contains(byWords))
                    seen.append(byWords)
                }
            }
        }
    }

    /// Twice as many words as there are entries, met again and again, give the ids of the model without a cache.
    @Test(arguments: ["gpt2", "qwen2", "llama3", "phi3"])
    func encoderWithFullCache(_ name: String) throws {
        let tokenizer = try Golden(name).tokenizer
        let encoder = TokenEncoder(tokenizer)
        let fresh = ModelReference(tokenizer)
        var generator = SplitMix64(seed: 10)
        let words = (0..<caseCount(130_000)).map { _ in
            " "
                + String(
                    decoding: (0..<(1 + generator.below(9))).map { _ in UInt8(0x61 + generator.below(26)) },
                    as: UTF8.self)
        }
        for _ in 0..<2 {
            for start in stride(from: 0, to: words.count, by: 50) {
                let text = words[start..<min(start + 50, words.count)].joined()
                try #require(try encoder.encode(text) == fresh.ids(of: text), "text \(text)")
            }
        }
    }
}

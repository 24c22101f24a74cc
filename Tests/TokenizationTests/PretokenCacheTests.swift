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
                let ids = (0..<generator.below(5)).map { _ in Int32(generator.below(Vocabulary.maximumID)) }
                cache.insert(key, ids)
                kept[word] = ids
                #expect(cache.find(key) != nil)
            }
        }
        #expect(hits > 100)
    }

    @Test func moreThanFourIDsAreNotKept() {
        let cache = PretokenCache(logCapacity: 4)
        let key = PretokenCache.Key(low: 1, high: 1 << 56)
        cache.insert(key, [1, 2, 3, 4, 5])
        #expect(cache.find(key) == nil)
        cache.insert(key, [])
        #expect(cache.find(key)?[0] == 0)
    }

    /// A key is the same whether it is read by words or by bytes, and tells trailing zeros from none.
    @Test func keys() {
        var generator = SplitMix64(seed: 9)
        for _ in 0..<2_000 {
            let bytes = (0..<32).map { _ in generator.pick([0, 1, 0x7F, 0xFF, UInt8(generator.below(256))]) }
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

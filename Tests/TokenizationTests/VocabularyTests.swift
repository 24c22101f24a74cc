import Testing

@testable import Tokenization

@Suite struct VocabularyTests {
    private func insert(_ token: String, _ id: Int, into vocabulary: inout Vocabulary) -> Bool {
        utf8(token).withUnsafeBufferPointer { vocabulary.insert($0, id: id) }
    }

    private func string(_ token: ArraySlice<UInt8>?) -> String? {
        token.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func growsBeyondItsCapacity() {
        var vocabulary = Vocabulary(capacity: 0)
        for id in 0..<20_000 { #expect(insert("token \(id * 7)", id, into: &vocabulary)) }
        #expect(vocabulary.count == 20_000)
        #expect(vocabulary.idLimit == 20_000)
        for id in 0..<20_000 {
            #expect(vocabulary.id(of: utf8("token \(id * 7)")) == Int32(id))
            #expect(string(vocabulary.token(Int32(id))) == "token \(id * 7)")
        }
        #expect(vocabulary.id(of: utf8("token 1")) == nil)
        #expect(vocabulary.id(of: []) == nil)
        #expect(vocabulary.token(-1) == nil)
        #expect(vocabulary.token(20_000) == nil)
        #expect(vocabulary.token(.max) == nil)
    }

    @Test func ofARepeatedStringTheLastIDCounts() {
        var vocabulary = Vocabulary(capacity: 4)
        #expect(insert("a", 1, into: &vocabulary) && insert("b", 2, into: &vocabulary))
        #expect(insert("a", 3, into: &vocabulary))
        #expect(vocabulary.count == 2)
        #expect(vocabulary.id(of: utf8("a")) == 3)
        #expect(vocabulary.token(1) == nil)
        #expect(string(vocabulary.token(3)) == "a")
        #expect(!vocabulary.hasSharedIDs)
    }

    @Test func sharedIDsAreNoticed() {
        var vocabulary = Vocabulary(capacity: 4)
        #expect(insert("a", 1, into: &vocabulary) && insert("b", 1, into: &vocabulary))
        #expect(vocabulary.hasSharedIDs)
        #expect(vocabulary.id(of: utf8("a")) == 1)
        #expect(vocabulary.id(of: utf8("b")) == 1)
    }

    @Test func canonicalEquivalenceDoesNotCount() {
        var vocabulary = Vocabulary(capacity: 4)
        #expect(insert("é", 0, into: &vocabulary) && insert("e\u{301}", 1, into: &vocabulary))
        #expect(vocabulary.count == 2)
        #expect(vocabulary.id(of: utf8("é")) == 0)
        #expect(vocabulary.id(of: utf8("e\u{301}")) == 1)
    }

    @Test(arguments: [-1, Int.min, 1 << 28, 1 << 31, Int.max, 10_000_000])
    func refuses(_ id: Int) {
        var vocabulary = Vocabulary(capacity: 10)
        #expect(!insert("a", id, into: &vocabulary))
        #expect(vocabulary.count == 0)
        #expect(vocabulary.idLimit == 0)
    }

    /// Real vocabularies have gaps, and small ones may begin high.
    @Test(arguments: [0, 65_000])
    func takes(_ id: Int) {
        var vocabulary = Vocabulary(capacity: 1)
        #expect(insert("a", id, into: &vocabulary))
        #expect(vocabulary.idLimit == id + 1)
    }
}

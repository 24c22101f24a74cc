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

    @Test func tokensOfTwoStrings() {
        var vocabulary = Vocabulary(capacity: 4)
        for (id, token) in ["abc", "ab", "c", "xyz"].enumerated() { #expect(insert(token, id, into: &vocabulary)) }
        func withSides<Result>(
            _ left: String, _ right: String,
            _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Result
        ) -> Result {
            utf8(left).withUnsafeBufferPointer { left in
                utf8(right).withUnsafeBufferPointer { right in body(left, right) }
            }
        }
        #expect(withSides("ab", "c") { vocabulary.id(ofJoined: $0, $1) } == 0)
        #expect(withSides("", "ab") { vocabulary.id(ofJoined: $0, $1) } == 1)
        #expect(withSides("ab", "d") { vocabulary.id(ofJoined: $0, $1) } == nil)
        #expect(withSides("", "") { vocabulary.id(ofJoined: $0, $1) } == nil)
        #expect(withSides("a", "bc") { vocabulary.token(0, is: $0, $1) })
        #expect(withSides("abc", "") { vocabulary.token(0, is: $0, $1) })
        for id in [-1, 1, 3, 4, Int32.max] { #expect(!withSides("a", "bc") { vocabulary.token(id, is: $0, $1) }) }
        // An id that its string has lost to another is that of no token.
        #expect(insert("abc", 9, into: &vocabulary))
        #expect(!withSides("a", "bc") { vocabulary.token(0, is: $0, $1) })
        #expect(withSides("a", "bc") { vocabulary.token(9, is: $0, $1) })
        var found: [Int32: String] = [:]
        vocabulary.forEachByID { found[$1] = String(decoding: $0, as: UTF8.self) }
        #expect(found == [1: "ab", 2: "c", 3: "xyz", 9: "abc"])
    }
}

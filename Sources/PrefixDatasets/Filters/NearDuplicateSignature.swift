/// What is remembered of a problem to find its near duplicates: computed on any thread, in time linear in the text
/// (times the number of bands and rows).
struct NearDuplicateSignature: Sendable {
    /// One key a band; none for an empty text.
    let bandKeys: [UInt64]
    let sketch: ShingleSketch

    init(bandKeys: [UInt64], sketch: ShingleSketch) {
        self.bandKeys = bandKeys
        self.sketch = sketch
    }

    /// - Parameter answer: the problem's answer, which near duplicates share; nil where it is not asked for.
    init(
        _ text: ProblemText, answer: ProblemText? = nil, _ settings: NearDuplicateSettings = NearDuplicateSettings()
    ) {
        let shingles = text.hashes(ofRunsOf: settings.shingleWords)
        sketch = ShingleSketch(shingles)
        guard !shingles.isEmpty else {
            bandKeys = []
            return
        }
        var permutation: UInt64 = 0
        // Problems that calculate with other things never meet in a bucket, so that the many problems of one template
        // do not crowd each other out.
        var mathematics = settings.requiresEqualMathematics ? text.mathematics : 0
        if let answer { mathematics = HashMixing.combined(mathematics, answer.bytes.withUnsafeBytes(HashMixing.hash)) }
        bandKeys = (0..<settings.bands).map { band in
            var key = HashMixing.combined(mathematics, UInt64(band))
            for _ in 0..<settings.rowsPerBand {
                permutation &+= 2
                let offset = HashMixing.scrambled(permutation)
                let factor = HashMixing.scrambled(permutation &+ 1) | 1
                var minimum = UInt64.max
                for shingle in shingles { minimum = min(minimum, (shingle ^ offset) &* factor) }
                key = HashMixing.combined(key, minimum)
            }
            return key
        }
    }
}

/// The smallest hashes of a set of shingles, in order: the whole set where it is small, else a sample by which two sets
/// can be compared (bottom-k, as in Cohen and Kaplan, "Summarizing data using bottom-k sketches").
struct ShingleSketch: Sendable {
    let hashes: [UInt32]
    /// Whether all of the set's hashes are there.
    let isWhole: Bool

    init(_ shingles: [UInt64]) {
        var hashes: [UInt32] = []
        var isWhole = true
        for hash in shingles.map({ UInt32(truncatingIfNeeded: $0 >> 32) }).sorted() where hash != hashes.last {
            if hashes.count == NearDuplicateSettings.sketchSize {
                isWhole = false
                break
            }
            hashes.append(hash)
        }
        self.hashes = hashes
        self.isWhole = isWhole
    }

    /// The Jaccard similarity of two sets: exact when both are whole, else estimated from the smallest hashes of their
    /// union.
    static func similarity(
        _ a: ArraySlice<UInt32>, isWhole aIsWhole: Bool, _ b: ArraySlice<UInt32>, isWhole bIsWhole: Bool
    ) -> Double {
        let limit = aIsWhole && bIsWhole ? Int.max : NearDuplicateSettings.sketchSize
        var (i, j) = (a.startIndex, b.startIndex)
        var (union, common) = (0, 0)
        while union < limit, i < a.endIndex || j < b.endIndex {
            union += 1
            if j == b.endIndex || (i < a.endIndex && a[i] < b[j]) {
                i += 1
            } else if i == a.endIndex || b[j] < a[i] {
                j += 1
            } else {
                common += 1
                i += 1
                j += 1
            }
        }
        return union == 0 ? 0 : Double(common) / Double(union)
    }
}

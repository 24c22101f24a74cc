/// What counts as a near duplicate, and how candidates for it are found.
///
/// Candidates are pairs that agree in all rows of at least one band of their MinHash signatures. For the Jaccard
/// similarity J that happens with probability 1 - (1 - J^rows)^bands. With 16 bands of 6 rows:
///
/// | J           | 0.3   | 0.5   | 0.6   | 0.7   | 0.8   | 0.85   | 0.9     |
/// |-------------|-------|-------|-------|-------|-------|--------|---------|
/// | 16 bands, 6 | 0.012 | 0.223 | 0.535 | 0.864 | 0.992 | 0.9995 | 0.99999 |
/// | 14 bands, 8 | 0.001 | 0.053 | 0.211 | 0.565 | 0.924 | 0.988  | 0.9996  |
///
/// The second line is datatrove's default, which takes every candidate for a duplicate. Here candidates are compared,
/// so that the first choice costs a little time and no problem, and finds more of the pairs above the threshold.
struct NearDuplicateSettings: Hashable, Sendable {
    /// The least Jaccard similarity of near duplicates, from 0 to 1.
    var threshold = 0.8
    /// How many words a shingle has; a text with fewer words is one shingle. At least 1.
    var shingleWords = 5
    /// How many bands a signature has, and how many minima a band; each at least 1.
    var bands = 16
    var rowsPerBand = 6
    /// Whether near duplicates must calculate with the same things (``ProblemText/mathematics``). Without that, two
    /// problems of one template with different numbers are near duplicates where the template is long.
    var requiresEqualMathematics = true

    /// How many shingles of a text are kept for the comparison. Similarities of texts with no more distinct shingles
    /// than that are exact; of longer texts they are estimates with a standard deviation of at most 0.045 (0.035 at
    /// 0.8).
    static let sketchSize = 128
}

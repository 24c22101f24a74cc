/// What was decided on rows before any of them is tokenised: duplicates and the limit need to know the rows before.
struct RowSelection: Sendable {
    private var verdicts: [[Int: Verdict]] = []
    private var limit: (part: Int, row: Int)?

    /// For the parts that were surveyed.
    init(parts: Int) {
        verdicts = Array(repeating: [:], count: parts)
    }

    /// Why a row is dropped; nil where it is not.
    func verdict(on place: RowPlace) -> Verdict? {
        verdicts[place.part][place.row]
    }

    /// Whether enough rows came before this one.
    func isBehindLimit(_ place: RowPlace) -> Bool {
        limit.map { (place.part, place.row) >= $0 } ?? false
    }

    /// How many parts have rows before the limit.
    var partsBeforeLimit: Int {
        limit.map { $0.row == 0 ? $0.part : $0.part + 1 } ?? verdicts.count
    }

    mutating func drop(_ place: RowPlace, _ verdict: Verdict) {
        verdicts[place.part][place.row] = verdict
    }

    /// Nothing behind this row is used.
    mutating func end(behind place: RowPlace) {
        limit = (place.part, place.row + 1)
    }

    /// What concerns some of the parts, numbered from 0.
    func of(parts: Range<Int>) -> RowSelection {
        var selection = self
        selection.verdicts = Array(verdicts[parts])
        if let limit {
            // A limit before the parts leaves nothing of them.
            selection.limit = limit.part < parts.lowerBound ? (0, 0) : (limit.part - parts.lowerBound, limit.row)
        }
        return selection
    }
}

import Glibc
import JSON

/// Counts of pairs of numbers in hexagons.
struct HexbinChart: Sendable {
    var text: ChartText
    /// Where the axes begin and end; of the vertical one the common logarithms.
    let horizontal: ClosedRange<Double>
    let vertical: ClosedRange<Double>
    /// Hexagons in a row, and rows; every second row is shifted by half a hexagon.
    let columns: Int
    let rows: Int
    private var counts: [Int]
    /// How many pairs could not be placed: outside, not a number, or without a logarithm.
    private(set) var omitted = 0

    init(
        text: ChartText, horizontal: ClosedRange<Double>, vertical: ClosedRange<Double>, columns: Int = 36,
        rows: Int = 26
    ) {
        self.text = text
        self.horizontal = horizontal
        self.vertical = vertical
        self.columns = columns
        self.rows = rows
        counts = [Int](repeating: 0, count: (columns + 1) * (rows + 1))
    }

    /// Counts a pair.
    ///
    /// - Parameter y: a number above 0, whose logarithm is taken.
    mutating func add(_ x: Double, _ y: Double) {
        guard y > 0, y.isFinite, x.isFinite else {
            omitted += 1
            return
        }
        let across = Self.share(x, horizontal) * Double(columns)
        let up = Self.share(log10(y), vertical) * Double(rows)
        guard (0...Double(columns)).contains(across), (0...Double(rows)).contains(up) else {
            omitted += 1
            return
        }
        // The centre of a hexagon is the nearest among those of the two nearest rows (Carr et al., 1987). Rows lie
        // sqrt(3) / 2 of a hexagon's width apart.
        let below = Int(up)
        var best = (place: 0, distance: Double.infinity)
        for row in [below, min(below + 1, rows)] {
            let shift = row % 2 == 1 ? 0.5 : 0
            let column = min(columns, max(0, Int((across - shift).rounded())))
            let (dx, dy) = (across - shift - Double(column), (up - Double(row)) * 0.866_025_403_784_438_6)
            let distance = dx * dx + dy * dy
            if distance < best.distance { best = (row * (columns + 1) + column, distance) }
        }
        counts[best.place] += 1
    }

    private static func share(_ value: Double, _ range: ClosedRange<Double>) -> Double {
        (value - range.lowerBound) / max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
    }

    /// [column, row, count] of each hexagon that is not empty.
    var cells: [[Int]] {
        counts.enumerated().filter { $0.element > 0 }.map {
            [$0.offset % (columns + 1), $0.offset / (columns + 1), $0.element]
        }
    }

    var node: JSONNode {
        .object(
            [("type", "hexbin")] + text.members + [
                ("left", PageNumber.node(horizontal.lowerBound, digits: 8)),
                ("right", PageNumber.node(horizontal.upperBound, digits: 8)),
                ("bottom", PageNumber.node(vertical.lowerBound, digits: 8)),
                ("top", PageNumber.node(vertical.upperBound, digits: 8)), ("columns", .int(Int64(columns))),
                ("rows", .int(Int64(rows))), ("cells", .array(cells.map { PageNumber.list($0) })),
            ])
    }
}

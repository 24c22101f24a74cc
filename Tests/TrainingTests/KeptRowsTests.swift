import Testing

@testable import Training

@Suite("Kept rows")
struct KeptRowsTests {
    /// A file of 20 rows, numbered from 100, of which a read gives at most `most`.
    private func visit(_ order: [Int], limit: Int, most: Int) -> (rows: [Int32], reads: [[Int]]) {
        var kept = KeptRows(byteLimit: limit)
        var (rows, reads): ([Int32], [[Int]]) = ([], [])
        for index in order {
            let row = kept.row(index, first: 100, neighbours: 8) { start, count in
                reads.append([start, count])
                return (start..<min(start + min(count, most), 20)).map {
                    TrainingRow(prompt: [Int32(100 + $0)], expert: [1, 2])
                }
            }
            rows.append(row?.prompt.first ?? -1)
        }
        return (rows, reads)
    }

    @Test(
        "are the rows that were asked for, whatever there is room for", arguments: [0, 1, 2_000, 1 << 20], [1, 3, 8])
    func areThoseAskedFor(limit: Int, most: Int) {
        let order = [117, 103, 100, 119, 103, 117, 108, 115, 101, 119, 100]
        #expect(visit(order, limit: limit, most: most).rows == order.map { Int32($0) })
    }

    @Test("are read once, with their neighbours")
    func areReadOnce() {
        let found = visit([117, 103, 100, 119, 103, 107, 118], limit: 1 << 20, most: 8)
        #expect(found.reads == [[16, 8], [0, 8]])
    }

    @Test("are read alone where there is no room")
    func areReadAlone() {
        #expect(visit([117, 103, 117], limit: 0, most: 8).reads == [[17, 1], [3, 1], [17, 1]])
        // Three rows fill a thousand bytes: the fourth is not kept.
        #expect(visit([100, 102, 103], limit: 900, most: 8).reads == [[0, 8], [3, 1]])
    }
}

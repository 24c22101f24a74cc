import JSON
import Parquet
import TestFixtures
import Testing

@Suite struct GoldenTests {
    @Test func areThere() {
        #expect(Golden.all.count == 15)
    }

    @Test(arguments: Golden.all) func readsWhatPyarrowWrote(_ golden: Golden) throws {
        let rows = try golden.rows()
        #expect(try readRows(golden.path) == rows)
        #expect(try ParquetFile(path: golden.path).rowCount == rows.count)
    }

    /// Wherever batches end, the rows are the same.
    @Test(arguments: Golden.all) func readsTheSameInSmallBatches(_ golden: Golden) throws {
        let rows = try golden.rows()
        for maxBytes in [0, 1, 60, 300, 1000] {
            #expect(try readRows(golden.path, maxBytes: maxBytes) == rows)
        }
        for maxRows in [1, 3] { #expect(try readRows(golden.path, maxRows: maxRows) == rows) }
    }

    /// Each column by itself gives what all columns together give.
    @Test(arguments: Golden.all) func readsColumnsByThemselves(_ golden: Golden) throws {
        let rows = try golden.rows()
        for field in try ParquetFile(path: golden.path).schema {
            let expected = rows.map { JSONNode.object([(key: field.name, value: $0[field.name] ?? .null)]) }
            #expect(try readRows(golden.path, columns: [field.name]) == expected)
        }
    }
}

import Testing

@testable import Parquet

@Suite struct ParquetTypesTests {
    @Test func everyPhysicalTypeHasItsNumber() {
        #expect(PhysicalType.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7])
    }
}

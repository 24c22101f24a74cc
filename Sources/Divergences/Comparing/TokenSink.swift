import Kernels

/// Hands tokens to the writer, and begins a sequence wherever another one begins.
struct TokenSink {
    private let writer: DiagnosisWriter
    private var begun = 0
    /// Tokens handed on.
    private(set) var count = 0

    init(_ writer: DiagnosisWriter) {
        self.writer = writer
    }

    /// Begins sequences up to that of a number.
    mutating func begin(through number: Int, id: (Int) -> String) throws {
        while begun <= number {
            try writer.beginSequence(id: id(begun))
            begun += 1
        }
    }

    /// Appends tokens, whose sequences never descend.
    mutating func append(
        _ places: [TokenBlock.Place], _ rows: [RowDivergence], noiseFloors: [Double], topP: TopTokens, topQ: TopTokens,
        id: (Int) -> String
    ) throws {
        var start = 0
        while start < places.count {
            let number = places[start].sequence
            let end = places[start...].firstIndex { $0.sequence != number } ?? places.count
            try begin(through: Int(number), id: id)
            var block = TokenBlock(topWidth: topP.width)
            block.append(
                Array(places[start..<end]), Array(rows[start..<end]), noiseFloors: Array(noiseFloors[start..<end]),
                topP: topP.rows(start..<end), topQ: topQ.rows(start..<end))
            try writer.append(block)
            start = end
        }
        count += places.count
    }
}

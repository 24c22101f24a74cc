/// The first rows of a dataset that were read, up to a size.
///
/// What is kept stays: a run reads each row once an epoch, so that none is due before others.
struct KeptRows {
    private let byteLimit: Int
    private var rows: [Int: TrainingRow] = [:]
    private var bytes = 0

    init(byteLimit: Int = 32 << 20) {
        self.byteLimit = byteLimit
    }

    /// A row that is kept, or is read now, with its neighbours while there is room.
    ///
    /// - Parameters:
    ///   - first: the number of the first row of its file.
    ///   - neighbours: rows that are read together, at least 1.
    ///   - read: given the number of a row in the file, reads so many rows, or fewer, but at least one.
    /// - Returns: nil where nothing can be read.
    mutating func row(
        _ index: Int, first: Int, neighbours: Int, read: (_ start: Int, _ count: Int) throws -> [TrainingRow]
    ) rethrows -> TrainingRow? {
        if let row = rows[index] { return row }
        let place = index - first
        if bytes < byteLimit {
            let start = place / neighbours * neighbours
            // A neighbour that cannot be read is not this row's fault.
            let block = (try? read(start, neighbours)) ?? []
            for (offset, row) in block.enumerated() { add(row, at: first + start + offset) }
            // Rows longer than the mean may have ended the block before this one.
            if place - start < block.count { return block[place - start] }
        }
        let row = try read(place, 1).first
        if let row { add(row, at: index) }
        return row
    }

    private mutating func add(_ row: TrainingRow, at index: Int) {
        guard bytes < byteLimit, rows[index] == nil else { return }
        rows[index] = row
        let texts = row.id.utf8.count + row.answer.utf8.count + row.problem.utf8.count
        // What arrays, texts and the table take beside their contents is some 300 bytes.
        bytes += 4 * (row.prompt.count + row.expert.count) + 8 * row.prefixEnds.count + texts + 300
    }
}

/// Reads the rows of a Parquet file batch by batch.
///
/// Only the pages of the projected columns are read. In memory are, for each leaf, one page and one dictionary, and the
/// batch in work.
public struct ParquetReader: ~Copyable, Sendable {
    /// The file that is read.
    public let file: ParquetFile
    /// The projected columns, in the order of the file.
    public let schema: [StoredField]

    private let root: StoredField
    private let leafSchemas: [LeafSchema]
    private let leafNumbers: [Int]
    private var leaves: [LeafReader] = []
    private let pool = BufferPool.shared
    private var rowGroup: Int
    private let lastRowGroup: Int
    /// Bytes that the projected columns have in the row groups that are read.
    public let size: Int
    private var rowsLeftInGroup = 0
    private var hasBegun = false
    /// The number in the file of the next row, from 0.
    public private(set) var nextRow: Int
    private var rowCost = 0
    private var failure: ParquetError?

    /// Begins to read.
    ///
    /// - Parameters:
    ///   - file: the file.
    ///   - columns: the columns to read, nil for all; dots lead into structures, such as `extra_info.answer_list`.
    ///   - rowGroups: the row groups to read, nil for all.
    /// - Throws: ``ParquetError`` with code `notFound` for a column or row group that is not there.
    public init(_ file: ParquetFile, columns: [String]? = nil, rowGroups: Range<Int>? = nil) throws(ParquetError) {
        let root: StoredField
        do throws(ParquetFailure) {
            root =
                try columns.map { (paths) throws(ParquetFailure) in
                    try Projection.apply(paths, to: file.metadata.schema)
                } ?? file.metadata.schema
        } catch {
            throw ParquetError(error, path: file.path)
        }
        try self.init(file, root: root, rowGroups: rowGroups ?? file.metadata.rowGroups.indices)
    }

    /// Begins to read one leaf of the schema, by its number.
    init(_ file: ParquetFile, leaf: Int) throws(ParquetError) {
        let root = Projection.apply(leaf: leaf, to: file.metadata.schema)
        try self.init(file, root: root, rowGroups: file.metadata.rowGroups.indices)
    }

    private init(_ file: ParquetFile, root: StoredField, rowGroups groups: Range<Int>) throws(ParquetError) {
        guard groups.lowerBound >= 0, groups.upperBound <= file.metadata.rowGroups.count else {
            throw ParquetError(
                .notFound, path: file.path,
                "has \(file.metadata.rowGroups.count) row groups; \(groups.lowerBound) to \(groups.upperBound) were asked for"
            )
        }
        let stored = root.storedLeaves
        let numbers = stored.map(\.leaves.lowerBound)
        self.file = file
        self.root = root
        schema = if case .structure(let fields) = root.kind { fields } else { [] }
        leafNumbers = numbers
        leafSchemas = stored.map { LeafSchema($0, path: file.metadata.leafPaths[$0.leaves.lowerBound]) }
        size = file.metadata.rowGroups[groups].reduce(0) { sum, group in
            // A chunk is not longer than the file; there can be so many that their sum leaves the range all the same.
            numbers.reduce(sum) { $0 &+ max(0, group.chunks[$1].compressedSize) }
        }
        rowGroup = groups.lowerBound - 1
        lastRowGroup = groups.upperBound - 1
        nextRow = file.metadata.rowGroups[..<groups.lowerBound].reduce(0) { $0 + $1.rowCount }
    }

    /// Bytes of the file read so far, for progress against ``size``.
    public var consumed: Int { leaves.reduce(0) { $0 + $1.consumed } }

    /// The next rows; nil at the end.
    ///
    /// Rows before an error are given first; the call after them throws. A batch may end early for other reasons than the
    /// limits.
    ///
    /// - Parameters:
    ///   - maxRows: the most rows.
    ///   - maxBytes: what the rows may take, 8 bytes for each value, null or empty list and the bytes of each string. A
    ///     row that takes more is a batch by itself.
    ///   - rowLimit: what one row may take at all.
    /// - Throws: ``ParquetError``; the same error again on later calls.
    public mutating func nextBatch(
        maxRows: Int = 1 << 16, maxBytes: Int = 4 << 20, rowLimit: Int = 64 << 20
    ) throws(ParquetError) -> ParquetBatch? {
        if let failure { throw failure }
        let limits = BatchLimits(
            rows: max(1, maxRows), bytes: max(0, min(maxBytes, rowLimit)), row: max(0, rowLimit))
        var rows = 0
        do throws(ParquetError) {
            while rows < limits.rows, try addRows(&rows, limits) {}
        } catch {
            failure = error
            guard rows > 0 else { throw error }
        }
        guard rows > 0 else { return nil }
        return try makeBatch(rows)
    }

    private struct BatchLimits {
        var rows: Int
        var bytes: Int
        var row: Int
    }

    private mutating func makeBatch(_ rows: Int) throws(ParquetError) -> ParquetBatch {
        var values: [LeafValues] = []
        values.reserveCapacity(leaves.count)
        do throws(ParquetFailure) {
            for index in leaves.indices { values.append(try leaves[index].take(rows: rows)) }
            let column = try ColumnAssembler.assemble(root, leafSchemas, values, rowCount: rows)
            defer { nextRow += rows }
            return ParquetBatch(firstRow: nextRow, root: column)
        } catch {
            let located = ParquetError(error, path: file.path, rowGroup: rowGroup)
            failure = located
            throw located
        }
    }

    /// What the first rows take in a batch.
    private func cost(ofRows rows: Int) -> Int {
        leaves.reduce(0) { $0 + $1.pending.cost(ofRows: rows) }
    }

    /// Decodes further rows of the batch. Returns false where it is full or the rows are at their end.
    private mutating func addRows(_ rows: inout Int, _ limits: BatchLimits) throws(ParquetError) -> Bool {
        while rowsLeftInGroup == 0 {
            guard try nextRowGroup() else { return false }
        }
        let wanted = min(limits.rows - rows, rowsLeftInGroup)
        guard !leaves.isEmpty else {
            rows += wanted
            rowsLeftInGroup -= wanted
            return true
        }
        let taken = cost(ofRows: rows)
        let left = max(0, limits.bytes - taken)
        if rows > 0, left < rowCost { return false }
        // About as many rows as will fit, so that little is decoded that must wait for the next batch.
        let target = rows + min(wanted, max(1, left / max(1, rowCost)))
        if rows == 0 { try reserve(target, limits) }
        let available = try decode(target, after: rows, left, limits)
        let total = cost(ofRows: available)
        rowCost = max(1, total / available)
        let accepted = total <= limits.bytes ? available : lastFitting(rows, available, limits.bytes)
        if accepted > rows {
            rowsLeftInGroup -= accepted - rows
            rows = accepted
            return true
        }
        guard rows == 0 else { return false }
        guard cost(ofRows: 1) <= limits.row else {
            throw ParquetError(
                .limitExceeded, path: file.path, rowGroup: rowGroup,
                "row \(nextRow) takes more than \(limits.row) bytes of memory, which is the limit for one row")
        }
        rows = 1
        rowsLeftInGroup -= 1
        return false
    }

    /// Makes room for the bytes of so many rows, as far as the footer can be believed.
    private mutating func reserve(_ rows: Int, _ limits: BatchLimits) throws(ParquetError) {
        let group = file.metadata.rowGroups[rowGroup]
        for (index, number) in leafNumbers.enumerated() {
            let share = Double(group.chunks[number].uncompressedSize) * Double(rows) / Double(max(1, group.rowCount))
            do throws(ParquetFailure) {
                try leaves[index].reserve(Int(min(share * 1.25, Double(limits.bytes))))
            } catch {
                throw located(error, index)
            }
        }
    }

    /// The most rows that take no more than `bytes`, at least `low`.
    private func lastFitting(_ low: Int, _ high: Int, _ bytes: Int) -> Int {
        var (low, high) = (low, high)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if cost(ofRows: middle) <= bytes { low = middle } else { high = middle }
        }
        return low
    }

    /// Decodes up to `target` rows of every leaf, and returns how many all of them have, at least one more than `rows`.
    private mutating func decode(
        _ target: Int, after rows: Int, _ left: Int, _ limits: BatchLimits
    ) throws(ParquetError) -> Int {
        var available = target
        var used = 0
        // What the columns so far have of the first row to come, which counts against its limit.
        var firstRow = 0
        var held = leaves.reduce(0) { $0 + $1.held }
        for index in leaves.indices {
            held -= leaves[index].held
            leaves[index].allow(max(0, file.limits.totalBytes - held))
            let before = leaves[index].pending.cost(ofRows: rows)
            let isFirst = leaves[index].pending.rowCount == rows
            let goal = LeafReader.Goal(
                rows: available, leastRows: rows + 1, budget: before + max(0, left - used), rowLimit: limits.row,
                firstRowLimit: max(0, limits.row - (isFirst ? firstRow : 0)))
            do throws(ParquetFailure) {
                try leaves[index].decode(goal)
            } catch {
                throw located(error, index)
            }
            held += leaves[index].held
            available = min(available, leaves[index].pending.rowCount)
            guard available > rows else {
                throw located(
                    ParquetFailure(.countMismatch, "it has fewer rows than its row group: the file is damaged"), index)
            }
            used += leaves[index].pending.cost(ofRows: available) - before
            firstRow += leaves[index].pending.cost(ofRows: rows + 1) - before
        }
        return available
    }

    private func located(_ failure: ParquetFailure, _ index: Int) -> ParquetError {
        let start = leaves.indices.contains(index) ? leaves[index].pageStart : nil
        return ParquetError(
            failure, path: file.path, rowGroup: rowGroup, column: leafSchemas[index].path, byte: start)
    }

    /// Goes on with the next row group, once the one before has given all its rows. Returns false at the end.
    private mutating func nextRowGroup() throws(ParquetError) -> Bool {
        if hasBegun {
            for index in leaves.indices {
                do throws(ParquetFailure) {
                    guard try leaves[index].isAtEnd() else {
                        throw ParquetFailure(
                            .countMismatch, "it has more rows than its row group: the file is damaged")
                    }
                } catch {
                    throw located(error, index)
                }
            }
        }
        guard rowGroup < lastRowGroup else {
            hasBegun = false
            return false
        }
        rowGroup += 1
        hasBegun = true
        let group = file.metadata.rowGroups[rowGroup]
        rowsLeftInGroup = group.rowCount
        let isFirst = leaves.isEmpty
        var estimate = 0.0
        for (index, number) in leafNumbers.enumerated() {
            let chunk = group.chunks[number]
            estimate += Double(chunk.uncompressedSize)
            do throws(ParquetFailure) {
                if isFirst {
                    leaves.append(
                        try LeafReader(file.file, chunk, leaf: leafSchemas[index], limits: file.limits, pool: pool))
                } else {
                    try leaves[index].move(to: chunk)
                }
            } catch {
                throw located(error, index)
            }
        }
        if rowCost == 0 { rowCost = max(1, Int(min(estimate / Double(max(1, group.rowCount)), 1e9))) }
        return true
    }
}

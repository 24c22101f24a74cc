import Files

/// Decodes a leaf row by row, as far as is asked for and no further.
struct LeafReader: Sendable {
    private static let windowSize = 2048

    let leaf: LeafSchema
    private let pool: BufferPool
    private var pages: PageReader
    private var page: DataPage?
    private var words: WordDecoder?
    private var byteArrays: BytesDecoder?
    /// Levels of the page that are decoded and not yet used, from `next` on.
    private var repetition = [UInt8](repeating: 0, count: LeafReader.windowSize)
    private var definition = [UInt8](repeating: 0, count: LeafReader.windowSize)
    private var next = 0
    private var known = 0
    /// Whether the last row in `pending` may go on.
    private var isInRow = false
    private var openRowStart = 0
    private var openRowLimit = 0
    private var cost = 0
    /// What is decoded and not yet part of a batch.
    private(set) var pending = LeafValues()

    init(
        _ file: RandomAccessFile, _ chunk: ChunkMetadata, leaf: LeafSchema, limits: ParquetLimits, pool: BufferPool
    ) throws(ParquetFailure) {
        self.leaf = leaf
        self.pool = pool
        pages = try PageReader(file, chunk, leaf: leaf, limits: limits, pool: pool)
    }

    /// Goes on with the chunk of the next row group.
    mutating func move(to chunk: ChunkMetadata) throws(ParquetFailure) {
        try pages.move(to: chunk)
        page = nil
        next = 0
        known = 0
    }

    /// Bytes of memory that its pages hold.
    var held: Int { pages.held }

    /// Sets what its pages may hold.
    mutating func allow(_ bytes: Int) { pages.allowance = bytes }

    /// Bytes of the file taken so far.
    var consumed: Int { pages.consumed }

    /// Where the page in work begins in the file.
    var pageStart: Int { pages.pageStart }

    /// Makes room for the bytes that are to come.
    mutating func reserve(_ bytes: Int) throws(ParquetFailure) {
        if !leaf.type.isWord { try pending.bytes.reserve(bytes, pool: pool) }
    }

    /// Takes the first rows that are decoded.
    mutating func take(rows: Int) throws(ParquetFailure) -> LeafValues {
        let head = try pending.take(rows: rows, of: leaf, pool: pool)
        cost = pending.cost(ofRows: pending.rowCount)
        return head
    }

    /// Whether the chunk has nothing left.
    mutating func isAtEnd() throws(ParquetFailure) -> Bool {
        guard next == known else { return false }
        while page.map({ $0.levelCount == 0 }) ?? true {
            guard try nextPage() else { return true }
        }
        return false
    }

    private mutating func nextPage() throws(ParquetFailure) -> Bool {
        page = nil
        words = nil
        byteArrays = nil
        page = try pages.nextPage()
        return page != nil
    }

    /// How far to decode.
    struct Goal {
        /// Rows that shall be pending.
        var rows: Int
        /// Rows that shall be pending whatever they cost.
        var leastRows: Int
        /// What the pending rows may cost before no further row is begun.
        var budget: Int
        /// What a row may cost.
        var rowLimit: Int
        /// What is left of that for the first row that is decoded now.
        var firstRowLimit: Int
    }

    /// Decodes until the goal is reached or the chunk ends.
    mutating func decode(_ goal: Goal) throws(ParquetFailure) {
        guard pending.rowCount < goal.rows else { return }
        var goal = goal
        while true {
            if next == known, try !fillWindow() {
                if isInRow { closeRow() }
                return
            }
            if leaf.isInList ? try stepInList(&goal) : try step(&goal) { return }
        }
    }

    /// Whether no further row shall be begun.
    private func isReached(_ goal: Goal) -> Bool {
        pending.rowCount >= goal.rows || pending.rowCount >= goal.leastRows && cost > goal.budget
    }

    private static func tooLarge(_ limit: Int) -> ParquetFailure {
        ParquetFailure(
            .limitExceeded, "a row takes more than \(limit) bytes of memory, which is the limit for one row")
    }

    /// Decodes the next levels; false at the end of the chunk.
    private mutating func fillWindow() throws(ParquetFailure) -> Bool {
        while page.map({ $0.levelCount == 0 }) ?? true {
            guard try nextPage() else { return false }
        }
        guard var current = page else { return false }
        page = nil
        let count = min(current.levelCount, LeafReader.windowSize)
        try repetition.withUnsafeMutableBufferPointer { (all) throws(ParquetFailure) in
            try current.repetition?.decode(into: UnsafeMutableBufferPointer(rebasing: all[..<count]))
        }
        try definition.withUnsafeMutableBufferPointer { (all) throws(ParquetFailure) in
            try current.definition?.decode(into: UnsafeMutableBufferPointer(rebasing: all[..<count]))
        }
        current.levelCount -= count
        page = current
        next = 0
        known = count
        return true
    }

    /// Values that are not null among the next levels.
    private func defined(_ count: Int) -> Int {
        guard leaf.maximumDefinition > 0 else { return count }
        let maximum = UInt8(leaf.maximumDefinition)
        return definition.withUnsafeBufferPointer { all in
            UnsafeBufferPointer(rebasing: all[next..<(next + count)]).reduce(0) { $0 &+ ($1 == maximum ? 1 : 0) }
        }
    }

    private mutating func closeRow() {
        isInRow = false
        pending.rowCount += 1
        if !leaf.type.isWord { pending.rowCosts.append(cost) }
    }

    /// Decodes rows of a single value each from the window. Returns whether the goal is reached.
    private mutating func step(_ goal: inout Goal) throws(ParquetFailure) -> Bool {
        guard !isReached(goal) else { return true }
        let most = min(known - next, goal.rows - pending.rowCount)
        if leaf.type.isWord {
            guard LeafValues.valueCost <= goal.firstRowLimit else { throw LeafReader.tooLarge(goal.rowLimit) }
            let affordable = max(goal.budget - cost, 0) / LeafValues.valueCost + 1
            let count = min(most, max(affordable, goal.leastRows - pending.rowCount))
            try takeWords(count)
            pending.rowCount += count
            cost += count * LeafValues.valueCost
            goal.firstRowLimit = goal.rowLimit
            return false
        }
        try prepare(defined(most))
        var (count, used, bytes) = (0, 0, 0)
        while count < most, !isReached(goal) {
            var own = LeafValues.valueCost
            if leaf.maximumDefinition == 0 || Int(definition[next + count]) == leaf.maximumDefinition {
                let length = byteArrays?.length(used) ?? 0
                own += length
                bytes += length
                used += 1
            }
            guard own <= goal.firstRowLimit else { throw LeafReader.tooLarge(goal.rowLimit) }
            goal.firstRowLimit = goal.rowLimit
            cost += own
            count += 1
            pending.rowCount += 1
            pending.rowCosts.append(cost)
        }
        takeLevels(count)
        try takeByteArrays(used, bytes: bytes)
        return false
    }

    /// Decodes rows of any number of values from the window. Returns whether the goal is reached.
    private mutating func stepInList(_ goal: inout Goal) throws(ParquetFailure) -> Bool {
        let isWord = leaf.type.isWord
        let maximum = leaf.maximumDefinition
        let most = known - next
        if !isWord { try prepare(defined(most)) }
        var (count, used, bytes) = (0, 0, 0)
        var isDone = false
        while count < most {
            if repetition[next + count] == 0 {
                if isInRow { closeRow() }
                guard !isReached(goal) else {
                    isDone = true
                    break
                }
                isInRow = true
                openRowStart = cost
                openRowLimit = goal.firstRowLimit
                goal.firstRowLimit = goal.rowLimit
                pending.rowStarts.append(pending.levelCount + count)
            } else if !isInRow {
                throw ParquetFailure(.invalidLevels, "a page goes on with a row that no page before it has begun")
            }
            cost += LeafValues.valueCost
            if Int(definition[next + count]) == maximum {
                let length = isWord ? 0 : byteArrays?.length(used) ?? 0
                cost += length
                bytes += length
                used += 1
            }
            // Checked before the bytes are copied.
            guard cost - openRowStart <= openRowLimit else { throw LeafReader.tooLarge(goal.rowLimit) }
            count += 1
        }
        if isWord {
            try takeWords(count, values: used)
        } else {
            takeLevels(count)
            try takeByteArrays(used, bytes: bytes)
        }
        return isDone
    }

    private mutating func takeLevels(_ count: Int) {
        let range = next..<(next + count)
        if leaf.isInList { pending.repetition.append(contentsOf: repetition[range]) }
        if leaf.maximumDefinition > 0 { pending.definition.append(contentsOf: definition[range]) }
        pending.levelCount += count
        next += count
    }

    private mutating func takeWords(_ count: Int, values: Int? = nil) throws(ParquetFailure) {
        let values = values ?? defined(count)
        if values > 0 {
            if words == nil, let page {
                words = try WordDecoder(
                    page.values, encoding: page.encoding, type: leaf.type, dictionary: pages.dictionary)
            }
            try words?.append(values, of: leaf.type, to: &pending.words)
        }
        takeLevels(count)
    }

    private mutating func prepare(_ values: Int) throws(ParquetFailure) {
        guard values > 0 else { return }
        if byteArrays == nil, let page {
            byteArrays = try BytesDecoder(
                page.values, encoding: page.encoding, type: leaf.type, length: leaf.field.length,
                dictionary: pages.dictionary)
        }
        try byteArrays?.prepare(values)
    }

    private mutating func takeByteArrays(_ values: Int, bytes: Int) throws(ParquetFailure) {
        guard values > 0 else { return }
        let first = pending.ends.count - 1
        try byteArrays?.append(values, bytes: bytes, to: &pending.bytes, &pending.ends, pool: pool)
        if leaf.mayBeText { pending.findText(from: first) }
    }
}

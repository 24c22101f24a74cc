/// Turns the levels and values of leaves into columns: the assembly of the Dremel paper, a field at a time.
///
/// A slot of a field begins at each pair of levels (r, d) with r not above the field's repetition and d large enough for
/// the lists above it to have an element. Each leaf below a field tells its shape; all of them must tell the same.
struct ColumnAssembler {
    private let leaves: [LeafSchema]
    private var values: [LeafValues]
    private let rowCount: Int
    private var nextLeaf = 0

    private init(_ leaves: [LeafSchema], _ values: [LeafValues], rowCount: Int) {
        self.leaves = leaves
        self.values = values
        self.rowCount = rowCount
    }

    /// Makes the column of the root out of whole rows.
    static func assemble(
        _ root: StoredField, _ leaves: [LeafSchema], _ values: [LeafValues], rowCount: Int
    ) throws(ParquetFailure) -> Column {
        var assembler = ColumnAssembler(leaves, values, rowCount: rowCount)
        return try assembler.column(root)
    }

    private mutating func column(_ field: StoredField) throws(ParquetFailure) -> Column {
        let first = nextLeaf
        switch field.kind {
        case .value:
            nextLeaf += 1
            return leafColumn(field, first)
        case .structure(let fields):
            var children: [Column] = []
            for field in fields { children.append(try column(field)) }
            let shape = try agree(field, first..<nextLeaf) { (leaf) in Shape(isValid: validity(field, leaf)) }
            let count = children.first?.count ?? rowCount
            guard children.allSatisfy({ $0.count == count }), shape.isValid?.count ?? count == count else {
                throw disagreement(field)
            }
            return Column(field, count: count, isValid: shape.isValid, content: .structure(children))
        case .list(let element):
            let elements = try column(element)
            let (shape, starts) = try listShape(field, first..<nextLeaf, elements.count)
            return Column(
                field, count: starts.count - 1, isValid: shape.isValid, content: .list(starts: starts, elements))
        case .map(let key, let value):
            let keys = try column(key)
            let values = try column(value)
            guard keys.count == values.count else { throw disagreement(field) }
            let (shape, starts) = try listShape(field, first..<nextLeaf, keys.count)
            let entryField = field.with(.structure([key, value]))
            let entries = Column(entryField, count: keys.count, isValid: nil, content: .structure([keys, values]))
            return Column(
                field, count: starts.count - 1, isValid: shape.isValid, content: .map(starts: starts, entries))
        }
    }

    private struct Shape: Equatable {
        var isValid: [Bool]?
        var starts: [Int]?
    }

    private func disagreement(_ field: StoredField) -> ParquetFailure {
        ParquetFailure(
            .inconsistentColumns, "the columns inside '\(field.name)' disagree about its shape: the file is damaged")
    }

    private func agree(
        _ field: StoredField, _ leaves: Range<Int>, _ shape: (Int) throws(ParquetFailure) -> Shape
    ) throws(ParquetFailure) -> Shape {
        guard let first = leaves.first else { return Shape() }
        let wanted = try shape(first)
        for other in leaves.dropFirst() {
            guard try shape(other) == wanted else { throw disagreement(field) }
        }
        return wanted
    }

    /// Whether each slot of a field has a value; nil where all have.
    private func validity(_ field: StoredField, _ leaf: Int) -> [Bool]? {
        let levels = field.levels
        guard levels.value > levels.slot else { return nil }
        let values = values[leaf]
        guard leaves[leaf].isInList else { return values.definition.map { Int($0) >= levels.value } }
        var isValid: [Bool] = []
        for (repetition, definition) in zip(values.repetition, values.definition)
        where Int(repetition) <= levels.repetition && Int(definition) >= levels.slot {
            isValid.append(Int(definition) >= levels.value)
        }
        return isValid
    }

    private func listShape(
        _ field: StoredField, _ leaves: Range<Int>, _ elementCount: Int
    ) throws(ParquetFailure) -> (Shape, starts: [Int]) {
        let shape = try agree(field, leaves) { (leaf) throws(ParquetFailure) in try listShape(field, leaf) }
        guard let starts = shape.starts, starts.last == elementCount else { throw disagreement(field) }
        return (shape, starts)
    }

    private func listShape(_ field: StoredField, _ leaf: Int) throws(ParquetFailure) -> Shape {
        let levels = field.levels
        let values = values[leaf]
        var starts: [Int] = []
        var isValid: [Bool] = []
        starts.reserveCapacity(rowCount + 1)
        let isNullable = levels.value > levels.slot
        var elements = 0
        // Whether the list in work has elements, so that it can have more.
        var isOpen = false
        for (repetition, definition) in zip(values.repetition, values.definition) {
            let definition = Int(definition)
            if Int(repetition) <= levels.repetition {
                isOpen = definition >= levels.element
                guard definition >= levels.slot else { continue }
                starts.append(elements)
                if isNullable { isValid.append(definition >= levels.value) }
                if isOpen { elements += 1 }
            } else {
                guard isOpen, definition >= levels.element else {
                    throw ParquetFailure(.invalidLevels, "the levels go on with a list that is empty or null")
                }
                if Int(repetition) == levels.repetition + 1 { elements += 1 }
            }
        }
        starts.append(elements)
        return Shape(isValid: isNullable ? isValid : nil, starts: starts)
    }

    private mutating func leafColumn(_ field: StoredField, _ leaf: Int) -> Column {
        let taken = values[leaf]
        values[leaf].words = []
        values[leaf].bytes = ByteStore()
        values[leaf].ends = []
        let valueCount = leaves[leaf].type.isWord ? taken.words.count : taken.ends.count - 1
        let levels = field.levels
        // Slots that have no value, null or under a null, need a place all the same.
        var isPresent: [Bool]?
        if leaves[leaf].isInList {
            let slots = taken.definition.reduce(0) { $0 + (Int($1) >= levels.slot ? 1 : 0) }
            if slots > valueCount {
                isPresent = taken.definition.lazy.filter { Int($0) >= levels.slot }.map { Int($0) == levels.value }
            }
        } else if taken.levelCount > valueCount {
            isPresent = taken.definition.map { Int($0) == levels.value }
        }
        let count = isPresent?.count ?? valueCount
        guard let isPresent else {
            let content: Column.Content =
                leaves[leaf].type.isWord
                ? .words(taken.words) : .bytes(taken.bytes, ends: taken.ends, notText: taken.notText)
            return Column(field, count: count, isValid: nil, content: content)
        }
        if leaves[leaf].type.isWord {
            var words = [UInt64](repeating: 0, count: count)
            var next = 0
            for slot in 0..<count where isPresent[slot] {
                words[slot] = taken.words[next]
                next += 1
            }
            return Column(field, count: count, isValid: isPresent, content: .words(words))
        }
        var ends: [Int] = [0]
        ends.reserveCapacity(count + 1)
        var next = 0
        var notText: [Int] = []
        var nextNotText = 0
        for slot in 0..<count {
            if isPresent[slot] {
                if nextNotText < taken.notText.count, taken.notText[nextNotText] == next {
                    notText.append(slot)
                    nextNotText += 1
                }
                next += 1
            }
            ends.append(taken.ends[next])
        }
        return Column(
            field, count: count, isValid: isPresent, content: .bytes(taken.bytes, ends: ends, notText: notText))
    }
}

import Checkpoints
import Files
import Tensors

/// A column of tokens as a file has it: whole numbers, or numbers.
struct TokenNumbers {
    enum Values: Equatable {
        case integers([Int64])
        case numbers([Double])
    }

    let column: TokenColumn
    let values: Values
    let shape: [Int]
    /// The file, and the tensor in it.
    let path: String
    let tensor: String

    var count: Int {
        switch values {
        case .integers(let values): values.count
        case .numbers(let values): values.count
        }
    }

    func refuse(_ code: DivergenceError.Code, row: Int? = nil, _ reason: String) -> DivergenceError {
        DivergenceError(code, path: path, row: row, "'\(tensor)' (\(column.rawValue)) \(reason)")
    }

    /// The numbers as whole numbers.
    func integers() throws -> [Int64] {
        switch values {
        case .integers(let values): return values
        case .numbers(let values):
            // A mask of floats is usual.
            return try values.enumerated().map { row, value in
                guard let whole = Int64(exactly: value) else { throw refuse(.mismatch, row: row, "is \(value)") }
                return whole
            }
        }
    }

    func numbers() throws -> [Double] {
        let found: [Double] =
            switch values {
            case .integers(let values): values.map(Double.init)
            case .numbers(let values): values
            }
        if let row = found.firstIndex(where: { !$0.isFinite }) { throw refuse(.mismatch, row: row, "is \(found[row])") }
        return found
    }

    /// The numbers as 0 or 1.
    func flags() throws -> [Bool] {
        try integers().enumerated().map { row, value in
            guard value == 0 || value == 1 else { throw refuse(.mismatch, row: row, "is \(value), neither 0 nor 1") }
            return value == 1
        }
    }

    /// The columns beside the logits of a dump.
    static func beside(_ dump: LogitDump) throws -> [TokenNumbers] {
        guard let checkpoint = dump.checkpoint else { return [] }
        return try TokenColumn.allCases.compactMap { column in
            for name in column.names where name != dump.tensorName {
                guard let tensor = checkpoint.tensor(named: name) else { continue }
                return try TokenNumbers(column, tensor, of: checkpoint, layout: dump.layout)
            }
            return nil
        }
    }

    /// The column in a file of its own.
    init(_ file: TokenColumnFile, layout: DumpLayout, options: ReadingOptions) throws {
        let checkpoint = try Checkpoint.open(file.path, options: options)
        let tensor: StoredTensor
        if let name = file.tensor {
            guard let found = checkpoint.tensor(named: name) else {
                throw DivergenceError(.invalidRequest, path: file.path, "has no tensor '\(name)'")
            }
            tensor = found
        } else if let found = file.column.names.lazy.compactMap(checkpoint.tensor(named:)).first {
            tensor = found
        } else if let found = checkpoint.tensors.first, checkpoint.tensors.count == 1 {
            tensor = found
        } else {
            throw DivergenceError(
                .invalidRequest, path: file.path,
                "has \(checkpoint.tensors.count) tensors, and none is called \(file.column.rawValue); name one")
        }
        try self.init(file.column, tensor, of: checkpoint, layout: layout)
    }

    private init(
        _ column: TokenColumn, _ tensor: StoredTensor, of checkpoint: Checkpoint, layout: DumpLayout
    ) throws {
        (self.column, shape) = (column, tensor.shape)
        (path, self.tensor) = (checkpoint.path, tensor.name)
        func refuse(_ code: DivergenceError.Code, _ reason: String) -> DivergenceError {
            DivergenceError(code, path: checkpoint.path, "'\(tensor.name)' (\(column.rawValue)) \(reason)")
        }
        // Checked before anything is read: what is read is as long as the dump at most.
        guard Self.fits(tensor.shape, column, layout) else {
            throw refuse(
                .mismatch, "has the shape \(tensor.shape), which does not go with logits of \(layout.text) rows")
        }
        guard let values = try Self.read(tensor, from: checkpoint.reader(of: tensor)) else {
            throw refuse(.unsupported, "is of type \(tensor.typeName), which no such column has")
        }
        self.values = values
    }

    private static func fits(_ shape: [Int], _ column: TokenColumn, _ layout: DumpLayout) -> Bool {
        let extents = shape.filter { $0 != 1 }
        let isForTokens = extents == [layout.batches ?? 1, layout.length].filter { $0 != 1 }
        switch column {
        case .lengths: return extents.count <= 1 && (extents.first ?? 1) <= layout.rowCount
        case .advantages:
            return isForTokens || extents.count <= 1 && (extents.first ?? 1) <= layout.rowCount
        default: return isForTokens
        }
    }

    private static func read(_ tensor: StoredTensor, from reader: any TensorReader) throws -> Values? {
        let isFloat = [TensorType.float16, .bfloat16, .float32, .float64].contains(tensor.type)
        let isWhole = [
            TensorType.bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64,
        ].contains(tensor.type)
        guard isFloat || isWhole, let width = tensor.type.byteWidth else { return nil }
        var integers: [Int64] = []
        var numbers: [Double] = []
        if isFloat {
            numbers.reserveCapacity(tensor.elementCount)
        } else {
            integers.reserveCapacity(tensor.elementCount)
        }
        let atOnce = 1 << 17
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: atOnce * width, alignment: 8)
        defer { buffer.deallocate() }
        for start in stride(from: 0, to: tensor.elementCount, by: atOnce) {
            let part = UnsafeMutableRawBufferPointer(
                rebasing: buffer[..<(min(atOnce, tensor.elementCount - start) * width)])
            try reader.read(at: start * width, into: part)
            let bytes = UnsafeRawBufferPointer(part)
            for offset in stride(from: 0, to: part.count, by: width) {
                if isFloat {
                    numbers.append(number(bytes, at: offset, tensor.type))
                } else {
                    integers.append(integer(bytes, at: offset, tensor.type))
                }
            }
        }
        return isFloat ? .numbers(numbers) : .integers(integers)
    }

    /// A floating-point number of a file, little-endian.
    static func number(_ bytes: UnsafeRawBufferPointer, at offset: Int, _ type: TensorType) -> Double {
        switch type {
        case .float16: Double(Float16(bitPattern: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
        case .bfloat16:
            Double(Float(BFloat16(bitPattern: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))))
        case .float32: Double(Float(bitPattern: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        default: Double(bitPattern: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
    }

    private static func integer(_ bytes: UnsafeRawBufferPointer, at offset: Int, _ type: TensorType) -> Int64 {
        switch type {
        case .int8: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: Int8.self))
        case .int16: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: Int16.self))
        case .int32: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
        case .uint16: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
        case .uint32: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        case .int64: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self)
        case .uint64: Int64(clamping: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        default: Int64(bytes[offset])
        }
    }
}

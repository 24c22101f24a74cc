import Files
import JSON
import Parquet

/// A file that rows are exported to.
protocol ExportSink: ~Copyable, SendableMetatype {
    /// Rows made ready on any thread.
    associatedtype Piece: Sendable

    static func piece(_ rows: [[ParquetCell]], _ fields: [ParquetField]) throws -> Piece
    mutating func append(_ piece: Piece) throws
    /// Puts the file in place.
    consuming func finish() throws
}

/// A Parquet file.
struct ParquetSink: ~Copyable, ExportSink {
    private var writer: ParquetWriter

    init(_ writer: consuming ParquetWriter) {
        self.writer = writer
    }

    static func piece(_ rows: [[ParquetCell]], _ fields: [ParquetField]) -> [[ParquetCell]] {
        rows
    }

    mutating func append(_ rows: [[ParquetCell]]) throws {
        for row in rows { try writer.append(row) }
    }

    consuming func finish() throws {
        try writer.finish()
    }
}

/// One JSON object a line.
struct JSONLinesSink: ~Copyable, ExportSink {
    private var file: OutputFile

    init(_ file: consuming OutputFile) {
        self.file = file
    }

    static func piece(_ rows: [[ParquetCell]], _ fields: [ParquetField]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for row in rows {
            try JSONLine.write(members: zip(fields, row), to: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    mutating func append(_ bytes: [UInt8]) throws {
        try file.write(bytes)
    }

    consuming func finish() throws {
        try file.commit()
    }
}

/// Cells as JSON. Ids are most of a dataset: they are written without a tree of nodes between.
private enum JSONLine {
    static func write(members: Zip2Sequence<[ParquetField], [ParquetCell]>, to bytes: inout [UInt8]) throws {
        bytes.append(UInt8(ascii: "{"))
        for (index, (field, cell)) in members.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONWriter.writeString(field.name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            try write(cell, field.type, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func write(_ cell: ParquetCell, _ type: ParquetFieldType, to bytes: inout [UInt8]) throws {
        switch (cell, type) {
        case (.string(let text), _): JSONWriter.writeString(text, to: &bytes)
        case (.int32(let value), _): append(Int64(value), to: &bytes)
        case (.int64(let value), _): append(value, to: &bytes)
        case (.bool(let value), _): try JSONWriter().write(.bool(value), to: &bytes)
        case (.double(let value), _): try JSONWriter().write(.double(value), to: &bytes)
        case (.int32s(let values), _): list(values, &bytes) { append(Int64($0), to: &$1) }
        case (.int64s(let values), _): list(values, &bytes) { append($0, to: &$1) }
        case (.list(let cells), .list(let element)): try list(cells, &bytes) { try write($0, element, to: &$1) }
        case (.structure(let cells), .structure(let fields)): try write(members: zip(fields, cells), to: &bytes)
        default: try JSONWriter().write(.null, to: &bytes)
        }
    }

    private static func list<Elements: Collection>(
        _ elements: Elements, _ bytes: inout [UInt8], _ body: (Elements.Element, inout [UInt8]) throws -> Void
    ) rethrows {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            try body(element, &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Digits without a string between.
    private static func append(_ value: Int64, to bytes: inout [UInt8]) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = value.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}

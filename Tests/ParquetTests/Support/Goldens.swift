import Foundation
import JSON
import TestFixtures

@testable import Parquet

/// A file written by pyarrow, and its rows.
struct Golden: CustomStringConvertible, Sendable {
    let name: String

    static let all: [Golden] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasSuffix(".parquet") }.sorted().map { Golden(name: String($0.dropLast(8))) }
    }()

    private static var directory: String { Bundle.module.resourcePath.map { $0 + "/Goldens" } ?? "Goldens" }

    var description: String { name }
    var path: String { Golden.directory + "/" + name + ".parquet" }

    func rows() throws -> [JSONNode] {
        try readBytes(Golden.directory + "/" + name + ".jsonl").split(separator: 0x0A).map {
            JSONNode(try JSONDocument.parsing(Array($0)).root)
        }
    }
}

/// All rows of a file.
func readRows(
    _ path: String, columns: [String]? = nil, maxRows: Int = 1 << 16, maxBytes: Int = 4 << 20, rowLimit: Int = 64 << 20
) throws -> [JSONNode] {
    var reader = try ParquetReader(try ParquetFile(path: path), columns: columns)
    var rows: [JSONNode] = []
    while let batch = try reader.nextBatch(maxRows: maxRows, maxBytes: maxBytes, rowLimit: rowLimit) {
        rows += batch.rows.map { JSONNode($0) }
    }
    return rows
}

/// The code of the error that reading a whole file throws; nil where it throws none.
func errorCode(_ path: String, columns: [String]? = nil, rowLimit: Int = 64 << 20) throws -> ParquetError.Code? {
    do {
        _ = try readRows(path, columns: columns, rowLimit: rowLimit)
        return nil
    } catch let error as ParquetError {
        return error.code
    }
}

extension ParquetFile {
    /// Whether the file has a column; dots lead into structures, as for ``ParquetReader``.
    public func hasColumn(_ path: String) -> Bool {
        (try? Projection.apply([path], to: metadata.schema)) != nil
    }
}

extension ParquetBatch {
    /// What the rows take in memory, about. Linear in the number of columns.
    public var byteCount: Int { root.byteCount }
}

extension Column {
    fileprivate var byteCount: Int {
        let validity = isValid?.count ?? 0
        switch content {
        case .words(let words): return validity + 8 * words.count
        case .bytes(let bytes, let ends, _): return validity + bytes.count + 8 * ends.count
        case .list(let starts, let element), .map(let starts, let element):
            return validity + 8 * starts.count + element.byteCount
        case .structure(let fields): return fields.reduce(validity) { $0 + $1.byteCount }
        }
    }
}

/// Chooses fields of a schema by their paths.
enum Projection {
    /// The root with only what the paths name, in the order of the file.
    ///
    /// A path is the name of a column, or names joined by dots that lead into structures; lists on the way are passed
    /// through. A column whose own name has dots is found too.
    static func apply(_ paths: [String], to root: StoredField) throws(ParquetFailure) -> StoredField {
        var chosen: Set<Int> = []
        for path in paths {
            guard let leaves = find(path, in: root) else {
                var names: [String] = []
                if case .structure(let fields) = root.kind { names = fields.prefix(30).map(\.name) }
                throw ParquetFailure(
                    .notFound, "has no column '\(path)'; its columns are \(names.joined(separator: ", "))")
            }
            chosen.formUnion(leaves)
        }
        return prune(root, chosen) ?? root.with(.structure([]))
    }

    /// The root with one leaf of the whole schema.
    static func apply(leaf: Int, to root: StoredField) -> StoredField {
        prune(root, [leaf]) ?? root.with(.structure([]))
    }

    private static func find(_ path: String, in field: StoredField) -> Range<Int>? {
        switch field.kind {
        case .value: return nil
        case .list(let element): return find(path, in: element)
        case .map(let key, let value): return find(path, among: [("key", key), ("value", value)])
        case .structure(let fields): return find(path, among: fields.map { ($0.name, $0) })
        }
    }

    private static func find(_ path: String, among fields: [(name: String, field: StoredField)]) -> Range<Int>? {
        if let field = fields.last(where: { $0.name.utf8.elementsEqual(path.utf8) })?.field { return field.leaves }
        for (name, field) in fields.reversed() where path.utf8.starts(with: (name + ".").utf8) {
            if let found = find(String(decoding: path.utf8.dropFirst(name.utf8.count + 1), as: UTF8.self), in: field) {
                return found
            }
        }
        return nil
    }

    private static func prune(_ field: StoredField, _ chosen: Set<Int>) -> StoredField? {
        switch field.kind {
        case .value:
            return field.leaves.allSatisfy(chosen.contains) ? field : nil
        case .list(let element):
            return prune(element, chosen).map { field.with(.list($0)) }
        case .map(let key, let value):
            switch (prune(key, chosen), prune(value, chosen)) {
            case (let key?, let value?): return field.with(.map(key: key, value: value))
            // Half a map is a list.
            case (let half?, nil), (nil, let half?): return field.with(.list(half))
            case (nil, nil): return nil
            }
        case .structure(let fields):
            let kept = fields.compactMap { prune($0, chosen) }
            return kept.isEmpty ? nil : field.with(.structure(kept))
        }
    }
}

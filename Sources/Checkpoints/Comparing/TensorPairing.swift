import Tensors

/// Which tensors of two checkpoints belong together.
struct TensorPairing {
    /// A tensor of either or both.
    struct Pair {
        var first: StoredTensor?
        var second: StoredTensor?
    }

    /// The pairs in the order of the first checkpoint, then what only the second has.
    private(set) var pairs: [Pair] = []

    private struct Kind: Hashable {
        let type: TensorType
        let shape: [Int]
    }

    /// Pairs by name, and what is left by type, shape and bytes.
    init(_ first: Checkpoint, _ second: Checkpoint, settings: InspectionSettings) throws {
        var places: [[UInt8]: Int] = [:]
        for (place, tensor) in second.tensors.enumerated() { places[Array(tensor.name.utf8)] = place }
        var taken = Set<Int>()
        for tensor in first.tensors {
            let place = places[Array(tensor.name.utf8)]
            if let place { taken.insert(place) }
            if settings.isSelected(tensor.name) {
                pairs.append(Pair(first: tensor, second: place.map { second.tensors[$0] }))
            }
        }
        for (place, tensor) in second.tensors.enumerated()
        where !taken.contains(place) && settings.isSelected(tensor.name) {
            pairs.append(Pair(second: tensor))
        }
        try joinRenamed(first, second, threads: settings.threads)
    }

    private mutating func joinRenamed(_ first: Checkpoint, _ second: Checkpoint, threads: Int) throws {
        func kind(_ tensor: StoredTensor) -> Kind? {
            if case .unread = tensor.storage { return nil }
            return tensor.byteCount > 0 ? Kind(type: tensor.type, shape: tensor.shape) : nil
        }
        let removed = pairs.indices.filter { pairs[$0].second == nil }
        let added = pairs.indices.filter { pairs[$0].first == nil }
        // Only what may have a partner is read.
        let kindsOfAdded = Set(added.compactMap { pairs[$0].second.flatMap(kind) })
        let kindsOfRemoved = Set(removed.compactMap { pairs[$0].first.flatMap(kind) })
        let old = removed.filter { pairs[$0].first.flatMap(kind).map(kindsOfAdded.contains) ?? false }
        let new = added.filter { pairs[$0].second.flatMap(kind).map(kindsOfRemoved.contains) ?? false }
        guard !old.isEmpty, !new.isEmpty else { return }
        let oldDigests = try Self.digests(of: old.compactMap { pairs[$0].first }, in: first, threads)
        let newDigests = try Self.digests(of: new.compactMap { pairs[$0].second }, in: second, threads)
        var partners: [String: [Int]] = [:]
        for (place, digest) in zip(new, newDigests).reversed() { partners[digest, default: []].append(place) }
        var joined = Set<Int>()
        for (place, digest) in zip(old, oldDigests) {
            // Of several equal ones the first that is left.
            guard let partner = partners[digest]?.popLast() else { continue }
            pairs[place].second = pairs[partner].second
            joined.insert(partner)
        }
        pairs = pairs.enumerated().filter { !joined.contains($0.offset) }.map(\.element)
    }

    private static func digests(
        of tensors: [StoredTensor], in checkpoint: Checkpoint, _ threads: Int
    ) throws -> [String] {
        let scan = try TensorScan(of: checkpoint, tensors: tensors, statistics: false, digests: true)
        return try zip(tensors, scan.run(threads: threads) { _, _ in }).map { tensor, result in
            "\(tensor.type.name) \(tensor.shape) \(result.digest ?? "")"
        }
    }
}

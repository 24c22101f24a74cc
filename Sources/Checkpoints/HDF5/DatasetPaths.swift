/// The paths of datasets for tensors of any names.
///
/// A name that is a path HDF5 can hold is the path. Any other tensor goes to `__named__/<its position>`, and its dataset
/// carries the name.
struct DatasetPaths {
    struct Place {
        var path: String
        /// Whether the path is the name.
        var isExact: Bool
    }

    /// In the order of the names.
    let paths: [Place]

    private static let reserved = "__named__"
    private static let deepest = 32
    private static let longest = 1024

    /// - Parameter names: distinct.
    init(_ names: [String], layout: HDF5Plan.Layout) {
        var places: [Place?] = names.map { name in
            guard Self.isPath(name) else { return nil }
            guard layout == .keras, KerasPath(name) == nil else { return Place(path: name, isExact: true) }
            return Place(path: name + "/vars/0", isExact: false)
        }
        // What is a dataset cannot be a group on the way to another, nor be there twice.
        var owners: [[UInt8]: Int] = [:]
        for (index, place) in places.enumerated() {
            guard let place else { continue }
            let path = Array(place.path.utf8)
            if let other = owners[path] {
                // A tensor that has just this name keeps it.
                if place.isExact {
                    places[other] = nil
                    owners[path] = index
                } else {
                    places[index] = nil
                }
            } else {
                owners[path] = index
            }
        }
        for index in places.indices {
            guard let place = places[index] else { continue }
            let path = Array(place.path.utf8)
            for end in path.indices where path[end] == UInt8(ascii: "/") {
                if let owner = owners[Array(path[..<end])] { places[owner] = nil }
            }
        }
        paths = places.enumerated().map { index, place in
            place ?? Place(path: "\(Self.reserved)/\(index)" + (layout == .keras ? "/vars/0" : ""), isExact: false)
        }
    }

    /// Whether HDF5 holds a dataset of just this path, and every reader of it finds the dataset again.
    private static func isPath(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= longest, !name.utf8.contains(0) else { return false }
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.count <= deepest && !parts.contains { $0.isEmpty || $0.elementsEqual(".".utf8) }
            && !parts.contains { $0.elementsEqual("..".utf8) } && !parts[0].elementsEqual(reserved.utf8)
    }
}

/// A path as Keras 3 has it: `<group>/vars/<number>`, or `vars/<number>` for the model itself.
struct KerasPath {
    /// The path of the `vars` group.
    let group: String

    init?(_ path: String) {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[parts.count - 2].elementsEqual("vars".utf8), let leaf = parts.last,
            !leaf.isEmpty, leaf.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        group = String(path.utf8.dropLast(leaf.count + 1)) ?? ""
    }

    /// What Keras would call the layer whose variables a `vars` group holds; nil for the model itself.
    static func layerName(ofGroup group: String) -> String? {
        let parts = group.utf8.split(separator: UInt8(ascii: "/"))
        return parts.count < 2 ? nil : String(parts[parts.count - 2])
    }
}

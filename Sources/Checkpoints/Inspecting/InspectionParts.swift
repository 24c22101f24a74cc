import Files
public import JSON

/// Puts together what several processes found out of one checkpoint, or of two.
public enum InspectionParts {
    /// The largest part that is read.
    private static let sizeLimit = 1 << 30

    /// Joins the JSON texts that processes of one run wrote.
    ///
    /// - Parameter paths: one for each process, in any order.
    /// - Throws: ``CheckpointError`` where a part is none, belongs to another run, is missing or is there twice; `JSONError`.
    /// - Complexity: linear in their size, sorting aside; holds all of them.
    public static func joined(_ paths: [String]) throws -> JSONNode {
        var whole: [(key: String, value: JSONNode)] = []
        var tensors: [(index: Int64, node: JSONNode)] = []
        var ranks = Set<Int64>()
        for path in paths {
            let part = JSONNode(try JSONDocument.contents(ofFileAt: path, limit: sizeLimit).root)
            guard case .object(let members) = part, isKnown(part["format"]), part["version"] == .int(1),
                case .int(let rank)? = part["rank"], case .int(let worldSize)? = part["world_size"],
                case .array(let found)? = part["tensors"], (0..<worldSize).contains(rank)
            else {
                throw CheckpointError(
                    .malformed, path: path,
                    "is no part of an inspection or comparison, version 1, as --rank and --world-size print it")
            }
            guard worldSize == paths.count else {
                throw CheckpointError(
                    .invalidRequest, path: path, "is one of \(worldSize) parts; \(paths.count) were given")
            }
            guard ranks.insert(rank).inserted else {
                throw CheckpointError(.conflict, path: path, "is part \(rank), which another file is too")
            }
            let common = members.filter { !["rank", "tensors"].contains($0.key) }
            if whole.isEmpty { whole = common }
            guard JSONNode.object(common) == .object(whole) else {
                throw CheckpointError(.conflict, path: path, "belongs to another run than \(paths[0])")
            }
            for tensor in found {
                guard case .int(let index)? = tensor["index"] else {
                    throw CheckpointError(.malformed, path: path, "has a tensor without its index")
                }
                tensors.append((index, tensor))
            }
        }
        tensors.sort { $0.index < $1.index }
        return node(whole, tensors: tensors.map(\.node))
    }

    private static func isKnown(_ format: JSONNode?) -> Bool {
        format == .string(CheckpointInspection.contract) || format == .string(CheckpointComparison.contract)
    }

    private static func node(_ common: [(key: String, value: JSONNode)], tensors: [JSONNode]) -> JSONNode {
        var members: [(key: String, value: JSONNode)] = []
        for member in common {
            guard member.key != "world_size" else {
                members += [("rank", 0), ("world_size", 1)]
                continue
            }
            members.append(member)
        }
        members.append(("tensors", .array(tensors)))
        let isInspection = common.contains { $0.value == .string(CheckpointInspection.contract) }
        members +=
            isInspection
            ? CheckpointInspection.summary(of: tensors) : CheckpointComparison.summary(of: tensors)
        return .object(members)
    }
}

extension CheckpointInspection {
    /// What is said of all tensors together: sums by type, role and layer, and duplicates where there are digests.
    static func summary(of tensors: [JSONNode]) -> [(key: String, value: JSONNode)] {
        let roles = TensorRole.allCases.map(\.rawValue)
        func place(_ node: JSONNode) -> Int {
            guard case .string(let role) = node else { return roles.count }
            return roles.firstIndex(of: role) ?? roles.count
        }
        func layer(_ node: JSONNode) -> Int64 {
            guard case .int(let layer) = node else { return .max }
            return layer
        }
        var members: [(key: String, value: JSONNode)] = [
            ("dtypes", sums(tensors, by: "dtype") { $0.bytes > $1.bytes }),
            ("roles", sums(tensors, by: "role") { place($0.key) < place($1.key) }),
            ("layers", sums(tensors, by: "layer") { layer($0.key) < layer($1.key) }),
        ]
        if tensors.contains(where: { $0["sha256"] != nil }) {
            members.append(("duplicates", duplicates(tensors)))
        }
        return members
    }

    private struct Sums {
        let key: JSONNode
        var tensors: Int64 = 0
        var parameters: Int64 = 0
        var bytes: Int64 = 0
    }

    private static func sums(
        _ tensors: [JSONNode], by name: String, _ precedes: (Sums, Sums) -> Bool
    ) -> JSONNode {
        var groups: [Sums] = []
        var places: [String: Int] = [:]
        for tensor in tensors {
            let key = tensor[name] ?? .null
            let text = "\(key)"
            let place = places[text] ?? groups.count
            if place == groups.count {
                places[text] = place
                groups.append(Sums(key: key))
            }
            groups[place].tensors += 1
            // Tensors without data may claim any size.
            if case .int(let count)? = tensor["parameters"] { groups[place].parameters &+= count }
            if case .int(let count)? = tensor["bytes"] { groups[place].bytes &+= count }
        }
        return .array(
            groups.sorted(by: precedes).map {
                .object([
                    (name, $0.key), ("tensors", .int($0.tensors)), ("parameters", .int($0.parameters)),
                    ("bytes", .int($0.bytes)),
                ])
            })
    }

    private static func duplicates(_ tensors: [JSONNode]) -> JSONNode {
        var groups: [[JSONNode]] = []
        var places: [String: Int] = [:]
        for tensor in tensors {
            guard case .string(let digest)? = tensor["sha256"], let name = tensor["name"], tensor["bytes"] != 0
            else { continue }
            let key = "\(tensor["dtype"] ?? .null) \(tensor["shape"] ?? .null) \(digest)"
            let place = places[key] ?? groups.count
            if place == groups.count {
                places[key] = place
                groups.append([])
            }
            groups[place].append(name)
        }
        return .array(groups.filter { $0.count > 1 }.map { .array($0) })
    }
}

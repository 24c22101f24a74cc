import Tensors

/// The names of tensors as a tree, in which siblings that differ only in their number are one: the layers of a model.
public struct TensorTree: Sendable {
    /// A node: a part of names, and what lies below.
    public struct Node: Sendable {
        /// The part of the name; of several siblings in one, their numbers, such as `{0…27}`.
        public let label: String
        /// How many siblings this stands for.
        public let multiplicity: Int
        /// The tensor that ends here, of the first sibling.
        public let tensor: TensorDescription?
        /// The name of its type, as it is stored.
        public let typeName: String?
        /// What lies below.
        public let children: [Node]
        /// The elements of all tensors here and below, of all siblings.
        public let elementCount: Int
    }

    /// The outermost nodes.
    public let roots: [Node]

    /// Builds the tree.
    ///
    /// - Parameter typeNames: the names of the tensors' types where these are not all that there is to say; none: they are.
    /// - Complexity: linear in the names' parts.
    public init(of tensors: [TensorDescription], typeNames: [String] = []) {
        let root = Builder(label: "")
        for (index, tensor) in tensors.enumerated() {
            let typeName = typeNames.indices.contains(index) ? typeNames[index] : tensor.type.name
            var node = root
            for part in TensorPath.parts(of: tensor.name) { node = node.child(part) }
            // Names that differ in nothing but dots and slashes end in one place.
            if node.tensor == nil {
                node.tensor = tensor
                node.typeName = typeName
            } else {
                node.append(Builder(label: "", tensor: tensor, typeName: typeName))
            }
        }
        var shapes: [Builder.Shape: Int] = [:]
        root.number(&shapes)
        roots = root.foldedChildren()
    }

    private final class Builder {
        struct Shape: Hashable {
            struct Child: Hashable {
                let label: [UInt8]
                let shape: Int
            }

            let type: String?
            let extents: [Int]?
            let children: [Child]
        }

        let label: String
        var tensor: TensorDescription?
        var typeName: String?
        private var children: [Builder] = []
        private var places: [[UInt8]: Int] = [:]
        private var shape = 0

        init(label: String, tensor: TensorDescription? = nil, typeName: String? = nil) {
            self.label = label
            self.tensor = tensor
            self.typeName = typeName
        }

        func child(_ part: String) -> Builder {
            let key = Array(part.utf8)
            if let place = places[key] { return children[place] }
            places[key] = children.count
            let child = Builder(label: part)
            children.append(child)
            return child
        }

        func append(_ child: Builder) {
            children.append(child)
        }

        /// Gives nodes of the same shape, down to the leaves, the same number.
        func number(_ shapes: inout [Shape: Int]) {
            for child in children { child.number(&shapes) }
            let key = Shape(
                type: typeName, extents: tensor?.shape,
                children: children.map { Shape.Child(label: Array($0.label.utf8), shape: $0.shape) })
            shape = shapes[key] ?? shapes.count
            shapes[key] = shape
        }

        func foldedChildren() -> [Node] {
            var groups: [(numbers: [Int], first: Builder)] = []
            var places: [Int: Int] = [:]
            for child in children {
                let number = TensorPath.number(child.label)
                if let number, let place = places[child.shape] {
                    groups[place].numbers.append(number)
                    continue
                }
                if number != nil { places[child.shape] = groups.count }
                groups.append((number.map { [$0] } ?? [], child))
            }
            return groups.map { group in
                group.numbers.count > 1
                    ? group.first.folded(
                        label: TensorTree.label(of: group.numbers.sorted()), multiplicity: group.numbers.count)
                    : group.first.folded(label: group.first.label, multiplicity: 1)
            }
        }

        private func folded(label: String, multiplicity: Int) -> Node {
            let below = foldedChildren()
            // Sums of a hostile file may overflow; they are for showing.
            let own = below.reduce(tensor?.elementCount ?? 0) { $0 &+ $1.elementCount }
            return Node(
                label: label, multiplicity: multiplicity, tensor: tensor, typeName: typeName, children: below,
                elementCount: own &* multiplicity)
        }
    }

    /// Numbers as ranges: `{0…2,5}`; of more than six ranges the first five, and how many numbers follow.
    static func label(of numbers: [Int]) -> String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        let shown = ranges.count > 6 ? ranges.prefix(5) : ranges[...]
        var parts = shown.map { range in
            switch range.count {
            case 1: "\(range.lowerBound)"
            case 2: "\(range.lowerBound),\(range.upperBound)"
            default: "\(range.lowerBound)…\(range.upperBound)"
            }
        }
        let rest = ranges.dropFirst(shown.count).reduce(0) { $0 + $1.count }
        if rest > 0 { parts.append("and \(rest) more") }
        return "{\(parts.joined(separator: ","))}"
    }
}

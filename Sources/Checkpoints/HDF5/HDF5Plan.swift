import HDF5
import JSON
import Tensors

/// Where and how one tensor is going to be stored in an HDF5 file.
struct PlannedDataset {
    var path: String
    var type: HDF5StoredType
    var shape: [Int]
    var byteCount: Int
    /// The width of a stored element in bytes.
    var width: Int
    var attributes: [Attribute] = []

    enum Attribute {
        case text(String, String)
        case numbers(String, [Int])
    }
}

/// What an HDF5 file is going to hold.
struct HDF5Plan {
    var datasets: [PlannedDataset] = []
    /// Attributes of the root.
    var attributes: [PlannedDataset.Attribute] = []
    /// The `name` of groups, by path.
    var groupNames: [(path: String, name: String)] = []

    /// Which layout is written.
    enum Layout {
        case kedge, keras
    }

    /// - Throws: `badTensor` where sizes overflow.
    init(
        _ tensors: [TensorDescription], layout: Layout, metadata: [(key: String, value: String)], path: String
    ) throws(CheckpointError) {
        let paths = DatasetPaths(tensors.map(\.name), layout: layout).paths
        var groups = Set<String>()
        for (tensor, place) in zip(tensors, paths) {
            guard let byteCount = tensor.byteCount, tensor.shape.count <= 32 else {
                throw CheckpointError(
                    .badTensor, path: path, tensor: tensor.name, "has more than 32 dimensions, which HDF5 cannot hold")
            }
            var dataset = PlannedDataset(
                path: place.path, type: .opaque(byteCount: 1), shape: tensor.shape, byteCount: byteCount,
                width: tensor.type.byteWidth ?? 1)
            dataset.store(as: tensor.type, layout: layout)
            if !place.isExact { dataset.attributes.append(Self.nameAttribute(tensor.name)) }
            datasets.append(dataset)
            if layout == .keras, let group = KerasPath(place.path)?.group, groups.insert(group).inserted,
                let name = KerasPath.layerName(ofGroup: group)
            {
                groupNames.append((group, name))
            }
        }
        if layout == .kedge {
            attributes = [.text("format", HDF5Reader.formatName), .numbers("version", [HDF5Reader.formatVersion])]
        }
        if !metadata.isEmpty {
            var text: [UInt8] = []
            // Strings alone cannot fail.
            do throws(JSONError) {
                try JSONWriter().write(.object(metadata.map { ($0.key, .string($0.value)) }), to: &text)
            } catch {}
            attributes.append(.text("metadata", String(decoding: text, as: UTF8.self)))
        }
    }

    /// The true name of a tensor whose path is another; a NUL, which no HDF5 string holds, is escaped as in JSON.
    private static func nameAttribute(_ name: String) -> PlannedDataset.Attribute {
        guard name.utf8.contains(0) else { return .text("name", name) }
        var text: [UInt8] = []
        JSONWriter.writeString(name, to: &text)
        return .text("name_json", String(decoding: text, as: UTF8.self))
    }
}

extension PlannedDataset {
    /// Chooses the stored type; what HDF5 has no type for is bytes, or opaque, with an attribute that names it.
    fileprivate mutating func store(as type: TensorType, layout: HDF5Plan.Layout) {
        switch type {
        case .float4E2M1, .float6E2M3, .float6E3M2:
            // Elements share bytes: those are what is stored.
            attributes = [.text("dtype", type.name), .numbers("shape", shape)]
            self.type = .tensor(.uint8, isBigEndian: false)
            shape = [byteCount]
        case .float8E4M3FNUZ, .float8E5M2FNUZ, .float8E8M0:
            attributes = [.text("dtype", type.name)]
            self.type = layout == .keras ? .opaque(byteCount: 1) : .tensor(.uint8, isBigEndian: false)
        case .bfloat16 where layout == .keras, .float8E4M3 where layout == .keras, .float8E5M2 where layout == .keras:
            // Keras writes and reads bfloat16 so; NumPy, which it stands on, has none of them.
            attributes = [.text("dtype", type.name)]
            self.type = .opaque(byteCount: width)
        default: self.type = .tensor(type, isBigEndian: false)
        }
    }
}

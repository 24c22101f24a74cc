import Files
import Tensors

/// Puts together what was divided over tensor-parallel ranks.
struct RankJoining {
    let directory: String
    let layout: CheckpointLayout
    let ranks: [Checkpoint]

    /// Opens the files of all ranks, and checks that they hold what the layout says.
    ///
    /// - Throws: ``CheckpointError``, `FileError`.
    init(directory path: String, options: ReadingOptions) throws {
        var directory = path
        while directory.utf8.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        self.directory = directory
        let layout = try CheckpointLayout(path: "\(directory)/\(CheckpointLayout.fileName)")
        self.layout = layout
        var names = Set<[UInt8]>()
        for name in layout.files where !names.insert(Array(name.utf8)).inserted {
            throw CheckpointError(
                .conflict, path: "\(directory)/\(CheckpointLayout.fileName)", "names the file '\(name)' twice")
        }
        let contained = ContainedFiles(directory)
        for name in layout.files { try contained.require("\(directory)/\(name)", of: directory) }
        ranks = try layout.files.map { try Checkpoint.open("\(directory)/\($0)", as: .safetensors, options: options) }
        for (rank, checkpoint) in ranks.enumerated() { try Self.require(checkpoint, rank: rank, of: ranks.count) }
    }

    /// A file that says which rank it belongs to must be where the layout has that rank; others are not told apart.
    private static func require(_ checkpoint: Checkpoint, rank: Int, of ranks: Int) throws(CheckpointError) {
        for (key, expected) in [("rank", rank), ("ranks", ranks)] {
            guard let value = checkpoint.metadata.first(where: { $0.key == key })?.value else { continue }
            guard Int(value) == expected else {
                throw CheckpointError(
                    .conflict, path: checkpoint.path,
                    "says \(key) '\(value.prefix(40))', where the layout has rank \(rank) of \(ranks); "
                        + "put the files of all ranks back under their own names")
            }
        }
    }

    /// What goes along beside the tensors.
    func input() throws -> ConversionInput {
        let names = try FileSystem.contents(ofDirectory: directory)
        let (companions, _) = ModelDirectory.companions(in: directory, names) { _ in true }
        return ConversionInput(
            path: directory, files: ranks.flatMap(\.files),
            metadata: ranks[0].metadata.filter { $0.key != "rank" && $0.key != "ranks" }, companions: companions,
            directory: directory)
    }

    /// The tensors as they were before they were divided.
    func tensors() throws(CheckpointError) -> [PlannedTensor] {
        let tables = ranks.map { rank in
            Dictionary(rank.tensors.map { (Array($0.name.utf8), $0) }, uniquingKeysWith: { first, _ in first })
        }
        var names = Set<[UInt8]>()
        var planned: [PlannedTensor] = []
        for entry in layout.tensors {
            let name = Array(entry.tensor.name.utf8)
            guard names.insert(name).inserted else {
                throw CheckpointError(
                    .conflict, path: "\(directory)/\(CheckpointLayout.fileName)", tensor: entry.tensor.name,
                    "occurs twice in the layout")
            }
            planned.append(try joined(entry, tables.map { $0[name] }))
        }
        for (rank, checkpoint) in ranks.enumerated() {
            if let extra = checkpoint.tensors.first(where: { !names.contains(Array($0.name.utf8)) }) {
                throw CheckpointError(
                    .conflict, path: ranks[rank].path, tensor: extra.name, "is not in the layout of its directory")
            }
        }
        return planned
    }

    private func joined(
        _ entry: CheckpointLayout.Entry, _ found: [StoredTensor?]
    ) throws(CheckpointError) -> PlannedTensor {
        let (tensor, division, count) = (entry.tensor, entry.division, ranks.count)
        let shape = division.shape(of: tensor.shape, ranks: count)
        var parts: [StoredTensor] = []
        for (rank, part) in found.enumerated() {
            guard let part else {
                throw CheckpointError(
                    .missingTensor, path: ranks[rank].path, tensor: tensor.name, "the layout has it, the file does not")
            }
            guard part.type == tensor.type, part.shape == shape else {
                throw CheckpointError(
                    .badTensor, path: ranks[rank].path, tensor: tensor.name,
                    "is \(part.type.name) \(part.shape); by the layout it is \(tensor.type.name) \(shape)")
            }
            parts.append(part)
        }
        let (ranks, directory, stored) = (ranks, directory, parts)
        let source = TensorSource(name: tensor.name, type: tensor.type, byteCount: tensor.byteCount ?? 0) {
            let readers = try ranks.indices.map { try ranks[$0].reader(of: stored[$0]) }
            func agreeing(_ members: Range<Int>) -> any TensorReader {
                members.count == 1
                    ? readers[members.lowerBound]
                    : AgreementReader(members.map { ($0, readers[$0]) }, path: directory, tensor: tensor.name)
            }
            guard let dimension = division.dimension,
                let geometry = SliceGeometry(tensor.type, shape: tensor.shape, dimension: dimension)
            else { return agreeing(0..<count) }
            return SliceReader(
                Self.segments(division, of: tensor.shape[dimension], ranks: count, reader: agreeing),
                innerSize: geometry.innerSize, width: geometry.width)
        }
        return PlannedTensor(tensor, from: source)
    }

    /// Which stretches of which ranks make up the tensor; the padding is left out.
    private static func segments(
        _ division: TensorDivision, of extent: Int, ranks: Int, reader: (Range<Int>) -> any TensorReader
    ) -> [SliceReader.Segment] {
        let pieces = division.parts.indices.map { division.pieceExtent(ofPart: $0, ranks: ranks) }
        let rankExtent = pieces.reduce(0, +)
        var segments: [SliceReader.Segment] = []
        var (begin, offset) = (0, 0)
        for (index, part) in division.parts.enumerated() {
            for first in stride(from: 0, to: ranks, by: part.copies) {
                let wanted = min(pieces[index], max(0, extent - begin))
                begin += pieces[index]
                guard wanted > 0 else { continue }
                segments.append(
                    SliceReader.Segment(
                        base: reader(first..<first + part.copies), extent: rankExtent,
                        range: offset..<offset + wanted))
            }
            offset += pieces[index]
        }
        return segments
    }
}

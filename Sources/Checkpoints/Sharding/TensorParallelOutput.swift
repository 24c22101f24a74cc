import Tensors

/// Plans a directory of one file for each tensor-parallel rank, and the layout that undoes it.
struct TensorParallelOutput {
    let divider: TensorParallelDivider

    static func name(_ rank: Int, of ranks: Int) -> String {
        "model-rank-\(ShardSizes.padded(rank))-of-\(ShardSizes.padded(ranks)).safetensors"
    }

    func directory(
        of checkpoint: Checkpoint
    ) throws -> (directory: PlannedDirectory, warnings: [CheckpointWarning]) {
        let ranks = divider.ranks
        var members = [[PlannedTensor]](repeating: [], count: ranks)
        var layout = CheckpointLayout(files: (0..<ranks).map { Self.name($0, of: ranks) }, tensors: [])
        for tensor in checkpoint.tensors {
            let division = try divider.division(of: tensor)
            layout.tensors.append(CheckpointLayout.Entry(tensor: tensor.description, division: division))
            for rank in 0..<ranks { members[rank].append(Self.slice(tensor, of: checkpoint, division, rank, ranks)) }
        }
        let shards = members.enumerated().map { rank, tensors in
            PlannedDirectory.Shard(
                name: layout.files[rank], tensors: tensors,
                metadata: checkpoint.metadata.filter { $0.key != "rank" && $0.key != "ranks" }
                    + [("rank", "\(rank)"), ("ranks", "\(ranks)")])
        }
        let (companions, warnings) = try ModelOutput.companions(of: ConversionInput(checkpoint), type: nil)
        let directory = PlannedDirectory(
            shards: shards, companions: companions, index: (CheckpointLayout.fileName, try layout.bytes()),
            isStale: PlannedDirectory.isOutputName)
        return (directory, warnings)
    }

    /// Whether a name is one that ``name(_:of:)`` gives.
    static func isRankName(_ name: String) -> Bool {
        name.hasPrefix("model-rank-") && ShardSizes.isShardName(name, stem: "model-rank")
    }

    private static func slice(
        _ tensor: StoredTensor, of checkpoint: Checkpoint, _ division: TensorDivision, _ rank: Int, _ ranks: Int
    ) -> PlannedTensor {
        let whole = TensorSource(tensor, of: checkpoint)
        guard let dimension = division.dimension,
            let geometry = SliceGeometry(tensor.type, shape: tensor.shape, dimension: dimension)
        else { return PlannedTensor(tensor.description, from: whole) }
        var description = tensor.description
        description.shape = division.shape(of: tensor.shape, ranks: ranks)
        let extent = tensor.shape[dimension]
        let source = TensorSource(
            name: tensor.name, type: tensor.type, byteCount: description.byteCount ?? 0
        ) {
            let base = try checkpoint.reader(of: tensor)
            var segments: [SliceReader.Segment] = []
            for range in division.ranges(rank: rank, ranks: ranks) {
                let present = range.clamped(to: 0..<extent)
                if !present.isEmpty {
                    segments.append(SliceReader.Segment(base: base, extent: extent, range: present))
                }
                for _ in 0..<range.count - present.count {
                    segments.append(SliceReader.Segment(base: base, extent: extent, range: extent - 1..<extent))
                }
            }
            return SliceReader(segments, innerSize: geometry.innerSize, width: geometry.width)
        }
        return PlannedTensor(description, from: source)
    }
}

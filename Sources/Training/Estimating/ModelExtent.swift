/// The widths of a model, which decide what training it takes.
public struct ModelExtent: Sendable, Hashable {
    /// L: layers.
    public var layers: Int
    /// D: the width of the residual stream.
    public var width: Int
    /// Q: all query heads together.
    public var queryWidth: Int
    /// K: all key heads together.
    public var keyWidth: Int
    /// H: how many query heads.
    public var queryHeads: Int
    /// F: the width of the feed-forward part.
    public var feedForwardWidth: Int
    /// V: the vocabulary.
    public var vocabulary: Int
    /// Whether the head is the embedding.
    public var tiesEmbeddings: Bool
    /// Whether queries and keys are normed (Qwen3).
    public var normsHeads: Bool

    /// Makes an extent; all numbers at least 1.
    public init(
        layers: Int, width: Int, queryWidth: Int, keyWidth: Int, queryHeads: Int, feedForwardWidth: Int,
        vocabulary: Int, tiesEmbeddings: Bool, normsHeads: Bool
    ) {
        self.layers = layers
        self.width = width
        self.queryWidth = queryWidth
        self.keyWidth = keyWidth
        self.queryHeads = queryHeads
        self.feedForwardWidth = feedForwardWidth
        self.vocabulary = vocabulary
        self.tiesEmbeddings = tiesEmbeddings
        self.normsHeads = normsHeads
    }

    /// A projection of each layer: its name and its sides.
    var projections: [(name: String, inputs: Double, outputs: Double)] {
        let (d, q, k, f) = (Double(width), Double(queryWidth), Double(keyWidth), Double(feedForwardWidth))
        return [
            ("q_proj", d, q), ("k_proj", d, k), ("v_proj", d, k), ("o_proj", q, d), ("gate_proj", d, f),
            ("up_proj", d, f), ("down_proj", f, d),
        ]
    }

    /// The numbers of the projections of all layers.
    var projectionCount: Double { Double(layers) * projections.reduce(0) { $0 + $1.inputs * $1.outputs } }

    /// The numbers of embedding and head.
    var vocabularyCount: Double { Double(vocabulary) * Double(width) * (tiesEmbeddings ? 1 : 2) }

    /// Norms; biases, a hundredth of that, are left out.
    var vectorCount: Double {
        let heads = normsHeads ? 2 * Double(queryWidth) / Double(max(queryHeads, 1)) : 0
        return Double(layers) * (2 * Double(width) + heads) + Double(width)
    }

    /// The numbers of a LoRA adapter for some projections. Targets are matched by the ends of names; patterns are not looked
    /// into.
    func adapterCount(rank: Int, targets: [String]) -> Double {
        let isAll = targets == ["all-linear"]
        let chosen = projections.filter { projection in isAll || targets.contains { $0.hasSuffix(projection.name) } }
        return Double(layers) * Double(rank) * chosen.reduce(0) { $0 + $1.inputs + $1.outputs }
    }
}

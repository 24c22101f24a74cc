import Kernels

/// The buffers of a pass, kept from one batch to the next and made anew where a batch is larger.
final class PassMemory {
    /// What the buffers are large enough for.
    struct Extent {
        var tokens: Int
        var rows: Int
        var isTraining: Bool
        /// Whether each layer has activations of its own.
        var keepsLayers: Bool

        func covers(_ other: Extent) -> Bool {
            tokens >= other.tokens && rows >= other.rows && (isTraining || !other.isTraining)
                && (keepsLayers || !other.keepsLayers)
        }

        func union(_ other: Extent) -> Extent {
            Extent(
                tokens: max(tokens, other.tokens), rows: max(rows, other.rows),
                isTraining: isTraining || other.isTraining, keepsLayers: keepsLayers || other.keepsLayers)
        }
    }

    /// The bytes of buffers that large; nil where they cannot be counted.
    static func byteCount(_ c: TransformerConfiguration, _ extent: Extent, rank: Int) -> Int? {
        let layer =
            2 * c.queryWidth + 2 * c.keyWidth + (c.normsHeads ? c.queryWidth + c.keyWidth : 0) + c.queryHeads
            + c.hiddenSize + 2 * c.intermediateSize
        let scratch = c.hiddenSize + c.intermediateSize + 2 * rank
        let gradients = extent.isTraining ? 2 * c.hiddenSize + 2 * c.queryWidth + 2 * c.keyWidth : 0
        let streams = (extent.isTraining ? c.layerCount + 1 : 2) * c.hiddenSize
        return MemoryLimit.bytes([
            (extent.tokens, (extent.keepsLayers ? c.layerCount : 1) * layer + scratch + gradients + streams),
            (extent.rows, 3 * c.hiddenSize), (OutputHead.Rows.chunk(extent.rows, c.vocabularySize), c.vocabularySize),
        ])
    }

    let extent: Extent
    let scratch: LayerScratch
    let rows: OutputHead.Rows
    /// Of the residual stream: [T, D].
    let gradient: Matrix?
    /// The residual stream before each layer and after the last: [T, D] each; two in turn where nothing is kept.
    private let streams: [Matrix]
    /// One for all layers, or one for each.
    private let layers: [LayerActivations]
    private let configuration: TransformerConfiguration

    /// - Throws: `limitExceeded` where the machine has less memory.
    init(_ c: TransformerConfiguration, _ extent: Extent, rank: Int) throws(TransformerError) {
        try MemoryLimit.require(
            Self.byteCount(c, extent, rank: rank), path: "\(extent.tokens) tokens", for: "their activations")
        self.extent = extent
        configuration = c
        func stream() -> Matrix {
            FloatBuffer(count: extent.tokens * c.hiddenSize).matrix(rows: extent.tokens, columns: c.hiddenSize)
        }
        streams = (0..<(extent.isTraining ? c.layerCount + 1 : 2)).map { _ in stream() }
        layers = (0..<(extent.keepsLayers ? c.layerCount : 1)).map { _ in LayerActivations(c, tokens: extent.tokens) }
        scratch = LayerScratch(c, tokens: extent.tokens, rank: rank, isTraining: extent.isTraining)
        gradient = extent.isTraining ? stream() : nil
        rows = OutputHead.Rows(rows: extent.rows, width: c.hiddenSize, vocabulary: c.vocabularySize)
    }

    func stream(_ index: Int, tokens: Int) -> Matrix {
        streams[index % streams.count].rows(0..<tokens)
    }

    func activations(_ index: Int, tokens: Int) -> LayerActivations {
        layers[layers.count > 1 ? index : 0].first(tokens, configuration)
    }
}

import Kernels

/// Puts layers together from weights and an adapter.
struct ModelAssembly {
    let weights: TransformerWeights
    let adapter: LoRAAdapter?
    let allowsRounding: Bool
    let isRowByRow: Bool

    init(
        _ weights: TransformerWeights, adapter: LoRAAdapter?, allowsRounding: Bool = false, isRowByRow: Bool = false
    ) {
        self.weights = weights
        self.allowsRounding = allowsRounding
        self.isRowByRow = isRowByRow
        self.adapter = adapter
    }

    func layers() throws(TransformerError) -> [TransformerLayer] {
        var layers: [TransformerLayer] = []
        for index in 0..<weights.configuration.layerCount { layers.append(try layer(index)) }
        return layers
    }

    func head(temperature: Float) throws(TransformerError) -> OutputHead {
        OutputHead(
            norm: try needed(.finalNorm), epsilon: weights.configuration.normEpsilon, projection: try needed(.head),
            temperature: temperature, allowsRounding: allowsRounding, isRowByRow: isRowByRow)
    }

    private func layer(_ index: Int) throws(TransformerError) -> TransformerLayer {
        func projection(_ weight: ParameterRole, _ bias: ParameterRole) throws(TransformerError) -> Projection {
            Projection(
                weight: try needed(weight, index), bias: weights.matrix(bias, layer: index),
                adapter: adapter?.matrices(weight, layer: index), allowsRounding: allowsRounding,
                isRowByRow: isRowByRow)
        }
        return TransformerLayer(
            configuration: weights.configuration, window: weights.configuration.windows[index],
            inputNorm: try needed(.inputNorm, index), feedForwardNorm: try needed(.feedForwardNorm, index),
            queryNorm: weights.matrix(.queryNorm, layer: index), keyNorm: weights.matrix(.keyNorm, layer: index),
            query: try projection(.query, .queryBias), key: try projection(.key, .keyBias),
            value: try projection(.value, .valueBias), output: try projection(.output, .outputBias),
            gate: try projection(.gate, .gateBias), up: try projection(.up, .upBias),
            down: try projection(.down, .downBias))
    }

    func needed(_ role: ParameterRole, _ layer: Int? = nil) throws(TransformerError) -> WeightMatrix {
        guard let matrix = weights.matrix(role, layer: layer) else {
            throw TransformerError(.missingTensor, path: "model", subject: "\(role)", "is no parameter of the model")
        }
        return matrix
    }
}

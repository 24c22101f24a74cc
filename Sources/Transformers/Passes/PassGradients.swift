import Kernels

/// Where a backward pass adds its gradients: to those of the parameters, of an adapter, or of both.
public struct PassGradients: Sendable {
    /// The gradients of the model's parameters; nil where they are not trained.
    public let parameters: TransformerGradients?
    /// The gradients of the adapter of the pass; nil where there is none, or it is not trained.
    public let adapter: LoRAGradients?

    /// Gradients of what is trained.
    public init(parameters: TransformerGradients? = nil, adapter: LoRAGradients? = nil) {
        self.parameters = parameters
        self.adapter = adapter
    }

    func layer(_ index: Int) -> LayerGradients {
        func projection(_ weight: ParameterRole, _ bias: ParameterRole) -> ProjectionGradients {
            let small = adapter?.matrices(weight, layer: index)
            return ProjectionGradients(
                weight: parameters?.matrix(weight, layer: index), bias: parameters?.matrix(bias, layer: index),
                down: small?.down, up: small?.up)
        }
        return LayerGradients(
            inputNorm: parameters?.matrix(.inputNorm, layer: index),
            feedForwardNorm: parameters?.matrix(.feedForwardNorm, layer: index),
            queryNorm: parameters?.matrix(.queryNorm, layer: index),
            keyNorm: parameters?.matrix(.keyNorm, layer: index),
            query: projection(.query, .queryBias), key: projection(.key, .keyBias),
            value: projection(.value, .valueBias), output: projection(.output, .outputBias),
            gate: projection(.gate, .gateBias), up: projection(.up, .upBias), down: projection(.down, .downBias))
    }
}

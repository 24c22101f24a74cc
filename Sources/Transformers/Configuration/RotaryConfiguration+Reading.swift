import Glibc
import JSON

extension RotaryConfiguration {
    /// Reads `rope_parameters`, or `rope_scaling` with `rope_theta` as older files have them; the older wins where both are
    /// there, as in transformers.
    init(_ fields: inout ConfigurationFields, shape: ModelShape) throws(TransformerError) {
        let theta = try fields.number("rope_theta", 10_000, in: Self.bases)
        let original = try fields.count("original_max_position_embeddings", in: 1...1 << 30)
        let (older, newer) = (fields.value("rope_scaling"), fields.value("rope_parameters"))
        var (key, node) = ("rope_parameters", newer ?? .object([]))
        if let older, older != .object([]) { (key, node) = ("rope_scaling", older) }
        var parameters = try ConfigurationFields(node, path: fields.path, key: key)
        let base = try parameters.number("rope_theta", theta, in: Self.bases)
        try parameters.require(
            "partial_rotary_factor", 1, 1.0, why: "is not 1; heads of which only a part is rotated are not supported")
        let olderType = try parameters.text("type")
        let type = try parameters.text("rope_type") ?? olderType ?? "default"
        let scaling: Scaling
        switch type {
        case "default": scaling = .none
        case "linear":
            parameters.ignore(["original_max_position_embeddings"])
            scaling = .linear(factor: try Self.factor(&parameters))
        case "dynamic":
            parameters.ignore(["original_max_position_embeddings"])
            guard shape.headWidth > 2 else {
                throw parameters.error(.unsupported, "rope_type", "is dynamic, which heads of width 2 cannot have")
            }
            scaling = .dynamic(factor: try Self.factor(&parameters), originalPositions: shape.maximumPositions)
        case "llama3": scaling = try Self.llama3(&parameters, shape: shape, original: original)
        case "yarn": scaling = try Self.yarn(&parameters, shape: shape, original: original)
        default:
            throw parameters.error(
                .unsupported, "rope_type",
                "is \(type), which is not supported; only default, linear, dynamic, llama3 and yarn are")
        }
        try parameters.requireAllKnown("rope_type \(type)")
        self.init(base: base, scaling: scaling)
    }

    private static let bases = 1.0001...1e15
    private static let factors = 1e-3...1e6

    private static func factor(_ parameters: inout ConfigurationFields) throws(TransformerError) -> Double {
        guard let factor = try parameters.number("factor", in: factors) else {
            throw parameters.error(.malformed, "factor", "is missing; it says how far positions are stretched")
        }
        return factor
    }

    private static func positions(
        _ parameters: inout ConfigurationFields, shape: ModelShape, original: Int?
    ) throws(TransformerError) -> Int {
        let own = try parameters.count("original_max_position_embeddings", in: 1...1 << 30)
        return original ?? own ?? shape.maximumPositions
    }

    private static func llama3(
        _ parameters: inout ConfigurationFields, shape: ModelShape, original: Int?
    ) throws(TransformerError) -> Scaling {
        let factor = try factor(&parameters)
        let low = try parameters.number("low_freq_factor", in: factors)
        let high = try parameters.number("high_freq_factor", in: factors)
        guard let low, let high, low < high else {
            throw parameters.error(
                .malformed, "high_freq_factor", "and 'low_freq_factor' have to be there, the high one above the low one"
            )
        }
        return .llama3(
            factor: factor, lowFrequency: low, highFrequency: high,
            originalPositions: try positions(&parameters, shape: shape, original: original))
    }

    private static func yarn(
        _ parameters: inout ConfigurationFields, shape: ModelShape, original: Int?
    ) throws(TransformerError) -> Scaling {
        let positions = try positions(&parameters, shape: shape, original: original)
        let factor: Double
        if parameters.has("factor"), parameters.value("factor") == nil {
            factor = Double(shape.maximumPositions) / Double(positions)
        } else {
            factor = try Self.factor(&parameters)
        }
        // Zero counts as not given: transformers writes `get(...) or 32`.
        func given(_ key: String, _ parameters: inout ConfigurationFields) throws(TransformerError) -> Double? {
            let value = try parameters.number(key, in: 0...1e6)
            return value == 0 ? nil : value
        }
        let fast = try given("beta_fast", &parameters) ?? 32
        let slow = try given("beta_slow", &parameters) ?? 1
        let scale = try given("mscale", &parameters)
        let scaleOfAll = try given("mscale_all_dim", &parameters)
        let explicit = try parameters.number("attention_factor", in: 0...1e6)
        let truncates = parameters.has("truncate") ? try parameters.flag("truncate", true) : true
        parameters.ignore(["finetuned"])
        func magnitude(_ scale: Double) -> Double { factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1 }
        let inferred =
            if let scale, let scaleOfAll { magnitude(scale) / magnitude(scaleOfAll) } else { magnitude(1) }
        return .yarn(
            factor: factor, betaFast: fast, betaSlow: slow, originalPositions: positions,
            attentionFactor: explicit ?? inferred, truncates: truncates)
    }
}

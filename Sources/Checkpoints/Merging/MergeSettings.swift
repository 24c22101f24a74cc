public import Tensors

/// The ways to merge checkpoints. The raw value is the name on the command line.
public enum MergeMethod: String, Sendable, Hashable, CaseIterable {
    /// The weighted sum of the models, divided by the sum of the weights (Wortsman et al. 2022).
    case linear
    /// Spherical linear interpolation between two models, tensor by tensor (Shoemake 1985).
    case slerp
    /// The base and the weighted sum of the models' differences from it (Ilharco et al. 2023).
    case taskArithmetic = "task-arithmetic"
    /// Differences trimmed to the largest, an elected sign, the mean of those that agree (Yadav et al. 2023).
    case ties
    /// Differences dropped at random and the rest rescaled, then summed (Yu et al. 2024).
    case dareLinear = "dare-linear"
    /// Differences dropped at random and the rest rescaled, then the signs of TIES.
    case dareTies = "dare-ties"

    /// The name on the command line.
    public var name: String { rawValue }

    /// Whether it works on differences from a base.
    public var needsBase: Bool { self != .linear && self != .slerp }

    /// Whether it keeps only a share of each difference.
    public var usesDensity: Bool { self == .ties || self == .dareLinear || self == .dareTies }

    /// Whether it elects a sign for each element.
    public var electsSigns: Bool { self == .ties || self == .dareTies }

    /// Whether results are divided by the sum of the weights unless said otherwise.
    public var normalizesByDefault: Bool { self == .linear || self == .ties }
}

/// What is done to the elements that are left when others were dropped.
public enum MergeRescaling: String, Sendable, Hashable, CaseIterable {
    /// Nothing.
    case none
    /// They are divided by the density, as in the paper on DARE: the expected value stays.
    case density
    /// They are multiplied so that the sum of magnitudes of the tensor's difference is what it was, as mergekit does.
    case l1
}

/// How the sign of an element is elected.
public enum SignElection: String, Sendable, Hashable, CaseIterable {
    /// The sign of the weighted sum; zero counts as positive.
    case sum
    /// The sign that most of the models have; a draw counts as positive.
    case count
}

/// Parameters that hold for some tensors only.
public struct MergeRule: Sendable {
    /// The names that it is for.
    public var pattern: NamePattern
    /// Weights instead of the general ones: one for all models, or one each.
    public var weights: [Double]?
    /// Densities instead of the general ones: one for all models, or one each.
    public var densities: [Double]?
    /// The place between the two models instead of the general one.
    public var interpolation: Double?

    /// A rule that changes nothing yet.
    public init(_ pattern: NamePattern) {
        self.pattern = pattern
    }
}

/// How checkpoints are merged. The defaults are mergekit's, but for the rescaling of DARE, which is the paper's.
public struct MergeSettings: Sendable {
    /// The method.
    public var method: MergeMethod
    /// What each model counts: one for all, or one each.
    public var weights: [Double] = [1]
    /// The share of each difference that is kept, above 0 and up to 1: one for all models, or one each.
    public var densities: [Double] = [1]
    /// The place between the two models of ``MergeMethod/slerp``: 0 is the first, 1 the second.
    public var interpolation = 0.5
    /// What the merged difference is multiplied by before the base is added.
    public var lambda = 1.0
    /// Whether the result is divided by the sum of the weights; nil: as the method does by default.
    public var isNormalized: Bool?
    /// What is done to the elements that are left; nil: by density for DARE, otherwise nothing.
    public var rescaling: MergeRescaling?
    /// How signs are elected.
    public var election = SignElection.sum
    /// The seed of what is dropped at random; together with the tensor's name it decides alone.
    public var seed: UInt64 = 0
    /// The type of the merged tensors; nil: as in the base, or the first model.
    public var type: TensorType?
    /// Whether tensors that not all models have are taken from the base, or the first model that has them.
    public var allowsMissing = false
    /// Parameters of some tensors; of several rules that fit the last one counts, for each parameter by itself.
    public var rules: [MergeRule] = []

    /// The defaults of a method.
    public init(_ method: MergeMethod) {
        self.method = method
    }

    var normalizes: Bool { isNormalized ?? method.normalizesByDefault }

    var appliedRescaling: MergeRescaling {
        rescaling ?? (method == .dareLinear || method == .dareTies ? .density : .none)
    }

    /// The parameters of one tensor.
    func parameters(of name: String, models: Int) -> TensorMergeParameters {
        var found = (weights: weights, densities: densities, interpolation: interpolation)
        for rule in rules where rule.pattern.matches(name) {
            found.weights = rule.weights ?? found.weights
            found.densities = rule.densities ?? found.densities
            found.interpolation = rule.interpolation ?? found.interpolation
        }
        func spread(_ values: [Double]) -> [Double] {
            values.count == 1 ? [Double](repeating: values[0], count: models) : values
        }
        return TensorMergeParameters(
            weights: spread(found.weights), densities: spread(found.densities), interpolation: found.interpolation)
    }

    /// - Throws: `invalidRequest` for parameters that do not fit the method or the number of models.
    func check(models: Int, hasBase: Bool, path: String) throws(CheckpointError) {
        do throws(MergeSettingsError) {
            try check(models: models, hasBase: hasBase)
        } catch {
            throw CheckpointError(.invalidRequest, path: path, error.description)
        }
    }

    /// Checks what can be told without opening a checkpoint.
    ///
    /// - Parameters:
    ///   - models: how many models there are to merge, without the base.
    ///   - hasBase: whether there is a base beside them.
    /// - Throws: ``MergeSettingsError`` for parameters that do not fit the method or the number of models.
    public func check(models: Int, hasBase: Bool) throws(MergeSettingsError) {
        func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(MergeSettingsError) {
            if !condition { throw MergeSettingsError(description: message()) }
        }
        try require(models > 0, "there is no model to merge")
        try require(
            method != .slerp || models == 2, "slerp is between two models; \(models) were given")
        try require(
            method.needsBase == hasBase,
            method.needsBase
                ? "\(method.name) works on differences from a base: name it with --base"
                : "\(method.name) has no base: leave --base out, or give it as one of the models")
        try require(
            method == .slerp || rules.allSatisfy { $0.interpolation == nil },
            "\(method.name) has no place between two models (t)")
        try require(method != .slerp || rules.allSatisfy { $0.weights == nil }, "slerp has no weights; its place is t")
        let allWeights = [weights] + rules.compactMap(\.weights)
        let allDensities = [densities] + rules.compactMap(\.densities)
        for values in allWeights + allDensities {
            try require(
                values.count == 1 || values.count == models,
                "\(values.count) weights or densities do not fit \(models) models: give one for all, or one each")
        }
        // The arithmetic is in single precision.
        let largest = Double(Float.greatestFiniteMagnitude)
        try require(
            allWeights.joined().allSatisfy { abs($0) <= largest } && abs(lambda) <= largest,
            "weights and lambda are finite numbers of at most \(largest)")
        for values in allWeights {
            let sum = values.count == 1 ? values[0] * Double(models) : values.reduce(0, +)
            try require(abs(sum) <= largest, "the weights add up to more than \(largest); make them smaller")
        }
        try require(
            allDensities.joined().allSatisfy { $0 > 0 && $0 <= 1 }, "a density is above 0 and at most 1")
        try require(
            ([interpolation] + rules.compactMap(\.interpolation)).allSatisfy { (0...1).contains($0) },
            "the place between two models (t) is from 0 to 1")
        try require(
            method.usesDensity || allDensities.allSatisfy { $0 == [1] }, "\(method.name) has no density")
        try require(
            method != .ties || appliedRescaling != .density,
            "ties keeps the largest elements, which are not rescaled by density; use l1 or none")
        try require(type?.isFloatingPoint ?? true, "merged tensors are floating-point numbers, not \(type?.name ?? "")")
        if method == .linear && normalizes {
            for values in allWeights {
                let sum = values.count == 1 ? values[0] : values.reduce(0, +)
                try require(
                    abs(sum) >= 1e-8,
                    "the weights add up to zero, so the sum cannot be divided by them; use --no-normalize")
            }
        }
    }
}

/// Parameters that do not fit the method or the number of models.
public struct MergeSettingsError: Error, Hashable, CustomStringConvertible {
    /// What does not fit.
    public let description: String
}

/// The parameters of one tensor, each for every model.
struct TensorMergeParameters: Sendable {
    let weights: [Double]
    let densities: [Double]
    let interpolation: Double
}

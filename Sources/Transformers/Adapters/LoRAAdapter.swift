public import Kernels

/// A LoRA adapter in memory: for each of its projections W, [out, in], two matrices whose product is added to it,
/// W + scale B A.
///
/// All numbers lie in one buffer, so that an optimiser sees them as one vector.
public final class LoRAAdapter: Sendable {
    /// Where the matrices of one projection lie.
    public struct Place: Sendable, Hashable {
        /// The projection.
        public let role: ParameterRole
        /// Its layer.
        public let layer: Int
        /// Its place in the model's ``ParameterTable/parameters``.
        public let parameter: Int
        /// Its name in transformers, such as `model.layers.0.self_attn.q_proj`.
        public let module: String
        /// Columns of the projection.
        public let inputs: Int
        /// Rows of the projection.
        public let outputs: Int
        /// Where A, [rank, inputs], starts in ``LoRAAdapter/numbers``; a multiple of 16.
        public let offsetA: Int
        /// Where B, [outputs, rank], starts; a multiple of 16.
        public let offsetB: Int
    }

    /// What the adapter is made of.
    public let configuration: LoRAConfiguration
    /// The projections, in the order of the model's parameters.
    public let places: [Place]
    /// All numbers; those between the matrices are zero, and belong to none.
    public let numbers: FloatBuffer
    private let indices: [Key: Int]

    private struct Key: Hashable {
        let role: ParameterRole
        let layer: Int
    }

    /// A new adapter, which changes nothing yet: A is evenly distributed within 1/sqrt(inputs) of zero, as PEFT's
    /// `kaiming_uniform_` with a = sqrt 5 makes it, and B is zero.
    ///
    /// - Throws: `invalidRequest` where a target is no projection of the model.
    public convenience init(
        _ configuration: LoRAConfiguration, of model: TransformerConfiguration, seed: UInt64
    ) throws(TransformerError) {
        let table = ParameterTable(model)
        let path = configuration.baseModel ?? "adapter"
        let targets = try LoRATarget.chosen(configuration.targets, of: table, path: path)
        self.init(configuration, targets: targets, table: table)
        for (index, place) in places.enumerated() {
            let random = RandomNumbers(seed: seed, stream: index)
            let bound = 1 / Double(place.inputs).squareRoot()
            let a = a(index)
            for row in 0..<a.rows {
                a.set(
                    row: row,
                    (0..<a.columns).map { Float(random.uniform(at: row * a.columns + $0) * bound) })
            }
        }
    }

    /// Zeros.
    init(_ configuration: LoRAConfiguration, targets: [LoRATarget], table: ParameterTable) {
        precondition((1...LoRAConfiguration.largestRank).contains(configuration.rank), "an adapter has a rank")
        self.configuration = configuration
        var places: [Place] = []
        var indices: [Key: Int] = [:]
        var end = 0
        func reserve(_ count: Int) -> Int {
            defer { end += (count + 15) / 16 * 16 }
            return end
        }
        for target in targets {
            let parameter = table.parameters[target.parameter]
            indices[Key(role: target.role, layer: target.layer)] = places.count
            places.append(
                Place(
                    role: target.role, layer: target.layer, parameter: target.parameter, module: target.module,
                    inputs: parameter.columns, outputs: parameter.rows,
                    offsetA: reserve(configuration.rank * parameter.columns),
                    offsetB: reserve(parameter.rows * configuration.rank)))
        }
        self.places = places
        self.indices = indices
        numbers = FloatBuffer(count: end)
    }

    /// An adapter of its own with the numbers of another, as they are now.
    public init(copying other: LoRAAdapter) {
        configuration = other.configuration
        places = other.places
        indices = other.indices
        numbers = FloatBuffer(count: other.numbers.count)
        numbers.row.copy(other.numbers.row)
    }

    /// What the product of B and A is multiplied by.
    public var scale: Float { Float(configuration.scale) }
    /// How many numbers are trained.
    public var count: Int { places.reduce(0) { $0 + configuration.rank * ($1.inputs + $1.outputs) } }

    /// The place of a projection in ``places``; nil where it has no adapter.
    public func index(of role: ParameterRole, layer: Int) -> Int? { indices[Key(role: role, layer: layer)] }

    /// A, [rank, inputs], of a place.
    public func a(_ index: Int) -> Matrix { a(index, in: numbers) }

    /// B, [outputs, rank], of a place.
    public func b(_ index: Int) -> Matrix { b(index, in: numbers) }

    /// The part of a buffer of the same extent (gradients, an optimiser's state) that lies as A of a place does.
    public func a(_ index: Int, in buffer: FloatBuffer) -> Matrix {
        buffer.matrix(rows: configuration.rank, columns: places[index].inputs, at: places[index].offsetA)
    }

    /// The part of a buffer of the same extent that lies as B of a place does.
    public func b(_ index: Int, in buffer: FloatBuffer) -> Matrix {
        buffer.matrix(rows: places[index].outputs, columns: configuration.rank, at: places[index].offsetB)
    }
}

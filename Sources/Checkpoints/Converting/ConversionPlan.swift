import Kernels
import Tensors

/// What a conversion writes: every tensor with its new name and type, and where it comes from.
public struct ConversionPlan: Sendable {
    /// A tensor that is not written, because another one holds its bytes.
    public struct Duplicate: Sendable, Hashable {
        /// Its name in the output.
        public let name: String
        /// The name of the one that is written.
        public let keeper: String
    }

    /// The tensors in the order of the input.
    public let tensors: [PlannedTensor]
    /// What is left out because it is there already; only with ``ConversionSettings/deduplicates``.
    public let duplicates: [Duplicate]
    /// How many tensors of the input were left out by their names.
    public let excludedCount: Int
    /// What is worth knowing before it is done.
    public let warnings: [CheckpointWarning]

    /// The bytes that are read.
    public var byteCount: Int { tensors.reduce(0) { $0 &+ $1.source.byteCount } }

    /// A plan of nothing but these tensors.
    init(_ tensors: [PlannedTensor]) {
        self.tensors = tensors
        duplicates = []
        excludedCount = 0
        warnings = []
    }

    /// Plans a conversion.
    ///
    /// - Throws: ``CheckpointError``: `conflict` where two tensors get one name, `invalidRequest` where nothing is left or a
    ///   type is not converted to the one asked for, `unsupported` for a tensor whose data is not read.
    /// - Complexity: linear in the number of tensors, times that of the rules.
    public init(_ checkpoint: Checkpoint, settings: ConversionSettings) throws(CheckpointError) {
        var types = TypeChoice(settings)
        var names = NameChoice(path: checkpoint.path)
        try names.prepare(settings.renames)
        var warnings: [CheckpointWarning] = []
        var planned: [(tensor: StoredTensor, target: TensorDescription)] = []
        for tensor in checkpoint.tensors {
            guard settings.included.isEmpty || settings.included.contains(where: { $0.matches(tensor.name) }),
                !settings.excluded.contains(where: { $0.matches(tensor.name) })
            else { continue }
            if case .unread(let reason) = tensor.storage {
                throw CheckpointError(
                    .unsupported, path: checkpoint.path, tensor: tensor.name,
                    "its data is not read: \(reason), or leave it out with --exclude")
            }
            let name = try names.name(of: tensor.name)
            let type = try types.type(of: tensor, path: checkpoint.path)
            planned.append((tensor, TensorDescription(name: name, type: type, shape: tensor.shape)))
        }
        guard !planned.isEmpty || checkpoint.tensors.isEmpty else {
            throw CheckpointError(
                .invalidRequest, path: checkpoint.path, "no tensor is left of its \(checkpoint.tensors.count)")
        }
        excludedCount = checkpoint.tensors.count - planned.count
        warnings += types.warnings(checkpoint.tensors)
        var duplicates: [Duplicate] = []
        if settings.deduplicates { duplicates = Self.removeDuplicates(&planned) }
        tensors = planned.map { PlannedTensor($0.target, from: TensorSource($0.tensor, of: checkpoint)) }
        self.duplicates = duplicates
        self.warnings = warnings
    }

    /// Takes away tensors that lie at the same place as another one and get the same type.
    ///
    /// As in safetensors.torch the first of the names in order is kept.
    private static func removeDuplicates(
        _ planned: inout [(tensor: StoredTensor, target: TensorDescription)]
    ) -> [Duplicate] {
        struct Place: Hashable {
            let file: Int
            let offset: Int
            let strides: [Int]
            let shape: [Int]
            let types: [TensorType]
        }
        var members: [Place: [Int]] = [:]
        for (index, item) in planned.enumerated() where item.tensor.byteCount > 0 {
            let types = [item.tensor.type, item.target.type]
            switch item.tensor.storage {
            case .bytes(let file, let offset):
                let place = Place(file: file, offset: offset, strides: [], shape: item.tensor.shape, types: types)
                members[place, default: []].append(index)
            case .strided(let strided):
                let place = Place(
                    file: strided.file, offset: strided.offset, strides: strided.strides, shape: item.tensor.shape,
                    types: types)
                members[place, default: []].append(index)
            default: break
            }
        }
        var keepers: [Int: String] = [:]
        for group in members.values where group.count > 1 {
            let names = group.map { planned[$0].target.name }
            guard let keeper = names.min(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) else { continue }
            for index in group where !planned[index].target.name.utf8.elementsEqual(keeper.utf8) {
                keepers[index] = keeper
            }
        }
        let duplicates = planned.indices.compactMap { index in
            keepers[index].map { Duplicate(name: planned[index].target.name, keeper: $0) }
        }
        planned = planned.indices.filter { keepers[$0] == nil }.map { planned[$0] }
        return duplicates
    }
}

/// New names, none twice.
private struct NameChoice {
    let path: String
    private var rules: [(String) -> String] = []
    private var origins: [[UInt8]: String] = [:]

    init(path: String) {
        self.path = path
    }

    mutating func prepare(_ renames: [RenameRule]) throws(CheckpointError) {
        do throws(RenameError) {
            for rename in renames { rules.append(try rename.renaming()) }
        } catch {
            throw CheckpointError(.invalidRequest, path: path, "cannot rename: \(error)")
        }
    }

    mutating func name(of original: String) throws(CheckpointError) -> String {
        let name = rules.reduce(original) { $1($0) }
        guard !name.isEmpty || original.isEmpty else {
            throw CheckpointError(.invalidRequest, path: path, tensor: original, "would be renamed to nothing")
        }
        if let other = origins.updateValue(original, forKey: Array(name.utf8)) {
            throw CheckpointError(
                .conflict, path: path, tensor: original,
                "would get the name '\(name)', as '\(other)' does; change the renaming")
        }
        return name
    }
}

/// The types of tensors by rules, and what there is to say of the rules.
private struct TypeChoice {
    private let settings: ConversionSettings
    private var uses: [Int]
    private var kept: [TensorType: Int] = [:]
    private var rescaled: [String] = []

    init(_ settings: ConversionSettings) {
        self.settings = settings
        uses = [Int](repeating: 0, count: settings.typeRules.count)
    }

    mutating func type(of tensor: StoredTensor, path: String) throws(CheckpointError) -> TensorType {
        var target = settings.type
        var isNamed = false
        for (index, rule) in settings.typeRules.enumerated() where rule.pattern.matches(tensor.name) {
            uses[index] += 1
            target = rule.type
            isNamed = true
        }
        guard let target, tensor.type.isFloatingPoint, target != tensor.type else { return tensor.type }
        // Elements below a byte and scales are parts of a scheme of quantisation: --dtype leaves them alone.
        if !isNamed, tensor.type.byteWidth == nil || tensor.type == .float8E8M0 {
            kept[tensor.type, default: 0] += 1
            return tensor.type
        }
        guard ElementConversion.isSupported(from: tensor.type, to: target) else {
            throw CheckpointError(
                .invalidRequest, path: path, tensor: tensor.name,
                "\(tensor.type.name) is not converted to \(target.name)")
        }
        if tensor.type.bitWidth == 8 { rescaled.append(tensor.name) }
        return target
    }

    func warnings(_ tensors: [StoredTensor]) -> [CheckpointWarning] {
        var warnings: [CheckpointWarning] = []
        for (rule, count) in zip(settings.typeRules, uses) where count == 0 {
            warnings.append(CheckpointWarning("no tensor matches the type rule '\(rule.pattern.text)'"))
        }
        for (type, count) in kept.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            warnings.append(CheckpointWarning("\(count) tensors of \(type.name) are kept: they are no plain numbers"))
        }
        let names = Set(tensors.lazy.map { Array($0.name.utf8) })
        for name in rescaled {
            for ending in ["_scale_inv", "_scale", ".scale"] where names.contains(Array((name + ending).utf8)) {
                warnings.append(
                    CheckpointWarning(
                        tensor: name, "is converted without its scale '\(name)\(ending)', which stays beside it"))
                break
            }
        }
        return warnings
    }
}

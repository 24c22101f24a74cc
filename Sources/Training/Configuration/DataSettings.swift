/// What a phase learns from. Keys in brackets.
public struct DataSettings: Sendable, Equatable {
    /// A prefix dataset: a file, or a directory of shards with an index.json [`dataset_name`].
    public var path = ""
    /// Whether each epoch goes through the rows in an order of its own, which the seed determines [`shuffle_dataset`].
    public var isShuffled = true
    /// What the order comes from in place of the run's seed; nil for that [`data_seed`].
    public var seed: Int?
    /// Supervised: the most tokens of a row, prompt included; what is beyond is cut off, at least 2; nil for no limit
    /// [`max_length`].
    public var maxLength: Int? = 1024
    /// Supervised: whether prompt tokens are context only and have no loss [`completion_only_loss`].
    public var isCompletionOnly = true
    /// Whether sequences lie end to end in a pass without padding. Kedge's passes always do [`packing`].
    public var isPacked = true

    /// The defaults.
    public init() {}

    static var settings: [Setting<Self>] {
        [
            .string("dataset_name", \.path), .flag("shuffle_dataset", \.isShuffled),
            .optionalInteger("data_seed", \.seed), .optionalInteger("max_length", \.maxLength),
            .flag("completion_only_loss", \.isCompletionOnly), .flag("packing", \.isPacked),
        ]
    }
}

/// Where a run is written, and how often. Keys in brackets.
public struct RunSettings: Sendable, Equatable {
    /// The run's directory [`output_dir`].
    public var outputDirectory = ""
    /// What all random numbers come from: the order of the data, samples, a new adapter [`seed`].
    public var seed = 42
    /// After how many updates a checkpoint is written, at least 1; the last update always writes one [`save_steps`].
    public var saveSteps = 500
    /// How many checkpoints are kept, at least 1; nil for all [`save_total_limit`].
    public var saveLimit: Int?
    /// After how many updates metrics go to TensorBoard and the terminal, at least 1; metrics.jsonl has all [`logging_steps`].
    public var loggingSteps = 10
    /// Whether rollouts are written to samples.jsonl [`log_completions`].
    public var logsCompletions = true
    /// After how many updates rollouts are written, at least 1 [`log_completions_steps`].
    public var completionSteps = 10
    /// How many rollouts are written each time, at least 1; nil for all [`num_completions_to_print`].
    public var completionLimit: Int? = 16
    /// Whether TensorBoard event files are written beside metrics.jsonl: `report_to: tensorboard`, or `none` [`report_to`].
    public var reporting = Reporting.tensorboard

    /// Where metrics go beside metrics.jsonl.
    public enum Reporting: String, Sendable, CaseIterable {
        /// TensorBoard event files in the run's directory.
        case tensorboard
        /// Nowhere.
        case none
    }

    /// The defaults.
    public init() {}

    static var settings: [Setting<Self>] {
        [
            .string("output_dir", \.outputDirectory), .integer("seed", \.seed), .integer("save_steps", \.saveSteps),
            .optionalInteger("save_total_limit", \.saveLimit), .integer("logging_steps", \.loggingSteps),
            .flag("log_completions", \.logsCompletions), .integer("log_completions_steps", \.completionSteps),
            .optionalInteger("num_completions_to_print", \.completionLimit), .choice("report_to", \.reporting),
        ]
    }
}

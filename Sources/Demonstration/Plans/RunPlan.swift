/// One training run of the demonstration: what it begins with, what it learns from, and its settings.
public struct RunPlan: Sendable, Hashable {
    /// The run's name, which its directory and its configuration carry: `trapo`.
    public let name: String
    /// What people call it: `TRAPO`.
    public let title: String
    /// What it learns from, in a sentence.
    public let explanation: String
    /// The run whose last checkpoint it begins with; nil for the model of random weights.
    public let start: String?
    /// The dataset that it learns from, by its name in ``DemonstrationPlan``.
    public let dataset: String
    /// How many updates it has.
    public let updates: Int
    /// Settings of `kedge train` besides paths and those that all runs share, in their order.
    public let settings: [Setting]

    /// A setting of `kedge train`.
    public struct Setting: Sendable, Hashable {
        /// The key.
        public let key: String
        /// The value, as YAML writes it.
        public let value: String
    }

    init(
        _ name: String, _ title: String, _ explanation: String, start: String?, dataset: String, updates: Int,
        _ settings: [(key: String, value: String)]
    ) {
        self.name = name
        self.title = title
        self.explanation = explanation
        self.start = start
        self.dataset = dataset
        self.updates = updates
        self.settings = settings.map { Setting(key: $0.key, value: $0.value) }
    }

    /// The value of a setting; nil where it is left as it is.
    public subscript(_ key: String) -> String? { settings.first { $0.key == key }?.value }
}

/// Where the demonstration writes what.
public struct DemonstrationPaths: Sendable {
    /// The directory of everything.
    public let root: String

    /// - Parameter root: the directory of everything; slashes at its end do not count.
    public init(_ root: String) {
        var root = root
        while root.utf8.count > 1, root.utf8.last == UInt8(ascii: "/") { root.removeLast() }
        self.root = root
    }

    /// Tokenizer and configuration of the model.
    public var model: String { "\(root)/model" }
    /// The model with random weights.
    public var start: String { "\(root)/start" }
    /// All numbers of the page.
    public var results: String { "\(root)/results.json" }
    /// The page, written last.
    public var report: String { "\(root)/report.html" }
    /// What the diagnosis found, token by token.
    public var diagnosis: String { "\(root)/diagnosis.h5" }
    /// The diagnosis's own page.
    public var diagnosisReport: String { "\(root)/diagnosis.html" }

    /// The traces of a dataset.
    public func traces(_ dataset: String) -> String { "\(root)/\(dataset).jsonl" }
    /// A dataset.
    public func dataset(_ name: String) -> String { "\(root)/\(name).h5" }
    /// The settings of a run, for `kedge train`.
    public func configuration(_ run: RunPlan) -> String { "\(root)/\(run.name).yaml" }
    /// A run.
    public func run(_ name: String) -> String { "\(root)/\(name)" }

    /// The model at the end of a run.
    public func end(of run: RunPlan) -> String { "\(self.run(run.name))/checkpoint-\(run.updates)" }

    /// What a run begins with.
    public func start(of run: RunPlan, in plan: DemonstrationPlan) -> String {
        plan.runs.first { $0.name == run.start }.map(end(of:)) ?? start
    }

    /// The settings of a run as a file for `kedge train`.
    public func yaml(_ run: RunPlan, in plan: DemonstrationPlan) -> String {
        let paths = [
            ("model_name_or_path", Self.quoted(start(of: run, in: plan))),
            ("dataset_name", Self.quoted(dataset(run.dataset))), ("output_dir", Self.quoted(self.run(run.name))),
        ]
        let shared = [
            ("max_steps", "\(run.updates)"), ("gradient_accumulation_steps", "1"), ("seed", "\(plan.seed % (1 << 31))"),
            ("adam_beta2", "0.99"),
            ("weight_decay", "0.01"), ("lr_scheduler_type", "constant"), ("save_steps", "\(run.updates)"),
            ("save_total_limit", "1"), ("report_to", "none"),
        ]
        let lines = paths + run.settings.map { ($0.key, $0.value) } + shared
        return "# \(run.title): \(run.explanation).\n" + lines.map { "\($0.0): \($0.1)\n" }.joined()
    }

    /// A text as YAML's double-quoted scalar, of which JSON's strings are a part.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

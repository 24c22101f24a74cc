import ArgumentParser
import Divergences
import Files

/// `kedge diagnose`
struct DiagnoseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Exact per-token KL and entropy between two policies.",
        discussion: """
            The reference p and the policy q are two model directories, or one with and without an adapter, compared on \
            the rows of a prefix dataset; or two dumps of logits or log-probabilities.

            Examples:
              kedge diagnose --reference base/ --policy tuned/ --dataset data.h5 --output diagnosis.h5
              kedge diagnose --reference base/ --policy-adapter lora/ --dataset data.h5 --output diagnosis.h5
              kedge diagnose --reference old.npy --policy new.npy --token-ids ids.npy --output diagnosis.h5
              kedge diagnose --reference a.safetensors --policy b.h5 --dataset data.h5 --output diagnosis.h5
            """)

    @Option(help: ArgumentHelp("The reference policy p: a model directory, or a dump.", valueName: "p"))
    var reference: String

    @Option(help: ArgumentHelp("The policy q. (default: the reference, for adapters)", valueName: "q"))
    var policy: String?

    @Option(help: ArgumentHelp("A prefix dataset.", valueName: "data.h5"))
    var dataset: String?

    @Option(help: ArgumentHelp("Where the diagnosis goes.", valueName: "out.h5"))
    var output: String

    @Flag(help: "Replace the output if it exists.")
    var force = false

    @OptionGroup(title: "Comparison") var measuring: MeasuringOptions
    @OptionGroup(title: "Models") var models: ModelDiagnosisOptions
    @OptionGroup(title: "Dumps") var dumps: DumpDiagnosisOptions
    @OptionGroup(title: "Summary") var results: ResultOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() throws {
        if let dataset { try GuardedProcess.protect(dataset, removingTemporaries: true) }
        try protectInputs()
        let file = try OutputFile(destination: output, overwrite: force, creating: false)
        let progress = ProgressLine(outputOptions.progress)
        try compare(creating: file.temporaryPath, progress: progress)
        try file.commit()
        StandardOutput.write(try results.text(of: output, isJSON: outputOptions.json))
    }

    /// Refuses an output that would replace what is read, or a part of it.
    private func protectInputs() throws(DiagnosisError) {
        let inputs: [String?] = [
            reference, policy, dataset, models.referenceAdapter, models.policyAdapter, models.tokenizer,
        ]
        let place = FileSystem.parent(of: output)
        for input in inputs.compactMap({ $0 }) + dumps.files.map(\.path) {
            let isInside = FileSystem.isDirectory(input) && FileSystem.isSameFile(input, place)
            guard !isInside, !FileSystem.isSameFile(input, output) else { throw .outputIsInput(output, input: input) }
        }
    }

    private func compare(creating path: String, progress: ProgressLine) throws {
        let isModel = FileSystem.isDirectory(reference)
        let wrong = isModel ? dumps.given : models.given
        guard wrong.isEmpty else { throw DiagnosisError.options(wrong, reference: reference, isModel: isModel) }
        if !isModel, dataset == nil, let option = models.givenForDatasets.first {
            throw DiagnosisError.needsDataset(option)
        }
        if let policy, FileSystem.exists(policy), FileSystem.exists(reference),
            FileSystem.isDirectory(policy) != isModel
        {
            throw DiagnosisError.modelAndDump(model: isModel ? reference : policy, dump: isModel ? policy : reference)
        }
        if isModel {
            guard let dataset else { throw DiagnosisError.noDataset(model: reference) }
            guard policy != nil || models.policyAdapter != models.referenceAdapter else {
                throw DiagnosisError.samePolicy(model: reference)
            }
            try ModelDiagnosis(
                reference: reference, policy: policy ?? reference, dataset: dataset, options: models,
                measuring: measuring, threads: threads.count
            ).run(creating: path, progress: progress)
        } else {
            guard let policy else { throw DiagnosisError.noPolicy(dump: reference) }
            try DumpDiagnosis(
                reference: reference, policy: policy, dataset: dataset, options: dumps, models: models,
                measuring: measuring, threads: threads.count
            ).run(creating: path, progress: progress)
        }
    }
}

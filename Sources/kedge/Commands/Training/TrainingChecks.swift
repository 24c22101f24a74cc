import Files
import Objectives
import Training
import Transformers

/// What is looked at before a run takes time: data, model and settings against each other.
struct TrainingChecks {
    let configuration: TrainingConfiguration
    let datasets: [String: PrefixTrainingData]
    let texts: TrainingTexts

    /// - Throws: what the first thing that is wrong throws.
    func run(_ model: TransformerConfiguration) throws {
        if let path = configuration.model.referencePath {
            let reference = try ModelFiles(path, reading: CheckpointReading.guarded).configuration
            guard reference.vocabularySize == model.vocabularySize else {
                throw ReferenceVocabularyError(
                    path: path, size: reference.vocabularySize, modelSize: model.vocabularySize)
            }
        }
        for phase in configuration.phases {
            guard let data = datasets[phase.data.path] else { continue }
            _ = try Trainer.steps(phase, data)
            try data.requirePositions(of: model, for: phase)
            if phase.evaluation.isWanted, let path = phase.evaluation.path, let heldOut = datasets[path] {
                // Prompts are answered there, also in a supervised phase.
                var sampled = TrainingPhase(.grpo)
                sampled.rollouts = phase.rollouts
                try heldOut.requirePositions(of: model, for: sampled)
            }
        }
        // The tokenizer is the datasets': where the model knows all of its tokens there is nothing to look for.
        if let limit = texts.idLimit, limit <= model.vocabularySize { return }
        for data in datasets.sorted(by: { $0.key < $1.key }) {
            try data.value.requireTokens(below: model.vocabularySize)
        }
    }

    /// The files that the run reads, by which a resumed run knows them again.
    ///
    /// - Throws: `FileError`, `DigestError`.
    func files() throws -> [FileIdentity] {
        let paths = datasets.sorted { $0.key < $1.key }.flatMap(\.value.files) + [texts.path].compactMap { $0 }
        let models = [configuration.model.path, configuration.model.referencePath].compactMap { $0 }
        return try paths.map { try FileIdentity($0) } + models.flatMap { try FileIdentity.ofModel($0) }
    }

    /// A run that is about to be removed must not hold what the new one begins with.
    ///
    /// - Throws: ``OverwrittenModelError``.
    func requireModelsElsewhere() throws {
        guard let place = FileSystem.resolvedPath(configuration.run.outputDirectory) else { return }
        for path in [configuration.model.path, configuration.model.referencePath].compactMap({ $0 }) {
            guard let model = FileSystem.resolvedPath(path),
                ["checkpoint-", "reference-"].contains(where: { model.hasPrefix("\(place)/\($0)") })
            else { continue }
            throw OverwrittenModelError(path: path, directory: configuration.run.outputDirectory)
        }
    }
}

/// A model that `--force` would remove before it is read.
struct OverwrittenModelError: Error, CustomStringConvertible {
    let path: String
    let directory: String

    var description: String {
        "\(path): is a checkpoint of the run in \(directory), which --force removes; give another output_dir"
    }
}

/// A reference that knows other tokens than the model.
struct ReferenceVocabularyError: Error, CustomStringConvertible {
    let path: String
    let size: Int
    let modelSize: Int

    var description: String {
        "\(path): knows \(size) tokens, and the model \(modelSize); a reference (ref_model) has the model's vocabulary"
    }
}

/// What ended a run from outside, and how to go on.
struct StoppedRunError: Error, CustomStringConvertible {
    let reason: any Error
    let checkpoint: String?

    var description: String {
        "\(reason); "
            + (checkpoint.map { "\($0) is whole, and --resume goes on from there" }
                ?? "there is no checkpoint yet, and --resume begins anew")
    }
}

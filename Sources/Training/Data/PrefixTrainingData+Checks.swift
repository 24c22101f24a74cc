import PrefixDatasets
public import Transformers

extension PrefixTrainingData {
    /// Refuses token ids that a model does not know, wherever in the data they are.
    ///
    /// - Parameter vocabularySize: ids are below it.
    /// - Throws: ``TrainingError`` that names the file, the row in it and the id; `HDF5Error`, `CancellationError`.
    /// - Complexity: reads every token once, in bounded memory.
    public func requireTokens(below vocabularySize: Int) throws {
        for shard in shards {
            guard let found = try shard.dataset.firstToken(outside: vocabularySize) else { continue }
            throw SupervisedSequences.unknown(
                found.id, row: found.row, data: shard.dataset.path, vocabularySize: vocabularySize)
        }
    }

    /// Refuses rows that are longer than a model has positions, as a phase uses them: cut at `max_length`, or prompts of at most
    /// `max_prompt_length` with completions of `max_completion_length`.
    ///
    /// - Throws: ``TrainingError`` that names the setting; `DatasetError`, `HDF5Error`.
    /// - Complexity: O(rows); no tokens are read.
    public func requirePositions(of model: TransformerConfiguration, for phase: TrainingPhase) throws {
        let positions = model.reachablePositions
        let limit = (phase.isSupervised ? phase.data.maxLength : phase.rollouts.maxPromptLength) ?? .max
        var longest = 0
        for row in try lengths() {
            let length = phase.isSupervised ? min(row.prompt + row.expert, limit) : row.prompt
            // A prompt that is too long is left out.
            if length <= limit { longest = max(longest, length) }
        }
        let end = "the model has \(positions) positions (max_position_embeddings)"
        if phase.isSupervised {
            guard longest <= positions else {
                throw TrainingError(
                    .unusableData, name, "has rows of \(longest) tokens, and \(end); give max_length: \(positions)")
            }
        } else {
            let completion = phase.rollouts.maxCompletionLength
            guard longest <= positions, completion <= positions - longest else {
                throw TrainingError(
                    .unusableData, name,
                    "has prompts of \(longest) tokens, with max_completion_length \(completion) \(longest + completion), and \(end); lower max_completion_length, or max_prompt_length"
                )
            }
        }
    }
}

extension TransformerConfiguration {
    /// How far its positions reach, with what stretches them.
    var reachablePositions: Int {
        let (factor, original): (Double, Int) =
            switch rotary.scaling {
            case .none: (1, maximumPositions)
            case .linear(let factor): (factor, maximumPositions)
            case .dynamic(let factor, let original): (factor, original)
            case .llama3(let factor, _, _, let original): (factor, original)
            case .yarn(let factor, _, _, let original, _, _): (factor, original)
            }
        // A factor may be anything that JSON can write.
        return max(maximumPositions, Int(min(factor * Double(original), 0x1p40)))
    }
}

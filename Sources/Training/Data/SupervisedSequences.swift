/// Makes what supervised objectives learn from out of rows.
struct SupervisedSequences {
    private let data: any TrainingData
    private let settings: DataSettings
    private let vocabularySize: Int

    init(_ data: any TrainingData, _ settings: DataSettings, vocabularySize: Int) {
        self.data = data
        self.settings = settings
        self.vocabularySize = vocabularySize
    }

    /// Reads rows. One that has no token with a loss, since it was cut before, is there without any.
    ///
    /// - Throws: ``TrainingError`` for ids that the model does not know, and what reading throws.
    func sequences(_ rows: [Int]) throws -> [TrainingSequence] {
        try rows.map { number in
            let row = try data.sequence(number)
            var tokens = row.prompt + row.expert
            try Self.check(tokens, row: number, data: data.name, vocabularySize: vocabularySize)
            if let limit = settings.maxLength, tokens.count > limit { tokens.removeLast(tokens.count - limit) }
            let prompt = settings.isCompletionOnly ? row.prompt.count : 0
            // Nothing predicts the first token of a sequence.
            let promptLength = min(max(1, prompt), tokens.count)
            return TrainingSequence(
                tokens: tokens, promptLength: promptLength, expertLength: tokens.count - promptLength, group: number)
        }
    }

    static func check(
        _ tokens: [Int32], row: Int, data: String, vocabularySize: Int
    ) throws(TrainingError) {
        guard let bad = tokens.first(where: { $0 < 0 || Int($0) >= vocabularySize }) else { return }
        throw unknown(bad, row: row, data: data, vocabularySize: vocabularySize)
    }

    /// The error of an id that a model does not know.
    static func unknown(_ id: Int32, row: Int, data: String, vocabularySize: Int) -> TrainingError {
        TrainingError(
            .unusableData, data,
            "row \(row) has the token id \(id), and the model knows 0 to \(vocabularySize - 1); the dataset was made for another model"
        )
    }
}

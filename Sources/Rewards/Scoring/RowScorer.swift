import JSON

/// Scores rows one after the other, as far as a row can be scored by itself.
struct RowScorer: ~Copyable {
    private let settings: RewardStream
    private var parser: JSONParser
    /// Responses to one prompt follow each other, and a gold answer need be read only once.
    private var gold: GoldAnswer?

    init(_ settings: RewardStream) throws(JSONError) {
        self.settings = settings
        parser = try JSONParser()
    }

    mutating func score(_ record: RecordBatch.Record, of batch: RecordBatch) -> ScoredRow {
        var scored = ScoredRow(line: record.line)
        let document: JSONDocument
        do throws(JSONError) {
            document = try parser.parse(record, of: batch)
        } catch {
            scored.problem = (nil, "\(error.message), at byte \(error.byte) of the line")
            return scored
        }
        score(document.root, &scored)
        return scored
    }

    /// Scores a row that has been parsed.
    mutating func score(_ row: JSONValue, _ scored: inout ScoredRow) {
        for name in settings.keptFields {
            if let value = row[name] { scored.kept.append((name, JSONNode(value))) }
        }
        do throws(RewardRowError) {
            score(try RewardRow(row, settings: settings), &scored)
        } catch {
            scored.problem = (error.field, error.message)
        }
    }

    private mutating func score(_ row: RewardRow, _ scored: inout ScoredRow) {
        let recipe = settings.recipe
        (scored.length, scored.group, scored.request) = (row.length, row.group, row.request)
        if recipe.needsAnswer, let text = row.gold {
            let score = recipe.checker.score(row.response, gold: read(text))
            (scored.extracted, scored.reason) = (score.extracted, score.reason.rawValue)
            scored.isCorrect = score.reward.map { $0 == 1 }
        }
        scored.values = recipe.parts.map { part in
            switch part.name {
            case .accuracy: scored.isCorrect.map { $0 ? 1 : 0 }
            case .format: recipe.format.reward(row.response)
            case .tagCount: TagCountReward().reward(row.response)
            case .reasoningSteps: ReasoningStepsReward().reward(row.response)
            case .cosine: scored.isCorrect.map { recipe.cosine.reward(length: row.length, isCorrect: $0) }
            case .repetition: recipe.repetition.reward(row.response)
            case .softOverlong: recipe.softOverlong.reward(length: row.length)
            case .length, .process: nil
            }
        }
    }

    private mutating func read(_ text: String) -> GoldAnswer {
        if let gold, gold.text.utf8.elementsEqual(text.utf8) { return gold }
        let read = GoldAnswer(text, mode: settings.recipe.checker.mode, steps: settings.recipe.checker.steps)
        gold = read
        return read
    }
}

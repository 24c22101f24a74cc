/// What a tokenizer puts around the ids of a text when special tokens are asked for.
indirect enum PostProcessor: Sendable {
    /// Ids before and behind the text; `nil` stands for the text itself.
    case template([Part])
    case sequence([PostProcessor])
    /// ByteLevel changes offsets only.
    case none

    enum Part: Sendable, Equatable {
        case text
        case ids([Int32])
    }

    func process(_ ids: [Int32]) -> [Int32] {
        switch self {
        case .template(let parts):
            parts.flatMap { part in
                switch part {
                case .text: ids
                case .ids(let special): special
                }
            }
        case .sequence(let steps):
            steps.reduce(ids) { $1.process($0) }
        case .none:
            ids
        }
    }
}

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

    /// How often the text and how many ids of its own the result holds; a sequence multiplies.
    var size: (texts: Int, ids: Int) {
        switch self {
        case .template(let parts):
            var size = (texts: 0, ids: 0)
            for part in parts {
                switch part {
                case .text: size.texts += 1
                case .ids(let special): size.ids += special.count
                }
            }
            return size
        case .sequence(let steps):
            return steps.reduce((texts: 1, ids: 0)) { size, step in
                let next = step.size
                return (
                    min(size.texts * next.texts, 1 << 20),
                    min(size.ids * next.texts, 1 << 20) + min(next.ids, 1 << 20)
                )
            }
        case .none:
            return (1, 0)
        }
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

import Transformers

/// Prints completions in their order: a single one as its text comes, others when they are whole.
struct CompletionPrinter {
    private let texts: CompletionTexts?
    private let count: Int
    private var ids: [Int: [Int32]] = [:]
    private var whole: [Int: String] = [:]
    private var next = 0

    /// - Parameter texts: nil where there is no tokenizer: ids are printed.
    init(texts: CompletionTexts?, count: Int) {
        self.texts = texts
        self.count = count
    }

    mutating func take(_ token: GeneratedToken) {
        let number = token.completion
        if let texts, count == 1 {
            if token.finishReason != nil { _ = texts.finish(number) }
            StandardOutput.write(Self.shown(texts.fresh(number)) + (token.finishReason == nil ? "" : "\n"))
            return
        }
        if texts == nil { ids[number, default: []].append(token.id) }
        guard let reason = token.finishReason else { return }
        let content = texts?.finish(number) ?? ids[number, default: []].map(String.init).joined(separator: ",")
        ids[number] = nil
        whole[number] = (count > 1 ? "--- \(number + 1) (\(reason.rawValue))\n" : "") + Self.shown(content) + "\n"
        while let text = whole.removeValue(forKey: next) {
            StandardOutput.write(text)
            next += 1
        }
    }

    /// What a model says must not drive a terminal; a file gets it as it is.
    private static func shown(_ text: String) -> String {
        StandardOutput.isTerminal ? Terminal.printable(text) : text
    }
}

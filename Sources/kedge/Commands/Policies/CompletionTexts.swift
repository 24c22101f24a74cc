import Synchronization
import Tokenization
import Transformers

/// The texts of completions as their tokens come, and whether they end with a stop string.
final class CompletionTexts: Sendable {
    private struct Text {
        var decoder: StreamingDecoder
        var matcher: StopMatcher
        var text = ""
        /// What has come since it was last asked for.
        var fresh = ""
        var failure: TokenizerError?
    }

    private let decoder: TextDecoder
    private let stops: StopSequences
    private let texts = Mutex<[Int: Text]>([:])

    init(_ tokenizer: Tokenizer, stops: StopSequences) {
        decoder = TextDecoder(tokenizer)
        self.stops = stops
    }

    /// What is asked of each token of a completion.
    func check(_ completion: Int) -> GenerationRequest.StopCheck {
        texts.withLock {
            $0[completion] = Text(decoder: StreamingDecoder(decoder), matcher: stops.matcher())
        }
        return { [self] id in
            texts.withLock { append(id, to: &$0[completion]) }
        }
    }

    private func append(_ id: Int32, to entry: inout Text?) -> Bool {
        guard var text = entry else { return false }
        defer { entry = text }
        do throws(TokenizerError) {
            let part = text.matcher.append(try text.decoder.append(id))
            text.text += part
            text.fresh += part
        } catch {
            // Models have more ids than their tokenizers: what stands for nothing has no text.
            text.failure = error
        }
        return text.matcher.match != nil
    }

    /// The text that has come since this was last called.
    func fresh(_ completion: Int) -> String {
        texts.withLock { texts in
            defer { texts[completion]?.fresh = "" }
            return texts[completion]?.fresh ?? ""
        }
    }

    /// The whole text of a completion that has ended; `fresh` then gives what is left.
    func finish(_ completion: Int) -> String {
        texts.withLock { texts in
            guard var text = texts[completion] else { return "" }
            let last = (try? text.decoder.finish()) ?? []
            let part = text.matcher.append(last) + text.matcher.finish()
            text.text += part
            text.fresh += part
            texts[completion] = text
            return text.text
        }
    }
}

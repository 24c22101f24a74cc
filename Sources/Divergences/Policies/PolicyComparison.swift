import Kernels
import Tensors
public import Transformers

/// Compares two models, or one with and without an adapter, on texts.
///
/// Both run over the same packed sequences and keep their final hidden states, [tokens, width]; the heads then make logits of
/// some rows at a time, which are compared and forgotten. Memory is that of the passes, the states, and 2 blocks of logits:
/// nothing grows with tokens times vocabulary.
public final class PolicyComparison {
    /// How policies are compared.
    public struct Settings: Sendable {
        /// What logits are divided by; above 0.
        public var temperature = 1.0
        /// The ids that are compared, from 0: what lies behind them is padding.
        public var vocabularySize: Int
        /// k: how many of the most probable tokens are kept.
        public var topWidth = 10
        /// Whether tokens of prompts are left out.
        public var skipsPrompts = false

        /// Temperature 1, 10 tokens kept, prompts included.
        public init(vocabularySize: Int) {
            self.vocabularySize = vocabularySize
        }
    }

    /// The reference.
    public let reference: TransformerPass
    /// What is compared with it.
    public let policy: TransformerPass
    /// How.
    public let settings: Settings
    private let chunk: Int
    private let logits: (Matrix, Matrix)
    private var states: (FloatBuffer, FloatBuffer)?
    private var stateRows = 0

    /// Bytes of the logits of one policy that are in memory at a time, unless ``fewestRows`` take more.
    private static let logitBytes = 32 << 20
    private static let fewestRows = 16

    /// - Parameters:
    ///   - reference: at temperature 1, on the same team as the policy.
    ///   - policy: at temperature 1.
    ///   - settings: with a vocabulary that both models have.
    public init(reference: TransformerPass, policy: TransformerPass, settings: Settings) {
        let sizes = [reference, policy].map(\.weights.configuration.vocabularySize)
        precondition(
            reference.team === policy.team && sizes.allSatisfy { $0 >= settings.vocabularySize }
                && settings.vocabularySize >= 1 && settings.temperature > 0 && settings.topWidth >= 1,
            "both policies have the vocabulary, and work on the same team")
        self.reference = reference
        self.policy = policy
        self.settings = settings
        let rows = max(Self.fewestRows, Self.logitBytes / (4 * max(sizes[0], sizes[1])))
        chunk = rows
        logits = (
            FloatBuffer(count: rows * sizes[0]).matrix(rows: rows, columns: sizes[0]),
            FloatBuffer(count: rows * sizes[1]).matrix(rows: rows, columns: sizes[1])
        )
    }

    /// Compares the policies on some texts and appends what is found to the writer, a sequence for each text.
    ///
    /// - Throws: ``DivergenceError`` where a model gives NaN; `TransformerError` for ids that a model does not know;
    ///   `CancellationError`; `HDF5Error`.
    public func compare(_ sequences: [PolicySequence], into writer: DiagnosisWriter) throws {
        let targets = sequences.map { sequence in
            let first = settings.skipsPrompts ? max(1, sequence.promptLength) : 1
            return Array(min(first, sequence.tokens.count)..<sequence.tokens.count)
        }
        let batch = try PackedSequences(
            sequences.map(\.tokens), targets: targets, vocabularySize: settings.vocabularySize)
        let count = batch.targets.count
        let (statesP, statesQ) = reserve(rows: count)
        try reference.hiddenStates(batch) { statesP.copy($0) }
        try policy.hiddenStates(batch) { statesQ.copy($0) }

        let places = targets.enumerated().flatMap { index, targets in targets.map { (sequence: index, place: $0) } }
        var next = 0
        for (index, sequence) in sequences.enumerated() {
            try writer.beginSequence(id: sequence.id)
            // Chunks end with sequences, so that a text's numbers do not depend on those that it is batched with.
            let end = next + targets[index].count
            while next < end {
                try Task.checkCancellation()
                let range = next..<min(end, next + chunk)
                try compare(
                    range, statesP, statesQ,
                    places: places[range].map { place(sequence, at: $0.place, number: writer.sequenceCount - 1) },
                    into: writer)
                next = range.upperBound
            }
        }
    }

    private func place(_ sequence: PolicySequence, at place: Int, number: Int) -> TokenBlock.Place {
        TokenBlock.Place(
            tokenID: sequence.tokens[place], position: Int32(clamping: place), sequence: Int32(clamping: number),
            segment: sequence.segment(place))
    }

    private func compare(
        _ range: Range<Int>, _ statesP: Matrix, _ statesQ: Matrix, places: [TokenBlock.Place],
        into writer: DiagnosisWriter
    ) throws {
        let (logitsP, logitsQ) = (logits.0.rows(0..<range.count), logits.1.rows(0..<range.count))
        reference.logits(ofHiddenStates: statesP.rows(range), into: logitsP)
        policy.logits(ofHiddenStates: statesQ.rows(range), into: logitsQ)
        let result: DivergenceRows.Result
        do throws(LogitRowError) {
            result = try DivergenceRows.measure(
                reference.team, reference: LogitRows(logitsP), policy: LogitRows(logitsQ),
                targets: places.map { $0.tokenID ?? -1 },
                settings: .init(
                    vocabularySize: settings.vocabularySize, temperature: settings.temperature,
                    topWidth: settings.topWidth))
        } catch {
            let place = places[error.row]
            throw DivergenceError(
                .notADistribution, path: error.isPolicy ? "policy" : "reference",
                "gives no distribution for the token at \(place.position) of sequence \(place.sequence): "
                    + "the logit of id \(error.column) is \(error.kind)")
        }
        var block = TokenBlock(topWidth: settings.topWidth)
        block.append(
            places, result.rows,
            noiseFloors: NoiseFloor.of(
                result, reference: .float32, policy: .float32, temperature: settings.temperature),
            topP: result.topP, topQ: result.topQ)
        try writer.append(block)
    }

    private func reserve(rows: Int) -> (Matrix, Matrix) {
        let widths = (reference.weights.configuration.hiddenSize, policy.weights.configuration.hiddenSize)
        if states == nil || stateRows < rows {
            states = nil
            stateRows = max(rows, 1)
            states = (FloatBuffer(count: stateRows * widths.0), FloatBuffer(count: stateRows * widths.1))
        }
        let buffers = states ?? (FloatBuffer(count: rows * widths.0), FloatBuffer(count: rows * widths.1))
        return (
            buffers.0.matrix(rows: stateRows, columns: widths.0).rows(0..<rows),
            buffers.1.matrix(rows: stateRows, columns: widths.1).rows(0..<rows)
        )
    }
}

import ArgumentParser
import Divergences
import Files

/// What is known of the tokens of dumps.
struct DumpDiagnosisOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Which tensor of the reference's file. (default: the only one of 2 or 3 dimensions)", valueName: "name"))
    var referenceTensor: String?

    @Option(help: ArgumentHelp("Which tensor of the policy's file.", valueName: "name"))
    var policyTensor: String?

    @Option(
        help: ArgumentHelp(
            "Row t is about token t + 1 (next, as models give it) or about token t (none). (default: next)",
            valueName: "shift"))
    var shift: ShiftOption?

    @Option(
        name: [.customLong("token-ids"), .customLong("tokens")],
        help: ArgumentHelp(
            "The ids of the tokens, where they are not beside the logits. FILE:NAME names a tensor.", valueName: "file")
    )
    var tokenIDs: String?

    @Option(help: ArgumentHelp("1 on tokens that count.", valueName: "file"))
    var mask: String?

    @Option(help: ArgumentHelp("1 on tokens, 0 on padding.", valueName: "file"))
    var attentionMask: String?

    @Option(help: ArgumentHelp("The number of each token's sequence.", valueName: "file"))
    var sequences: String?

    @Option(help: ArgumentHelp("How many tokens each sequence has.", valueName: "file"))
    var lengths: String?

    @Option(help: ArgumentHelp("0 prompt, 1 expert prefix, 2 continuation, of each token.", valueName: "file"))
    var segments: String?

    @Option(help: ArgumentHelp("The advantage of each token or sequence.", valueName: "file"))
    var advantages: String?

    @Flag(help: "Take 2-byte words without a type (V2, as NumPy writes bfloat16) for bfloat16.")
    var bf16 = false

    @Option(help: ArgumentHelp("What vLLM's logprobs_mode was, to be recorded.", valueName: "mode"))
    var logprobsMode: String?

    func validate() throws {
        if sequences != nil, lengths != nil {
            throw ValidationError("--sequences and --lengths both say where sequences end; give one")
        }
    }

    /// The columns of tokens in files of their own.
    var files: [TokenColumnFile] {
        let given: [(TokenColumn, String?)] = [
            (.tokenIDs, tokenIDs), (.mask, mask), (.attentionMask, attentionMask), (.sequences, sequences),
            (.lengths, lengths), (.segments, segments), (.advantages, advantages),
        ]
        return given.compactMap { column, text in
            text.map { text in
                // A name has no slash, so that a colon in a folder's name is none of ours.
                guard !FileSystem.exists(text), let colon = text.lastIndex(of: ":"),
                    case let name = text[text.index(after: colon)...], !name.isEmpty, !name.contains("/")
                else { return TokenColumnFile(column, path: text) }
                return TokenColumnFile(column, path: String(text[..<colon]), tensor: String(name))
            }
        }
    }

    /// The names of the options that were given, for inputs that they do not go with.
    var given: [String] {
        [
            ("--reference-tensor", referenceTensor != nil), ("--policy-tensor", policyTensor != nil),
            ("--shift", shift != nil), ("--token-ids", tokenIDs != nil), ("--mask", mask != nil),
            ("--attention-mask", attentionMask != nil), ("--sequences", sequences != nil),
            ("--lengths", lengths != nil),
            ("--segments", segments != nil), ("--advantages", advantages != nil), ("--bf16", bf16),
            ("--logprobs-mode", logprobsMode != nil),
        ].filter(\.1).map(\.0)
    }
}

/// ``Shift`` on the command line.
enum ShiftOption: String, ExpressibleByArgument, CaseIterable {
    case next, none

    var shift: Shift {
        switch self {
        case .next: .next
        case .none: .none
        }
    }
}

import ArgumentParser
import Tensors
import Transformers

/// How completions are sampled.
struct SamplingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What logits are divided by; 0 takes the most probable token.", valueName: "x"))
    var temperature: Float = 1

    @Option(help: ArgumentHelp("Only so many of the most probable tokens; 0 for all.", valueName: "n"))
    var topK: Int?

    @Option(help: ArgumentHelp("Only the fewest tokens that hold this share of the probability.", valueName: "p"))
    var topP: Double = 1

    @Option(help: ArgumentHelp("Only tokens at least this share as probable as the best.", valueName: "p"))
    var minP: Float = 0

    @Option(help: ArgumentHelp("Above 1, tokens that occurred become less probable.", valueName: "x"))
    var repetitionPenalty: Float = 1

    @Option(help: ArgumentHelp("What the random numbers follow from.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("The most tokens of a completion.", valueName: "n"))
    var maxTokens = 256

    @Option(
        name: .customLong("stop"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A text that ends a completion; it is left out. May be repeated.", valueName: "text"))
    var stops: [String] = []

    @Flag(help: "Go on after an end of sequence.")
    var ignoreEos = false

    @Option(help: ArgumentHelp("The most completions that are in work at a time.", valueName: "n"))
    var batchSize = 64

    func validate() throws {
        _ = try settings
        _ = try stopSequences
        guard (1...1 << 24).contains(maxTokens) else { throw ValidationError("--max-tokens wants 1 or more") }
        guard (1...4096).contains(batchSize) else {
            throw ValidationError("--batch-size wants a number from 1 to 4096")
        }
    }

    /// As asked for.
    var settings: SamplingSettings {
        get throws {
            do throws(SamplingError) {
                return try SamplingSettings(
                    temperature: temperature, topK: topK == 0 ? nil : topK, topP: topP, minP: minP,
                    repetitionPenalty: repetitionPenalty, seed: seed)
            } catch {
                throw ValidationError("\(error)")
            }
        }
    }

    /// The texts that end a completion.
    var stopSequences: StopSequences {
        get throws {
            do throws(SamplingError) {
                return try StopSequences(strings: stops)
            } catch {
                throw ValidationError("\(error)")
            }
        }
    }
}

/// Which model.
struct PolicyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The type of the weights in memory: fp32 or bf16. (default: bf16 where all are, else fp32)",
            valueName: "type"))
    var dtype: String?

    @Option(help: ArgumentHelp("A LoRA adapter (PEFT) that is added to the model.", valueName: "dir"))
    var adapter: String?

    func validate() throws { _ = try type }

    /// The type asked for.
    var type: ElementType? {
        get throws {
            guard let dtype else { return nil }
            guard let type = TensorType(named: dtype)?.elementType, type == .float32 || type == .bfloat16 else {
                throw ValidationError("--dtype wants fp32 or bf16")
            }
            return type
        }
    }

    /// Reads the weights and the adapter.
    func load(_ path: String, threads: Int, progress: ProgressLine) throws -> (TransformerWeights, LoRAAdapter?) {
        let weights = try TransformerWeights.load(
            path, type: try type, threads: threads, reading: CheckpointReading.guarded
        ) { done, total in
            progress.show("load", done: done, of: total, rate: { "\(Numbers.fixed($0 / 1e6, 1)) MB/s" })
        }
        progress.finish()
        let adapter = try adapter.map {
            try LoRAAdapter.load($0, for: weights.configuration, threads: threads)
        }
        return (weights, adapter)
    }
}

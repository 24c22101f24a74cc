public import Tensors

/// How fast rows of logits are compared.
public enum DivergenceSpeed {
    /// The seconds that comparing random rows takes, the best of some passes over them.
    ///
    /// - Parameters:
    ///   - rows: Rows on each side; all of them are in memory, far more than fits in caches if the measurement is to say much.
    ///   - vocabulary: Columns.
    ///   - type: Of both sides: `float16`, `bfloat16`, `float32` or `float64`.
    ///   - spread: The standard deviation of the differences between the two sides' logits; they are about 2.5 themselves.
    ///   - passes: How many; at least 1.
    public static func measure(
        _ team: ThreadTeam, rows: Int, vocabulary: Int, type: TensorType, spread: Double, passes: Int = 5
    ) -> Double {
        precondition(rows >= 1 && vocabulary >= 1 && passes >= 1, "there is something to measure")
        let reference = LogitBuffer(type: type, rows: rows, columns: vocabulary)
        let policy = LogitBuffer(type: type, rows: rows, columns: vocabulary)
        fill(reference, policy, spread: spread)
        let settings = DivergenceRows.Settings(vocabularySize: vocabulary)
        let targets = [Int32](repeating: 0, count: rows)
        var best = Duration.seconds(1_000_000)
        for _ in 0..<passes {
            let time = ContinuousClock().measure {
                do throws(LogitRowError) {
                    _ = try DivergenceRows.measure(
                        team, reference: LogitRows(reference, rows: 0..<rows),
                        policy: LogitRows(policy, rows: 0..<rows),
                        targets: targets, settings: settings)
                } catch {
                    preconditionFailure("random logits are finite")
                }
            }
            best = min(best, time)
        }
        return max(best.inSeconds, 1e-9)
    }

    /// Sums of uniform numbers, which look normal; each row is the first one turned by some columns.
    private static func fill(_ reference: LogitBuffer, _ policy: LogitBuffer, spread: Double) {
        let (rows, columns) = (reference.rowCapacity, reference.columns)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func normal() -> Double {
            var sum = 0.0
            for _ in 0..<6 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                sum += Double(state >> 11) * 0x1p-53 - 0.5
            }
            return sum * 1.4142135623730951
        }
        let x = (0..<columns).map { _ in Float(normal() * 2.5) }
        let y = x.map { $0 + Float(normal() * spread) }
        for (buffer, numbers) in [(reference, x), (policy, y)] {
            let width = columns * (buffer.type.bitWidth / 8)
            buffer.withBytes(rows: rows) { bytes in
                for row in 0..<rows {
                    let turn = row * 977 % columns
                    let turned = numbers[turn...] + numbers[..<turn]
                    turned.withUnsafeBytes { source in
                        _ = ElementConversion.convert(
                            source, from: .float32,
                            into: UnsafeMutableRawBufferPointer(rebasing: bytes[row * width..<(row + 1) * width]),
                            to: buffer.type)
                    }
                }
            }
        }
    }
}

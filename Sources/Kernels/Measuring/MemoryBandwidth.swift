import CLayers

/// How fast the threads of a team read memory together: the limit of decoding, which reads every weight once for each token.
public enum MemoryBandwidth {
    /// Bytes per second that are read from a buffer, the best of some passes over it.
    ///
    /// - Parameters:
    ///   - bytes: The size of the buffer, far above that of all caches; it is memory in use for the time of the call.
    ///   - passes: How many; at least 1.
    public static func read(_ team: ThreadTeam, bytes: Int = 1 << 29, passes: Int = 5) -> Double {
        precondition(bytes >= 1 << 20 && passes >= 1, "there is something to measure")
        let numbers = FloatBuffer(count: bytes / 4).row
        let sums = FloatBuffer(count: team.count * 16).row
        // Pages that were never written are all the same one, which would stay in the cache.
        team.divide(numbers.columns, multipleOf: 1024) { numbers.columns($0).fill(1) }
        var best = Duration.seconds(1_000_000)
        for _ in 0..<passes {
            let time = ContinuousClock().measure {
                team.run { thread in
                    let part = team.share(of: numbers.columns, multipleOf: 1024, thread: thread)
                    // The sum is kept, so that the reading is not left out.
                    sums[0, thread * 16] = clayers_read(
                        LayerLevel.best.rawValue, numbers.base + part.lowerBound, part.count)
                }
            }
            best = min(best, time)
        }
        return Double(numbers.columns * 4) / max(best.inSeconds, 1e-9)
    }
}

extension Duration {
    /// The duration in seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

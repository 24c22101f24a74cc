import Synchronization

/// A line on standard error that shows how far a job has come, rewritten in place.
final class ProgressLine: Sendable {
    private struct State {
        var lastShown: ContinuousClock.Instant?
        var isShown = false
    }

    private let isEnabled: Bool
    private let started = ContinuousClock.now
    private let state = Mutex(State())

    init(_ mode: ProgressMode) {
        isEnabled = mode == .always || (mode == .auto && StandardError.isTerminal)
    }

    /// Shows the state of the job, at most ten times a second.
    ///
    /// - Parameters:
    ///   - done: how much is done of `total`, in the unit of the rate.
    ///   - rate: what to call so much a second, such as 12.3 MB/s.
    func show(
        _ job: String, done: Int, of total: Int, rate: (Double) -> String, details: @autoclosure () -> String = ""
    ) {
        guard isEnabled else { return }
        let now = ContinuousClock.now
        let isDue = state.withLock { state in
            if let last = state.lastShown, now - last < .milliseconds(100), done < total { return false }
            state.lastShown = now
            state.isShown = true
            return true
        }
        guard isDue else { return }
        let elapsed = (now - started) / .seconds(1)
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 0
        var parts = ["\(job) \(Int(share * 100)) %"]
        if elapsed > 0 { parts.append(rate(min(Double(done) / elapsed, 1e15))) }
        let more = details()
        if !more.isEmpty { parts.append(more) }
        if share > 0, share < 1 { parts.append("\(Numbers.duration(elapsed * (1 - share) / share)) left") }
        StandardError.write("\r\u{1B}[K" + parts.joined(separator: " · "))
    }

    /// Takes the line away.
    func finish() {
        let wasShown = state.withLock { state in
            defer { state.isShown = false }
            return state.isShown
        }
        if wasShown { StandardError.write("\r\u{1B}[K") }
    }

    deinit {
        finish()
    }
}

import Glibc

/// How the learning rate goes over the updates of a phase, as `transformers.optimization` defines it.
///
/// With n updates before it, W updates of warm-up and T in all, the learning rate of an update is the peak times
///
/// | name | n < W | n >= W |
/// |---|---|---|
/// | `constant` | 1 | 1 |
/// | `constant_with_warmup` | n / W | 1 |
/// | `linear` | n / W | (T - n) / (T - W) |
/// | `cosine` | n / W | (1 + cos(pi (n - W) / (T - W))) / 2 |
///
/// With a warm-up the first update has the learning rate 0.
public struct LearningRateSchedule: Sendable, Hashable {
    /// The shape.
    public let shape: OptimizationSettings.ScheduleType
    /// The peak.
    public let peak: Double
    /// W, at least 0.
    public let warmupSteps: Int
    /// T, at least 1.
    public let steps: Int

    /// A schedule; numbers below their range count as its least.
    public init(_ shape: OptimizationSettings.ScheduleType, peak: Double, warmupSteps: Int = 0, steps: Int) {
        self.shape = shape
        self.peak = peak
        self.warmupSteps = max(0, warmupSteps)
        self.steps = max(1, steps)
    }

    /// The schedule of a phase of so many updates.
    public init(_ settings: OptimizationSettings, steps: Int) {
        self.init(
            settings.scheduleType, peak: settings.learningRate, warmupSteps: settings.warmupSteps(of: steps),
            steps: steps)
    }

    /// The learning rate of an update.
    ///
    /// - Parameter taken: updates before it, at least 0.
    public func learningRate(after taken: Int) -> Double { peak * factor(after: taken) }

    private func factor(after taken: Int) -> Double {
        if shape != .constant, taken < warmupSteps { return Double(taken) / Double(warmupSteps) }
        let rest = Double(max(1, steps - warmupSteps))
        switch shape {
        case .constant, .constantWithWarmup: return 1
        case .linear: return max(0, Double(steps - taken) / rest)
        case .cosine: return max(0, 0.5 * (1 + cos(Double.pi * Double(taken - warmupSteps) / rest)))
        }
    }
}

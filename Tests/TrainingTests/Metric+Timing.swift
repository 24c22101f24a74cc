import Training

extension Metric {
    /// Whether a clock says it, so that no two runs have the same.
    var isTimed: Bool { ["step_time", "eval_runtime", "timing_s/gen"].contains(name) }
}

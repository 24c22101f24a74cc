import Glibc

/// Where the axis of numbers from 0 up begins and ends.
enum AxisRange {
    /// From 0 to the largest number where they spread; where all lie in the upper half, close around them, with round ends.
    ///
    /// - Parameter numbers: those that are not finite, or below 0, have no say.
    static func around(_ numbers: some Sequence<Double>) -> ClosedRange<Double> {
        var (least, most) = (Double.infinity, 0.0)
        for number in numbers where number.isFinite && number >= 0 {
            (least, most) = (min(least, number), max(most, number))
        }
        guard least <= most, most > 1e-9 else { return 0...1 }
        guard least > most / 2, most < 1e100 else { return 0...most }
        // Equal numbers stand in the middle of a hundredth of their size.
        let spread = max(most - least, most / 100)
        let step = pow(10, floor(log10(spread))) / 2
        let margin = spread / 20
        return max(0, floor((least - margin) / step) * step)...(ceil((most + margin) / step) * step)
    }
}

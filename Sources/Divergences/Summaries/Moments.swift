/// The mean and the standard deviation of the finite ones of some numbers, in two passes.
struct Moments {
    /// How many are finite.
    private(set) var count = 0
    /// Their mean; NaN where there are none.
    private(set) var mean = Double.nan
    /// The sum of squared differences from the mean.
    private(set) var squares = 0.0

    init(_ values: some Collection<Double>) {
        guard let first = values.first(where: \.isFinite) else { return }
        // Differences from one of them: the mean of equal numbers is then that number, and they do not vary at all.
        var sum = 0.0
        for value in values where value.isFinite {
            sum += value - first
            count += 1
        }
        let mean = first + sum / Double(count)
        for value in values where value.isFinite { squares += (value - mean) * (value - mean) }
        self.mean = mean
    }

    /// Divided by the number; NaN where there are none.
    var standardDeviation: Double { count > 0 ? (squares / Double(count)).squareRoot() : .nan }

    /// Divided by one less than the number; NaN where there are fewer than two.
    var sampleStandardDeviation: Double { count > 1 ? (squares / Double(count - 1)).squareRoot() : .nan }

    /// Pearson's correlation of pairs; NaN where one side does not vary. Pairs that are not finite do not count.
    static func correlation(_ first: [Double], _ second: [Double]) -> Double {
        let pairs = zip(first, second).filter { $0.isFinite && $1.isFinite }
        let (a, b) = (Moments(pairs.map(\.0)), Moments(pairs.map(\.1)))
        var product = 0.0
        for pair in pairs { product += (pair.0 - a.mean) * (pair.1 - b.mean) }
        let scale = a.squares.squareRoot() * b.squares.squareRoot()
        return scale > 0 ? product / scale : .nan
    }
}

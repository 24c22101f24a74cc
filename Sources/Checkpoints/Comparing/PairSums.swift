/// Sums over pairs of elements.
struct PairSums {
    private(set) var changed = 0
    private(set) var nonFinite = 0
    private(set) var maximum = 0.0
    private(set) var differences = 0.0
    private(set) var firsts = 0.0
    private(set) var seconds = 0.0
    private(set) var products = 0.0

    /// Adds pairs.
    mutating func add(_ first: UnsafeBufferPointer<Double>, _ second: UnsafeBufferPointer<Double>) {
        let count = min(first.count, second.count)
        var (d, a, b, p) = (SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>())
        var largest = SIMD4<Double>()
        var different = SIMD4<Int64>()
        let (left, right) = (UnsafeRawBufferPointer(first), UnsafeRawBufferPointer(second))
        let whole = count & ~3
        for index in stride(from: 0, to: whole, by: 4) {
            let x = left.loadUnaligned(fromByteOffset: index * 8, as: SIMD4<Double>.self)
            let y = right.loadUnaligned(fromByteOffset: index * 8, as: SIMD4<Double>.self)
            let delta = y - x
            d += delta * delta
            a += x * x
            b += y * y
            p += x * y
            let magnitude = delta.replacing(with: -delta, where: delta .< 0)
            largest.replace(with: magnitude, where: magnitude .> largest)
            different.replace(with: different &+ 1, where: x .!= y)
        }
        // One element that is not finite shows in a sum.
        guard (d + a + b + p).sum().isFinite else { return addSlowly(first, second) }
        differences += d.sum()
        firsts += a.sum()
        seconds += b.sum()
        products += p.sum()
        maximum = max(maximum, largest.max())
        changed += Int(different.wrappedSum())
        for index in whole..<count { add(first[index], second[index]) }
    }

    private mutating func addSlowly(_ first: UnsafeBufferPointer<Double>, _ second: UnsafeBufferPointer<Double>) {
        for (x, y) in zip(first, second) { add(x, y) }
    }

    private mutating func add(_ x: Double, _ y: Double) {
        if x != y, !(x.isNaN && y.isNaN) { changed += 1 }
        guard x.isFinite, y.isFinite else {
            nonFinite += 1
            return
        }
        let delta = y - x
        differences += delta * delta
        firsts += x * x
        seconds += y * y
        products += x * y
        maximum = max(maximum, delta.magnitude)
    }

    /// Takes over the sums of other pairs; in order.
    mutating func merge(_ other: PairSums) {
        changed += other.changed
        nonFinite += other.nonFinite
        maximum = max(maximum, other.maximum)
        differences += other.differences
        firsts += other.firsts
        seconds += other.seconds
        products += other.products
    }

    /// (A, B) / (||A|| ||B||).
    var cosine: Double? {
        let scale = firsts.squareRoot() * seconds.squareRoot()
        guard scale > 0, scale.isFinite else { return nil }
        return min(1, max(-1, products / scale))
    }
}

import CKernels

/// Arithmetic on vectors of `Float`, at the speed of memory. Every operation is rounded to nearest on its own, so that the
/// results are the same bits on every processor. Vectors of different lengths are a programmer's error.
public enum VectorKernels {
    /// y += factor x: the product is rounded, then the sum.
    public static func accumulate(
        _ target: UnsafeMutableBufferPointer<Float>, adding source: UnsafeBufferPointer<Float>, times factor: Float
    ) {
        accumulate(target, adding: source, times: factor, level: .best)
    }

    static func accumulate(
        _ target: UnsafeMutableBufferPointer<Float>, adding source: UnsafeBufferPointer<Float>, times factor: Float,
        level: VectorLevel
    ) {
        precondition(target.count == source.count, "vectors have the same length")
        guard let x = UnsafeRawPointer(source.baseAddress), let y = UnsafeMutableRawPointer(target.baseAddress) else {
            return
        }
        ckernels_accumulate(
            level.rawValue, x.assumingMemoryBound(to: UInt8.self), factor, y.assumingMemoryBound(to: UInt8.self),
            target.count)
    }

    /// y *= factor.
    public static func scale(_ target: UnsafeMutableBufferPointer<Float>, by factor: Float) {
        scale(target, by: factor, level: .best)
    }

    static func scale(_ target: UnsafeMutableBufferPointer<Float>, by factor: Float, level: VectorLevel) {
        guard let y = UnsafeMutableRawPointer(target.baseAddress) else { return }
        ckernels_scale(level.rawValue, factor, y.assumingMemoryBound(to: UInt8.self), target.count)
    }

    /// y = a - b; the target may be one of the sources.
    public static func subtract(
        _ first: UnsafeBufferPointer<Float>, minus second: UnsafeBufferPointer<Float>,
        into target: UnsafeMutableBufferPointer<Float>
    ) {
        subtract(first, minus: second, into: target, level: .best)
    }

    static func subtract(
        _ first: UnsafeBufferPointer<Float>, minus second: UnsafeBufferPointer<Float>,
        into target: UnsafeMutableBufferPointer<Float>, level: VectorLevel
    ) {
        precondition(first.count == second.count && first.count == target.count, "vectors have the same length")
        guard let a = UnsafeRawPointer(first.baseAddress), let b = UnsafeRawPointer(second.baseAddress),
            let y = UnsafeMutableRawPointer(target.baseAddress)
        else { return }
        ckernels_subtract(
            level.rawValue, a.assumingMemoryBound(to: UInt8.self), b.assumingMemoryBound(to: UInt8.self),
            y.assumingMemoryBound(to: UInt8.self), target.count)
    }

    /// The sum of a b, in `Double`: every product is exact, and the sum is of blocks of 4,096 products in eight lanes.
    public static func dot(_ first: UnsafeBufferPointer<Float>, _ second: UnsafeBufferPointer<Float>) -> Double {
        dot(first, second, level: .best)
    }

    static func dot(
        _ first: UnsafeBufferPointer<Float>, _ second: UnsafeBufferPointer<Float>, level: VectorLevel
    ) -> Double {
        precondition(first.count == second.count, "vectors have the same length")
        guard let a = UnsafeRawPointer(first.baseAddress), let b = UnsafeRawPointer(second.baseAddress) else {
            return 0
        }
        return ckernels_dot(
            level.rawValue, a.assumingMemoryBound(to: UInt8.self), b.assumingMemoryBound(to: UInt8.self), first.count)
    }

    /// The sum of a², in `Double`.
    public static func sumOfSquares(_ vector: UnsafeBufferPointer<Float>) -> Double { dot(vector, vector) }
}

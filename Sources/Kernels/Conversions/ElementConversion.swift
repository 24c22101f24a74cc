import CKernels
public import Tensors

/// Conversions of the elements of tensors from one type to another, at the speed of memory.
///
/// Every conversion rounds once, from the source itself, to the nearest number, ties to even (IEEE 754, roundTiesToEven).
/// What the target holds exactly stays exact, subnormal numbers too. Beyond the largest finite number is infinity. E4M3, which
/// has none, has NaN there (above 464) and for infinity, as `ml_dtypes` and older releases of PyTorch have it; PyTorch 2.15
/// gives 448. A NaN stays a NaN with its sign and the upper bits of its payload, made quiet, on every processor. Only a copy,
/// from a type to itself, leaves a signalling NaN as it is. A boolean is 0 or 1; every byte but 0 is 1.
public enum ElementConversion {
    /// Whether `convert` takes these types.
    ///
    /// From: every float of at least a byte, every integer, and booleans. To: `float64`, `float32`, `float16`, `bfloat16`,
    /// `float8E4M3` and `float8E5M2`. From a type to itself: always.
    public static func isSupported(from source: TensorType, to target: TensorType) -> Bool {
        if source == target { return true }
        switch target {
        case .float64, .float32, .float16, .bfloat16, .float8E4M3, .float8E5M2: return source.kernelType != nil
        default: return false
        }
    }

    /// Converts elements, and says how many overflowed or underflowed.
    ///
    /// The types have to be supported, both buffers have to hold the same number of whole elements, and they must not
    /// overlap: anything else is a programmer's error. They may begin at any address. Takes time linear in their size, no
    /// memory, and one thread; blocks of about a megabyte stay in the cache for what is done with them next.
    @discardableResult
    public static func convert(
        _ source: UnsafeRawBufferPointer, from sourceType: TensorType, into target: UnsafeMutableRawBufferPointer,
        to targetType: TensorType
    ) -> ConversionCounts {
        convert(source, from: sourceType, into: target, to: targetType, level: .best)
    }

    static func convert(
        _ source: UnsafeRawBufferPointer, from sourceType: TensorType, into target: UnsafeMutableRawBufferPointer,
        to targetType: TensorType, level: VectorLevel
    ) -> ConversionCounts {
        if sourceType == targetType {
            precondition(source.count == target.count, "a copy has the size of what is copied")
            target.copyMemory(from: source)
            return ConversionCounts()
        }
        guard isSupported(from: sourceType, to: targetType), let from = sourceType.kernelType,
            let to = targetType.kernelType
        else { preconditionFailure("\(sourceType.name) is not converted to \(targetType.name)") }
        let count = source.count / (sourceType.bitWidth / 8)
        precondition(
            source.count == count * (sourceType.bitWidth / 8) && target.count == count * (targetType.bitWidth / 8),
            "both buffers hold the same number of whole elements")
        guard let input = source.baseAddress, let output = target.baseAddress, count > 0 else {
            return ConversionCounts()
        }
        precondition(
            input + source.count <= UnsafeRawPointer(output) || UnsafeRawPointer(output) + target.count <= input,
            "the buffers must not overlap")
        var losses = ckernels_losses()
        let converted = ckernels_convert(
            level.rawValue, from, to, input.assumingMemoryBound(to: UInt8.self),
            output.assumingMemoryBound(to: UInt8.self), count, &losses)
        precondition(converted != 0, "\(sourceType.name) is not converted to \(targetType.name)")
        return ConversionCounts(overflowed: losses.overflowed, underflowed: losses.underflowed)
    }
}

/// The weighted sum, divided by the sum of the weights where that is wanted.
///
/// In the precision of `Number`, model after model, as mergekit computes it: `(w0 x0 + w1 x1 + ...) / (w0 + w1 + ...)`.
struct LinearMerge<Number: MergeNumber>: MergeArithmetic {
    let weights: [Number]
    let normalizes: Bool

    init(_ parameters: TensorMergeParameters, normalizes: Bool) {
        weights = parameters.weights.map { Number($0) }
        self.normalizes = normalizes
    }

    func combine(
        _ sources: [UnsafeMutableBufferPointer<Number>], block: Int, of input: MergeInput<Number>,
        into target: UnsafeMutableBufferPointer<Number>, _ scratch: MergeScratch
    ) {
        for (number, source) in sources.enumerated() {
            if number == 0 {
                MergeLoops.multiply(source, by: weights[number], into: target)
            } else {
                MergeLoops.add(source, times: weights[number], to: target)
            }
        }
        guard normalizes else { return }
        let sum = weights.reduce(0, +)
        // Dividing by one would cost a pass and change nothing.
        guard sum != 1 else { return }
        MergeLoops.divide(target, by: sum)
    }
}

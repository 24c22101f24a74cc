import Glibc
import Kernels

/// Attention in `Double`, straight from its definition.
struct LayersAttentionReference {
    let shape: Attention.Shape
    let offsets: [Int]
    var queries: [[Double]]
    var keys: [[Double]]
    var values: [[Double]]

    /// Where each token's sequence begins.
    private var begins: [Int] {
        zip(offsets, offsets.dropFirst()).flatMap { Array(repeating: $0, count: $1 - $0) }
    }

    /// Output and logs of the sums, [tokens][columns] and [heads][tokens].
    func forward() -> (output: [[Double]], logSums: [[Double]]) {
        var output = queries.map { $0.map { _ in 0.0 } }
        var logSums = Array(repeating: Array(repeating: 0.0, count: queries.count), count: shape.queryHeads)
        visit { head, token, seen, weights, logSum in
            logSums[head][token] = logSum
            for (weight, other) in zip(weights, seen) {
                for i in 0..<shape.headWidth {
                    output[token][head * shape.headWidth + i] += weight * values[other][keyColumn(head) + i]
                }
            }
        }
        return (output, logSums)
    }

    /// Gradients under the output's.
    func backward(_ gradient: [[Double]]) -> (queries: [[Double]], keys: [[Double]], values: [[Double]]) {
        var forQueries = queries.map { $0.map { _ in 0.0 } }
        var forKeys = keys.map { $0.map { _ in 0.0 } }, forValues = forKeys
        let width = shape.headWidth, scale = Double(shape.scale)
        visit { head, token, seen, weights, _ in
            let q = head * width, k = keyColumn(head)
            let products = seen.map { other in
                (0..<width).reduce(0.0) { $0 + gradient[token][q + $1] * values[other][k + $1] }
            }
            let mean = zip(weights, products).reduce(0.0) { $0 + $1.0 * $1.1 }
            for (index, other) in seen.enumerated() {
                let slope = weights[index] * (products[index] - mean) * scale
                for i in 0..<width {
                    forQueries[token][q + i] += slope * keys[other][k + i]
                    forKeys[other][k + i] += slope * queries[token][q + i]
                    forValues[other][k + i] += weights[index] * gradient[token][q + i]
                }
            }
        }
        return (forQueries, forKeys, forValues)
    }

    private func keyColumn(_ head: Int) -> Int { head / (shape.queryHeads / shape.keyHeads) * shape.headWidth }

    private func visit(_ body: (Int, Int, Range<Int>, [Double], Double) -> Void) {
        let begins = begins, width = shape.headWidth
        for head in 0..<shape.queryHeads {
            for token in queries.indices {
                let first = max(begins[token], token - (shape.window ?? token + 1) + 1)
                let scores = (first...token).map { other in
                    (0..<width).reduce(0.0) {
                        $0 + queries[token][head * width + $1] * keys[other][keyColumn(head) + $1]
                    } * Double(shape.scale)
                }
                let largest = scores.max() ?? 0
                let sum = scores.reduce(0.0) { $0 + exp($1 - largest) }
                body(head, token, first..<token + 1, scores.map { exp($0 - largest) / sum }, largest + log(sum))
            }
        }
    }
}

import Glibc
import Testing

@testable import Kernels

@Suite struct LayersRowTests {
    private static let threads = [1, 2, 3, 5]

    private static func norm(_ x: [Double], _ weight: [Double], _ epsilon: Double) -> [Double] {
        let root = 1 / sqrt(x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + epsilon)
        return zip(x, weight).map { $0 * root * $1 }
    }

    /// Of f at x under the weights g of its results, by central differences.
    private static func slopes(_ x: [Double], _ g: [Double], _ f: ([Double]) -> [Double]) -> [Double] {
        func loss(_ x: [Double]) -> Double { zip(f(x), g).reduce(0) { $0 + $1.0 * $1.1 } }
        return x.indices.map { i in
            var above = x, below = x
            above[i] += 1e-5
            below[i] -= 1e-5
            return (loss(above) - loss(below)) / 2e-5
        }
    }

    @Test(arguments: LayerLevel.available, [false, true])
    func rmsNorm(_ level: LayerLevel, _ bfloat16: Bool) {
        for (tokens, heads, width) in [(1, 1, 1), (3, 1, 100), (130, 1, 64), (70, 3, 24), (65, 2, 7)] {
            var random = LayersRandom(tokens)
            let input = random.matrix(tokens, heads * width), gradient = random.matrix(tokens, heads * width)
            let scale = (0..<width).map { _ in
                Float(bitPattern: (1 + random.number() / 2).bitPattern & 0xFFFF_0000)
            }
            let weight = LayersSamples.weights([scale], bfloat16: bfloat16), numbers = scale.map(Double.init)
            let expected = LayersSamples.numbers(input).map { row in
                (0..<heads).flatMap { Self.norm(Array(row[$0 * width..<($0 + 1) * width]), numbers, 1e-3) }
            }
            var weightSlopes = Array(repeating: 0.0, count: width)
            let slopes = zip(LayersSamples.numbers(input), LayersSamples.numbers(gradient)).map { row, g in
                (0..<heads).flatMap { head -> [Double] in
                    let x = Array(row[head * width..<(head + 1) * width])
                    let g = Array(g[head * width..<(head + 1) * width])
                    let forWeight = Self.slopes(numbers, g) { Self.norm(x, $0, 1e-3) }
                    for (i, slope) in forWeight.enumerated() { weightSlopes[i] += slope }
                    return Self.slopes(x, g) { Self.norm($0, numbers, 1e-3) }
                }
            }
            var results: Set<[[UInt32]]> = []
            for threads in Self.threads {
                let team = ThreadTeam(count: threads), output = LayersSamples.apart(tokens, heads * width)
                let roots = FloatBuffer(count: tokens * heads).row, weightGradient = FloatBuffer(count: width).row
                RMSNorm.forward(
                    team: team, input: input, heads: heads, weight: weight, epsilon: 1e-3, output: output,
                    inverseRoots: roots, level: level)
                #expect(LayersSamples.difference(output, expected) < 2e-6)
                let inputGradient = LayersSamples.apart(tokens, heads * width)
                inputGradient.fill(1)
                weightGradient.fill(1)
                RMSNorm.backward(
                    team: team, input: input, heads: heads, weight: weight, inverseRoots: roots,
                    outputGradient: gradient, inputGradient: inputGradient, accumulates: true,
                    weightGradient: weightGradient, level: level)
                #expect(LayersSamples.difference(inputGradient, slopes.map { $0.map { $0 + 1 } }) < 1e-5)
                #expect(LayersSamples.difference(weightGradient, [weightSlopes.map { $0 + 1 }]) < 2e-5)
                results.insert(LayersSamples.bits(inputGradient) + LayersSamples.bits(weightGradient))
                let inPlace = LayersSamples.apart(tokens, heads * width)
                inPlace.copy(gradient)
                RMSNorm.backward(
                    team: team, input: input, heads: heads, weight: weight, inverseRoots: roots,
                    outputGradient: inPlace, inputGradient: inPlace, accumulates: false, weightGradient: nil,
                    level: level)
                #expect(LayersSamples.difference(inPlace, slopes) < 1e-5)
            }
            #expect(results.count == 1)
        }
    }

    @Test(arguments: LayerLevel.available)
    func rotary(_ level: LayerLevel) {
        for (heads, width) in [(1, 2), (2, 16), (3, 64), (2, 10)] {
            var random = LayersRandom(width)
            let vectors = random.matrix(7, heads * width), before = LayersSamples.numbers(vectors)
            let cosines = LayersSamples.apart(20, width / 2), sines = LayersSamples.apart(20, width / 2)
            for position in 0..<20 {
                for i in 0..<width / 2 {
                    cosines[position, i] = Float(cos(Double(position * (i + 1))))
                    sines[position, i] = Float(sin(Double(position * (i + 1))))
                }
            }
            let positions: [Int32] = [0, 19, 3, 3, 7, 1, 12], team = ThreadTeam(count: 3)
            Rotary.apply(
                team: team, vectors: vectors, heads: heads, positions: positions, cosines: cosines, sines: sines,
                inverse: false, level: level)
            let expected = zip(before, positions).map { row, position in
                row.indices.map { column -> Double in
                    let half = width / 2, i = column % width, base = column - i
                    let angle = Double(Int(position) * (i % half + 1))
                    let other = i < half ? -row[base + i + half] : row[base + i - half]
                    return row[column] * cos(angle) + other * sin(angle)
                }
            }
            #expect(LayersSamples.difference(vectors, expected) < 5e-7)
            Rotary.apply(
                team: team, vectors: vectors, heads: heads, positions: positions, cosines: cosines, sines: sines,
                inverse: true, level: level)
            #expect(LayersSamples.difference(vectors, before) < 5e-7)
        }
    }

    @Test(arguments: LayerLevel.available)
    func gatedUnit(_ level: LayerLevel) {
        func unit(_ gate: Double, _ up: Double) -> Double { gate / (1 + exp(-gate)) * up }
        for width in [1, 7, 16, 37] {
            var random = LayersRandom(width)
            let gate = random.matrix(9, width, scale: 8), up = random.matrix(9, width)
            let gradient = random.matrix(9, width), output = LayersSamples.apart(9, width)
            gate[0, 0] = -200
            gate[1, 0] = 200
            let team = ThreadTeam(count: 2)
            let gates = LayersSamples.numbers(gate), ups = LayersSamples.numbers(up)
            let slopes = LayersSamples.numbers(gradient)
            GatedUnit.forward(team: team, gate: gate, up: up, output: output, level: level)
            let expected = zip(gates, ups).map { zip($0, $1).map(unit) }
            for row in 0..<9 {
                for column in 0..<width {
                    let error = abs(Double(output[row, column]) - expected[row][column])
                    #expect(error <= 4e-7 * max(abs(expected[row][column]), 1e-30))
                }
            }
            // In place: over an input and over the gradient.
            GatedUnit.backward(
                team: team, gate: gate, up: up, outputGradient: gradient, gateGradient: gate, upGradient: gradient,
                level: level)
            let forGates = gates.indices.map { row in
                gates[row].indices.map { column in
                    let x = gates[row][column], u = ups[row][column]
                    return slopes[row][column] * (unit(x + 1e-5, u) - unit(x - 1e-5, u)) / 2e-5
                }
            }
            let forUps = gates.indices.map { row in
                gates[row].indices.map { slopes[row][$0] * unit(gates[row][$0], 1) }
            }
            #expect(LayersSamples.difference(gate, forGates) < 2e-6)
            for row in 0..<9 {
                for column in 0..<width {
                    let error = abs(Double(gradient[row, column]) - forUps[row][column])
                    #expect(error <= 4e-7 * max(abs(forUps[row][column]), 1e-30))
                }
            }
        }
    }

    @Test(arguments: LayerLevel.available, [false, true])
    func embedding(_ level: LayerLevel, _ bfloat16: Bool) {
        var random = LayersRandom(4)
        let rows = (0..<11).map { _ in
            (0..<37).map { _ in Float(bitPattern: random.number().bitPattern & 0xFFFF_0000) }
        }
        let table = LayersSamples.weights(rows, bfloat16: bfloat16)
        let ids = (0..<200).map { _ in Int32(random.bits() % 10) } + [10, 0, 10]
        let gradient = random.matrix(ids.count, 37)
        var expected = Array(repeating: Array(repeating: 1.0, count: 37), count: 11)
        for (id, row) in zip(ids, LayersSamples.numbers(gradient)) {
            for (column, value) in row.enumerated() { expected[Int(id)][column] += value }
        }
        var results: Set<[[UInt32]]> = []
        for threads in Self.threads {
            let team = ThreadTeam(count: threads), output = LayersSamples.apart(ids.count, 37)
            Embedding.forward(team: team, table: table, ids: ids, output: output, level: level)
            #expect((0..<ids.count).allSatisfy { output.array(row: $0) == rows[Int(ids[$0])] })
            let tableGradient = LayersSamples.apart(11, 37)
            tableGradient.fill(1)
            Embedding.backward(
                team: team, ids: ids, outputGradient: gradient, tableGradient: tableGradient, level: level)
            #expect(LayersSamples.difference(tableGradient, expected) < 1e-5)
            results.insert(LayersSamples.bits(tableGradient))
        }
        #expect(results.count == 1)
    }

    @Test(arguments: LayerLevel.available)
    func sums(_ level: LayerLevel) {
        var random = LayersRandom(5)
        let rows = random.matrix(200, 131), bias = (0..<131).map { _ in random.number() }
        let numbers = LayersSamples.numbers(rows)
        let expected = [(0..<131).map { column in numbers.reduce(1.0) { $0 + $1[column] } }]
        var results: Set<[[UInt32]]> = []
        for threads in Self.threads {
            let team = ThreadTeam(count: threads), sums = FloatBuffer(count: 131).row
            sums.fill(1)
            RowSums.add(team: team, rows: rows, to: sums, level: level)
            #expect(LayersSamples.difference(sums, expected) < 1e-5)
            results.insert(LayersSamples.bits(sums))
            let target = LayersSamples.apart(200, 131)
            RowSums.add(team: team, rows, into: target, level: level)
            RowSums.add(team: team, bias: LayersSamples.weights([bias]), to: target, level: level)
            let total = numbers.map { zip($0, bias).map { $0 + Double($1) } }
            #expect(LayersSamples.difference(target, total) < 2e-7)
        }
        #expect(results.count == 1)
    }
}

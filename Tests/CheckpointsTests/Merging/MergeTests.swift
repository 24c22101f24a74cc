import Glibc
import Tensors
import TestFixtures
import Testing

@testable import Checkpoints

/// Merges against the formulas, element by element, in doubles.
@Suite struct MergeTests {
    /// Elements of several blocks, so that what holds for the whole tensor crosses their borders.
    static let count = (1 << 17) * 2 + 77

    static func numbers(_ seed: UInt64, count: Int = count) -> [Float] {
        var generator = SplitMix(seed: seed)
        return (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
    }

    /// A model near a base: most steps are small multiples of one size, so that magnitudes are often equal.
    static func near(_ base: [Float], _ seed: UInt64) -> [Float] {
        var generator = SplitMix(seed: seed)
        return base.map { $0 + Float(Int.random(in: -3...3, using: &generator)) * 0x1p-6 }
    }

    static func write(_ tensors: [(name: String, values: [Float])], to path: String) throws -> Checkpoint {
        let descriptions = tensors.map {
            TensorDescription(name: $0.name, type: .float32, shape: [$0.values.count])
        }
        let sink = try CheckpointFormat.safetensors.makeSink(path, tensors: descriptions, options: WritingOptions())
        for (index, tensor) in tensors.enumerated() {
            try tensor.values.withUnsafeBytes { try sink.write($0, tensor: index, at: 0, turn: index) }
        }
        try sink.commit()
        return try Checkpoint.open(path)
    }

    static func read(_ checkpoint: Checkpoint, _ name: String) throws -> [Float] {
        let tensor = try #require(checkpoint.tensor(named: name))
        var values = [Float](repeating: 0, count: tensor.elementCount)
        try values.withUnsafeMutableBytes { try checkpoint.reader(of: tensor).read(at: 0, into: $0) }
        return values
    }

    /// Merges tensors named "x", once with one thread and once with three, which must agree.
    static func merge(
        _ settings: MergeSettings, _ models: [[Float]], base: [Float]? = nil, name: String = "x"
    ) throws -> [Float] {
        let directory = try TemporaryDirectory()
        let opened = try models.enumerated().map {
            try write([("other", [1, 2]), (name, $0.element)], to: directory.file("m\($0.offset).safetensors"))
        }
        let base = try base.map { try write([(name, $0), ("other", [1, 2])], to: directory.file("base.safetensors")) }
        let results = try [1, 3].map { threads in
            let merge = try CheckpointMerge(settings, models: opened, base: base)
            let path = directory.file("out\(threads).safetensors")
            var conversion = CheckpointConversion()
            conversion.threads = threads
            let report = try merge.run(to: path, format: .safetensors, conversion: conversion)
            #expect(merge.mergedCount == 2 && report.tensorCount == 2)
            return try read(try Checkpoint.open(path), name)
        }
        #expect(results[0] == results[1])
        return results[0]
    }

    static func expectClose(
        _ found: [Float], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(found.count == expected.count, sourceLocation: sourceLocation)
        let worst = zip(found, expected).map { abs(Double($0) - $1) / max(1, abs($1)) }.max() ?? 0
        #expect(worst <= 1e-6, sourceLocation: sourceLocation)
    }

    @Test func linear() throws {
        let (a, b) = (Self.numbers(1), Self.numbers(2))
        var settings = MergeSettings(.linear)
        settings.weights = [0.3, 0.9]
        let expected = zip(a, b).map { ($0 * Float(0.3) + $1 * Float(0.9)) / (Float(0.3) + Float(0.9)) }
        #expect(try Self.merge(settings, [a, b]) == expected)
        settings.isNormalized = false
        #expect(try Self.merge(settings, [a, b]) == zip(a, b).map { $0 * Float(0.3) + $1 * Float(0.9) })
        settings = MergeSettings(.linear)
        #expect(try Self.merge(settings, [a]) == a)
    }

    @Test func slerp() throws {
        let (a, b) = (Self.numbers(1), Self.numbers(2))
        var settings = MergeSettings(.slerp)
        settings.interpolation = 0.25
        func dot(_ x: [Float], _ y: [Float]) -> Double { zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        let angle = acosine(dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot())
        let factors = (sine(0.75 * angle) / sine(angle), sine(0.25 * angle) / sine(angle))
        Self.expectClose(
            try Self.merge(settings, [a, b]), zip(a, b).map { factors.0 * Double($0) + factors.1 * Double($1) })
        // Almost parallel: the straight line.
        let near = a.map { $0 * 2 }
        #expect(
            try Self.merge(settings, [a, near]) == zip(a, near).map { Float(0.75) * $0 + Float(0.25) * $1 })
        let zero = [Float](repeating: 0, count: 5)
        #expect(try Self.merge(settings, [zero, zero]) == zero)
        #expect(throws: CheckpointError.self) { try Self.merge(settings, [[1, .nan], [1, 2]]) }
    }

    @Test func taskArithmetic() throws {
        let base = Self.numbers(1)
        let models = [Self.near(base, 2), Self.near(base, 3)]
        var settings = MergeSettings(.taskArithmetic)
        settings.weights = [0.5, -0.25]
        settings.lambda = 0.5
        let expected = base.indices.map { index in
            Double(base[index]) + 0.5
                * (0.5 * Double(models[0][index] - base[index]) - 0.25 * Double(models[1][index] - base[index]))
        }
        Self.expectClose(try Self.merge(settings, models, base: base), expected)
    }

    /// Trims by sorting, which the implementation does not do.
    static func trimmed(_ base: [Float], _ model: [Float], _ density: Double) -> [Double] {
        let differences = zip(model, base).map { $0 - $1 }
        let kept = max(1, Int(density * Double(base.count)))
        let order = differences.indices.sorted {
            (-abs(differences[$0]), $0) < (-abs(differences[$1]), $1)
        }
        var result = [Double](repeating: 0, count: base.count)
        for index in order.prefix(kept) { result[index] = Double(differences[index]) }
        return result
    }

    static func elected(
        _ base: [Float], _ parts: [[Double]], weights: [Double], normalizes: Bool, byCount: Bool = false
    ) -> [Double] {
        base.indices.map { index in
            let products = parts.indices.map { parts[$0][index] * weights[$0] }
            let votes =
                byCount ? products.map { $0 > 0 ? 1.0 : $0 < 0 ? -1 : 0 } : products
            let sign = votes.reduce(0, +) >= 0 ? 1.0 : -1
            var (sum, divisor) = (0.0, 0.0)
            for (number, product) in products.enumerated() where product * sign > 0 {
                sum += product
                divisor += weights[number]
            }
            return Double(base[index]) + (normalizes ? sum / (divisor == 0 ? 1 : divisor) : sum)
        }
    }

    @Test(arguments: [0.1, 0.5, 0.93, 1], [false, true])
    func ties(_ density: Double, byCount: Bool) throws {
        let base = Self.numbers(1)
        let models = [Self.near(base, 2), Self.near(base, 3), Self.numbers(4)]
        var settings = MergeSettings(.ties)
        settings.densities = [density, density, 0.2]
        settings.weights = [1, 0.5, 0.25]
        settings.election = byCount ? .count : .sum
        let parts = [
            Self.trimmed(base, models[0], density), Self.trimmed(base, models[1], density),
            Self.trimmed(base, models[2], 0.2),
        ]
        Self.expectClose(
            try Self.merge(settings, models, base: base),
            Self.elected(base, parts, weights: [1, 0.5, 0.25], normalizes: true, byCount: byCount))
    }

    /// Of elements of one magnitude exactly so many are kept, the first ones.
    @Test func equalMagnitudesAreKeptInOrder() throws {
        let count = Self.count
        let base = [Float](repeating: 0, count: count)
        let model = (0..<count).map { $0 % 2 == 0 ? Float(1) : -1 }
        var settings = MergeSettings(.ties)
        settings.densities = [0.6]
        let found = try Self.merge(settings, [model], base: base)
        let kept = Int(0.6 * Double(count))
        #expect(found.prefix(kept).elementsEqual(model.prefix(kept)))
        #expect(found.dropFirst(kept).allSatisfy { $0 == 0 })
        settings.densities = [1e-9]
        #expect(try Self.merge(settings, [model], base: base).count { $0 != 0 } == 1)
    }

    @Test(arguments: [MergeRescaling.none, .density, .l1])
    func dare(_ rescaling: MergeRescaling) throws {
        let base = Self.numbers(1)
        let models = [Self.numbers(2), Self.numbers(3)]
        let masks = (0..<2).map { RandomMask(name: "x", seed: 7, model: $0, density: 0.4) }
        let parts = models.indices.map { model in
            let all = zip(models[model], base).map { Double($0 - $1) }
            let kept = all.indices.map { masks[model].keeps($0) ? all[$0] : 0 }
            #expect(abs(Double(kept.count { $0 != 0 }) / Double(kept.count) - 0.4) < 0.01)
            let before = all.reduce(0) { $0 + abs($1) }
            let after = kept.reduce(0) { $0 + abs($1) }
            let factor: Double = rescaling == .none ? 1 : rescaling == .density ? 1 / 0.4 : before / after
            return kept.map { $0 * factor }
        }
        var settings = MergeSettings(.dareLinear)
        settings.seed = 7
        settings.densities = [0.4]
        settings.rescaling = rescaling
        Self.expectClose(
            try Self.merge(settings, models, base: base),
            base.indices.map { Double(base[$0]) + parts[0][$0] + parts[1][$0] })
        settings.method = .dareTies
        Self.expectClose(
            try Self.merge(settings, models, base: base),
            Self.elected(base, parts, weights: [1, 1], normalizes: false))
        if rescaling == .density {
            settings.rescaling = nil
            Self.expectClose(
                try Self.merge(settings, models, base: base),
                Self.elected(base, parts, weights: [1, 1], normalizes: false))
        }
    }

    @Test func whatIsDroppedDependsOnNameSeedAndModel() throws {
        let base = [Float](repeating: 0, count: 1000)
        let ones = [Float](repeating: 1, count: 1000)
        var settings = MergeSettings(.dareLinear)
        settings.densities = [0.5]
        let first = try Self.merge(settings, [ones], base: base)
        #expect(try Self.merge(settings, [ones], base: base) == first)
        #expect(try Self.merge(settings, [ones], base: base, name: "y") != first)
        #expect(try Self.merge(settings, [ones, ones], base: base).contains(2))
        settings.seed = 1
        #expect(try Self.merge(settings, [ones], base: base) != first)
    }

    /// Any reads must give the bytes that whole ones do.
    @Test func readsAtAnyPlace() throws {
        let directory = try TemporaryDirectory()
        let base = Self.numbers(1)
        let checkpoint = try Self.write([("x", base)], to: directory.file("b.safetensors"))
        let model = try Self.write([("x", Self.near(base, 2))], to: directory.file("m.safetensors"))
        var settings = MergeSettings(.ties)
        settings.densities = [0.37]
        let reader = try CheckpointMerge(settings, models: [model], base: checkpoint).tensors[0].source.reader()
        var whole = [UInt8](repeating: 0, count: base.count * 4)
        try whole.withUnsafeMutableBytes { try reader.read(at: 0, into: $0) }
        for (offset, count) in [(0, 4), (5, 9), ((1 << 19) - 8, 16), (whole.count - 3, 3), (4096, 1 << 19)] {
            var part = [UInt8](repeating: 0, count: count)
            try part.withUnsafeMutableBytes { try reader.read(at: offset, into: $0) }
            #expect(part.elementsEqual(whole[offset..<offset + count]))
        }
    }
}

private func sine(_ x: Double) -> Double { Glibc.sin(x) }
private func acosine(_ x: Double) -> Double { Glibc.acos(x) }

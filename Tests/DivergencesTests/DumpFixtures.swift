import Foundation
import JSON
import Kernels
import TestFixtures

@testable import Divergences

/// What the tests of dumps share.
enum DumpFixtures {
    static func golden(_ name: String) -> String { (Bundle.module.resourcePath ?? ".") + "/Goldens/dumps/" + name }

    static func expected() throws -> JSONNode {
        JSONNode(try JSONDocument.contents(ofFileAt: golden("expected.json")).root)
    }

    /// What a comparison writes.
    struct Found {
        var findings: DumpFindings
        var settings: JSONNode
        var statistics: [TokenStatistic: [Double]] = [:]
        var counts: [TokenCount: [Int32]] = [:]
        var segments: [Segment]
        var offsets: [Int]
        var names: [String]
        var topP: [Int32]
        var topQ: [Int32]

        subscript(statistic: TokenStatistic) -> [Double] { statistics[statistic] ?? [] }
        subscript(count: TokenCount) -> [Int32] { counts[count] ?? [] }
    }

    static func compare(
        _ reference: PolicyDump, _ policy: PolicyDump, tokens: TokenPlan? = nil, files: [TokenColumnFile] = [],
        settings: DumpComparison.Settings = .init(), progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Found {
        let directory = try TemporaryDirectory()
        let comparison = try DumpComparison(
            reference: reference, policy: policy, tokens: tokens, files: files, settings: settings)
        let writer = try DiagnosisWriter(creating: directory.file("d.h5"), topWidth: settings.topWidth)
        let findings = try comparison.run(ThreadTeam(count: 2), into: writer, progress: progress)
        let description = comparison.describe(findings)
        try writer.finish(
            settings: description, provenance: ["kedge_version": "0", "inputs": .array([])], text: { _ in nil })
        let file = try DiagnosisFile(directory.file("d.h5"))
        let top = try file.topTokens(rows: 0..<file.count)
        var found = Found(
            findings: findings, settings: description, segments: try file.segments(),
            offsets: try file.sequenceOffsets(), names: try file.sequenceIDs(), topP: top.p, topQ: top.q)
        for statistic in TokenStatistic.allCases { found.statistics[statistic] = try file.statistic(statistic) }
        for count in TokenCount.allCases { found.counts[count] = try file.column(count) }
        return found
    }

    /// The same of files, with shift `none` unless told otherwise.
    static func compare(
        _ reference: String, _ policy: String, files: [TokenColumnFile] = [], shift: Shift = .none,
        options: DumpOptions = DumpOptions(), settings: (inout DumpComparison.Settings) -> Void = { _ in }
    ) throws -> Found {
        var chosen = DumpComparison.Settings()
        chosen.shift = shift
        chosen.topWidth = 3
        settings(&chosen)
        return try compare(
            try .open(reference, options: options), try .open(policy, options: options), files: files, settings: chosen)
    }

    /// A `.npy`, version 1.
    static func npy(_ descr: String, shape: [Int], _ data: [UInt8]) -> [UInt8] {
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(extents)), }"
        header += String(repeating: " ", count: (64 - (header.utf8.count + 11) % 64) % 64) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count % 256), UInt8(header.utf8.count / 256)]
            + Array(header.utf8) + data
    }

    static func npy(_ values: [Float], shape: [Int]) -> [UInt8] {
        npy("<f4", shape: shape, values.flatMap { bytes($0.bitPattern) })
    }

    static func npy(integers: [Int32], shape: [Int]) -> [UInt8] { npy("<i4", shape: shape, integers.flatMap(bytes)) }

    /// Little-endian bytes.
    static func bytes<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

/// Whether all numbers are as close as that, relative to the expected ones.
func isClose(_ found: [Double], _ expected: [Double], within tolerance: Double = 1e-12) -> Bool {
    found.count == expected.count
        && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance * max(abs($1), 1e-3) }
}

extension JSONNode {
    /// The numbers of a list.
    var numbers: [Double] {
        guard case .array(let items) = self else { return [] }
        return items.map {
            switch $0 {
            case .double(let value): value
            case .int(let value): Double(value)
            default: .nan
            }
        }
    }

    /// The numbers of a list, as whole ones.
    var integers: [Int32] { numbers.map { Int32($0) } }
}

import Divergences
import Glibc
import JSON
import TestFixtures
import Testing

@testable import Reports

/// What a page says where numbers are infinite, close together, or need all their digits.
@Suite struct DiagnosisPageTests {
    private static func data(of sample: DiagnosisSample) throws -> JSONNode {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d.h5"
        try sample.write(to: path)
        let file = try DiagnosisFile(path)
        var settings = SummarySettings()
        settings.resamples = 50
        let summary = try DiagnosisSummary(file, settings: settings).json
        return try PageText.data(of: try DiagnosisReport.page(of: file, summary: summary).html())
    }

    private static func sample(_ lengths: [Int], id: String? = nil, kl: (Int) -> Double) -> DiagnosisSample {
        DiagnosisSample(
            texts: ["The", " sum", " is", "\n"].map { Array($0.utf8) },
            sequences: lengths.enumerated().map { sequence, length in
                (id ?? "s\(sequence)", (0..<length).map { (Int32($0 % 4), kl($0)) })
            })
    }

    private static func table(_ title: String, in data: JSONNode) -> [[JSONNode]] {
        let tables = PageText.blocks("table", in: data)
        return tables.first { $0["title"]?.text == title }?["rows"]?.items.map(\.items) ?? []
    }

    @Test func probabilitiesCanBeHadFromLogarithms() throws {
        let data = try Self.data(of: Self.sample([20]) { 2.654_321_987 + Double($0) * 1e-3 })
        let sequence = try #require(PageText.blocks("tokens", in: data).first?["sequences"]?.items.first)
        for (position, log) in (sequence["lq"]?.items ?? []).enumerated() {
            let expected = -1 - (2.654_321_987 + Double(position) * 1e-3)
            #expect(abs((log.number ?? .nan) - expected) <= 5.1e-7)
        }
        #expect(sequence["lq"]?.items.count == 20)
        #expect(
            PageNumber.logarithms([-1e-9, -3e-5, 0, -.infinity, .nan, -1e12, -2]) == [
                -1e-9, -3e-5, 0, "-inf", nil, -1_000_000_000_000, -2,
            ])
    }

    @Test(arguments: [(1e-9, true), (2, false)])
    func floorsBelowThePictureAreSaidInWords(kl: Double, isDrawn: Bool) throws {
        let data = try Self.data(of: Self.sample([40, 40]) { $0 % 2 == 0 ? kl / 2 : kl * 2 })
        let chart = try #require(PageText.blocks("lines", in: data).first)
        let names = chart["series"]?.items.compactMap { $0["name"]?.text } ?? []
        #expect(names.contains("noise floor") == isDrawn)
        let note = chart["note"]?.text ?? ""
        #expect(note.contains("1e-09, below the picture") != isDrawn, "\(note)")
        let range = (chart["low"]?.number ?? .nan)...(chart["high"]?.number ?? .nan)
        #expect(range.contains(log10(kl)) && range.upperBound - range.lowerBound < 2)
        #expect(chart["counted"] == true)
    }

    @Test func infiniteDivergencesAreSaidFirst() throws {
        let data = try Self.data(of: Self.sample([20, 20]) { $0 == 8 ? 0.25 : .infinity })
        let first = try #require(PageText.blocks("tiles", in: data).first?["items"]?.items.first)
        #expect(first["label"] == "KL(p \u{2016} q)" && first["value"] == "inf")
        // 32 of 40 tokens are of the response.
        let remark = first["note"]?.text ?? ""
        #expect(remark.hasPrefix("at 30 of 32 tokens; mean of the other 2: 0.25"))
        let note = PageText.blocks("lines", in: data).first?["note"]?.text ?? ""
        #expect(note.contains("30 of 32 tokens have an infinite KL"))
        let row = try #require(Self.table("By place", in: data).first)
        #expect(row[1] == "inf" && row[3] == 0)
        let groups = Self.table("By token", in: data)
        #expect(groups.count == 4)
        for group in groups {
            #expect(group[4] == "inf")
            // Position 8 is of the first kind.
            #expect((group[1] == 0) == (group[3] == 0.25) && (group[1] == 0) == (group[5] == 1))
        }
    }

    @Test func whereAllIsInfiniteNothingElseIsSaid() throws {
        let data = try Self.data(of: Self.sample([20]) { _ in .infinity })
        let first = try #require(PageText.blocks("tiles", in: data).first?["items"]?.items.first)
        #expect(first["label"] == "KL(p \u{2016} q)" && first["note"] == "at all 16 tokens")
        let notes = PageText.blocks("note", in: data).compactMap { $0["text"]?.text }
        #expect(notes.contains { $0.contains("against position: it is infinite at all 16 tokens") })
        let sequence = try #require(PageText.blocks("tokens", in: data).first?["sequences"]?.items.first)
        #expect(sequence["mean"] == "inf")
    }

    @Test func identicalPoliciesHaveNoCurve() throws {
        let data = try Self.data(of: Self.sample([20]) { _ in 0 })
        #expect(PageText.blocks("lines", in: data).isEmpty)
        let notes = PageText.blocks("note", in: data).compactMap { $0["text"]?.text }
        #expect(notes.contains { $0.contains("it is 0 or unknown at all 16 tokens") })
    }

    @Test func namesThatAreNumbersAreSaidOnce() throws {
        let same = try Self.data(of: Self.sample([20], id: "0") { _ in 0.5 })
        #expect(Self.table("By place", in: same).allSatisfy { $0[8] == "#0" })
        let other = try Self.data(of: Self.sample([20], id: "7") { _ in 0.5 })
        #expect(Self.table("By place", in: other).first?[8] == "#0 7")
    }
}

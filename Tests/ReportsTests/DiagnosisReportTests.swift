import Divergences
import JSON
import TestFixtures
import Testing

@testable import Reports

@Suite struct DiagnosisReportTests {
    private func page(
        _ sample: DiagnosisSample, limits: DiagnosisReport.Limits = .init()
    ) throws -> (html: [UInt8], data: JSONNode) {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d.h5"
        try sample.write(to: path)
        let file = try DiagnosisFile(path)
        var settings = SummarySettings()
        settings.resamples = 50
        let summary = try DiagnosisSummary(file, settings: settings).json
        let html = try DiagnosisReport.page(of: file, summary: summary, limits: limits).html()
        return (html, try PageText.data(of: html))
    }

    private static func plain(
        _ lengths: [Int], kl: (Int, Int) -> Double = { Double($0 + 1) * 0.01 + Double($1) * 0.001 }
    )
        -> DiagnosisSample
    {
        DiagnosisSample(
            texts: ["The", " sum", " is", "\n"].map { Array($0.utf8) },
            sequences: lengths.enumerated().map { sequence, length in
                ("s\(sequence)", (0..<length).map { (Int32($0 % 4), kl(sequence, $0)) })
            })
    }

    @Test func everyPictureIsThere() throws {
        let (_, data) = try page(Self.plain([40, 30, 50]))
        #expect(data["title"] == "a and b")
        // Three for place, sequence and share; four pictures each for the response and its two segments.
        #expect(PageText.blocks("lines", in: data).count == 3)
        #expect(PageText.blocks("histogram", in: data).count == 9)
        #expect(PageText.blocks("hexbin", in: data).count == 3)
        let names = PageText.blocks("section", in: data).compactMap { $0["title"]?.text }
        #expect(
            names == ["Text", "Distributions", "Most divergent tokens", "Numbers", "Groups of tokens", "Settings"])
        let clips = PageText.blocks("histogram", in: data)[1]["marks"]?.items.compactMap { $0["label"]?.text }
        #expect(clips == ["1 - 0.2", "1 + 0.2"])
    }

    @Test func everyNumberOfTheSummaryIsFound() throws {
        let (_, data) = try page(Self.plain([40, 30, 50]))
        let tiles = PageText.blocks("tiles", in: data).first?["items"]?.items ?? []
        #expect(
            tiles.compactMap { $0["label"]?.text } == [
                "KL(p \u{2016} q)", "KL(q \u{2016} p)", "Entropy of p", "Entropy of q", "Same first choice",
                "Ratio outside the clips",
                "Effective sample size", "Perplexity ratio q / p", "Noise floor",
            ])
        #expect(tiles.allSatisfy { $0["value"] != .null })
        let tables = PageText.blocks("table", in: data)
        func rows(_ title: String) -> [[JSONNode]] {
            tables.first { $0["title"]?.text == title }?["rows"]?.items.map(\.items) ?? []
        }
        #expect(rows("Agreement and perplexity").count == 14)
        #expect(rows("Trust region").count == 13)
        #expect(rows("Estimators of the KL").map { $0[0] } == ["exact KL", "k1", "k2", "k3"])
        #expect(rows("By segment").map { $0[0] } == ["prompt", "expert prefix", "continuation"])
        // Six statistics, the name and two counts.
        #expect(rows("By segment").first?.count == 9)
        #expect(
            rows("By place").count == 50
                && rows("By place").allSatisfy { $0[1] != .null && $0[2] != .null && $0[4] != .null })
        #expect(rows("By token").count == 4)
        let scales = PageText.blocks("tokens", in: data).first?["scales"]?.members ?? []
        #expect(scales.map(\.key) == ["kl", "rkl", "js", "l", "hp", "hq"])
        #expect(scales.allSatisfy { $0.value != .null })
    }

    @Test func picturesCountTheTokensOfTheResponse() throws {
        let (_, data) = try page(Self.plain([40, 30, 50]))
        let counts = PageText.blocks("histogram", in: data).prefix(3).map { chart in
            chart["series"]?.items.map { $0["counts"]?.items.compactMap(\.integer).reduce(0, +) ?? 0 } ?? []
        }
        // 120 tokens, a fifth of them in prompts.
        #expect(counts == [[96, 96], [96], [96]])
    }

    @Test func theTextIsThereTokenByToken() throws {
        let (_, data) = try page(Self.plain([5]))
        let tokens = try #require(PageText.blocks("tokens", in: data).first)
        let sequence = try #require(tokens["sequences"]?.items.first)
        #expect(sequence["kl"] == [0.01, 0.011, 0.012, 0.013, 0.014])
        #expect(sequence["segments"] == [[0, 0], [1, 1], [3, 2]])
        let table = try #require(tokens["table"]?.items)
        let texts = sequence["t"]?.items.compactMap { $0.integer.map { table[$0].items[1] } }
        #expect(texts == ["The", " sum", " is", "\n", "The"])
        #expect(sequence["pl"]?.items.prefix(2) == [50000, 150_000])
        // What no token has takes no room.
        #expect(sequence["adv"] == nil)
    }

    @Test func hostileTextStaysText() throws {
        let texts = [
            "</script><script>window.hacked=1</script>", "<!-- <script>", "\u{2028}\u{202E}", "\0",
            "<img src=x onerror=alert(1)>",
        ]
        var sample = DiagnosisSample(
            texts: texts.map { Array($0.utf8) } + [[0xFF, 0xC0]],
            sequences: [("</script><script>alert(1)</script>\u{202E}", (0..<30).map { (Int32($0 % 7), 0.5) })])
        sample.topWidth = 6
        let (html, data) = try page(sample)
        let page = String(decoding: html, as: UTF8.self)
        // The data, the script, and nothing else.
        #expect(page.components(separatedBy: "<script").count == 3)
        #expect(page.components(separatedBy: "</script").count == 3)
        #expect(!page.contains("<!--") && !page.contains("<img"))
        let tokens = try #require(PageText.blocks("tokens", in: data).first)
        let table = try #require(tokens["table"]?.items)
        for text in texts { #expect(table.contains { $0.items.dropFirst().first == .string(text) }) }
        #expect(table.contains { $0.items.dropFirst() == ["\u{FFFD}\u{FFFD}", "FF C0"] })
        // The seventh token has no text.
        #expect(table.contains { $0 == [6] })
    }

    @Test func nothingIsFetched() throws {
        let (html, _) = try page(Self.plain([20, 20]))
        let page = String(decoding: html, as: UTF8.self)
        for sign in ["http:", "https:", "src=", "url(", "@import", "fetch(", "XMLHttpRequest", "import("] {
            #expect(!page.contains(sign), "\(sign)")
        }
        #expect(page.contains("default-src 'none'"))
    }

    @Test func theSamePageFromTheSameFile() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d.h5"
        try Self.plain([20, 31]).write(to: path)
        let pages = try (0..<2).map { _ in
            let file = try DiagnosisFile(path)
            return try DiagnosisReport.page(of: file, summary: try DiagnosisSummary(file).json).html()
        }
        #expect(pages[0] == pages[1])
    }

    @Test func tokensAreBounded() throws {
        var limits = DiagnosisReport.Limits()
        (limits.tokens, limits.tokensOfSequence, limits.sequences) = (100, 40, 3)
        // The fourth of ten is the most divergent, the last one holds the most divergent token.
        let (_, data) = try page(
            Self.plain(Array(repeating: 60, count: 10)) { sequence, position in
                sequence == 9 && position == 50 ? 5 : sequence == 3 ? 0.5 : 0.01
            }, limits: limits)
        let sequences = try #require(PageText.blocks("tokens", in: data).first?["sequences"]?.items)
        #expect(sequences.compactMap { $0["number"]?.integer } == [0, 3, 9])
        #expect(sequences.compactMap { $0["t"]?.items.count } == [20, 40, 40])
        let note = PageText.blocks("section", in: data).first?["note"]?.text ?? ""
        #expect(note.contains("100 of 600 tokens") && note.contains("3 of 10 sequences"))
        // The most divergent token lies behind what is shown of its sequence, and so has no button.
        let table = try #require(PageText.blocks("table", in: data).first)
        #expect(table["rows"]?.items.first?.items.last == .null)
    }

    @Test func textsOfTokensAreBounded() throws {
        var limits = DiagnosisReport.Limits()
        limits.textBytes = 1000
        let sample = DiagnosisSample(
            texts: (0..<20).map { _ in Array(repeating: UInt8(ascii: "x"), count: 5000) },
            sequences: [("", (0..<20).map { (Int32($0), 0.1) })])
        let (_, data) = try page(sample, limits: limits)
        let table = try #require(PageText.blocks("tokens", in: data).first?["table"]?.items)
        #expect(table.count == 20)
        #expect(table.filter { $0.items.count > 1 }.count == 3)
    }

    @Test func identicalPoliciesMakeAPage() throws {
        let (_, data) = try page(Self.plain([20, 20]) { _, _ in 0 })
        // There is no divergence to draw; log-ratios of 0 there are.
        #expect(PageText.blocks("hexbin", in: data).isEmpty)
        let titles = PageText.blocks("histogram", in: data).prefix(2).compactMap { $0["title"]?.text }
        #expect(titles == ["Entropies of both policies", "Log-ratio of the tokens"])
    }

    @Test func infiniteAndUnknownDivergencesAreShownAsSuch() throws {
        let (_, data) = try page(
            Self.plain([20]) { _, position in position == 8 ? .infinity : position == 9 ? .nan : 0.1 })
        let sequence = try #require(PageText.blocks("tokens", in: data).first?["sequences"]?.items.first)
        #expect(sequence["kl"]?.items[8] == "inf")
        #expect(sequence["kl"]?.items[9] == .null)
        let table = try #require(PageText.blocks("table", in: data).first)
        #expect(table["rows"]?.items.first?.items[1] == "inf")
    }

    @Test func topKInputsAreLowerBounds() throws {
        var sample = Self.plain([20, 20])
        sample.coverage = "top-k"
        let (_, data) = try page(sample)
        #expect(PageText.blocks("tokens", in: data).first?["kl_name"] == "Top-k KL(p \u{2016} q)")
        #expect(PageText.blocks("tokens", in: data).first?["sequences"]?.items.first?["kl"]?.items.first == 0.005)
    }

    @Test func anEmptyDiagnosisMakesAPage() throws {
        let (_, data) = try page(DiagnosisSample(texts: [], sequences: []))
        #expect(PageText.blocks("tokens", in: data).first?["sequences"] == .array([]))
    }
}

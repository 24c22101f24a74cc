import JSON
import TestFixtures
import Testing

/// `diagnose` on small models and on dumps that are written byte by byte.
@Suite struct DiagnoseCommandTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func model(_ name: String, seed: Int, vocabulary: Int = 2048, tokenizer: Bool = true) throws -> String {
        let configuration = try directory.write(
            "\(name).json",
            """
            {"architectures": ["Qwen2ForCausalLM"], "hidden_size": 16, "intermediate_size": 32, "model_type": "qwen2", \
            "num_attention_heads": 2, "num_hidden_layers": 1, "num_key_value_heads": 1, "vocab_size": \(vocabulary), \
            "max_position_embeddings": 4096, "tie_word_embeddings": true}
            """)
        let outcome = try Program.run(
            ["init", configuration, "--output", directory.file(name), "--seed", "\(seed)"]
                + (tokenizer ? ["--tokenizer", Sample.tokenizer] : []))
        #expect(outcome.status == 0, "\(outcome.errorText)")
        return directory.file(name)
    }

    private func dataset() throws -> String {
        let path = directory.file("data.h5")
        let outcome = try Program.run([
            "tokenize", Sample.traces, "--tokenizer", Sample.tokenizer, "--output", path, "--limit", "3",
        ])
        #expect(outcome.status == 0, "\(outcome.errorText)")
        return path
    }

    private func diagnose(_ options: [String]) throws -> Outcome {
        try Program.run(
            ["diagnose", "--output", directory.file("out.h5"), "--threads", "2", "--resamples", "50"] + options)
    }

    private func summary(_ outcome: Outcome) throws -> JSONNode {
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errorText)")
        return JSONNode(try JSONDocument.parsing(outcome.output).root)
    }

    private func mean(_ name: String, _ summary: JSONNode) -> Double? {
        guard case .array(let statistics)? = summary["statistics"] else { return nil }
        for statistic in statistics where statistic["name"]?.text == name {
            switch statistic["mean"] {
            case .double(let mean)?: return mean
            case .int(let mean)?: return Double(mean)
            default: return nil
            }
        }
        return nil
    }

    /// A `.npy` of float32.
    private func dump(_ name: String, _ rows: [[Float]]) throws -> String {
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows.count), \(rows[0].count)), }"
        header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8)
        for number in rows.joined() { withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 } }
        return try directory.write(name, bytes)
    }

    @Test func aModelBesideItselfDiffersNowhere() throws {
        let (a, b) = (try model("a", seed: 1), try model("b", seed: 2))
        let data = try dataset()
        let same = try summary(try diagnose(["--reference", a, "--policy", a, "--dataset", data, "--json"]))
        for name in [
            "kl_reference_policy", "kl_policy_reference", "js", "total_variation", "hellinger", "log_ratio", "k3",
        ] {
            #expect(mean(name, same) == 0, "\(name)")
        }
        let other = try summary(
            try diagnose(["--reference", a, "--policy", b, "--dataset", data, "--json", "--force"]))
        #expect(try #require(mean("kl_reference_policy", other)) > 1e-3)
        #expect(mean("entropy_reference", other) == mean("entropy_reference", same))
    }

    @Test func modelsOfOtherVocabulariesNeedASize() throws {
        let (a, b) = (try model("a", seed: 1), try model("b", seed: 1, vocabulary: 2052))
        let data = try dataset()
        expectRefusal(
            try diagnose(["--reference", a, "--policy", b, "--dataset", data]), ["2048", "2052", "--vocabulary-size"])
        let outcome = try diagnose([
            "--reference", a, "--policy", b, "--dataset", data, "--vocabulary-size", "2003", "--json",
        ])
        #expect(try summary(outcome)["comparison"]?["vocabulary_size"]?.integer == 2003)
    }

    @Test func whatDoesNotGoTogetherIsRefused() throws {
        let a = try model("a", seed: 1)
        let data = try dataset()
        let rows = try dump("x.npy", [[1, 2, 3], [3, 2, 1]])
        expectRefusal(try diagnose(["--reference", a, "--policy", rows, "--dataset", data]), [rows, a, "dump"])
        expectRefusal(try diagnose(["--reference", a, "--policy", a]), ["--dataset"])
        expectRefusal(try diagnose(["--reference", a, "--dataset", data]), ["--policy"])
        expectRefusal(try diagnose(["--reference", rows, "--policy", rows, "--dtype", "bf16"]), ["--dtype"])
        expectRefusal(
            try diagnose(["--reference", a, "--policy", a, "--dataset", data, "--shift", "none"]), ["--shift"])
        expectRefusal(
            try diagnose(["--reference", a, "--policy", a, "--dataset", data, "--prefix-ratio", "0.3"]), ["0.3", "0.2"])
        expectRefusal(try diagnose(["--reference", rows, "--policy", rows, "--limit", "1"]), ["--limit", "--dataset"])
        #expect(try directory.contents(".").contains("out.h5") == false)
    }

    @Test func anotherTokenizerIsRefused() throws {
        let (a, b) = (try model("a", seed: 1), try model("b", seed: 2))
        let data = try dataset()
        let text = String(decoding: try directory.read("b/tokenizer.json"), as: UTF8.self)
        try directory.write(
            "b/tokenizer.json",
            text.replacing("\"Ġthe\":262,", with: "\"Ġand\":262,").replacing("\"Ġand\":289,", with: "\"Ġthe\":289,"))
        expectRefusal(
            try diagnose(["--reference", a, "--policy", b, "--dataset", data]),
            ["b/tokenizer.json", "262", "Ġthe", "Ġand"])
    }

    @Test func whatIsReadIsNotReplaced() throws {
        let (p, q) = (try dump("p.npy", [[1, 2], [2, 1]]), try dump("q.npy", [[1, 2], [2, 2]]))
        let before = try directory.read("p.npy")
        expectRefusal(
            try Program.run(["diagnose", "--reference", p, "--policy", q, "--output", p, "--force"]),
            ["p.npy", "is read"])
        #expect(try directory.read("p.npy") == before)
        let a = try model("a", seed: 1)
        expectRefusal(
            try Program.run([
                "diagnose", "--reference", a, "--policy", a, "--dataset", try dataset(), "--output", a + "/d.h5",
            ]), ["lies in"])
    }

    @Test func aDiagnosisIsVerifiedAndSummedUpAgain() throws {
        let (p, q) = (try dump("p.npy", [[1, 2], [2, 1]]), try dump("q.npy", [[1, 2], [2, 2]]))
        let first = try summary(try diagnose(["--reference", p, "--policy", q, "--json"]))
        let verified = try Program.run(["verify", directory.file("out.h5")])
        #expect(verified.status == 0 && verified.text.contains("2 tokens"), "\(verified.errorText)")
        let again = try Program.run(["inspect", directory.file("out.h5"), "--json", "--resamples", "50"])
        #expect(mean("kl_reference_policy", try summary(again)) == mean("kl_reference_policy", first))
        expectRefusal(try Program.run(["report", directory.file("a")]), [directory.file("a")])
    }

    @Test func infiniteKLsAreNotSmallOnes() throws {
        let impossible = -Float.infinity
        let p = try dump("p.npy", [[0, 0, 0, 0], [1, 2, 3, 4], [1, 2, 3, 4]])
        let q = try dump("q.npy", [[0, 0, 0, impossible], [4, 3, 2, 1], [4, 3, impossible, 1]])
        let outcome = try diagnose(["--reference", p, "--policy", q])
        #expect(outcome.status == 0, "\(outcome.errorText)")
        let lines = outcome.text.split(separator: "\n")
        let row = lines.first { $0.hasPrefix("  KL(p || q)") }
        #expect(row?.contains("infinite at 2 of 3 tokens; ") == true && row?.contains("over 1 of 3 tokens") == true)
        #expect(lines.contains { $0.hasPrefix("! KL(p || q) is infinite at 2 of 3 tokens; ") })
        // Of one sequence there are no intervals.
        let reverse = lines.first { $0.hasPrefix("  KL(q || p)") }
        #expect(reverse?.hasSuffix("  -") == true)
        #expect(lines.contains { $0.hasSuffix(" 3 tokens (continuation) in 1 sequence") })
        #expect(lines.contains("  vocabulary of 4, shift next"))
    }

    @Test func dumpsAreComparedRowByRow() throws {
        let p = try dump("p.npy", [[0, 0, 0, 0], [1, 2, 3, 4], [0, 0, 0, 0]])
        let q = try dump("q.npy", [[0, 0, 0, 0], [4, 3, 2, 1], [9, 9, 9, 9]])
        let found = try summary(try diagnose(["--reference", p, "--policy", q, "--json"]))
        // KL of softmax(1, 2, 3, 4) against its reverse is 1.9988..., of the other two rows 0.
        let share = [1.0, 2, 3, 4].map { Double.exp($0) }
        let total = share.reduce(0, +)
        let expected = zip(share, [-3.0, -1, 1, 3]).map { $0 / total * $1 }.reduce(0, +)
        #expect(abs(try #require(mean("kl_reference_policy", found)) - expected / 3) < 1e-12)
        expectRefusal(
            try diagnose([
                "--reference", p, "--policy", try dump("bad.npy", [[0, 0, 0, 0], [1, 2, .nan, 4], [0, 0, 0, 0]]),
                "--force",
            ]),
            ["bad.npy", "row 1", "column 2", "NaN"])
    }
}

extension JSONNode {
    fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }
    fileprivate var integer: Int? { if case .int(let number) = self { Int(number) } else { nil } }
}

extension Double {
    /// The power series, so that nothing of the program is used to check it.
    fileprivate static func exp(_ x: Double) -> Double {
        var (sum, term) = (1.0, 1.0)
        for n in 1..<60 {
            term *= x / Double(n)
            sum += term
        }
        return sum
    }
}

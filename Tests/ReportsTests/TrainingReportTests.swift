import JSON
import TestFixtures
import Testing

@testable import Reports

@Suite struct TrainingReportTests {
    private static func sample(
        step: Int, group: Int = 0, rollout: Int = 0, prefix: String = "", text: String = "answer", reward: String = "1"
    ) -> String {
        #"{"step":\#(step),"group":\#(group),"rollout":\#(rollout),"prompt":"<script>alert(1)</script>","prefix":"\#(prefix)","#
            + #""continuation":"\#(text)","prefix_ratio":\#(prefix.isEmpty ? 0 : 0.5),"prefix_tokens":\#(prefix.isEmpty ? 0 : 2),"#
            + #""continuation_tokens":3,"finish_reason":"stop","reward":\#(reward),"rewards":{"accuracy":\#(reward),"p&q":null},"#
            + #""advantage":null}"# + "\n"
    }

    private func page(_ metrics: String, samples: String? = nil, configuration: String? = nil) throws -> (
        ReportPage, JSONNode
    ) {
        let directory = try TemporaryDirectory()
        try directory.write("metrics.jsonl", metrics)
        if let samples { try directory.write("samples.jsonl", samples) }
        if let configuration { try directory.write("configuration.json", configuration) }
        #expect(TrainingRunFiles.isRun(directory.path))
        let page = TrainingReport.page(of: try TrainingRunFiles(directory.path))
        return (page, .array(page.blocks.map(\.node)))
    }

    private func refusal(_ metrics: String, samples: String? = nil) -> String? {
        do {
            _ = try page(metrics, samples: samples)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// All blocks of a type, in their order.
    private func blocks(_ type: String, in node: JSONNode) -> [JSONNode] {
        var found = node["type"]?.text == type ? [node] : []
        for item in node.items { found += blocks(type, in: item) }
        for member in node.members { found += blocks(type, in: member.value) }
        return found
    }

    @Test func curvesAreThoseOfTheMetrics() throws {
        let (_, node) = try page(
            "{\"step\":1,\"loss\":2,\"reward\":0.5,\"grad_norm\":1}\n{\"step\":2,\"loss\":null,\"x/a\":1,\"x/b\":2,\"grad_norm\":10}\n"
                + "{\"step\":3,\"loss\":1.5,\"reward\":1}\n")
        let charts = blocks("lines", in: node)
        #expect(charts.compactMap { $0["title"]?.text } == ["Loss", "Reward", "Norm of the gradient", "x"])
        #expect(charts[0]["places"] == [1, 2, 3])
        #expect(charts[0]["series"]?.items.first?["values"] == [2, nil, 1.5])
        #expect(charts[1]["series"]?.items.first?["values"] == [0.5, nil, 1])
        #expect(charts[2]["log"] == true)
        #expect(charts[3]["series"]?.items.map { $0["name"] } == ["x/a", "x/b"])
        // What fewer than half of the updates have is drawn over those alone.
        #expect(charts[3]["places"] == [2])
        #expect(charts[3]["series"]?.items.last?["values"] == [2])
        #expect(blocks("tiles", in: node).first?["items"]?.items.first?["value"] == 1)
        #expect(blocks("rollouts", in: node).isEmpty)
    }

    @Test func longRunsAreReducedToMeansWithABand() throws {
        let lines = (1...1000).map { "{\"step\":\($0),\"loss\":\($0 % 2 == 0 ? 1 : 3),\"kl\":0}\n" }.joined()
        let (_, node) = try page(lines)
        let chart = try #require(blocks("lines", in: node).first)
        #expect(chart["places"]?.items.count == 400)
        let means = chart["series"]?.items.first?["values"]?.items.compactMap(\.number) ?? []
        #expect(means.count == 400)
        #expect(means.allSatisfy { (1.6...2.4).contains($0) })
        #expect(chart["bands"]?.items.first?["lower"]?.items.first == 1)
        #expect(chart["bands"]?.items.first?["upper"]?.items.last == 3)
        #expect(chart["names"]?.items.first == "updates 1 to 2")
    }

    @Test func rolloutsTellPrefixAndContinuationApart() throws {
        let samples =
            Self.sample(step: 1) + Self.sample(step: 1, rollout: 1, prefix: "expert</b>", text: "own", reward: "0")
            + Self.sample(step: 2, text: "later")
        let (page, node) = try page("{\"step\":2,\"reward\":1}\n", samples: samples)
        let groups = blocks("rollouts", in: node)
        #expect(groups.count == 2)
        #expect(groups[0]["rollouts"]?.items.first?["continuation"] == "later")
        let cards = groups[1]["rollouts"]?.items ?? []
        #expect(cards.map { $0["prefix"] } == ["", "expert</b>"])
        #expect(cards.map { $0["continuation"] } == ["answer", "own"])
        #expect(cards[1]["facts"]?.items.contains(["p&q", "\u{2013}"]) == true)
        #expect(blocks("bars", in: node).first?["bars"]?.items.map { $0["value"]?.number } == [1, 0])
        let table = try #require(blocks("table", in: node).first)
        #expect(table["rows"]?.items.count == 3)
        let html = String(decoding: try page.html(), as: UTF8.self)
        #expect(!html.contains("<script>alert"))
        #expect(!html.contains("expert</b>"))
    }

    @Test func manyGroupsAreTakenEvenlyAndTextsAreCut() throws {
        let long = String(repeating: "y", count: 20_000)
        let samples = (1...200).map { Self.sample(step: $0, text: $0 == 200 ? long : "t") }.joined()
        let (_, node) = try page("{\"step\":200}\n", samples: samples)
        let choice = try #require(blocks("choice", in: node).first)
        #expect(choice["options"]?.items.count == 60)
        #expect(choice["options"]?.items.first?["name"] == "update 200, group 0")
        let text = blocks("rollouts", in: node).first?["rollouts"]?.items.first?["continuation"]?.text ?? ""
        #expect(text.count == 12_001)
    }

    @Test func settingsAreShown() throws {
        let configuration =
            #"{"model_name_or_path":"m/<i>","seed":42,"phases":[{"objective":"sft","dataset_name":"d"},{"objective":"trapo"}]}"#
        let (_, node) = try page("{\"step\":1,\"loss\":1}\n", configuration: configuration)
        let facts = blocks("facts", in: node).first?["rows"]?.items ?? []
        #expect(facts.contains(["Objective", "sft, then trapo"]))
        #expect(facts.contains(["Model", "m/<i>"]))
        #expect(blocks("choice", in: node).first?["options"]?.items.count == 2)
    }

    @Test func aLineUnderWayIsLeftOut() throws {
        let (_, node) = try page(
            "{\"step\":1,\"loss\":1}\n{\"step\":2,\"lo", samples: Self.sample(step: 1) + "{\"step\":2")
        #expect(blocks("lines", in: node).first?["places"] == [1])
        #expect(blocks("rollouts", in: node).count == 1)
    }

    @Test(arguments: [
        ("{\"step\":1}\n{\"st\n{\"step\":2}\n", "line 2 is no JSON"), ("{\"step\":1}\n[]\n", "line 2 is no object"),
        ("{\"loss\":1}\n", "line 1 is no object"),
        ("{\"step\":2}\n{\"step\":2}\n", "line 2 is of step 2, after step 2"),
        ("{\"step\":1,\"a\":\"<b>\"}\n", "line 1 has a metric that is no number"), ("", "holds no update"),
        ("{\"step\":9223372036854775808}\n", "line 1 is no object"),
    ])
    func whatIsNoMetricsIsRefused(_ text: String, _ expected: String) throws {
        let message = try #require(refusal(text))
        #expect(message.contains(expected), "\(message)")
        #expect(!message.contains("\n"))
    }

    @Test func whatIsNoSampleIsRefused() throws {
        let message = try #require(refusal("{\"step\":1}\n", samples: "{\"step\":1}\n"))
        #expect(message.contains("samples.jsonl: line 1 is no rollout"))
        let names = (0..<5000).map { "\"m\($0)\":1" }.joined(separator: ",")
        #expect(try #require(refusal("{\"step\":1,\(names)}\n")).contains("more than 4096 metrics"))
    }

    @Test func metricsOfAnyNameAreDrawn() throws {
        let (page, _) = try page(
            "{\"step\":1,\"</script>\":1,\"__proto__/a\":2,\"\":3,\"loss\":1e308,\"reward\":-1e308}\n")
        #expect(!String(decoding: try page.html(), as: UTF8.self).contains("</script>\":"))
    }
}

import Demonstration
import JSON
import Testing

@testable import Reports

/// What the page of the demonstration says follows from the numbers.
struct DemonstrationReportTests {
    /// A page of runs with the same number of right samples on every problem, so that no difference is chance.
    private func text(sft: Int, grpo: Int, trapo: Int, clipped: Int = 3, bounded: Int = 3) throws -> String {
        let plan = DemonstrationPlan()
        let numbers = [
            "warm-up": 2, "sft": sft, "grpo": grpo, "trapo": trapo, "grpo-reused": clipped, "quatro-reused": bounded,
        ]
        let scores = numbers.mapValues { PolicyScore(correct: Array(repeating: $0, count: 20), samples: 8) }
        let page = DemonstrationReport.page(
            of: DemonstrationResult(plan, scores: scores), root: "here", runs: [:], diagnosis: .null)
        return String(decoding: try page.html(), as: UTF8.self)
    }

    @Test func theMethodThatIsFirstIsNamed() throws {
        let usual = try text(sft: 3, grpo: 4, trapo: 6)
        #expect(
            usual.contains(
                "Here TRAPO comes out first, 25 points [25, 25] above GRPO and 37.5 points [37.5, 37.5] above SFT."))
        #expect(usual.contains("TRAPO gets 37.5 points [37.5, 37.5] more right"))
        let other = try text(sft: 6, grpo: 4, trapo: 3)
        #expect(other.contains("Here SFT comes out first"))
        #expect(
            other.contains(
                "Here SFT gets more right, and the gain is -37.5 points [-37.5, -37.5], though TRAPO is meant to"))
        #expect(!other.contains("TRAPO comes out first"))
    }

    @Test func whatMayBeChanceIsCalledChance() throws {
        let page = try text(sft: 3, grpo: 3, trapo: 3)
        #expect(page.contains("which may be chance"))
        #expect(page.contains("may be chance, though TRAPO is meant to get more right"))
        #expect(page.contains("The gain of QUATRO over GRPO, 0 points [0, 0], may be chance."))
    }

    @Test func reuseIsToldAsItIs() throws {
        #expect(
            try text(sft: 3, grpo: 3, trapo: 3, clipped: 2, bounded: 4).contains("QUATRO ends higher, by 25 points"))
        #expect(
            try text(sft: 3, grpo: 3, trapo: 3, clipped: 4, bounded: 2)
                .contains("GRPO ends higher: the gain of QUATRO over it is -25 points"))
    }

    @Test func commandsNameTheDirectory() throws {
        let page = try text(sft: 3, grpo: 3, trapo: 3)
        #expect(page.contains("kedge train here/trapo.yaml"))
    }
}

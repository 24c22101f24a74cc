import Demonstration
import JSON

/// Where the trained model differs from the one that it began with.
struct DemonstrationDifference {
    private let plan: DemonstrationPlan
    private let summary: JSONNode

    init(_ plan: DemonstrationPlan, _ summary: JSONNode) {
        self.plan = plan
        self.summary = summary
    }

    var section: PageBlock {
        let title = plan.comparison.last?.title ?? ""
        return .section(
            title: "What changed in the model", note: nil,
            blocks: [
                .note(
                    "Both models read held-out problems with an expert's trace; at each token their distributions over the "
                        + "whole vocabulary are compared. p is the model at the start, q the model after \(title). Per token the "
                        + "picture is in diagnosis.html beside this page."),
                .tiles(SummaryView(summary).headline()), tokens,
            ].compactMap { $0 })
    }

    /// The tokens that hold most of the divergence.
    private var tokens: PageBlock? {
        let rows = (summary["divergent_token_ids"]?.items ?? []).prefix(8)
        guard !rows.isEmpty else { return nil }
        var table = PageTable(
            [("token", .code), ("places", .number), ("mean KL", .number), ("share of all KL", .share)],
            title: "Where they differ most", note: "KL(p || q) in nats, by the token that comes next.")
        for row in rows {
            table.rows.append([
                .string(row["text"]?.text ?? "\(row["token_id"]?.integer ?? 0)"),
                PageNumber.node(row["tokens"]?.number ?? .nan),
                PageNumber.node(row["mean_kl"]?.number ?? .nan), PageNumber.node(row["share"]?.number ?? .nan),
            ])
        }
        return .table(table)
    }
}

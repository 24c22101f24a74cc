import JSON

/// A part of a page.
indirect enum PageBlock: Sendable {
    /// A heading, and what stands below it.
    case section(title: String, note: String? = nil, blocks: [PageBlock])
    /// What needs to be known first.
    case notices([String])
    /// A paragraph.
    case note(String)
    /// Names and what they are.
    case facts([(name: String, value: String)])
    /// Few numbers that matter most.
    case tiles([PageTile])
    /// Several views of the same thing, of which one is seen.
    case choice(label: String, options: [(name: String, blocks: [PageBlock])])
    /// Blocks side by side where there is room.
    case grid([PageBlock])
    case table(PageTable)
    case histogram(HistogramChart)
    case lines(LineChart)
    case hexbin(HexbinChart)
    case bars(BarChart)
    /// Text under colours, ready made.
    case tokens(JSONNode)
    /// Rollouts of one prompt side by side, ready made.
    case rollouts(JSONNode)

    /// What the scripts read.
    var node: JSONNode {
        switch self {
        case .section(let title, let note, let blocks):
            [
                "type": "section", "title": .string(title), "note": note.map(JSONNode.string) ?? .null,
                "blocks": .array(blocks.map(\.node)),
            ]
        case .notices(let notices): ["type": "notices", "items": .array(notices.map(JSONNode.string))]
        case .note(let text): ["type": "note", "text": .string(text)]
        case .facts(let facts):
            [
                "type": "facts",
                "rows": .array(
                    facts.map {
                        .array([.string(HTMLText.clipped($0.name, to: 200)), .string(HTMLText.clipped($0.value))])
                    }),
            ]
        case .tiles(let tiles): ["type": "tiles", "items": .array(tiles.map(\.node))]
        case .choice(let label, let options):
            [
                "type": "choice", "label": .string(label),
                "options": .array(
                    options.map { ["name": .string($0.name), "blocks": .array($0.blocks.map(\.node))] }),
            ]
        case .grid(let blocks): ["type": "grid", "blocks": .array(blocks.map(\.node))]
        case .table(let table): table.node
        case .histogram(let chart): chart.node
        case .lines(let chart): chart.node
        case .hexbin(let chart): chart.node
        case .bars(let chart): chart.node
        case .tokens(let node), .rollouts(let node): node
        }
    }
}

/// A number that matters, with its interval where it has one.
struct PageTile: Sendable {
    var label: String
    var value: JSONNode
    var lower: Double?
    var upper: Double?
    var note: String?
    /// Whether the number is a share, to be shown as per cent.
    var isShare = false

    var node: JSONNode {
        [
            "label": .string(label), "value": value, "lower": PageNumber.node(lower ?? .nan),
            "upper": PageNumber.node(upper ?? .nan), "note": note.map(JSONNode.string) ?? .null,
            "share": .bool(isShare),
        ]
    }
}

import Checkpoints
import Tensors
import Testing

@Suite struct NamesTests {
    @Test(arguments: [
        ("model.embed_tokens.weight", TensorRole.embedding), ("model.layers.3.self_attn.q_proj.weight", .query),
        ("model.layers.3.self_attn.q_proj.bias", .bias), ("model.layers.3.self_attn.o_proj.weight", .attentionOutput),
        ("model.layers.3.mlp.gate_proj.weight", .gate), ("model.layers.3.mlp.down_proj.weight", .down),
        ("model.layers.3.input_layernorm.weight", .norm), ("model.norm.weight", .norm), ("lm_head.weight", .head),
        ("h.0.attn.c_attn.weight", .queryKeyValue), ("h.0.attn.c_proj.weight", .attentionOutput),
        ("h.0.mlp.c_proj.weight", .down), ("h.0.ln_1.bias", .norm), ("blk.0.attn_k.weight", .key),
        ("output.weight", .head), ("blk.0.ffn_up.weight", .up), ("model.layers.0.mlp.gate.weight", .router),
        ("something/else", .other), ("", .other), ("...", .other),
    ])
    func roles(_ name: String, _ role: TensorRole) {
        #expect(TensorRole(ofTensorNamed: name) == role)
    }

    @Test func layers() {
        #expect(TensorPath.layer(of: "model.layers.12.mlp.experts.3.weight") == 12)
        #expect(TensorPath.layer(of: "layers/dense/vars/0") == nil)
        #expect(TensorPath.layer(of: "a.01.b") == nil)
        #expect(TensorPath.layer(of: "a.99999999999999999999.b") == nil)
    }

    @Test func layersThatAreAlikeAreOne() throws {
        func layer(_ number: Int, _ width: Int) -> TensorDescription {
            TensorDescription(name: "m.layers.\(number).w", type: .float32, shape: [width, 2])
        }
        let tree = TensorTree(of: [0, 1, 2, 5, 3].map { layer($0, 4) } + [layer(4, 8)])
        let layers = try #require(tree.roots.first?.children.first?.children)
        #expect(layers.map(\.label) == ["{0…3,5}", "4"])
        #expect(layers.map(\.multiplicity) == [5, 1])
        #expect(tree.roots[0].elementCount == 5 * 8 + 16)
    }

    @Test func hostileNames() {
        let deep = String(repeating: "a.", count: 100_000)
        let tree = TensorTree(
            of: [deep, "a/b", "a.b", ""].map { TensorDescription(name: $0, type: .int8, shape: [.max]) })
        #expect(tree.roots.count == 2)
    }

    @Test func sharesAreBalancedAndWhole() {
        let sizes = [5, 100, 3, 50, 50, 0, 0, 0]
        let ranks = RankShare.ranks(byteCounts: sizes, worldSize: 2)
        let loads = [0, 1].map { rank in zip(sizes, ranks).reduce(0) { $1.1 == rank ? $0 + $1.0 : $0 } }
        #expect((loads[0] - loads[1]).magnitude <= 5 && loads[0] + loads[1] == 208)
        #expect(RankShare.ranks(byteCounts: sizes, worldSize: 1) == sizes.map { _ in 0 })
        #expect(Set(RankShare.ranks(byteCounts: [1, 1], worldSize: 1000)).count == 2)
    }
}

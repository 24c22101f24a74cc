import Testing

@testable import Checkpoints

@Suite struct ShardSizesTests {
    @Test(
        arguments: [
            ([], 10, [[]]), ([3, 4, 3], 10, [[0, 1, 2]]), ([3, 4, 4], 10, [[0, 1], [2]]),
            // One that is too large gets a shard of its own, before the one that is being filled.
            ([3, 11, 4], 10, [[1], [0, 2]]), ([11, 12], 10, [[0], [1]]), ([10, 10], 10, [[0], [1]]),
            ([5, 6, 20, 4], 10, [[0], [2], [1, 3]]), ([0, 0, 10, 0], 10, [[0, 1, 2, 3]]),
            ([1, 2], .max, [[0, 1]]),
        ] as [([Int], Int, [[Int]])])
    func split(sizes: [Int], limit: Int, expected: [[Int]]) {
        #expect(ShardSizes.split(sizes, limit: limit) == expected)
    }

    @Test func names() {
        #expect(ShardSizes.name(0, of: 1) == "model.safetensors")
        #expect(ShardSizes.name(1, of: 12) == "model-00002-of-00012.safetensors")
        for name in ["model.safetensors", "model-00001-of-00002.safetensors", "model.safetensors.index.json"] {
            #expect(ShardSizes.isShardName(name), "\(name)")
        }
        for name in [
            "model-1-of-2.safetensors", "mymodel.safetensors", "model-00001-of-00002.bin", "model.safetensors.bak",
            "model-00001.safetensors", "model",
        ] {
            #expect(!ShardSizes.isShardName(name), "\(name)")
        }
    }
}

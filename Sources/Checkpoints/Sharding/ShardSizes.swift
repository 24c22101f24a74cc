/// How tensors are divided over files by size, as huggingface_hub's `split_state_dict_into_shards_factory` does it.
enum ShardSizes {
    /// The most shards: their names have room for five digits.
    static let largestCount = 99_999

    /// Divides tensors, in their order: each goes to the current shard unless that would become larger than `limit`; then the
    /// next one begins. A tensor larger than the limit gets a shard of its own, before the current one.
    ///
    /// - Returns: the positions of the tensors of each shard.
    static func split(_ sizes: [Int], limit: Int) -> [[Int]] {
        var shards: [[Int]] = []
        var current: [Int] = []
        var filled = 0
        for (index, size) in sizes.enumerated() {
            if size > limit {
                shards.append([index])
                continue
            }
            // Sizes are those of tensors that lie in files: their sum does not overflow, but what a header claims may.
            if filled > limit - size {
                shards.append(current)
                (current, filled) = ([], 0)
            }
            current.append(index)
            filled += size
        }
        if !current.isEmpty || shards.isEmpty { shards.append(current) }
        return shards
    }

    /// `STEM-00002-of-00012.safetensors`, counted from 1; `STEM.safetensors` where there is only one.
    static func name(_ shard: Int, of count: Int, stem: String = "model") -> String {
        count == 1
            ? "\(stem).safetensors" : "\(stem)-\(padded(shard + 1))-of-\(padded(count)).safetensors"
    }

    /// A number with at least five digits.
    static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// Whether a name is one that ``name(_:of:stem:)`` gives, or that of the index beside them.
    static func isShardName(_ name: String, stem: String = "model") -> Bool {
        guard name.hasPrefix(stem) else { return false }
        var rest = name.utf8.dropFirst(stem.utf8.count)
        func take(_ text: String) -> Bool {
            guard rest.starts(with: text.utf8) else { return false }
            rest = rest.dropFirst(text.utf8.count)
            return true
        }
        func takeNumber() -> Bool {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(digits.count)
            return digits.count >= 5
        }
        if take("-"), !(takeNumber() && take("-of-") && takeNumber()) { return false }
        guard take(".safetensors") else { return false }
        return rest.isEmpty || rest.elementsEqual(".index.json".utf8)
    }
}

import ArgumentParser

/// A size such as 500MB, 2GiB or 1048576.
struct ByteCount {
    let bytes: Int

    /// - Throws: `ValidationError` naming the option.
    init(_ text: String, option: String) throws {
        let units: [(String, Int)] = [
            ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30), ("tib", 1 << 40), ("kb", 1_000), ("mb", 1_000_000),
            ("gb", 1_000_000_000), ("tb", 1_000_000_000_000), ("b", 1), ("", 1),
        ]
        let lower = text.lowercased()
        for (unit, factor) in units where lower.hasSuffix(unit) {
            guard let number = Double(lower.dropLast(unit.count)), number > 0,
                let bytes = Int(exactly: (number * Double(factor)).rounded()), bytes >= 1, bytes <= 1 << 53
            else { break }
            self.bytes = bytes
            return
        }
        throw ValidationError("\(option) wants a size such as 500MB or 2GB; not '\(text)'")
    }
}

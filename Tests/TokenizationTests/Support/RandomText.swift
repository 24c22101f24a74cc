/// Random texts that meet the places where split patterns differ.
struct RandomText {
    private var generator: SplitMix64

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
    }

    /// Fixed strings: contractions in all cases, line breaks, white space and look-alikes of it, look-alikes of s and k.
    private static let fragments = [
        "'s", "'S", "'ſ", "'t", "'T", "'re", "'RE", "'rE", "'ve", "'Ve", "'m", "'M", "'ll", "'Ll", "'lL", "'l", "'r",
        "'v", "'d", "'D", "'", "''", "’s", "ſ", "K", "\r", "\n", "\r\n", "\n\r", "\r\n\r\n", "\n\n\n", "\t", "\u{0B}",
        "\u{0C}", "\u{85}", "\u{A0}", "\u{180E}", "\u{200B}", "\u{2028}", "\u{2029}", "\u{202F}", "\u{205F}",
        "\u{3000}", "\u{1680}", "\u{FEFF}", "\u{1C}", "\u{0}", "\u{7F}", "\u{AD}", " \n", "\n ", " \n ", "\t\n", "/",
        "\n/", "!\n", "!/\n", "\\", "|", "~", "`", "^", "_", "$", "+", "<", "{", "DŽ", "Dž", "dž",
    ]

    /// Ranges of scalars: scripts with and without case, marks of all kinds, numbers of all kinds, and what has no class.
    private static let ranges: [ClosedRange<UInt32>] = [
        0x61...0x7A, 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x00...0x1F,
        0x7F...0xBF, 0xC0...0x17F, 0x1C4...0x1CC, 0x1F1...0x1F3, 0x1F88...0x1FAF, 0x2B0...0x2FF, 0x300...0x36F,
        0x370...0x3FF, 0x400...0x52F, 0x591...0x5F4, 0x600...0x6FF, 0x8D0...0x96F, 0xA01...0xA51, 0xE01...0xE5B,
        0xF00...0xFDA, 0x10A0...0x10FF, 0x1100...0x11FF, 0x13A0...0x13FD, 0x1AB0...0x1ACE, 0x1D2C...0x1D6A,
        0x1DC0...0x1DFF, 0x2000...0x206F, 0x2070...0x209C, 0x20A0...0x20F0, 0x2150...0x218B, 0x2190...0x22FF,
        0x2460...0x24FF, 0x3000...0x303F, 0x3040...0x309F, 0x30A0...0x30FF, 0x3105...0x312F, 0x3220...0x3250,
        0x3400...0x3410, 0x4E00...0x4E40, 0x9FA0...0x9FFF, 0xA4D0...0xA4FF, 0xA640...0xA69F, 0xAB53...0xABBF,
        0xAC00...0xAC40, 0xE000...0xE010, 0xF900...0xF920, 0xFB00...0xFB4F, 0xFE00...0xFE0F, 0xFE20...0xFE2F,
        0xFF00...0xFFEF, 0xFFF0...0xFFFF, 0x378...0x37F, 0x530...0x58F, 0x10140...0x1018E, 0x10400...0x1044F,
        0x10D40...0x10D8F, 0x11900...0x11959, 0x12400...0x12474, 0x16E40...0x16E9A, 0x1BCA0...0x1BCA3,
        0x1D165...0x1D172, 0x1D400...0x1D7FF, 0x1E900...0x1E95F, 0x1F100...0x1F1FF, 0x1F300...0x1F64F,
        0x20000...0x20010, 0x323B0...0x323B8, 0xE0001...0xE007F, 0xE0100...0xE01EF, 0x10FFF0...0x10FFFF,
        0x00...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF,
    ]

    /// The next text: mostly a few runs, every hundredth of some hundred runs.
    mutating func next() -> String {
        let runs = generator.below(100) == 0 ? 150 + generator.below(400) : 1 + generator.below(14)
        return text(runs: runs)
    }

    /// A text of `runs` runs, each of spaces, a fragment, or scalars of one range.
    mutating func text(runs: Int) -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<runs {
            switch generator.below(10) {
            case 0, 1:
                let count = generator.below(5) == 0 ? 2 + generator.below(6) : 1
                scalars.append(contentsOf: repeatElement(" ", count: count))
            case 2, 3, 4:
                scalars.append(contentsOf: generator.pick(Self.fragments).unicodeScalars)
            default:
                let range = generator.pick(Self.ranges)
                for _ in 0...generator.below(4) {
                    let value = UInt32.random(in: range, using: &generator)
                    if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
                }
            }
        }
        return String(scalars)
    }
}

/// What is remembered of where a text came from: how many bytes at its front belong to the first character of the input.
///
/// Metaspace's `first` asks it. The oracle keeps the original place of every byte; this is the one of them that tells.
enum LeadingText {
    /// The length of the first scalar of a text that nothing has changed yet.
    static func firstScalarLength(_ text: some Collection<UInt8>) -> Int {
        guard !text.isEmpty else { return 0 }
        return 1 + text.dropFirst().prefix { $0 & 0xC0 == 0x80 }.count
    }
}

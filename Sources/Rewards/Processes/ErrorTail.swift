/// The end of what a child wrote to its standard error: enough for the last line of a traceback.
struct ErrorTail {
    private var bytes: [UInt8] = []

    /// Takes what is there, but not for ever.
    mutating func drain(_ child: ChildProcess, _ buffer: inout [UInt8]) {
        for _ in 0..<16 {
            let transfer = buffer.withUnsafeMutableBytes { child.readErrors(into: $0) }
            guard case .moved(let count) = transfer else { return }
            bytes = (bytes + buffer[..<count].suffix(2048)).suffix(2048)
        }
    }

    /// `: ` and the last line that is not blank; empty where there is none.
    var lastLine: String {
        let lines = bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
        guard let last = lines.last(where: { $0.contains { $0 > 0x20 } }) else { return "" }
        return ": " + RewardAnswerLine.beginning(of: last.drop { $0 == 0x20 || $0 == 0x09 }).prefix(200)
    }
}

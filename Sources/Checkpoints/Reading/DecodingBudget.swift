/// Bounds the memory in which large chunks are decoded at one time, whatever the number of threads and files.
///
/// Whoever holds a part of it decodes and waits for nobody, so that nobody waits for ever.
final class DecodingBudget: @unchecked Sendable {
    static let shared = DecodingBudget(limit: 128 << 20)

    private let limit: Int
    private let monitor = Monitor()
    private var used = 0

    /// - Parameter limit: in bytes.
    init(limit: Int) {
        self.limit = limit
    }

    /// Runs `body` once `byteCount` bytes are free; more than the limit are had by one thread alone.
    func withBytes(_ byteCount: Int, _ body: () throws -> Void) throws {
        monitor.withLock {
            while used > 0 && used + byteCount > limit { monitor.wait() }
            used += byteCount
        }
        defer {
            monitor.withLock {
                used -= byteCount
                monitor.signal()
            }
        }
        try body()
    }
}

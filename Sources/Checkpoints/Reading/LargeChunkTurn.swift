import Synchronization

/// Lets one thread at a time go through tensors in large chunks, of which only the last two are kept: several at once would
/// decode a chunk anew for every block.
///
/// Not to be taken again by who has it, nor by who waits for other threads meanwhile.
enum LargeChunkTurn {
    private static let mutex = Mutex(())

    /// Runs `body`, alone where that is needed.
    static func take(if isNeeded: Bool, _ body: () throws -> Void) throws {
        guard isNeeded else { return try body() }
        try mutex.withLock { _ in try body() }
    }
}

/// Lets threads pass one by one, in the order of their numbers.
public final class Turnstile: @unchecked Sendable {
    private let monitor = Monitor()
    private var turn = 0
    private var isBroken = false

    /// Number 0 is the first.
    public init() {}

    /// Waits until all smaller numbers have passed, runs `body` alone, and lets the next number in.
    ///
    /// - Throws: what `body` throws, and then nobody passes any more: `CancellationError` to them.
    public func pass<Result>(_ number: Int, _ body: () throws -> Result) throws -> Result {
        try monitor.withLock {
            while turn != number && !isBroken { monitor.wait() }
            if isBroken { throw CancellationError() }
            defer { monitor.signal() }
            do {
                let result = try body()
                turn += 1
                return result
            } catch {
                isBroken = true
                throw error
            }
        }
    }

    /// Lets nobody pass any more.
    public func close() {
        monitor.withLock {
            isBroken = true
            monitor.signal()
        }
    }
}

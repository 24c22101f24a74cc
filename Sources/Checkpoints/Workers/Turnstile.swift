import Glibc
import Synchronization

/// Lets threads pass one by one, in the order of their numbers.
public final class Turnstile: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var turn = 0
    private var isBroken = false

    /// Number 0 is the first.
    public init() {
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Waits until all smaller numbers have passed, runs `body` alone, and lets the next number in.
    ///
    /// - Throws: what `body` throws, and then nobody passes any more: `CancellationError` to them.
    public func pass<Result>(_ number: Int, _ body: () throws -> Result) throws -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while turn != number && !isBroken { pthread_cond_wait(changed, mutex) }
        if isBroken { throw CancellationError() }
        do {
            let result = try body()
            turn += 1
            pthread_cond_broadcast(changed)
            return result
        } catch {
            isBroken = true
            pthread_cond_broadcast(changed)
            throw error
        }
    }

    /// Lets nobody pass any more.
    public func close() {
        pthread_mutex_lock(mutex)
        isBroken = true
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
    }
}

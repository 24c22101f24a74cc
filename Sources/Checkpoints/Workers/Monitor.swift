import Glibc

/// A lock together with a condition that threads wait for, until another thread says that something has changed.
///
/// What it protects is a property of whoever has it, and touched by nobody outside ``withLock(_:)``.
final class Monitor: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    init() {
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

    /// Runs `body` while no other thread is in here.
    func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Inside ``withLock(_:)``: runs `body` without the lock.
    func withoutLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_unlock(mutex)
        defer { pthread_mutex_lock(mutex) }
        return try body()
    }

    /// Inside ``withLock(_:)``: lets others in, until one of them calls ``signal()``; may return earlier.
    func wait() {
        pthread_cond_wait(changed, mutex)
    }

    /// Inside ``withLock(_:)``: wakes all who wait.
    func signal() {
        pthread_cond_broadcast(changed)
    }
}

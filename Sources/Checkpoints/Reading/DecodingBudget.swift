import Glibc

/// Bounds the memory in which large chunks are decoded at one time, whatever the number of threads and files.
///
/// Whoever holds a part of it decodes and waits for nobody, so that nobody waits for ever.
final class DecodingBudget: @unchecked Sendable {
    static let shared = DecodingBudget(limit: 128 << 20)

    private let limit: Int
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var used = 0

    /// - Parameter limit: in bytes.
    init(limit: Int) {
        self.limit = limit
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

    /// Runs `body` once `byteCount` bytes are free; more than the limit are had by one thread alone.
    func withBytes(_ byteCount: Int, _ body: () throws -> Void) throws {
        pthread_mutex_lock(mutex)
        while used > 0 && used + byteCount > limit { pthread_cond_wait(changed, mutex) }
        used += byteCount
        pthread_mutex_unlock(mutex)
        defer {
            pthread_mutex_lock(mutex)
            used -= byteCount
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
        }
        try body()
    }
}

import Glibc

/// Passes over numbered blocks that all threads which need the result run together: whoever comes takes the next block, and
/// nobody goes on before the last pass is done.
final class SharedPasses: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private let blockCount: Int
    private var pass = 0
    private var next = 0
    private var finished = 0
    private var isDone: Bool
    private var failure: (any Error)?

    /// - Parameter blockCount: the blocks of each pass; none: there is nothing to wait for.
    init(blockCount: Int) {
        self.blockCount = blockCount
        isDone = blockCount == 0
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

    /// Takes part in the passes and returns when all are done.
    ///
    /// - Parameters:
    ///   - work: does one block of a pass; from several threads at once.
    ///   - conclude: called by one thread when all blocks of a pass are done; says whether another pass follows.
    /// - Throws: what either of them threw, here or on another thread.
    func join(work: (_ pass: Int, _ block: Int) throws -> Void, conclude: (_ pass: Int) throws -> Bool) throws {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isDone {
            if let failure { throw failure }
            guard next < blockCount else {
                pthread_cond_wait(changed, mutex)
                continue
            }
            let (pass, block) = (pass, next)
            next += 1
            do {
                pthread_mutex_unlock(mutex)
                defer { pthread_mutex_lock(mutex) }
                try work(pass, block)
            } catch {
                fail(error)
                throw error
            }
            finished += 1
            if finished == blockCount { try end(pass, conclude) }
        }
    }

    private func end(_ pass: Int, _ conclude: (Int) throws -> Bool) throws {
        do {
            if try conclude(pass) {
                self.pass += 1
                (next, finished) = (0, 0)
            } else {
                isDone = true
            }
        } catch {
            fail(error)
            throw error
        }
        pthread_cond_broadcast(changed)
    }

    private func fail(_ error: any Error) {
        failure = failure ?? error
        pthread_cond_broadcast(changed)
    }
}

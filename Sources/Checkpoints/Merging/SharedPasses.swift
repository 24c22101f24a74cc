/// Passes over numbered blocks that all threads which need the result run together: whoever comes takes the next block, and
/// nobody goes on before the last pass is done.
final class SharedPasses: @unchecked Sendable {
    private let monitor = Monitor()
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
    }

    /// Takes part in the passes and returns when all are done.
    ///
    /// - Parameters:
    ///   - work: does one block of a pass; from several threads at once.
    ///   - conclude: called by one thread when all blocks of a pass are done; says whether another pass follows.
    /// - Throws: what either of them threw, here or on another thread.
    func join(work: (_ pass: Int, _ block: Int) throws -> Void, conclude: (_ pass: Int) throws -> Bool) throws {
        try monitor.withLock {
            while !isDone {
                if let failure { throw failure }
                guard next < blockCount else {
                    monitor.wait()
                    continue
                }
                let (pass, block) = (pass, next)
                next += 1
                do {
                    try monitor.withoutLock { try work(pass, block) }
                } catch {
                    fail(error)
                    throw error
                }
                finished += 1
                if finished == blockCount { try end(pass, conclude) }
            }
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
        monitor.signal()
    }

    private func fail(_ error: any Error) {
        failure = failure ?? error
        monitor.signal()
    }
}

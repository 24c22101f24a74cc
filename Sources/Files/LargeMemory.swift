import Glibc

/// Advice to the system on large stretches of memory.
public enum LargeMemory {
    private static let pageSize = 4096
    private static let hugePageSize = 2 << 20

    /// Says that all of `memory`, which has not been used yet, is going to be.
    ///
    /// Where the system keeps huge pages for those who ask, memory of some megabytes then comes as a few of them: thousands
    /// of small ones would each cost a fault at the first use, and a table that is read in no order a miss of the address
    /// cache at most of the others. Elsewhere, and for less memory, it does nothing.
    public static func willUse(_ memory: UnsafeMutableRawBufferPointer) {
        guard memory.count >= hugePageSize, let base = memory.baseAddress else { return }
        let start = base.alignedUp(toMultipleOf: pageSize)
        let end = (base + memory.count).alignedDown(toMultipleOf: pageSize)
        _ = madvise(start, end - start, MADV_HUGEPAGE)
    }
}

import Glibc

/// The memory of this process.
enum ProcessMemory {
    /// The most bytes that were resident at once.
    static var peakBytes: Int {
        var usage = rusage()
        return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
    }
}

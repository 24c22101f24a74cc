import Glibc

/// Memory for numbers, zero at first: large pieces straight from the system, aligned to pages and given back when they are freed;
/// small ones, which come and go with every layer of a pass, from the heap, aligned to 64 bytes.
enum LargeMemory {
    /// Pieces of fewer bytes come from the heap: new pages cost more than clearing used memory.
    private static let smallest = 1 << 20

    /// The first of so many numbers.
    static func zeros<Number: BitwiseCopyable>(_: Number.Type, count: Int) -> UnsafeMutablePointer<Number> {
        let bytes = max(count, 1) * MemoryLayout<Number>.stride
        guard let memory = bytes < smallest ? cleared(bytes) : pages(bytes) else {
            fatalError("\(bytes) bytes of memory cannot be had")
        }
        return memory.bindMemory(to: Number.self, capacity: count)
    }

    private static func cleared(_ bytes: Int) -> UnsafeMutableRawPointer? {
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, 64, bytes) == 0, let memory else { return nil }
        memset(memory, 0, bytes)
        return memory
    }

    private static func pages(_ bytes: Int) -> UnsafeMutableRawPointer? {
        let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        return memory == MAP_FAILED ? nil : memory
    }

    static func free<Number>(_ memory: UnsafeMutablePointer<Number>, count: Int) {
        let bytes = max(count, 1) * MemoryLayout<Number>.stride
        if bytes < smallest {
            Glibc.free(memory)
        } else {
            munmap(memory, bytes)
        }
    }
}

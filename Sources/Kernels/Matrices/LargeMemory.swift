import Glibc

/// Memory straight from the system: aligned to pages, zero, and given back when it is freed.
enum LargeMemory {
    /// The first of so many numbers.
    static func zeros<Number: BitwiseCopyable>(_: Number.Type, count: Int) -> UnsafeMutablePointer<Number> {
        let bytes = max(count, 1) * MemoryLayout<Number>.stride
        guard
            let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            memory != MAP_FAILED
        else { fatalError("\(bytes) bytes of memory cannot be had") }
        return memory.bindMemory(to: Number.self, capacity: count)
    }

    static func free<Number>(_ memory: UnsafeMutablePointer<Number>, count: Int) {
        munmap(memory, max(count, 1) * MemoryLayout<Number>.stride)
    }
}

/// Which pages of the cache are in use, and by how many rollouts: those of one prompt share the pages that it fills.
struct PageAllocator {
    private var references: [Int32] = []
    private var free: [Int32] = []

    /// Pages that have ever been used at once.
    var extent: Int { references.count }
    /// Pages in use.
    var used: Int { references.count - free.count }

    /// A page that nobody uses, now in use once.
    mutating func take() -> Int32 {
        if let page = free.popLast() {
            references[Int(page)] = 1
            return page
        }
        references.append(1)
        return Int32(references.count - 1)
    }

    /// One more rollout uses the pages.
    mutating func share(_ pages: some Sequence<Int32>) {
        for page in pages { references[Int(page)] += 1 }
    }

    /// One rollout less uses the pages.
    mutating func release(_ pages: some Sequence<Int32>) {
        for page in pages {
            references[Int(page)] -= 1
            if references[Int(page)] == 0 { free.append(page) }
        }
    }
}

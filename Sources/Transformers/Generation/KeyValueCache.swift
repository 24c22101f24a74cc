import Kernels

/// The keys and values of completions in work, in pages; those of one prompt share the pages that it fills.
final class KeyValueCache {
    let pool: KeyValuePool
    private var allocator = PageAllocator()

    init(_ c: TransformerConfiguration) {
        pool = KeyValuePool(layers: c.layerCount, keyHeads: c.keyHeads, headWidth: c.headWidth)
    }

    /// Pages in use.
    var used: Int { allocator.used }

    /// Pages for so many tokens.
    func take(for length: Int) -> [Int32] {
        var pages: [Int32] = []
        extend(&pages, length: length)
        return pages
    }

    /// Where a token is, of those that the pages hold.
    func place(of token: Int, in pages: [Int32]) -> (page: Int32, slot: Int32) {
        (pages[token / pool.pageLength], Int32(token % pool.pageLength))
    }

    /// More pages, until they hold so many tokens.
    func extend(_ pages: inout [Int32], length: Int) {
        while pages.count * pool.pageLength < length { pages.append(allocator.take()) }
        pool.grow(toPages: allocator.extent)
    }

    /// The same tokens for one completion more: full pages are shared, a page that is not full is copied.
    func copy(_ pages: [Int32], length: Int) -> [Int32] {
        let full = length / pool.pageLength
        var copies = Array(pages[..<full])
        allocator.share(copies)
        if full < pages.count {
            copies.append(allocator.take())
            pool.grow(toPages: allocator.extent)
            pool.copy(page: Int(pages[full]), to: Int(copies[full]))
        }
        return copies
    }

    /// One completion less has them.
    func release(_ pages: [Int32]) {
        allocator.release(pages)
    }
}

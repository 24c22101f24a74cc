/// Keys and values of generated tokens in pages of a fixed number of tokens, each with all layers of a model.
///
/// A page lies in memory layer by layer: keys [heads, page length, head width], then values of the same shape. The pool grows by
/// chunks of pages and never moves one. Who owns which page is for the user to know; threads may use different pages at the same
/// time, but none may while the pool grows.
public final class KeyValuePool: @unchecked Sendable {
    /// Tokens in a page.
    public let pageLength: Int
    /// Layers of the model.
    public let layers: Int
    /// Heads of keys and of values.
    public let keyHeads: Int
    /// Numbers in a head.
    public let headWidth: Int
    /// Numbers of a page.
    public let pageSize: Int
    let chunkPages: Int
    private(set) var chunks: [UnsafeMutablePointer<Float>?] = []
    private var buffers: [FloatBuffer] = []

    /// An empty pool.
    ///
    /// - Parameters:
    ///   - layers: of the model.
    ///   - keyHeads: heads of keys and of values.
    ///   - headWidth: numbers in a head.
    ///   - pageLength: tokens in a page.
    public init(layers: Int, keyHeads: Int, headWidth: Int, pageLength: Int = 32) {
        precondition(layers > 0 && keyHeads > 0 && headWidth > 0 && pageLength > 0, "a page has a size")
        self.layers = layers
        self.keyHeads = keyHeads
        self.headWidth = headWidth
        self.pageLength = pageLength
        pageSize = layers * 2 * keyHeads * pageLength * headWidth
        // About 16 MiB: memory that is not written is not taken.
        chunkPages = max(1, (4 << 20) / pageSize)
    }

    /// Pages that there are.
    public var pageCount: Int { buffers.count * chunkPages }
    /// Bytes of a page.
    public var pageByteCount: Int { pageSize * 4 }

    /// Makes more pages, until there are at least so many. New ones are zero.
    public func grow(toPages pages: Int) {
        precondition(pages <= Int(Int32.max), "page numbers are 32-bit")
        while pageCount < pages {
            let buffer = FloatBuffer(count: chunkPages * pageSize)
            buffers.append(buffer)
            chunks.append(buffer.row.base)
        }
    }

    /// Keys of a head in a page: [page length, head width].
    public func keys(page: Int, layer: Int, head: Int) -> Matrix { matrix(page, layer, head) }

    /// Values of a head in a page: [page length, head width].
    public func values(page: Int, layer: Int, head: Int) -> Matrix { matrix(page, layer, keyHeads + head) }

    /// Copies a page, all layers of it: where two rollouts go on from one that is not full.
    public func copy(page source: Int, to target: Int) {
        precondition(source >= 0 && source < pageCount && target >= 0 && target < pageCount, "the pages are the pool's")
        row(target).copy(row(source))
    }

    private func row(_ page: Int) -> Matrix {
        buffers[page / chunkPages].matrix(rows: 1, columns: pageSize, at: page % chunkPages * pageSize)
    }

    private func matrix(_ page: Int, _ layer: Int, _ part: Int) -> Matrix {
        precondition(page >= 0 && page < pageCount && layer >= 0 && layer < layers, "the page is the pool's")
        precondition(part >= 0 && part < 2 * keyHeads, "the head is the pool's")
        let size = pageLength * headWidth
        return buffers[page / chunkPages].matrix(
            rows: pageLength, columns: headWidth,
            at: page % chunkPages * pageSize + (layer * 2 * keyHeads + part) * size)
    }
}

/// Encodes pieces by a model, with the cache and the memory that one thread needs for it.
struct ModelEncoder: ~Copyable {
    private let model: BytePairModel
    private let mapsBytes: Bool
    private let scanner: Pretokenizer.Scanner?
    private let cutsPieces: Bool
    private var cache: PretokenCache
    private var batch = PretokenBatch()
    private var scratch = MergeScratch()

    init(model: BytePairModel, pretokenizer: Pretokenizer) {
        self.model = model
        mapsBytes = pretokenizer.mapsBytes
        scanner = pretokenizer.scanner
        // With pieces of words there is nothing to gain; a text that is one piece is cut into words here.
        cutsPieces = !pretokenizer.mapsBytes && pretokenizer.scanner == nil && model.cuts != nil
        cache = PretokenCache(logCapacity: 16)
    }

    /// Appends the ids of a text that the scanner splits. Returns false when there is no scanner for it.
    mutating func encodeScanning(
        _ text: UnsafeBufferPointer<UInt8>, into ids: inout IDBuffer
    ) throws(TokenizerError) -> Bool {
        guard mapsBytes, let scanner else { return false }
        switch scanner {
        case .known(.gpt2): try scan(GPT2Scanner(), text, into: &ids)
        case .known(.qwen2): try scan(WordScanner<QwenRules>(), text, into: &ids)
        case .known(.llama3), .known(.cl100k): try scan(WordScanner<LlamaRules>(), text, into: &ids)
        case .known(.markedQwen): try scan(WordScanner<MarkedQwenRules>(), text, into: &ids)
        case .known(.o200k): try scan(O200kScanner(), text, into: &ids)
        case .deepSeek: try scan(DeepSeekScanner(), text, into: &ids)
        }
        return true
    }

    /// Appends the ids of one piece.
    mutating func encode(
        piece: UnsafeBufferPointer<UInt8>, into ids: inout IDBuffer
    ) throws(TokenizerError) {
        ids.reserve(piece.count / 4 + PretokenCache.maximumCount)
        if cutsPieces, piece.count > PretokenCache.maximumLength, let cuts = model.cuts {
            // Words, between which no token reaches.
            try scan(cuts, piece, into: &ids)
        } else if !piece.isEmpty {
            try encode(word: piece, readable: piece.count, into: &ids)
        }
    }

    private mutating func scan<S: PretokenScanner>(
        _ scanner: S, _ text: UnsafeBufferPointer<UInt8>, into ids: inout IDBuffer
    ) throws(TokenizerError) {
        guard let base = text.baseAddress else { return }
        ids.reserve(text.count / 4 + PretokenCache.maximumCount)
        var scanner = scanner
        let end = base + text.count
        var p = base
        while p < end {
            let start = p
            p = batch.find(&scanner, from: start, to: end)
            guard batch.count > 0 else { throw .wordTooLong(bytes: p - start) }
            var index = 0
            while true {
                index = cache.find(batch, from: index, readableTo: end, into: &ids)
                guard index < batch.count else { break }
                let word = batch.pretoken(index)
                try encode(word: word, readable: word.count, into: &ids)
                index += 1
            }
        }
    }

    /// Appends the ids of a word, from the cache where it has them.
    @inline(__always)
    private mutating func encode(
        word: UnsafeBufferPointer<UInt8>, readable: Int, into ids: inout IDBuffer
    ) throws(TokenizerError) {
        guard let base = word.baseAddress, word.count <= PretokenCache.maximumLength else {
            guard word.count <= TokenEncoder.maximumWordBytes else { throw .wordTooLong(bytes: word.count) }
            try encodeUncached(word, into: &ids)
            return
        }
        let key = PretokenCache.key(base, length: word.count, readable: readable)
        if let packed = cache.find(key) {
            ids.append(packed: packed)
        } else {
            try encodeUncached(word, into: &ids)
            cache.insert(key, scratch.symbols)
        }
    }

    @inline(never)
    private mutating func encodeUncached(
        _ word: UnsafeBufferPointer<UInt8>, into ids: inout IDBuffer
    ) throws(TokenizerError) {
        try model.encode(word: word, mapsBytes: mapsBytes, into: &scratch)
        for id in scratch.symbols { ids.append(id) }
    }
}

/// Where ids are collected: grown to about what a text needs before it is encoded, and further where it needs more.
struct IDBuffer: ~Copyable {
    private var storage: UnsafeMutablePointer<Int32>
    private var capacity: Int
    private(set) var count = 0

    init() {
        capacity = 4096
        storage = .allocate(capacity: capacity)
    }

    deinit {
        storage.deallocate()
    }

    /// Makes room for `additional` more ids.
    mutating func reserve(_ additional: Int) {
        guard count + additional > capacity else { return }
        let larger = max(capacity * 2, count + additional)
        let moved = UnsafeMutablePointer<Int32>.allocate(capacity: larger)
        moved.update(from: storage, count: count)
        storage.deallocate()
        storage = moved
        capacity = larger
    }

    /// Appends an id.
    @inline(__always)
    mutating func append(_ id: Int32) {
        if count == capacity { reserve(1) }
        storage[count] = id
        count += 1
    }

    /// Appends the ids of a cache entry. Writes four lanes whatever their count.
    @inline(__always)
    mutating func append(packed: SIMD4<UInt32>) {
        if count + 4 > capacity { reserve(4) }
        let first = packed[0]
        var lanes = packed
        lanes[0] = first & 0x0FFF_FFFF
        UnsafeMutableRawPointer(storage + count).storeBytes(of: lanes, as: SIMD4<UInt32>.self)
        count += Int(first >> 28)
    }

    /// Makes room for four ids `times` over, and 16 more, and lets `body` write there and say how many it wrote.
    @inline(__always)
    mutating func appendFour<Result>(
        times: Int, _ body: (UnsafeMutablePointer<UInt32>, _ written: inout Int) -> Result
    ) -> Result {
        reserve(times * 4 + 16)
        var written = 0
        let result = (storage + count).withMemoryRebound(to: UInt32.self, capacity: times * 4 + 16) {
            body($0, &written)
        }
        count += written
        return result
    }

    mutating func removeAll() {
        count = 0
    }

    /// Appends what was collected to `output`.
    func append(to output: inout [Int32]) {
        output.append(contentsOf: UnsafeBufferPointer(start: storage, count: count))
    }
}

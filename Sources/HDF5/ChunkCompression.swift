import CDeflate

/// A chunk as it is stored: what the filters made of it, and which of them were skipped.
struct EncodedChunk: Sendable, Equatable {
    var bytes: [UInt8]
    /// Bit i: filter i of the pipeline was not applied.
    var skippedFilters: UInt32
}

/// The filters of a dataset as a pure function of a chunk's bytes, callable from any thread: libhdf5 has no part in it.
///
/// Equal bytes give equal chunks, whoever encodes them and when.
struct ChunkEncoder: Sendable {
    /// The size of an element in bytes: the stride of the shuffle.
    var elementSize: Int
    var shuffles: Bool
    /// 1...9; nil: no compression.
    var deflateLevel: Int?

    /// Reads a pipeline; nil if it holds anything but shuffle followed by deflate, each optional.
    init?(filters: [HDF5Filter], elementSize: Int) {
        self.elementSize = elementSize
        shuffles = filters.first == .shuffle
        let rest = filters.dropFirst(shuffles ? 1 : 0)
        switch rest.first {
        case nil: deflateLevel = nil
        case .deflate(let level) where rest.count == 1 && (1...9).contains(level): deflateLevel = level
        default: return nil
        }
    }

    /// - Complexity: linear; allocates at most twice the chunk.
    func encode(_ chunk: ArraySlice<UInt8>) -> EncodedChunk {
        let bytes = shuffles && elementSize > 1 ? Self.shuffle(chunk, elementSize: elementSize) : Array(chunk)
        guard let deflateLevel else { return EncodedChunk(bytes: bytes, skippedFilters: 0) }
        if let deflated = Self.deflate(bytes, level: deflateLevel) {
            return EncodedChunk(bytes: deflated, skippedFilters: 0)
        }
        // Deflate is the last filter; a chunk that it would not shrink is stored as it came to it.
        return EncodedChunk(bytes: bytes, skippedFilters: shuffles ? 0b10 : 0b01)
    }

    /// First the first bytes of all elements, then their second bytes, and so on; what is left over at the end stays.
    private static func shuffle(_ chunk: ArraySlice<UInt8>, elementSize: Int) -> [UInt8] {
        let count = chunk.count / elementSize
        return [UInt8](unsafeUninitializedCapacity: chunk.count) { output, written in
            chunk.withUnsafeBufferPointer { input in
                for byte in 0..<elementSize {
                    let plane = byte * count
                    for element in 0..<count {
                        output[plane + element] = input[element * elementSize + byte]
                    }
                }
                for index in count * elementSize..<input.count { output[index] = input[index] }
            }
            written = chunk.count
        }
    }

    /// A zlib stream that is shorter than the bytes, or nil.
    private static func deflate(_ bytes: [UInt8], level: Int) -> [UInt8]? {
        guard bytes.count > 1, let compressor = libdeflate_alloc_compressor(Int32(level)) else { return nil }
        defer { libdeflate_free_compressor(compressor) }
        let deflated = [UInt8](unsafeUninitializedCapacity: bytes.count - 1) { output, written in
            written = bytes.withUnsafeBytes { input in
                libdeflate_zlib_compress(
                    compressor, input.baseAddress, input.count, output.baseAddress, bytes.count - 1)
            }
        }
        return deflated.isEmpty ? nil : deflated
    }
}

import CHDF5
import Glibc

/// What a file holds in place of a variable-length string: its length, and an object of a global heap collection.
struct StringReference {
    static let byteCount = 16

    let length: Int
    let address: UInt64
    let index: UInt32

    init(_ bytes: [UInt8], at start: Int) {
        length = Int(bytes.littleEndian(UInt32.self, at: start))
        address = bytes.littleEndian(UInt64.self, at: start + 4)
        index = bytes.littleEndian(UInt32.self, at: start + 12)
    }
}

/// Reads strings out of the global heap of a file.
///
/// libhdf5 1.10 copies an object of the heap by the size that the file states, past the collection and past the memory
/// that it took for the string: a single flipped byte can crash it. So libhdf5 only hands out the references, and the
/// collections are read here, with every size checked. Used with the lock held.
struct GlobalHeap {
    private struct Collection {
        var bytes: [UInt8]
        var objects: [UInt32: Range<Int>]
    }

    private static let headerByteCount = 16
    /// Collections that are kept: a few, since strings that were written together lie together.
    private static let cachedByteCount = 4 << 20

    private let reference: HDF5ObjectReference
    private let descriptor: Int32
    private let base: UInt64
    private let limit: Int
    private var remaining: Int
    private var collections: [UInt64: Collection] = [:]
    private var cached = 0

    /// - Parameter limit: the bytes that all strings together may take.
    init(_ reference: HDF5ObjectReference, limit: Int) throws(HDF5Error) {
        // What is written may still be in libhdf5's cache.
        if reference.file.isWritable, H5Fflush(reference.file.id, H5F_SCOPE_GLOBAL) < 0 {
            throw reference.writeFailure("the file cannot be flushed")
        }
        let properties = H5Fget_create_plist(reference.file.id)
        defer { H5Pclose(properties) }
        var (userBlock, handle): (hsize_t, UnsafeMutableRawPointer?) = (0, nil)
        var (addressSize, lengthSize) = (0, 0)
        guard properties >= 0, H5Pget_userblock(properties, &userBlock) >= 0,
            H5Pget_sizes(properties, &addressSize, &lengthSize) >= 0,
            H5Fget_vfd_handle(reference.file.id, chdf5_default_properties(), &handle) >= 0, let handle
        else { throw reference.failure(.readFailed, "the file cannot be accessed") }
        guard addressSize == 8, lengthSize == 8 else {
            throw reference.error(.unsupportedType, "the file has addresses of \(addressSize) bytes, not 8")
        }
        self.reference = reference
        descriptor = handle.load(as: Int32.self)
        base = userBlock
        self.limit = limit
        remaining = limit
    }

    /// The text up to its first NUL.
    ///
    /// - Parameter index: the position among the strings that are read, for errors.
    mutating func string(_ stored: StringReference, index: Int) throws(HDF5Error) -> String {
        if stored.length == 0 { return "" }
        if stored.length > remaining {
            throw reference.error(.limitExceeded, "its strings take more than \(limit) bytes; read fewer rows")
        }
        remaining -= stored.length
        if collections[stored.address] == nil { try load(stored.address) }
        guard let collection = collections[stored.address], let object = collection.objects[stored.index],
            stored.length <= object.count
        else {
            throw reference.error(.corrupt, "string \(index) of those read refers to nothing in the file's heap")
        }
        let end = object.lowerBound + stored.length
        let field = collection.bytes[object.lowerBound..<end]
        guard let string = String(validating: field.prefix(while: { $0 != 0 }), as: UTF8.self) else {
            throw reference.error(.invalidUTF8, "string \(index) of those read is not valid UTF-8")
        }
        return string
    }

    private mutating func load(_ address: UInt64) throws(HDF5Error) {
        let header = try read(Self.headerByteCount, at: address)
        let size = header.littleEndian(UInt64.self, at: 8)
        guard header.starts(with: "GCOL".utf8), header[4] == 1,
            let count = Int(exactly: size), count >= Self.headerByteCount
        else { throw reference.error(.corrupt, "there is no heap collection at byte \(address)") }
        // A collection holds little more than its strings, or is of libhdf5's usual size, up to 64 KiB.
        if count > max(limit, 1 << 20) {
            throw reference.error(.limitExceeded, "the heap collection at byte \(address) takes \(count) bytes")
        }
        let bytes = try read(count, at: address)
        var objects: [UInt32: Range<Int>] = [:]
        var position = Self.headerByteCount
        while bytes.count - position >= Self.headerByteCount {
            let index = UInt32(bytes.littleEndian(UInt16.self, at: position))
            let size = bytes.littleEndian(UInt64.self, at: position + 8)
            // Index 0 is the free space, which ends the collection.
            if index == 0 { break }
            let start = position + Self.headerByteCount
            guard let objectSize = Int(exactly: size), objectSize <= bytes.count - start else {
                throw reference.error(.corrupt, "an object leaves its heap collection at byte \(address)")
            }
            objects[index] = start..<start + objectSize
            // Objects are aligned to 8 bytes; the last one may lack its padding only in a damaged file.
            position = start + (objectSize + 7) / 8 * 8
        }
        if cached > Self.cachedByteCount { (collections, cached) = ([:], 0) }
        collections[address] = Collection(bytes: bytes, objects: objects)
        cached += bytes.count
    }

    private func read(_ count: Int, at address: UInt64) throws(HDF5Error) -> [UInt8] {
        let (sum, overflows) = address.addingReportingOverflow(base)
        var status = stat()
        guard !overflows, let start = Int(exactly: sum), fstat(descriptor, &status) == 0,
            start <= status.st_size, count <= status.st_size - start
        else { throw reference.error(.corrupt, "a string lies at byte \(address), outside the file") }
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
            while read < count {
                let got = pread(descriptor, buffer.baseAddress.map { $0 + read }, count - read, start + read)
                if got < 0, errno == EINTR { continue }
                if got <= 0 { break }
                read += got
            }
        }
        if bytes.count < count {
            throw reference.error(.readFailed, "\(count) bytes cannot be read at byte \(address)")
        }
        return bytes
    }
}

extension [UInt8] {
    /// The integer whose bytes start there; the caller knows that they exist.
    fileprivate func littleEndian<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type, at start: Int) -> T {
        var value: T = 0
        for byte in self[start..<start + MemoryLayout<T>.size].reversed() { value = value << 8 | T(byte) }
        return value
    }
}

import CHDF5
import Glibc

/// The bytes of an open file behind libhdf5's back: with them, what it is slow at is read here. Used with the lock held.
struct FileMap {
    /// Where addresses count from: the size of the user block.
    let base: Int
    /// The size of the file.
    let size: Int
    private let reference: HDF5ObjectReference
    private let descriptor: Int32

    /// - Throws: `readFailed`, `unsupportedType` for files whose addresses are not 8 bytes.
    init(_ reference: HDF5ObjectReference) throws(HDF5Error) {
        let properties = H5Fget_create_plist(reference.file.id)
        defer { H5Pclose(properties) }
        var (userBlock, handle): (hsize_t, UnsafeMutableRawPointer?) = (0, nil)
        var (addressSize, lengthSize) = (0, 0)
        var status = stat()
        guard properties >= 0, H5Pget_userblock(properties, &userBlock) >= 0,
            H5Pget_sizes(properties, &addressSize, &lengthSize) >= 0,
            H5Fget_vfd_handle(reference.file.id, chdf5_default_properties(), &handle) >= 0, let handle,
            fstat(handle.load(as: Int32.self), &status) == 0, let base = Int(exactly: userBlock)
        else { throw reference.failure(.readFailed, "the file cannot be accessed") }
        guard addressSize == 8, lengthSize == 8 else {
            throw reference.error(.unsupportedType, "the file has addresses of \(addressSize) bytes, not 8")
        }
        self.reference = reference
        self.base = base
        size = Int(status.st_size)
        descriptor = handle.load(as: Int32.self)
    }

    func corrupt(_ detail: String) -> HDF5Error { reference.error(.corrupt, detail) }

    /// The bytes at an address.
    ///
    /// - Throws: `corrupt` outside the file, `readFailed`.
    func bytes(at address: UInt64, count: Int) throws(HDF5Error) -> [UInt8] {
        guard let offset = Int(exactly: address), offset <= size - base, count >= 0, count <= size - base - offset
        else {
            throw corrupt("a part of its index lies at byte \(address), outside the file")
        }
        let start = base + offset
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
            while read < count {
                let got = pread(descriptor, buffer.baseAddress.map { $0 + read }, count - read, start + read)
                if got < 0, errno == EINTR { continue }
                if got <= 0 { break }
                read += got
            }
        }
        if bytes.count < count { throw reference.error(.readFailed, "\(count) bytes cannot be read at byte \(start)") }
        return bytes
    }
}

extension [UInt8] {
    /// The integer of so many bytes that starts there, or nil where the bytes end.
    func number(at start: Int, width: Int) -> UInt64? {
        guard start >= 0, width <= 8, count >= width, start <= count - width else { return nil }
        var value: UInt64 = 0
        for byte in self[start..<start + width].reversed() { value = value << 8 | UInt64(byte) }
        return value
    }
}

import CHDF5
import Glibc
import Synchronization

/// An HDF5 file, which is also its root group.
///
/// Files are written so that equal content gives identical bytes: no time stamps, and the format of HDF5 1.8 to 1.10.
/// Datasets and groups keep the file open; the last handle closes it. A file that was written should be closed with
/// ``close()``, the only way to learn that buffered data did not reach the disk.
public struct HDF5File: ~Copyable, Sendable, HDF5Container {
    /// The bytes that one read may allocate unless its caller says otherwise: 1 GiB.
    public static let defaultReadLimit = 1 << 30

    /// Where the root group lives.
    public let reference: HDF5ObjectReference

    /// Opens an existing file for reading.
    ///
    /// - Throws: `cannotOpen` (missing, not permitted, not a regular file), `notHDF5`, `corrupt` (also: truncated).
    public init(reading path: String) throws(HDF5Error) {
        let file = path.singleLine
        try Self.checkPath(path)
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw HDF5Error(.cannotOpen, file: file, "cannot be opened: \(Self.systemMessage(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw HDF5Error(.cannotOpen, file: file, "is not a regular file")
        }
        guard access(path, R_OK) == 0 else {
            throw HDF5Error(.cannotOpen, file: file, "cannot be read: \(Self.systemMessage(errno))")
        }
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        let properties = try Self.accessProperties(file: file)
        defer { H5Pclose(properties) }
        let id = H5Fopen(path, chdf5_read_only(), properties)
        guard id >= 0 else {
            let cause = HDF5Library.errorStack()
            if H5Fis_hdf5(path) > 0 {
                throw HDF5Error(.corrupt, file: file, "is damaged or incomplete; write it again", cause: cause)
            }
            throw HDF5Error(.notHDF5, file: file, "is not an HDF5 file", cause: cause)
        }
        reference = HDF5ObjectReference(file: OpenFile(path: path, id: id, isWritable: false), id: id, path: "/")
    }

    /// Creates a file.
    ///
    /// - Parameters:
    ///   - replacing: whether a file of that path is overwritten; otherwise it is an error.
    ///   - alignment: what the places of data in the file are multiples of, in bytes. Above 1 the file does not keep track of
    ///     the gaps, which libhdf5 would search through for each new object; it then records when it was made.
    /// - Throws: `fileExists`, `cannotCreate`.
    public init(creating path: String, replacing: Bool = false, alignment: Int = 1) throws(HDF5Error) {
        let file = path.singleLine
        try Self.checkPath(path)
        if !replacing, access(path, F_OK) == 0 {
            throw HDF5Error(.fileExists, file: file, "exists already; remove it or choose another path")
        }
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        let properties = try Self.accessProperties(file: file)
        defer { H5Pclose(properties) }
        let creation = H5Pcreate(chdf5_file_create_class())
        defer { H5Pclose(creation) }
        let strategy = alignment > 1 ? H5F_FSPACE_STRATEGY_NONE : H5F_FSPACE_STRATEGY_FSM_AGGR
        guard H5Pset_alignment(properties, 1, hsize_t(max(1, alignment))) >= 0, creation >= 0,
            alignment <= 1 || H5Pset_file_space_strategy(creation, strategy, false, 1) >= 0,
            H5Pset_obj_track_times(creation, false) >= 0
        else {
            throw HDF5Error(.cannotCreate, file: file, "cannot be created", cause: HDF5Library.errorStack())
        }
        let id = H5Fcreate(path, replacing ? chdf5_truncate() : chdf5_exclusive(), creation, properties)
        guard id >= 0 else {
            throw HDF5Error(.cannotCreate, file: file, "cannot be created", cause: HDF5Library.errorStack())
        }
        reference = HDF5ObjectReference(file: OpenFile(path: path, id: id, isWritable: true), id: id, path: "/")
    }

    /// Writes what is buffered and closes the file together with every group and dataset still open in it; their
    /// further use throws `closed`.
    ///
    /// - Throws: `writeFailed` if the data did not reach the file, now or in an earlier write: then the file is
    ///   unusable and should be removed.
    public consuming func close() throws(HDF5Error) {
        try reference.file.close()
    }

    private static func checkPath(_ path: String) throws(HDF5Error) {
        if path.isEmpty || path.utf8.contains(0) {
            throw HDF5Error(.invalidName, file: path.singleLine, "the path of a file is empty or holds a NUL")
        }
    }

    private static func systemMessage(_ code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }

    /// Lock held.
    private static func accessProperties(file: String) throws(HDF5Error) -> hid_t {
        if let problem = HDF5Library.problem { throw HDF5Error(.libraryUnavailable, file: file, problem) }
        let properties = H5Pcreate(chdf5_file_access_class())
        // The format of 1.8 and later stores attributes above 64 KiB, and checksums its object headers. Strong: closing
        // the file is final, whatever handles are left. No locks: a child process started meanwhile would inherit
        // them and hold them after the file is closed, and some file systems have none.
        guard properties >= 0,
            H5Pset_libver_bounds(properties, H5F_LIBVER_V18, H5F_LIBVER_V110) >= 0,
            H5Pset_fclose_degree(properties, H5F_CLOSE_STRONG) >= 0,
            H5Pset_file_locking(properties, false, true) >= 0
        else {
            let cause = HDF5Library.errorStack()
            if properties >= 0 { H5Pclose(properties) }
            throw HDF5Error(.libraryUnavailable, file: file, "libhdf5 refuses its settings", cause: cause)
        }
        return properties
    }
}

/// The open file that its handles share; the last one closes it.
final class OpenFile: Sendable {
    private struct State {
        var isClosed = false
        var failure: HDF5Error?
    }

    let path: String
    let id: Int64
    let isWritable: Bool
    private let state = Mutex(State())

    init(path: String, id: Int64, isWritable: Bool) {
        self.path = path
        self.id = id
        self.isWritable = isWritable
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Keeps the first failed change, for `close()` to report.
    func remember(_ failure: HDF5Error) {
        state.withLock { if $0.failure == nil { $0.failure = failure } }
    }

    func close() throws(HDF5Error) {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        if isClosed { return }
        state.withLock { $0.isClosed = true }
        if H5Fclose(id) < 0 {
            remember(
                HDF5Error(
                    .writeFailed, file: path, "cannot be closed: data did not reach it; make room, write it again",
                    cause: HDF5Library.errorStack()))
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    deinit {
        // Nobody is left to hear of a failure; a writer that cares has called close().
        do { try close() } catch {}
    }
}

import CHDF5

/// An open file, group or dataset: something that has a path and carries attributes.
public protocol HDF5Object: ~Copyable {
    /// Where the object lives.
    var reference: HDF5ObjectReference { get }
}

/// Names an open object without owning it: a use after the owner is gone is an error, never a crash.
public struct HDF5ObjectReference: Sendable {
    let file: OpenFile
    let id: Int64
    /// The path inside the file, from the root: `/`, `/group/dataset`.
    public let path: String

    /// The path of the file.
    public var filePath: String { file.path }

    func error(_ code: HDF5Error.Code, _ detail: String, attribute: String? = nil) -> HDF5Error {
        let object = attribute.map { path + "@" + $0 } ?? path
        return HDF5Error(code, file: file.path, object: object, detail)
    }

    /// An error with libhdf5's messages. Lock held, directly after the failed call.
    func failure(_ code: HDF5Error.Code, _ detail: String, attribute: String? = nil) -> HDF5Error {
        let object = attribute.map { path + "@" + $0 } ?? path
        return HDF5Error(code, file: file.path, object: object, detail, cause: HDF5Library.errorStack())
    }

    /// A failed change: it is also remembered, so that closing the file reports it.
    func writeFailure(_ detail: String, attribute: String? = nil) -> HDF5Error {
        let error = failure(.writeFailed, detail, attribute: attribute)
        file.remember(error)
        return error
    }

    func requireOpen() throws(HDF5Error) {
        if file.isClosed {
            throw error(.closed, "the file has been closed; open it again")
        }
    }

    func requireWritable() throws(HDF5Error) {
        try requireOpen()
        if !file.isWritable {
            throw error(.writeFailed, "the file is open for reading only")
        }
    }

    /// The identifier if it is one, otherwise an error. Lock held.
    func identifier(_ id: hid_t, _ code: HDF5Error.Code, _ detail: String) throws(HDF5Error) -> hid_t {
        if id < 0 { throw failure(code, detail) }
        return id
    }

    /// Nothing if the status is success, otherwise an error. Lock held.
    func check(_ status: herr_t, _ code: HDF5Error.Code, _ detail: String) throws(HDF5Error) {
        if status < 0 { throw failure(code, detail) }
    }

    func childPath(_ name: String) -> String {
        path == "/" ? "/" + name : path + "/" + name
    }
}

extension HDF5Object where Self: ~Copyable {
    /// The path inside the file, from the root: `/`, `/group/dataset`.
    public var path: String { reference.path }
    /// The path of the file.
    public var filePath: String { reference.file.path }
}

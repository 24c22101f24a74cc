import CHDF5
import Tensors

/// A group inside a file. It keeps the file open.
public struct HDF5Group: ~Copyable, Sendable, HDF5Container {
    /// Where the group lives.
    public let reference: HDF5ObjectReference

    init(_ reference: HDF5ObjectReference) {
        self.reference = reference
    }

    deinit {
        reference.release()
    }
}

/// A member of a group, as its link describes it.
public struct HDF5Child: Sendable, Hashable {
    /// What a member is.
    public enum Kind: String, Sendable, Hashable {
        /// Objects of this file.
        case group, dataset, namedType
        /// A link to a path of this file, to another file, or of a kind defined elsewhere; not followed.
        case softLink, externalLink, otherLink
    }
    /// The name in its group.
    public let name: String
    /// What it is.
    public let kind: Kind
}

/// A file or group: something that has members.
///
/// Paths are relative to the container, with `/` between the components; only hard links are followed.
public protocol HDF5Container: HDF5Object, ~Copyable {}

extension HDF5Container where Self: ~Copyable {
    /// The members, in the order of the bytes of their names.
    ///
    /// - Throws: `invalidUTF8` for a name that is not, `corrupt`.
    /// - Complexity: opens each member once.
    public func children() throws(HDF5Error) -> [HDF5Child] {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireOpen()
        let found = NameCollector()
        let status = chdf5_visit_links(reference.id, NameCollector.visit, found.context)
        try reference.check(status, .corrupt, "the members cannot be listed")
        var children: [HDF5Child] = []
        for (bytes, kind) in found.sortedEntries() {
            guard let name = String(validating: bytes, as: UTF8.self) else {
                throw reference.error(.invalidUTF8, "the name of a member is not valid UTF-8")
            }
            try children.append(HDF5Child(name: name, kind: reference.childKind(name, linkKind: kind)))
        }
        return children
    }

    /// Whether an object of that path exists, reachable by hard links alone.
    public func exists(_ path: String) throws(HDF5Error) -> Bool {
        do {
            HDF5Library.lock()
            defer { HDF5Library.unlock() }
            try reference.requireOpen()
            H5Oclose(try reference.openObject(path).id)
            return true
        } catch  where error.code == .notFound || error.code == .linkRefused || error.code == .wrongKind {
            return false
        }
    }

    /// Opens a group.
    ///
    /// - Throws: `notFound`, `linkRefused`, `wrongKind`, `corrupt`.
    public func openGroup(_ path: String) throws(HDF5Error) -> HDF5Group {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireOpen()
        return HDF5Group(try reference.open(path, kind: H5I_GROUP, called: "group"))
    }

    /// Opens a dataset.
    ///
    /// - Throws: `notFound`, `linkRefused`, `wrongKind`, `externalStorage`, `corrupt`.
    public func openDataset(_ path: String) throws(HDF5Error) -> HDF5Dataset {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireOpen()
        let dataset = HDF5Dataset(try reference.open(path, kind: H5I_DATASET, called: "dataset"))
        try dataset.refuseForeignStorage()
        return dataset
    }

    /// Creates a group, and those on the way to it that are missing.
    ///
    /// - Throws: `alreadyExists`, `linkRefused`, `wrongKind`, `writeFailed`.
    @discardableResult
    public func createGroup(_ path: String) throws(HDF5Error) -> HDF5Group {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireWritable()
        let parent = try reference.parent(ofNew: path)
        return HDF5Group(try parent.reference.makeGroup(reference.lastComponent(path)))
    }
}

/// Gathers what libhdf5's iteration reports.
final class NameCollector {
    private var entries: [(bytes: [UInt8], kind: Int32)] = []

    var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// In the order of the bytes of the names.
    func sortedEntries() -> [(bytes: [UInt8], kind: Int32)] {
        entries.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }

    static let visit: @convention(c) (UnsafePointer<CChar>?, Int32, UnsafeMutableRawPointer?) -> Void = {
        name, kind, context in
        guard let name, let context else { return }
        let bytes = UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self)
        var count = 0
        while bytes[count] != 0 { count += 1 }
        let collector = Unmanaged<NameCollector>.fromOpaque(context).takeUnretainedValue()
        collector.entries.append((Array(UnsafeBufferPointer(start: bytes, count: count)), kind))
    }
}

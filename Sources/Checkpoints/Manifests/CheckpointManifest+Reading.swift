import Files
import JSON
import Tensors

extension CheckpointManifest {
    /// The most of a manifest that is read, in bytes.
    static let largestSize = 256 << 20

    /// Reads a manifest.
    ///
    /// - Throws: ``CheckpointError``: `malformed` where it is none or contradicts itself, `unsupported` for another version,
    ///   `unsafePath` where a path leads out of its directory, `conflict` for two entries of one name.
    public init(contentsOf path: String) throws(CheckpointError) {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument.contents(ofFileAt: path, limit: Self.largestSize)
        } catch {
            throw CheckpointError(.malformed, path: path, "cannot be read as a manifest: \(error)")
        }
        let parser = ManifestParser(path: path)
        try parser.checkVersion(document.root)
        let files = try parser.files(document.root)
        let tensors = try parser.tensors(document.root)
        self.init(files: files, tensors: tensors)
    }
}

/// Takes a manifest's parts from its JSON.
private struct ManifestParser {
    let path: String

    private func malformed(_ message: String) -> CheckpointError { CheckpointError(.malformed, path: path, message) }

    func checkVersion(_ root: JSONValue) throws(CheckpointError) {
        guard root["format"]?.isString(CheckpointManifest.format) == true else {
            throw malformed("is no manifest: its 'format' does not say \(CheckpointManifest.format)")
        }
        guard let version = root["version"]?.int else { throw malformed("its 'version' is no integer") }
        guard version == CheckpointManifest.version else {
            throw CheckpointError(
                .unsupported, path: path,
                "is a manifest of version \(version); this program reads version \(CheckpointManifest.version)")
        }
    }

    func files(_ root: JSONValue) throws(CheckpointError) -> [CheckpointManifest.File] {
        var files: [CheckpointManifest.File] = []
        var names = Set<[UInt8]>()
        for entry in try list("files", of: root) {
            guard let name = entry["path"]?.string else {
                throw malformed("its file \(files.count) has no path")
            }
            try ShardIndex.requireInside(name, path: path)
            guard names.insert(Array(name.utf8)).inserted else {
                throw CheckpointError(.conflict, path: path, "lists the file '\(name)' twice")
            }
            let (byteCount, sha256) = try content(of: entry, "file '\(name)'")
            files.append(CheckpointManifest.File(path: name, byteCount: byteCount, sha256: sha256))
        }
        return files
    }

    func tensors(_ root: JSONValue) throws(CheckpointError) -> [CheckpointManifest.Tensor] {
        var tensors: [CheckpointManifest.Tensor] = []
        var names = Set<[UInt8]>()
        for entry in try list("tensors", of: root) {
            guard let name = entry["name"]?.string else { throw malformed("its tensor \(tensors.count) has no name") }
            func bad(_ message: String) -> CheckpointError {
                CheckpointError(.malformed, path: path, tensor: name, message)
            }
            guard names.insert(Array(name.utf8)).inserted else {
                throw CheckpointError(.conflict, path: path, tensor: name, "is listed twice")
            }
            guard let type = entry["dtype"]?.string.flatMap(TensorType.init(rawValue:)) else {
                throw bad("has no dtype that is known")
            }
            guard let extents = entry["shape"], extents.kind == .array, extents.count <= 64 else {
                throw bad("has no shape of up to 64 dimensions")
            }
            let shape = extents.elements.compactMap(\.int)
            let description = TensorDescription(name: name, type: type, shape: shape)
            let (byteCount, sha256) = try content(of: entry, "tensor '\(name)'")
            guard shape.count == extents.count, description.byteCount == byteCount else {
                throw bad("its shape and dtype do not give its \(byteCount) bytes")
            }
            tensors.append(CheckpointManifest.Tensor(description, byteCount: byteCount, sha256: sha256))
        }
        return tensors
    }

    private func list(_ name: String, of root: JSONValue) throws(CheckpointError) -> JSONElements {
        guard let list = root[name], list.kind == .array else { throw malformed("has no list '\(name)'") }
        return list.elements
    }

    private func content(
        of entry: JSONValue, _ what: String
    ) throws(CheckpointError) -> (byteCount: Int, sha256: String) {
        guard let byteCount = entry["bytes"]?.int, byteCount >= 0 else {
            throw malformed("its \(what) has no size in bytes")
        }
        guard let sha256 = entry["sha256"]?.string, sha256.utf8.count == 64,
            sha256.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else {
            throw malformed("its \(what) has no SHA-256 of 64 hexadecimal digits in lower case")
        }
        return (byteCount, sha256)
    }
}

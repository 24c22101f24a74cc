import Files
public import JSON
import Tensors

/// The sizes and SHA-256 digests of a checkpoint's files and tensors, to be checked later (schemas/checkpoint-manifest).
///
/// Digests of tensors are those of their canonical bytes (row-major, little-endian, without gaps), so that they are the same
/// in every format that holds the tensor unchanged.
public struct CheckpointManifest: Sendable, Hashable {
    /// A file of the checkpoint.
    public struct File: Sendable, Hashable {
        /// The path, relative to the directory of the checkpoint; for a single file its name.
        public var path: String
        /// The size in bytes.
        public var byteCount: Int
        /// The SHA-256: 64 hexadecimal digits in lower case.
        public var sha256: String

        /// Describes a file.
        public init(path: String, byteCount: Int, sha256: String) {
            self.path = path
            self.byteCount = byteCount
            self.sha256 = sha256
        }
    }

    /// A tensor of the checkpoint.
    public struct Tensor: Sendable, Hashable {
        /// Name, type and shape.
        public var description: TensorDescription
        /// The size in bytes, in canonical form.
        public var byteCount: Int
        /// The SHA-256 of the canonical bytes: 64 hexadecimal digits in lower case.
        public var sha256: String

        /// Describes a tensor.
        public init(_ description: TensorDescription, byteCount: Int, sha256: String) {
            self.description = description
            self.byteCount = byteCount
            self.sha256 = sha256
        }
    }

    /// What the file says it is.
    public static let format = "kedge.checkpoint-manifest"
    /// The version that is written and read.
    public static let version = 1

    /// The files by ascending bytes of their paths.
    public let files: [File]
    /// The tensors by ascending bytes of their names. Those whose data cannot be read are left out.
    public let tensors: [Tensor]

    /// Sorts the parts of a manifest.
    public init(files: [File], tensors: [Tensor]) {
        self.files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        self.tensors = tensors.sorted {
            $0.description.name.utf8.lexicographicallyPrecedes($1.description.name.utf8)
        }
    }

    /// The manifest as it is written.
    public var json: JSONNode {
        [
            "format": .string(Self.format), "version": .int(Int64(Self.version)),
            "files": .array(
                files.map { file in
                    [
                        "path": .string(file.path), "bytes": .int(Int64(file.byteCount)),
                        "sha256": .string(file.sha256),
                    ]
                }),
            "tensors": .array(
                tensors.map { tensor in
                    [
                        "name": .string(tensor.description.name), "dtype": .string(tensor.description.type.name),
                        "shape": .array(tensor.description.shape.map { .int(Int64($0)) }),
                        "bytes": .int(Int64(tensor.byteCount)), "sha256": .string(tensor.sha256),
                    ]
                }),
        ]
    }

    /// Writes the manifest as JSON; the file appears when it is complete.
    ///
    /// - Throws: `FileError`.
    public func write(to path: String, overwrite: Bool) throws {
        var bytes: [UInt8] = []
        try JSONWriter(isPretty: true).write(json, to: &bytes)
        bytes.append(0x0A)
        try OutputFile.write(bytes, to: path, overwrite: overwrite)
    }
}

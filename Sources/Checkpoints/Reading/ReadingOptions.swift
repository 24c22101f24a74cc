/// How checkpoints are opened.
public struct ReadingOptions: Sendable {
    /// Whether what would be a warning is an error.
    public var isStrict = false
    /// Who lets libhdf5 look at a file.
    public var hdf5 = HDF5Access.inProcess
    /// Whether NumPy's arrays of voids of two bytes (`|V2`), which say nothing of what they hold, are read as `uint16`.
    public var readsNumPyVoidsAsWords = false

    /// The defaults: not strict, HDF5 in this process.
    public init() {}
}

/// Who lets libhdf5 look at a file. Damaged files have crashed it.
public enum HDF5Access: Sendable, Hashable {
    /// This process; only for files that it trusts.
    case inProcess
    /// A child process with limits on time and memory: this program, with these arguments and then the file's path, which
    /// prints the file's table of tensors.
    case child(executable: String, arguments: [String])
}

/// The table of an HDF5 file's datasets, as a child process prints it for the one that wants to read the file.
public enum HDF5Table {
    /// The table as text, or the text that says why there is none. Never throws: what is wrong goes to the parent.
    ///
    /// Calls libhdf5, which damaged files can crash: for a process of its own, with limits on time and memory.
    public static func text(ofFileAt path: String) -> [UInt8] {
        do {
            return try HDF5Lister.list(path).encoded()
        } catch let error as CheckpointError {
            return HDF5Listing.encoded(failure: error)
        } catch {
            return HDF5Listing.encoded(
                failure: CheckpointError(.malformed, path: path, "\(error)"))
        }
    }
}

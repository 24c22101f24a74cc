import Files
import HDF5

extension PrefixDataset {
    /// Whether a file says that it is a prefix dataset, or is so damaged that opening it will tell what is wrong.
    public static func isRecognised(_ path: String) -> Bool {
        guard let file = try? HDF5File(reading: path), let isNamed = try? file.hasAttribute("format") else {
            return true
        }
        return isNamed && (try? file.stringAttribute("format")) == PrefixDatasetFormat.name
    }
}

extension DatasetFiles {
    /// Whether a file is there and says that it is the index of a sharded prefix dataset.
    public static func isIndex(_ path: String) -> Bool {
        guard let bytes = try? FileSystem.readFile(at: path, limit: 256 << 20) else { return false }
        // The index of a model has other members; only the first bytes are needed to see that it has none of ours.
        let mark = Array(DatasetIndex.format.utf8)
        return bytes.prefix(4096).indices.contains { start in bytes[start...].starts(with: mark) }
    }
}

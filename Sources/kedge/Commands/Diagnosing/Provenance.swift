import Files
import JSON
import PrefixDatasets

/// Where the numbers of a diagnosis come from.
enum Provenance {
    /// The attribute `provenance`.
    static func json(inputs: [String], tokenizer: String?, digest: String?) -> JSONNode {
        var known: Set<String> = []
        let inputs = inputs.filter { known.insert($0).inserted }.map { path -> JSONNode in
            return ["path": .string(path), "bytes": .int(Int64(size(of: path)))]
        }
        return [
            "kedge_version": .string(KedgeVersion.current), "tokenizer": tokenizer.map { .string($0) } ?? .null,
            "tokenizer_sha256": digest.map { .string($0) } ?? .null, "inputs": .array(inputs),
        ]
    }

    /// Bytes of a file, or of the files in a directory.
    private static func size(of path: String) -> Int {
        guard FileSystem.isDirectory(path) else { return (try? FileSystem.size(ofFileAt: path)) ?? 0 }
        let names = (try? FileSystem.contents(ofDirectory: path)) ?? []
        return names.reduce(0) { $0 + ((try? FileSystem.size(ofFileAt: "\(path)/\($1)")) ?? 0) }
    }
}

import Files
import Glibc

/// A directory that is removed with what is in it when the test ends.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/kedge-json-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
    }

    func write(_ name: String, _ bytes: [UInt8]) -> String {
        let file = "\(path)/\(name)"
        guard let handle = fopen(file, "wb") else { return file }
        fwrite(bytes, 1, bytes.count, handle)
        fclose(handle)
        return file
    }

    func write(_ name: String, _ text: String) -> String { write(name, Array(text.utf8)) }

    deinit {
        for name in (try? FileSystem.contents(ofDirectory: path)) ?? [] { remove("\(path)/\(name)") }
        rmdir(path)
    }
}

/// Numbers that look random and are the same each time (splitmix64).
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

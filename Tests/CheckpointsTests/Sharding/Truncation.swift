import Glibc

/// Files that become shorter while they are open.
enum Truncation {
    static func truncate(_ path: String, to size: Int) throws {
        guard Glibc.truncate(path, off_t(size)) == 0 else { throw Failure() }
    }

    struct Failure: Error {}
}

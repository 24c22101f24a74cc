import Files
import Glibc
import TestFixtures
import Testing

@Suite struct OutputFileTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private var names: [String] { (try? FileSystem.contents(ofDirectory: directory.path)) ?? [] }

    private func code(_ body: () throws(FileError) -> Void) -> FileError.Code? {
        do throws(FileError) {
            try body()
            return nil
        } catch {
            return error.code
        }
    }

    @Test func commitPutsTheFileInPlace() throws {
        let path = "\(directory.path)/out.h5"
        var output = try OutputFile(destination: path, overwrite: false)
        #expect(output.temporaryPath == "\(directory.path)/.out.h5.kedge-\(getpid()).tmp")
        #expect(names == [".out.h5.kedge-\(getpid()).tmp"])
        try output.write([1, 2])
        try output.write([3])
        #expect(!FileSystem.exists(path))
        try output.commit()
        #expect(names == ["out.h5"])
        #expect(try FileSystem.readFile(at: path, limit: 3) == [1, 2, 3])
    }

    // In a process of its own: the umask is everybody's.
    @Test func permissionsFollowTheUmask() async {
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            umask(0o027)
            let path = "\(directory.path)/out"
            try OutputFile(destination: path, overwrite: false).commit()
            var status = stat()
            stat(path, &status)
            try #require(status.st_mode & 0o777 == 0o640)
        }
    }

    @Test func withoutCommitNothingIsLeft() throws {
        let path = try directory.write("out", [9])
        do {
            var output = try OutputFile(destination: path, overwrite: true)
            try output.write([1])
            #expect(names.count == 2)
        }
        #expect(names == ["out"])
        #expect(try FileSystem.readFile(at: path, limit: 10) == [9])
    }

    @Test func overwriteReplaces() throws {
        let path = try directory.write("out", [9])
        var output = try OutputFile(destination: path, overwrite: true)
        try output.write([1])
        try output.commit()
        #expect(names == ["out"])
        #expect(try FileSystem.readFile(at: path, limit: 10) == [1])
    }

    @Test func existingDestinationIsKept() throws {
        let path = try directory.write("out", [9])
        #expect(
            code { () throws(FileError) in _ = try OutputFile(destination: path, overwrite: false) } == .alreadyExists)
        #expect(names == ["out"])
    }

    @Test func destinationThatAppearsMeanwhileIsKept() throws {
        let path = "\(directory.path)/out"
        let output = try OutputFile(destination: path, overwrite: false)
        _ = try directory.write("out", [9])
        let result: FileError.Code?
        do throws(FileError) {
            try output.commit()
            result = nil
        } catch {
            result = error.code
        }
        #expect(result == .alreadyExists)
        #expect(names == ["out"])
        #expect(try FileSystem.readFile(at: path, limit: 10) == [9])
    }

    @Test func badDestinations() throws {
        let file = try directory.write("f", [])
        for (path, expected): (String, FileError.Code) in [
            ("\(directory.path)/missing/out", .notFound), ("/dev/null", .notRegularFile),
            ("\(file)/out", .notDirectory),
            (directory.path, .isDirectory), ("\(directory.path)/", .isDirectory),
            ("\(directory.path)/..", .isDirectory),
        ] {
            #expect(
                code { () throws(FileError) in _ = try OutputFile(destination: path, overwrite: true) } == expected,
                "\(path)")
        }
        chmod(directory.path, 0o500)
        defer { chmod(directory.path, 0o700) }
        if geteuid() != 0 {
            #expect(
                code { () throws(FileError) in
                    _ = try OutputFile(destination: "\(directory.path)/out", overwrite: true)
                } == .permissionDenied)
        }
    }

    @Test func anotherLibraryCreatesTheFile() throws {
        let path = "\(directory.path)/out"
        let output = try OutputFile(destination: path, overwrite: false, creating: false)
        #expect(names.isEmpty)
        let descriptor = open(output.temporaryPath, O_WRONLY | O_CREAT | O_EXCL, 0o666)
        #expect(descriptor >= 0)
        close(descriptor)
        try output.commit()
        #expect(names == ["out"])
    }

    @Test func commitWithoutAFileFails() throws {
        let output = try OutputFile(destination: "\(directory.path)/out", overwrite: false, creating: false)
        let result: FileError.Code?
        do throws(FileError) {
            try output.commit()
            result = nil
        } catch {
            result = error.code
        }
        #expect(result == .notFound)
    }

    @Test func twoOutputsOfOneNameDoNotShareAFile() throws {
        let path = "\(directory.path)/out"
        let first = try OutputFile(destination: path, overwrite: true)
        let second = try OutputFile(destination: path, overwrite: true)
        #expect(first.temporaryPath != second.temporaryPath)
        try second.commit()
        #expect(names.count == 2)
        try first.commit()
        #expect(names == ["out"])
    }

    // In a process of its own: other tests have temporary files too.
    @Test func removeAllTemporaries() async {
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            try OutputFile(destination: "\(directory.path)/kept", overwrite: false).commit()
            let output = try OutputFile(destination: "\(directory.path)/out", overwrite: false)
            try #require(FileSystem.exists(output.temporaryPath))
            OutputFile.removeAllTemporaries()
            try #require(try FileSystem.contents(ofDirectory: directory.path) == ["kept"])
            OutputFile.removeAllTemporaries()
            try #require(FileSystem.exists("\(directory.path)/kept"))
        }
    }

    @Test func longNames() throws {
        let name = String(repeating: "é", count: 125)
        let output = try OutputFile(destination: "\(directory.path)/\(name)", overwrite: false)
        try output.commit()
        #expect(names == [name])
    }
}

@Suite struct FileSystemTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func readFileHasALimit() throws {
        let path = try directory.write("f", sample(1000))
        #expect(try FileSystem.readFile(at: path, limit: 1000) == sample(1000))
        #expect(try FileSystem.size(ofFileAt: path) == 1000)
        #expect(
            throws: FileError(
                path: path, code: .tooLarge, message: "is larger than the limit of 999 bytes for this kind of file")
        ) {
            try FileSystem.readFile(at: path, limit: 999)
        }
        // A file without a size of its own.
        #expect(try FileSystem.readFile(at: "/proc/self/status", limit: 1 << 20).count > 100)
        #expect(throws: FileError.self) { try FileSystem.readFile(at: "/dev/zero", limit: 100_000) }
        #expect(try FileSystem.readFile(at: "/dev/null", limit: 0) == [])
    }

    @Test func listingIsSortedByBytes() throws {
        for name in ["b", "a", "B", "é", "a.2", "a.10"] { _ = try directory.write(name, []) }
        #expect(try FileSystem.contents(ofDirectory: directory.path) == ["B", "a", "a.10", "a.2", "b", "é"])
        #expect(throws: FileError.self) { try FileSystem.contents(ofDirectory: "\(directory.path)/a") }
        #expect(FileSystem.isDirectory(directory.path))
        #expect(!FileSystem.isDirectory("\(directory.path)/a"))
        #expect(throws: FileError.self) { try FileSystem.size(ofFileAt: directory.path) }
    }
}

import Files
import TestFixtures
import Testing

@Suite struct AppendedFileTests {
    @Test func bytesAreThereAtOnceAndCutBack() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/log"
        var file = try AppendedFile(path: path)
        try file.append([1, 2, 3])
        #expect(try FileSystem.readFile(at: path, limit: 9) == [1, 2, 3])
        file = try AppendedFile(path: path)
        try file.append([4])
        #expect(file.size == 4)
        file = try AppendedFile(path: path, keeping: 2)
        try file.append([5])
        try file.synchronize()
        #expect(try FileSystem.readFile(at: path, limit: 9) == [1, 2, 5])
        file = try AppendedFile(path: path, keeping: 100)
        #expect(file.size == 3)
    }

    @Test func whatIsNoRegularFileIsRefused() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: FileError.self) { _ = try AppendedFile(path: directory.path) }
        #expect(throws: FileError.self) { _ = try AppendedFile(path: "/dev/null") }
        #expect(throws: FileError.self) { _ = try AppendedFile(path: directory.path + "/none/log") }
    }

    @Test func aLockIsTakenOnce() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/lock"
        try OutputFile.write([], to: path, overwrite: false)
        do {
            let lock = try FileLock(trying: path)
            #expect(lock != nil)
            #expect(try FileLock(trying: path) == nil)
            withExtendedLifetime(lock) {}
        }
        #expect(try FileLock(trying: path) != nil)
    }
}

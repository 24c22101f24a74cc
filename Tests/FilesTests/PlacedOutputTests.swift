import Files
import TestFixtures
import Testing

@Suite struct PlacedOutputTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func appearsWhenItIsComplete() throws {
        let output = try PlacedOutput(destination: directory.file("a"), size: 6, overwrite: false)
        try output.write([5, 6], at: 4)
        try output.write([1, 2], at: 0)
        #expect(directory.isMissing("a"))
        try output.commit()
        #expect(try directory.names() == ["a"])
        #expect(try directory.read("a") == [1, 2, 0, 0, 5, 6])
    }

    @Test(arguments: [true, false])
    func withoutCommitNothingIsLeft(synchronizing: Bool) throws {
        do {
            let output = try PlacedOutput(destination: directory.file("a"), size: 6, overwrite: false)
            try output.write([1], at: 0)
        }
        #expect(try directory.names().isEmpty)
        let output = try PlacedOutput(destination: directory.file("a"), size: 0, overwrite: false)
        try output.commit(synchronizing: synchronizing)
        #expect(try directory.read("a") == [])
    }

    @Test func adoptsWhatAnotherLibraryBegan() throws {
        var begun = try OutputFile(destination: directory.file("a"), overwrite: false)
        try begun.write([1, 2, 3])
        let output = try PlacedOutput(adopting: begun, size: nil)
        #expect(output.size == 3)
        try output.write([9], at: 1)
        try output.commit()
        #expect(try directory.read("a") == [1, 9, 3])
    }

    @Test func anExistingFileIsRefused() throws {
        try directory.write("a", [7])
        #expect(throws: FileError.self) {
            try PlacedOutput(destination: directory.file("a"), size: 1, overwrite: false)
        }
        #expect(try directory.read("a") == [7])
    }

    @Test func moreThanTheDiskHasIsAnErrorAtOnce() throws {
        #expect(throws: FileError.self) {
            try PlacedOutput(destination: directory.file("a"), size: 1 << 60, overwrite: false)
        }
        #expect(try directory.names().isEmpty)
    }
}

import Foundation
import Glibc
import TestFixtures
import Testing

/// Outputs that cannot be written: nothing of them stays, and what was there before does.
@Suite struct OutputTests {
    @Test func existing() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.h5", "mine")
        expectRefusal(try tokenize([Sample.traces], output: path), [path + ": already exists", "--force"])
        #expect(try directory.read("a.h5") == Array("mine".utf8))
        #expect(try tokenize([Sample.traces], output: path, ["--force"]).status == 0)
        #expect(try Program.run(["verify", path]).status == 0)
        #expect(try directory.names() == ["a.h5"])
    }

    /// A failure behind `--force` leaves the old file as it was.
    @Test func failureKeepsTheOldFile() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.h5", "mine")
        let bad = try directory.write("bad.jsonl", try Sample.lines(count: 3) + Array("{".utf8))
        expectRefusal(try tokenize([bad], output: path, ["--force"]), [bad + ": row 4"])
        #expect(try directory.read("a.h5") == Array("mine".utf8))
        #expect(try directory.names() == ["a.h5", "bad.jsonl"])
    }

    @Test func placesWhereNothingCanBeWritten() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("file", "x")
        let results = try directory.makeDirectory("results")
        for (path, part) in [
            (directory.file("none/a.h5"), "does not exist; create it first"), (file + "/a.h5", "does not exist"),
            (results, "is a directory"), (results + "/", "names a directory"), ("/proc/a.h5", "cannot create a file"),
            ("/dev/full", "is a device"),
        ] {
            expectRefusal(try tokenize([Sample.traces], output: path, ["--force"]), [path + ": ", part])
        }
        #expect(try directory.names() == ["file", "results"])
        #expect(try directory.isEmpty("results"))
    }

    @Test(.enabled(if: geteuid() != 0, "permissions do not bind root"))
    func directoriesThatForbidWriting() throws {
        let directory = try TemporaryDirectory()
        let results = try directory.makeDirectory("results")
        chmod(results, 0o500)
        defer { chmod(results, 0o700) }
        expectRefusal(
            try tokenize([Sample.traces], output: results + "/a.h5"), ["cannot create a file", "Permission denied"])
    }

    @Test func theInputIsNotReplaced() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.jsonl", try Sample.lines(count: 2))
        symlink(path, directory.file("b.jsonl"))
        for output in [path, directory.file("b.jsonl")] {
            expectRefusal(
                try tokenize([path], output: output, ["--force"]), [output, "cannot be the output too"])
        }
        #expect(try directory.read("a.jsonl") == (try Sample.lines(count: 2)))
    }

    /// Standard streams that are closed must not lend their numbers to the files that are opened.
    @Test func closedStandardStreams() throws {
        let directory = try TemporaryDirectory()
        let output = directory.file("a.h5")
        let outcome = try tokenize(
            [Sample.traces], output: output, ["--progress", "always"], shell: #"exec "$@" <&- >&- 2>&-"#)
        #expect(outcome.status == 0)
        #expect(try Program.run(["verify", output, "--tokenizer", Sample.tokenizer]).status == 0)
    }
}

/// No more room, at every stage of a file.
@Suite struct FullDiskTests {
    private static let rows = 640

    @Test func aLimitOnTheSizeOfFiles() throws {
        let directory = try TemporaryDirectory()
        let input = try directory.write("a.jsonl", try Sample.lines(count: Self.rows))
        let results = try directory.makeDirectory("results")
        let path = results + "/a.h5"
        #expect(try tokenize([input], output: path).status == 0)
        let size = try directory.read("results/a.h5").count
        remove(path)
        // The shell counts in blocks of 512 bytes. One must be left: what the program has to say goes to a file too.
        let most = (size - 1) / 512
        let steps = [1, 4] + (1...14).map { most * $0 / 14 } + [most - 1, most - 8]
        for blocks in steps {
            let outcome = try tokenize([input], output: path, shell: #"ulimit -f \#(blocks) && exec "$@""#)
            expectRefusal(outcome, [path + ": cannot be written", "File too large"])
            #expect(try directory.isEmpty("results"), "\(blocks) blocks")
        }
        #expect(try tokenize([input], output: path, shell: #"ulimit -f \#(most + 2) && exec "$@""#).status == 0)
    }

    /// A file system of its own, which only the shell sees: it also lists what is left.
    private static let mounting =
        #"mount -t tmpfs -o size="$SIZE" tmpfs "$PLACE" && { "$@"; status=$?; ls -A "$PLACE" >"$LIST"; exit $status; }"#

    private static func isMountingPossible() -> Bool {
        guard let directory = try? TemporaryDirectory() else { return false }
        let variables = ["SIZE": "64k", "PLACE": directory.path, "LIST": "/dev/null"]
        let line = "exec unshare --mount --map-root-user sh -c '\(mounting)' sh true"
        return (try? Program.run([], shell: line, environment: variables))?.status == 0
    }

    @Test(.enabled("mounting is not permitted") { isMountingPossible() }, arguments: ["16k", "64k", "100%"])
    func aSmallFileSystem(_ size: String) throws {
        let directory = try TemporaryDirectory()
        let input = try directory.write("a.jsonl", try Sample.lines(count: Self.rows))
        let place = try directory.makeDirectory("place")
        let list = directory.file("list")
        let outcome = try Program.run(
            ["tokenize", input, "--tokenizer", Sample.tokenizer, "--output", place + "/a.h5"],
            shell: #"exec unshare --mount --map-root-user sh -c '\#(Self.mounting)' sh "$@""#,
            environment: ["SIZE": size, "PLACE": place, "LIST": list])
        if size == "100%" {
            #expect(outcome.status == 0)
            #expect(try directory.read("list") == Array("a.h5\n".utf8))
        } else {
            expectRefusal(outcome, [place + "/a.h5: cannot be written", "No space left on device"])
            #expect(try directory.read("list").isEmpty)
        }
    }
}

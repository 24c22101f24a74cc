import Glibc
import TestFixtures
import Testing

/// What reaches a terminal, and what does not.
@Suite(.enabled(if: access("/dev/ptmx", R_OK | W_OK) == 0, "there are no terminals here")) struct TerminalTests {
    private static let escape = UInt8(0x1B)
    // TIOCSPTLCK and TIOCGPTN, macros that Swift cannot import.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    /// Runs the program with a terminal as its standard output and returns all that the terminal got.
    private func onTerminal(_ arguments: [String], environment: [String: String?] = [:]) throws -> [UInt8] {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard master >= 0 else { throw SystemFailure(code: errno) }
        defer { close(master) }
        var (locked, number): (CInt, CUnsignedInt) = (0, 0)
        guard ioctl(master, Self.setLock, &locked) == 0, ioctl(master, Self.getNumber, &number) == 0 else {
            throw SystemFailure(code: errno)
        }
        let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { throw SystemFailure(code: errno) }
        let running = try Program.start(arguments, environment: environment, terminal: terminal)
        close(terminal)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        // Reading fails when nobody holds the other end any more.
        while case let count = read(master, &buffer, buffer.count), count > 0 { bytes += buffer.prefix(count) }
        let outcome = try running.wait()
        #expect(outcome.status == 0)
        return bytes
    }

    /// Takes the sequences away that choose colours, and only those.
    private func withoutColours(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).replacing(#/\u{1B}\[[0-9;]*m/#, with: "")
    }

    private func makeHostileDataset(_ directory: TemporaryDirectory) throws -> String {
        let row =
            #"{"problem": "\u001b]0;title\u0007 \u001b[2J", "uuid": "\u001b[31m\r\nid", "answer": "\u009b2J", "#
            + #""generations": ["<think>a\u001b[31mred\u0007\b\u009b31m\u202eright</think>"]}"#
        let input = try directory.write("a.jsonl", row)
        let output = directory.file("a.h5")
        #expect(try tokenize([input], output: output, ["--prompt-suffix", "\u{1B}[5m"]).status == 0)
        return output
    }

    @Test func filesGetNoEscapes() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.h5")
        let made = try tokenize([Sample.traces], output: path)
        #expect(!made.output.contains(Self.escape) && !made.errors.contains(Self.escape))
        for arguments in [["inspect", path], ["inspect", path, "--decode", "3"], ["verify", path]] {
            let outcome = try Program.run(arguments)
            #expect(outcome.status == 0)
            #expect(!outcome.output.contains(Self.escape) && !outcome.errors.contains(Self.escape))
        }
    }

    @Test func terminalsGetColoursUnlessToldOtherwise() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.h5")
        #expect(try tokenize([Sample.traces], output: path).status == 0)
        for arguments in [["inspect", path], ["inspect", path, "--decode", "3"]] {
            let coloured = try onTerminal(arguments)
            #expect(coloured.contains(Self.escape))
            #expect(!withoutColours(coloured).utf8.contains(Self.escape))
            for environment in [["NO_COLOR": "1"], ["TERM": "dumb"], ["TERM": nil]] as [[String: String?]] {
                let plain = try onTerminal(arguments, environment: environment)
                #expect(!plain.contains(Self.escape), "\(environment)")
                #expect(String(decoding: plain, as: UTF8.self) == withoutColours(coloured))
            }
        }
    }

    @Test(arguments: [["--decode", "0"], []])
    func tracesCannotDriveTheTerminal(_ options: [String]) throws {
        let directory = try TemporaryDirectory()
        let path = try makeHostileDataset(directory)
        let shown = withoutColours(try onTerminal(["inspect", path] + options))
        for scalar in shown.unicodeScalars where scalar != "\n" && scalar != "\r" {
            #expect(scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value) && scalar != "\u{202E}")
        }
        // A terminal itself adds a carriage return to each line break, and none stands elsewhere.
        #expect(!shown.replacing("\r\n", with: "\n").utf8.contains(0x0D))
        if !options.isEmpty { #expect(shown.contains("␛]0;title␇ ␛[2J␛[5m<|im_end|>")) }
    }

    @Test func errorsCannotDriveTheTerminal() throws {
        let directory = try TemporaryDirectory()
        let input = try directory.write("\u{1B}[31m\n.jsonl", #"{"\u001b[2J\n": 1}"#)
        let outcome = try tokenize([input], output: directory.file("a.h5"))
        expectRefusal(outcome, ["row 1, byte 0"])
        #expect(!outcome.errors.contains(Self.escape))
        let skipped = try tokenize(
            [input, Sample.traces], output: directory.file("a.h5"), ["--skip-bad-rows", "1"])
        #expect(skipped.status == 0)
        #expect(!skipped.errors.contains(Self.escape) && skipped.errorText.count { $0 == "\n" } == 1)
    }
}

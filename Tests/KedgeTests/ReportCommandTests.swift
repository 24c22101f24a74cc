import TestFixtures
import Testing

/// `kedge report`, from the command line.
@Suite struct ReportCommandTests {
    @Test func aDatasetBecomesAPageBesideIt() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.h5")
        #expect(try tokenize([Sample.traces], output: path).status == 0)
        let outcome = try Program.run(["report", path])
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        #expect(outcome.text == "\(directory.file("a.html")): a.h5\n")
        let page = String(decoding: try directory.read("a.html"), as: UTF8.self)
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("Length of the expert trace"))

        // What inspect prints of it makes the same page.
        try directory.write("b.json", try Program.run(["inspect", path, "--json"]).output)
        #expect(try Program.run(["report", directory.file("b.json")]).status == 0)
        #expect(try directory.read("b.html") == directory.read("a.html"))

        expectRefusal(try Program.run(["report", path]), [directory.file("a.html"), "--force"])
        #expect(try Program.run(["report", path, "--force"]).status == 0)
        #expect(try directory.names() == ["a.h5", "a.html", "b.html", "b.json"])
    }

    @Test func otherInputsAreRefused() throws {
        let directory = try TemporaryDirectory()
        expectRefusal(
            try Program.run(["report", try directory.write("notes.txt", "# Notes\n")]),
            ["notes.txt", "neither HDF5 nor JSON", "a report is made of"])
        expectRefusal(
            try Program.run([
                "report", try directory.write("broken.h5", [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 9]),
            ]),
            ["broken.h5"])
        expectRefusal(try Program.run(["report", directory.file("missing.json")]), ["missing.json", "no such file"])
        #expect(try directory.names() == ["broken.h5", "notes.txt"])
        #expect(
            try Program.run(["report", directory.file("notes.txt"), "--output", directory.file("notes.txt")]).status
                == 64)
    }
}

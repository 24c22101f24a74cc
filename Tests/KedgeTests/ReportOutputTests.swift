import Testing

@testable import kedge

@Suite struct ReportOutputTests {
    @Test(arguments: [
        ("diagnosis.h5", "diagnosis.html"), ("runs/a.b/diff.json", "runs/a.b/diff.html"), ("runs/a.b/plain", "runs/a.b/plain.html"),
        ("shards/", "shards.html"), ("shards.v1/", "shards.html"), (".hidden", ".hidden.html"), ("./x", "./x.html"), ("/", "/.html"),
    ])
    func pagesLieBesideTheirInput(input: String, output: String) {
        #expect(ReportOutput.name(for: input) == output)
    }
}

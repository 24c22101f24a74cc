import Checkpoints
import Tensors
import TestFixtures
import Testing

@Suite struct RenameRuleTests {
    private func renamed(_ name: String, _ rules: [String]) throws -> String {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.safetensors")
        try CheckpointFixture.write([CheckpointFixture.float(name, 1)], to: path)
        var settings = ConversionSettings()
        settings.renames = try rules.map { try RenameRule(parsing: $0) }
        return try ConversionPlan(try Checkpoint.open(path), settings: settings).tensors[0].description.name
    }

    @Test(
        arguments: [
            ("^model\\.=>", "model.norm", "norm"), ("^model\\.=>", "my.model.norm", "my.model.norm"),
            // Every match, as sed's g and re.sub.
            ("a=>b", "a.a.c", "b.b.c"), ("(\\d+)=><$1>", "l.3.e.14", "l.<3>.e.<14>"),
            ("(a)(b)?c=>$2|$1|$0", "ac", "|a|ac"), ("(?<n>\\d+)=>${n}${n}", "x7", "x77"),
            ("(\\d)=>\\1\\1", "x7", "x77"), ("(?<n>\\d)=>\\g<n>-\\g<1>", "x7", "x7-7"), ("x=>$$\\\\", "x", "$\\"),
            // Everything behind the last arrow is the template.
            ("a=>b=>c", "a=>b", "c"), ("^=>p.", "é.w", "p.é.w"), (".=>x", "é", "x"),
        ])
    func replaces(rule: String, name: String, expected: String) throws {
        #expect(try renamed(name, [rule]) == expected)
    }

    @Test func rulesFollowEachOther() throws {
        #expect(try renamed("a", ["a=>b", "b=>c"]) == "c")
        #expect(try renamed("a", ["b=>c", "a=>b"]) == "b")
    }

    @Test(arguments: ["a", "=>b", "(=>b", "a=>$1", "(a)=>$2", "a=>${n}", "a=>$", "a=>\\x", "a=>${", "(a)=>${}"])
    func refuses(rule: String) {
        #expect(throws: RenameError.self) { try RenameRule(parsing: rule) }
    }
}

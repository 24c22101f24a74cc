import Glibc
import JSON
import TestFixtures
import Testing

@Suite struct RewardCommandTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func results(_ arguments: [String], shell: String? = nil) throws -> [JSONNode] {
        let outcome = try Program.run(["reward"] + arguments, shell: shell)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errorText)")
        return try outcome.output.split(separator: 0x0A).map { JSONNode(try JSONDocument.parsing(Array($0)).root) }
    }

    private func pairs(_ lines: String...) throws -> String {
        try directory.write("pairs.jsonl", lines.joined(separator: "\n") + "\n")
    }

    @Test func onePair() throws {
        let found = try results(["--gold", "1", "--response", #"So it is \boxed{1}."#])
        #expect(found == [["reward": 1.0, "extracted": "1", "reason": "equal"]])
        #expect(try results(["--gold", "", "--response", "1"]).first?["reward"] == .null)
        #expect(try results(["--gold", "-5", "--response", "-5"]).first?["reward"] == 1.0)
    }

    @Test func fromAFileOrStandardInput() throws {
        let path = try pairs(
            #"{"gold": 1, "response": "\\boxed{1}", "id": "a"}"#, "",
            #"{"answer": "1", "completion": "\\boxed{2}", "id": 7}"#)
        let found = try results([path, "--keep", "id"])
        #expect(found.map { $0["reward"] } == [1.0, 0.0] && found.map { $0["id"] } == ["a", 7])
        #expect(try results(["--keep", "id"], shell: #"exec "$@" <"# + "'\(path)'") == found)
        #expect(try results(["--keep", "id"], shell: "cat '\(path)'" + #" | "$@""#) == found)
    }

    @Test func groups() throws {
        let path = try pairs(
            #"{"gold": "1", "response": "\\boxed{1}", "q": 1}"#, #"{"gold": "1", "response": "so \\boxed{1}", "q": 1}"#,
            #"{"gold": "1", "response": "so \\boxed{1}", "q": 2}"#)
        let found = try results([path, "--reward", "length", "--reward", "accuracy=0", "--group", "q"])
        #expect(found.map { $0["reward"] } == [0.5, -0.5, 0.0])
    }

    /// The same bytes, whatever the number of threads.
    @Test func threads() throws {
        let lines = (0..<3000).map {
            #"{"response": "First, \#($0) \#(String(repeating: "a b ", count: $0 % 7))", "n": \#($0)}"#
        }
        let path = try directory.write("pairs.jsonl", lines.joined(separator: "\n"))
        let arguments = [
            "reward", path, "--reward", "repetition_penalty", "--reward", "reasoning_steps", "--keep", "n",
        ]
        let one = try Program.run(arguments + ["--threads", "1"])
        #expect(one.output.count { $0 == 0x0A } == 3000)
        for threads in ["2", "7"] {
            #expect(try Program.run(arguments + ["--threads", threads]).output == one.output)
        }
        let piped = try Program.run(["reward"] + arguments.dropFirst(2), shell: "cat '\(path)'" + #" | "$@""#)
        #expect(piped.output == one.output)
    }

    /// A line has its result before the next one comes.
    @Test func streaming() throws {
        let shell = #"""
            mkfifo "$HOME/in" "$HOME/out"
            "$@" <"$HOME/in" >"$HOME/out" &
            exec 3>"$HOME/in" 4<"$HOME/out"
            echo '{"response": "First,"}' >&3; read -r first <&4
            echo "{\"response\": \"$(echo "$first" | tr -d '\"')\"}" >&3; read -r second <&4
            exec 3>&-; wait
            echo "$first"; echo "$second"
            """#
        let found = try results(["--reward", "reasoning_steps"], shell: shell)
        #expect(found.map { $0["reward"] } == [.double(1.0 / 3), 0.0])
    }

    @Test(arguments: [
        (#"{"response": 3}"#, "response: is no string"), ("[]", "is not an object"),
        (#"{"response": "a", "gold": [1]}"#, "gold: is no string and no number"),
        (#"{"response": null}"#, "response: is missing or null"),
        (#"{"gold": "1"}"#, "response: is missing"),
        ("{", "line 2"), (#"{"response": "a", "n": -1}"#, "n: is neither"), (#"{"response": "a"}"#, "n: is missing"),
        (#"{"response": NaN}"#, "line 2"),
    ])
    func badLines(_ line: String, _ part: String) throws {
        let path = try pairs(#"{"response": "a", "n": [1, 2]}"#, line, #"{"response": "a", "n": 20000}"#)
        let arguments = ["--reward", "soft_overlong_punishment", "--length-field", "n"]
        let refused = try Program.run(["reward", path] + arguments)
        #expect(refused.status == 1 && refused.text == #"{"reward":0.0,"extracted":null,"reason":null}"# + "\n")
        #expect(refused.errorText.hasPrefix("kedge: \(path): line 2: ") && refused.errorText.contains(part))
        let found = try results([path, "--skip-bad-rows"] + arguments)
        #expect(found.map { $0["reward"] } == [0.0, .null, -1.0])
        guard case .string(let reason) = found[1]["reason"] else { return #expect(Bool(false)) }
        #expect(reason.hasPrefix("bad_line: "))
        let output = directory.file("result.jsonl")
        expectRefusal(try Program.run(["reward", path, "--output", output] + arguments), [path, "line 2"])
        #expect(directory.isMissing("result.jsonl"))
    }

    @Test func outputAndSummary() throws {
        let path = try pairs(#"{"response": "First,"}"#, #"{"response": "First, Next, Finally,"}"#, "x")
        let output = directory.file("result.jsonl")
        let arguments = [
            "reward", path, "--reward", "reasoning_steps", "--skip-bad-rows", "--summary", "--output", output,
        ]
        let outcome = try Program.run(arguments)
        #expect(outcome.status == 0 && outcome.output.isEmpty)
        #expect(
            outcome.errorText.hasPrefix("3 rows, mean reward 0.6667 of 2\n")
                && outcome.errorText.contains("bad_line  1"))
        #expect(try directory.read("result.jsonl").count { $0 == 0x0A } == 3)
        expectRefusal(try Program.run(arguments), [output, "--force"])
        #expect(try Program.run(arguments + ["--force"]).status == 0)
    }

    @Test func processes() throws {
        let path = try pairs(#"{"gold": "x", "response": "a", "id": 1}"#, #"{"gold": "x", "response": "b", "id": 2}"#)
        let judge =
            #"while read -r line; do id=${line#*\"id\":}; echo "{\"id\":${id%%,*},\"reward\":0.5,\"reason\":\"ok\"}"; done"#
        let found = try results([path, "--process", judge, "--process-shell", "--keep", "id", "--reward", "process=2"])
        #expect(
            found == [
                ["id": 1, "reward": 1.0, "extracted": nil, "reason": "ok"],
                ["id": 2, "reward": 1.0, "extracted": nil, "reason": "ok"],
            ])
        let hanging = try results([path, "--process", "sleep 600", "--process-timeout", "0.1", "--process-start", "0"])
        #expect(hanging.map { $0["reason"] } == ["process_timeout", "process_timeout"])
        let quoted = try results([path, "--process", "sh -c 'exit 3'"])
        #expect(quoted.map { $0["reason"] } == ["process_ended: exit status 3", "process_ended: exit status 3"])
        expectRefusal(try Program.run(["reward", path, "--process", "/nonesuch"]), ["/nonesuch"])
    }

    /// A process that hears nothing does not outlive the program.
    @Test func interruption() throws {
        let path = try pairs(#"{"response": "a"}"#)
        let mark = directory.file("mark")
        let running = try Program.start([
            "reward", path, "--process", "trap '' INT TERM HUP; echo $$ >'\(mark)'; while :; do sleep 600; done",
            "--process-shell",
        ])
        let deadline = ContinuousClock.now + .seconds(20)
        while (try? directory.read("mark"))?.isEmpty ?? true, ContinuousClock.now < deadline { usleep(5000) }
        running.send(SIGINT)
        let outcome = try running.wait(limit: 20)
        #expect(outcome.status == 130 && outcome.output.isEmpty)
        let text = String(decoding: try directory.read("mark"), as: UTF8.self)
        let child = try #require(pid_t(text.dropLast()))
        #expect(kill(child, 0) != 0)
    }

    @Test(arguments: [
        ["--reward", "nonesuch"], ["--reward", "format=x"], ["--reward", "length"], ["--reward", "process"],
        ["--reward", "format", "--reward", "format"], ["--reward", "format", "--setting", "max_len=3"],
        ["--setting", "max_len"],
        ["--process-timeout", "3"], ["--process", "'a"], ["--process", "a", "--process-timeout", "0"], ["--gold", "1"],
        ["--gold", "1", "--response", "1", "pairs.jsonl"], ["--keep", "reward"], ["--steps", "0"], ["--force"],
        ["--mode", "loose"], ["--output", "result.jsonl.gz"],
    ])
    func wrongUsage(_ arguments: [String]) throws {
        let outcome = try Program.run(["reward"] + arguments)
        #expect(outcome.status == 64 && outcome.output.isEmpty, "\(outcome.errorText)")
    }
}

import Glibc
import JSON
import Schemas
import Testing

@testable import Rewards

/// Reward processes that behave in every way.
@Suite struct RewardProcessTests {
    private let requests = (1...3).map { RewardRequest(gold: "g", response: "r\($0)") }

    /// Runs a shell's program over three requests; patience is short.
    private func results(
        _ shell: String, timeout: Duration = .seconds(20), start: Duration = .zero, restarts: Int = 10,
        requests: [RewardRequest]? = nil
    ) throws -> [RewardProcessResult] {
        var settings = RewardProcessSettings(shellCommand: shell)
        (settings.timeout, settings.startAllowance, settings.maximumRestarts) = (timeout, start, restarts)
        settings.maximumLine = 1 << 16
        let process = try RewardProcess(settings)
        return process.score(requests ?? self.requests)
    }

    /// A child in sh that binds id and response of each request, and runs a body.
    private func loop(_ body: String) -> String {
        #"""
        while read -r line; do
          id=${line#*\"id\":}; id=${id%%,*}; response=${line#*\"response\":\"}; response=${response%%\"*}
          \#(body)
        done
        """#
    }

    private func problem(_ result: RewardProcessResult) -> String {
        (result.problem?.description).map { String($0.prefix { $0 != ":" }) } ?? "none"
    }

    @Test func answers() throws {
        let found = try results(
            loop(
                #"echo "{\"id\":$id,\"reward\":${response#r},\"reason\":\"$response\",\"extracted\":null,\"more\":[]}""#
            ))
        #expect(found.map(\.reward) == [1, 2, 3])
        #expect(found.map(\.reason) == ["r1", "r2", "r3"])
        #expect(found.allSatisfy { $0.problem == nil && $0.extracted == nil })
    }

    @Test func nullIsAnAnswer() throws {
        let found = try results(loop(#"echo "{\"id\":$id,\"reward\":null}""#))
        #expect(found == [RewardProcessResult](repeating: RewardProcessResult(), count: 3))
    }

    @Test func anyOrder() throws {
        let found = try results(
            loop(#"all="$id $all"; [ $response = r3 ] && for id in $all; do echo "{\"id\":$id,\"reward\":$id}"; done"#))
        #expect(found.map(\.reward) == [1, 2, 3])
    }

    @Test(arguments: [
        ("echo garbage", "not JSON"), (#"echo '[1]'"#, "not an object"), (#"echo '{"reward":1}'"#, "id is missing"),
        (#"echo "{\"id\":$id}""#, "reward is missing"), (#"echo "{\"id\":$id,\"reward\":NaN}""#, "not JSON"),
        (#"echo "{\"id\":$id,\"reward\":1e999}""#, "not JSON"),
        (#"echo "{\"id\":$id,\"reward\":\"1\"}""#, "neither a number"),
        (#"echo "{\"id\":$id,\"reward\":1,\"reason\":2}""#, "reason is no string"),
        (#"echo '{"id":99,"reward":1}'"#, "was not asked"), (#"printf '\377\n'"#, "not JSON"),
    ])
    func garbage(_ body: String, _ part: String) throws {
        for result in try results(loop(body)) {
            #expect(result.reward == nil && problem(result) == "process_invalid")
            #expect(result.problem?.description.contains(part) == true, "\(result)")
        }
    }

    /// One bad answer costs one request.
    @Test func garbageStaysWhereItIs() throws {
        let found = try results(
            loop(#"[ $response = r2 ] && echo hello; echo "{\"id\":$id,\"reward\":1}""#))
        #expect(found.map(\.reward) == [1, nil, 1])
    }

    @Test func aCrashCostsOneRequest() throws {
        let found = try results(
            loop(#"[ $response = r2 ] && { echo "boo" >&2; exit 7; }; echo "{\"id\":$id,\"reward\":1}""#))
        #expect(found.map(\.reward) == [1, nil, 1])
        #expect(found[1].problem == .ended("exit status 7: boo"))
    }

    @Test func oneAnswerForEachLife() throws {
        let found = try results(#"read -r line; id=${line#*:}; echo "{\"id\":${id%%,*},\"reward\":1}""#)
        #expect(found.map(\.reward) == [1, 1, 1])
    }

    @Test func hangingCostsOneRequest() throws {
        let found = try results(
            loop(#"[ $response = r2 ] && sleep 600; echo "{\"id\":$id,\"reward\":1}""#), timeout: .seconds(3))
        #expect(found.map(\.reward) == [1, nil, 1])
        #expect(found[1].problem == .timedOut)
    }

    @Test func startingIsAllowedTime() throws {
        let found = try results(
            "sleep 3; " + loop(#"echo "{\"id\":$id,\"reward\":1}""#), timeout: .seconds(2), start: .seconds(20))
        #expect(found.map(\.reward) == [1, 1, 1])
    }

    /// It is not started for ever.
    @Test func dyingAtOnce() throws {
        let many = (0..<10_000).map { RewardRequest(gold: nil, response: "\($0)") }
        let found = try results("exit 3", restarts: 4, requests: many)
        #expect(found.allSatisfy { $0.reward == nil })
        #expect(found.count { problem($0) == "process_ended" } <= 4)
        #expect(found.last?.problem == .unavailable("exit status 3"))
    }

    @Test(arguments: [
        "cat /dev/zero", "yes", "yes >&2", #"yes '{"id":1,"reward":1}'"#, "exec >&-; sleep 600", "exec <&-; sleep 600",
        "trap '' TERM INT; sleep 600", "cat /dev/zero | tr '\\0' '\\n'", "(sleep 600 & sleep 600 &) ; exit 1",
        "kill -9 $$",
    ])
    func nothingStopsTheCaller(_ shell: String) throws {
        let found = try results(shell, timeout: .milliseconds(300))
        #expect(found.count == 3)
        #expect(found.dropFirst().allSatisfy { $0.reward == nil && $0.problem != nil })
    }

    /// Neither is left of the group when the value goes away.
    @Test func nothingIsLeft() throws {
        var settings = RewardProcessSettings(
            shellCommand: #"sleep 600 & other=$!; read -r line; echo "{\"id\":1,\"reward\":$other}"; wait"#)
        settings.timeout = .seconds(20)
        var other: Double?
        do {
            let process = try RewardProcess(settings)
            other = process.score([requests[0]]).first?.reward
        }
        let number = pid_t(try #require(other))
        let deadline = ContinuousClock.now + .seconds(10)
        while Self.isAlive(number), ContinuousClock.now < deadline { usleep(5000) }
        #expect(!Self.isAlive(number))
        // It is no child of this process, and all its own are waited for.
        #expect(waitpid(number, nil, WNOHANG) < 0)
    }

    /// Whether a process runs; one that nobody has waited for does not.
    private static func isAlive(_ process: pid_t) -> Bool {
        guard kill(process, 0) == 0, let file = fopen("/proc/\(process)/stat", "r") else { return false }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 256)
        let count = fread(&text, 1, text.count, file)
        let words = String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
            separator: " ")
        return words.count > 2 && words[2] != "Z"
    }

    @Test func severalCallsOfOneProcess() throws {
        let process = try RewardProcess(
            RewardProcessSettings(shellCommand: loop(#"n=$((n+1)); echo "{\"id\":$id,\"reward\":$n}""#)))
        #expect(process.score(requests).map(\.reward) == [1, 2, 3])
        #expect(process.score([]) == [])
        #expect(process.score(requests).map(\.reward) == [4, 5, 6])
        process.stop()
        #expect(
            process.score(requests).map(problem) == [
                "process_unavailable", "process_unavailable", "process_unavailable",
            ])
    }

    /// Requests much larger than a pipe holds, both ways.
    @Test func largeRequests() throws {
        let large = (0..<40).map {
            RewardRequest(gold: nil, response: "r\($0)" + String(repeating: "x", count: 200_000))
        }
        let process = try RewardProcess(
            RewardProcessSettings(command: [
                "awk", "-W", "interactive",
                #"{ match($0, /[0-9]+/); print "{\"id\":" substr($0, RSTART, RLENGTH) ",\"reward\":" length($0) "}"; fflush() }"#,
            ]))
        let found = process.score(large)
        #expect(found.allSatisfy { ($0.reward ?? 0) > 200_000 }, "\(found[0])")
    }

    @Test func cancelling() throws {
        let process = try RewardProcess(RewardProcessSettings(command: ["sleep", "600"])) { true }
        #expect(process.score(requests).allSatisfy { $0.problem == .unavailable("cancelled") })
    }

    @Test func noSuchProgram() {
        #expect(throws: RewardProcessError.self) { try RewardProcess(RewardProcessSettings(command: ["/nonesuch"])) }
    }

    @Test(arguments: [
        ("a b", ["a", "b"]), ("  a\t'b c' ", ["a", "b c"]), (#"a "b\"c" d\ e"#, ["a", "b\"c", "d e"]),
        ("a ''", ["a", ""]),
        (#"'a\b' "c\d""#, [#"a\b"#, #"c\d"#]), ("x'y'z", ["xyz"]),
    ])
    func words(_ line: String, _ expected: [String]) {
        #expect(RewardProcessSettings.words(of: line) == expected)
    }

    @Test(arguments: ["", "  ", "'a", "a \"b", #"a \"#])
    func noWords(_ line: String) {
        #expect(RewardProcessSettings.words(of: line) == nil)
    }

    @Test func requestsKeepTheirContract() throws {
        let request = RewardRequest(
            gold: "1", prompt: nil, response: "a\n\u{2028}\"", columns: [("n", [1, 0.5, nil, ["a": "b"]])])
        let line = try #require(request.line(id: 7))
        #expect(line.count { $0 == 0x0A } == 1 && line.last == 0x0A)
        let node = JSONNode(try JSONDocument.parsing(line).root)
        #expect(try RewardContracts.violations(node, "reward-request") == [])
        #expect(
            node["response"] == "a\n\u{2028}\"" && node["gold"] == "1"
                && node["columns"]?["n"] == [1, 0.5, nil, ["a": "b"]])
        #expect(try RewardContracts.violations(["id": 1, "reward": nil], "reward-response") == [])
        #expect(try RewardContracts.violations(["id": 1], "reward-response").count == 1)
    }
}

/// What the schemas say.
enum RewardContracts {
    static func violations(_ node: JSONNode, _ name: String) throws -> [JSONSchema.Violation] {
        let schema = JSONNode(try JSONDocument.parsing(try #require(Schemas.json(named: name))).root)
        guard case .object(let members) = schema else { return [] }
        return try JSONSchema(.object(members.filter { $0.key != "version" })).violations(in: node)
    }
}

import Glibc
import TestFixtures
import Testing

@Suite struct InterruptionTests {
    /// Starts a run of minutes, and returns once it writes.
    private func startLongRun(_ directory: TemporaryDirectory) throws -> RunningProgram {
        let input = try directory.write("a.jsonl", try Sample.lines(count: 4800))
        _ = try directory.makeDirectory("results")
        let running = try Program.start(
            ["tokenize"] + [String](repeating: input, count: 1000)
                + ["--tokenizer", Sample.tokenizer, "--output", directory.file("results/a.h5")])
        let deadline = ContinuousClock.now + .seconds(20)
        while try directory.isEmpty("results"), ContinuousClock.now < deadline { usleep(5000) }
        usleep(200_000)
        return running
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func nothingIsLeft(_ signal: Int32) throws {
        let directory = try TemporaryDirectory()
        let running = try startLongRun(directory)
        let started = ContinuousClock.now
        running.send(signal)
        let outcome = try running.wait(limit: 20)
        #expect(ContinuousClock.now - started < .seconds(6))
        #expect(outcome.status == 128 + signal && !outcome.isSignalled)
        #expect(outcome.errorText == "kedge: interrupted; nothing unfinished stands under its final name\n")
        #expect(try directory.isEmpty("results"))
    }

    @Test func theSecondSignalEndsAtOnce() throws {
        let directory = try TemporaryDirectory()
        let running = try startLongRun(directory)
        running.send(SIGINT)
        running.send(SIGTERM)
        let outcome = try running.wait(limit: 20)
        #expect([130, 143].contains(outcome.status))
        #expect(try directory.isEmpty("results"))
    }

    /// Nobody can tidy up then, but no name may promise what is not there.
    @Test func killing() throws {
        let directory = try TemporaryDirectory()
        let running = try startLongRun(directory)
        running.send(SIGKILL)
        #expect(try running.wait().isSignalled)
        #expect(try directory.names() == ["a.jsonl", "results"])
        #expect(directory.isMissing("results/a.h5"))
        // What is left of it is in nobody's way.
        let output = directory.file("results/a.h5")
        #expect(try tokenize([Sample.traces], output: output).status == 0)
    }

    /// A read that waits for a pipe to be opened by a writer cannot be asked to stop.
    @Test func waitingForAPipe() throws {
        let directory = try TemporaryDirectory()
        let pipe = directory.file("a.jsonl")
        guard mkfifo(pipe, 0o600) == 0 else { throw SystemFailure(code: errno) }
        let running = try Program.start(
            ["tokenize", pipe, "--tokenizer", Sample.tokenizer, "--output", directory.file("a.h5")])
        let deadline = ContinuousClock.now + .seconds(20)
        while try directory.names() == ["a.jsonl"], ContinuousClock.now < deadline { usleep(5000) }
        running.send(SIGTERM)
        let outcome = try running.wait(limit: 20)
        #expect(outcome.status == 143 && !outcome.isSignalled)
        #expect(try directory.names() == ["a.jsonl"])
    }
}

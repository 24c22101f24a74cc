import Files
import JSON

/// A reward that another program computes: it reads requests and writes answers, a line of JSON each
/// (schemas/reward-request.v1.json, schemas/reward-response.v1.json).
///
/// The process is started with the value, in a process group of its own, and started again when it ends. Whatever it does, every
/// request gets a result: see <doc:RewardProcesses>. Memory is bounded by the requests that are under way and the longest line.
/// When the value goes away the group is killed; ``stop(patience:)`` lets it end by itself first.
///
/// Not to be used by several threads at once.
public final class RewardProcess {
    /// A request that was sent.
    private struct Sent {
        let position: Int
        let id: Int
        let time: ContinuousClock.Instant
        let isRetry: Bool
    }

    /// How the process is run.
    public let settings: RewardProcessSettings

    private let isCancelled: () -> Bool
    private var child: ChildProcess?
    private var parser: JSONParser
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    /// What the child printed of a line that is not complete.
    private var line: [UInt8] = []
    private var complaints = ErrorTail()
    private var nextID = 0
    private var hasAnswered = false
    /// How often in a row the process ended without an answer.
    private var failures = 0
    private var lastEnding = ""
    /// When the last request got its result.
    private var lastResult = ContinuousClock.now

    // Of the call under way:
    private var requests: [RewardRequest] = []
    private var results: [RewardProcessResult?] = []
    private var next = 0
    private var sent: [Sent] = []
    private var retries: [Int] = []
    private var endings: [Int: Int] = [:]
    private var outgoing: ArraySlice<UInt8> = []

    /// Starts the process.
    ///
    /// - Parameters:
    ///   - settings: what is run.
    ///   - isCancelled: asked about ten times a second while results are awaited; after it has said true, requests without results
    ///     get none.
    /// - Throws: ``RewardProcessError`` where it cannot be started.
    public init(
        _ settings: RewardProcessSettings, isCancelled: @escaping () -> Bool = { false }
    ) throws(RewardProcessError) {
        self.settings = settings
        self.isCancelled = isCancelled
        do throws(JSONError) {
            parser = try JSONParser()
        } catch {
            throw RewardProcessError(program: settings.command[0], message: error.message)
        }
        do throws(SystemCallError) {
            child = try ChildProcess(.init(words: settings.command))
        } catch {
            throw RewardProcessError(program: settings.command[0], message: error.description)
        }
    }

    /// Whether the process has ended too often to be started again; all further requests have the problem `unavailable`.
    public private(set) var isExhausted = false

    /// Closes the process's input, gives it time to end by itself, and kills it otherwise.
    public func stop(patience: Duration = .seconds(1)) {
        child?.end(patience: patience)
        child = nil
        isExhausted = true
        lastEnding = "it was stopped"
    }

    /// The results of requests, in their order. Returns when all have one.
    public func score(_ requests: [RewardRequest]) -> [RewardProcessResult] {
        self.requests = requests
        results = [RewardProcessResult?](repeating: nil, count: requests.count)
        (next, sent, retries, endings) = (0, [], [], [:])
        lastResult = .now
        while next < requests.count || !sent.isEmpty || !retries.isEmpty {
            if isCancelled() { cancel() }
            guard !isExhausted else { break }
            guard let child = running() else { continue }
            send()
            child.wait(wantsToWrite: !outgoing.isEmpty, milliseconds: patienceLeft)
            write(to: child)
            complaints.drain(child, &buffer)
            guard read(from: child) else {
                restart("printed a line of more than \(settings.maximumLine) bytes", blamesFirst: true)
                continue
            }
            if let first = sent.first, deadline(of: first) <= .now {
                finish(first, RewardProcessResult(problem: .timedOut))
                restart("did not answer in time", blamesFirst: false)
            } else if child.output < 0 || child.hasEnded {
                readRest(of: child)
                restart(nil, blamesFirst: false)
            }
        }
        defer { (self.requests, results) = ([], []) }
        return results.map { $0 ?? RewardProcessResult(problem: .unavailable(lastEnding)) }
    }
}

extension RewardProcess {
    private func cancel() {
        isExhausted = true
        lastEnding = "cancelled"
    }

    /// The child, started if need be; nil where that does not succeed.
    private func running() -> ChildProcess? {
        if let child { return child }
        do throws(SystemCallError) {
            child = try ChildProcess(.init(words: settings.command))
        } catch {
            isExhausted = true
            lastEnding = "it cannot be started again: \(error)"
        }
        hasAnswered = false
        lastResult = .now
        return child
    }

    /// Puts requests on their way. One that was under way when the process ended goes alone, so that it is known whose fault
    /// another end is.
    private func send() {
        if let first = retries.first {
            guard sent.isEmpty else { return }
            retries.removeFirst()
            send(first, isRetry: true)
            return
        }
        guard sent.first?.isRetry != true else { return }
        // Long requests wait until those before them have been taken.
        while next < requests.count, sent.count < max(1, settings.inFlight), outgoing.count < 1 << 20 {
            send(next, isRetry: false)
            next += 1
        }
    }

    private func send(_ position: Int, isRetry: Bool) {
        nextID += 1
        guard let line = requests[position].line(id: nextID) else {
            results[position] = RewardProcessResult(
                problem: .invalidAnswer("the request holds a number that JSON has not"))
            return
        }
        outgoing = outgoing.isEmpty ? line[...] : outgoing + line
        sent.append(Sent(position: position, id: nextID, time: .now, isRetry: isRetry))
    }

    private func write(to child: ChildProcess) {
        while !outgoing.isEmpty {
            let transfer = outgoing.withUnsafeBytes { child.write($0) }
            guard case .moved(let count) = transfer else { return }
            outgoing = outgoing.dropFirst(count)
        }
    }

    private func deadline(of request: Sent) -> ContinuousClock.Instant {
        max(request.time, lastResult) + settings.timeout + (hasAnswered ? .zero : settings.startAllowance)
    }

    /// How long to wait for something to happen: now and then it is asked whether the child is alive and the work still wanted.
    private var patienceLeft: Int32 {
        guard let first = sent.first else { return 0 }
        let left = ContinuousClock.now.duration(to: deadline(of: first)) / .milliseconds(1)
        return Int32(min(max(left.rounded(.up), 0), 100))
    }

    /// Takes what the child printed, but not for ever; false where a line is too long.
    private func read(from child: ChildProcess) -> Bool {
        for _ in 0..<16 {
            let transfer = buffer.withUnsafeMutableBytes { child.readOutput(into: $0) }
            guard case .moved(let count) = transfer else { return true }
            guard take(count) else { return false }
        }
        return true
    }

    /// Takes the last words of a child that has ended. Its pipe holds no more than these.
    private func readRest(of child: ChildProcess) {
        for _ in 0..<64 where child.output >= 0 {
            guard read(from: child) else { break }
        }
        complaints.drain(child, &buffer)
    }

    /// Takes bytes that lie in the buffer.
    private func take(_ count: Int) -> Bool {
        var rest = buffer[..<count]
        while let end = rest.firstIndex(of: 0x0A) {
            guard line.count + (end - rest.startIndex) <= settings.maximumLine else { return false }
            line += rest[..<end]
            rest = rest[(end + 1)...]
            takeLine()
            line.removeAll(keepingCapacity: line.capacity < 1 << 16)
        }
        guard line.count + rest.count <= settings.maximumLine else { return false }
        line += rest
        return true
    }

    private func takeLine() {
        guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }), let first = sent.first else { return }
        switch line.withUnsafeBytes({ RewardAnswerLine($0, parser: &parser) }) {
        case .garbage(let message):
            finish(first, RewardProcessResult(problem: .invalidAnswer(message)))
        case .answer(let id, let result):
            if let request = sent.first(where: { $0.id == id }) {
                hasAnswered = true
                if result.problem == nil { failures = 0 }
                finish(request, result)
            } else if id < 1 || id > nextID {
                finish(
                    first, RewardProcessResult(problem: .invalidAnswer("an answer to id \(id), which was not asked")))
            }
        // Otherwise the request has its result already: garbage came before the answer.
        }
    }

    private func finish(_ request: Sent, _ result: RewardProcessResult) {
        results[request.position] = result
        sent.removeAll { $0.id == request.id }
        lastResult = .now
    }

    /// Ends the child, if it has not ended; whoever waits for an answer is asked about again.
    ///
    /// - Parameters:
    ///   - message: why it is ended; nil where it ended by itself.
    ///   - blamesFirst: whether the first request that waits is the reason.
    private func restart(_ message: String?, blamesFirst: Bool) {
        // Output is closed a moment before a process is seen to have ended.
        let hadClosed = message == nil && child?.awaitEnd(.milliseconds(100)) == false
        let ending = child?.end(patience: .zero)
        child = nil
        let how = message ?? (hadClosed ? "closed its output" : ending.map { "\($0)" } ?? "")
        lastEnding = how + complaints.lastLine
        complaints = ErrorTail()
        line.removeAll()
        outgoing = []
        failures += 1
        if blamesFirst, let first = sent.first {
            finish(first, RewardProcessResult(problem: .invalidAnswer(lastEnding)))
        } else if message == nil, sent.count == 1, let only = sent.first {
            // Once may be the fault of the request before, to which the process gave its last answer.
            endings[only.position, default: 0] += 1
            if endings[only.position] == 2 { finish(only, RewardProcessResult(problem: .ended(lastEnding))) }
        }
        retries = sent.map(\.position) + retries
        sent = []
        if failures > settings.maximumRestarts { isExhausted = true }
    }
}

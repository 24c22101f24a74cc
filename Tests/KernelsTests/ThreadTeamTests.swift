import Synchronization
import Testing

@testable import Kernels

@Suite struct ThreadTeamTests {
    /// Counters of threads.
    private final class Counters: Sendable {
        let counts: [Counter]

        final class Counter: Sendable {
            let value = Atomic(0)
        }

        init(_ count: Int) {
            counts = (0..<count).map { _ in Counter() }
        }

        var values: [Int] { counts.map { $0.value.load(ordering: .relaxed) } }
    }

    @Test(arguments: [(1, 1000), (2, 10000), (3, 1000), (8, 10000), (40, 200)])
    func everyThreadWorksOncePerCall(_ threads: Int, _ calls: Int) {
        let team = ThreadTeam(count: threads)
        let counters = Counters(threads)
        var wrong = 0
        for call in 1...calls {
            team.run { thread in counters.counts[thread].value.add(1, ordering: .relaxed) }
            // All have finished when the call returns.
            if call % 100 == 0 && counters.values != Array(repeating: call, count: threads) { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(counters.values == Array(repeating: calls, count: threads))
    }

    @Test func bodiesUseWhatIsAround() {
        let team = ThreadTeam(count: 4)
        let buffer = FloatBuffer(count: 4).row
        for round in 1...50 {
            team.run { thread in buffer[0, thread] += Float(round * (thread + 1)) }
        }
        #expect(buffer.array(row: 0) == [1275, 2550, 3825, 5100])
    }

    @Test(arguments: [1, 2, 3, 7], [0, 1, 15, 16, 17, 100])
    func sharesCoverTheRange(_ threads: Int, _ total: Int) {
        let team = ThreadTeam(count: threads)
        for multiple in [1, 4, 16] {
            let hits = Counters(total)
            team.divide(total, multipleOf: multiple) { range in
                if range.lowerBound % multiple != 0 { return }
                for index in range { hits.counts[index].value.add(1, ordering: .relaxed) }
            }
            #expect(hits.values.allSatisfy { $0 == 1 })
        }
    }

    @Test func teamsWorkBesideEachOther() async {
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let team = ThreadTeam(count: 3)
                    let counters = Counters(3)
                    for _ in 0..<500 { team.run { counters.counts[$0].value.add(1, ordering: .relaxed) } }
                    return counters.values.reduce(0, +)
                }
            }
            for await sum in group { #expect(sum == 1500) }
        }
    }

    @Test func teamsComeAndGo() {
        for round in 0..<300 {
            let team = ThreadTeam(count: 1 + round % 4)
            if round % 3 > 0 { team.run { _ in } }
        }
    }
}

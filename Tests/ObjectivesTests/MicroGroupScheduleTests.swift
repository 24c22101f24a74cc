import Testing

@testable import Objectives

@Suite struct MicroGroupScheduleTests {
    private func ratios(_ schedule: MicroGroupSchedule, _ returns: [Double]) throws -> [Double]? {
        try schedule.next(after: returns)?.map(\.ratio)
    }

    @Test func paper() throws {
        let schedule = MicroGroupSchedule.paper
        #expect(schedule.rolloutCount == 8)
        #expect(try ratios(schedule, []) == [0, 0, 0, 0])
        // The mean of four is below 0.5 or not.
        #expect(try ratios(schedule, [1, 0, 0, 0]) == [0.2, 0.2])
        #expect(try ratios(schedule, [1, 1, 0, 0]) == [0, 0])
        // Of six below 0.7: 4 of 6 is, 5 is not.
        #expect(try ratios(schedule, [1, 1, 0, 0, 1, 1]) == [0.5])
        #expect(try ratios(schedule, [1, 1, 1, 0, 1, 1]) == [0])
        // Of seven below 0.9: 6 of 7 is, 7 is not.
        #expect(try ratios(schedule, [1, 1, 1, 0, 1, 1, 1]) == [1])
        #expect(try ratios(schedule, [1, 1, 1, 1, 1, 1, 1]) == [0])
        #expect(try ratios(schedule, [0, 0, 0, 0, 0, 0, 0, 0]) == nil)
        #expect(try schedule.next(after: [0, 0, 0, 0])?.allSatisfy { $0.carriesLoss && $0.continuesPrefix } == true)
        #expect(try schedule.next(after: [1, 1, 1, 1])?.contains { $0.carriesLoss } == false)
    }

    @Test func code() throws {
        let schedule = MicroGroupSchedule.code
        #expect(schedule.rolloutCount == 8)
        #expect(try ratios(schedule, []) == [0, 0, 0, 0])
        #expect(try ratios(schedule, [1, 0, 0, 0]) == [0.25, 0.25])
        #expect(try schedule.next(after: [1, 0, 0, 0])?.map(\.carriesLoss) == [false, true])
        #expect(try ratios(schedule, [1, 1, 0, 0]) == [0, 0])
        // Of six the sum below 4: here paper and code differ.
        #expect(try ratios(schedule, [1, 1, 0, 0, 1, 1]) == [0])
        #expect(try ratios(schedule, [1, 1, 0, 0, 1, 0]) == [0.5])
        let last = try #require(try schedule.next(after: [1, 1, 1, 1, 1, 1, 0]))
        #expect(last == [.init(ratio: 1, trace: 1, carriesLoss: true, continuesPrefix: false)])
        #expect(try schedule.next(after: [1, 1, 1, 1, 1, 1, 1])?[0].continuesPrefix == true)
    }

    @Test func refusals() throws {
        for returns in [[1], [0, 0, 0, 0, 0], [Double](repeating: 0, count: 9), [.nan, 0, 0, 0]] {
            #expect(throws: ObjectiveError.self) { try MicroGroupSchedule.paper.next(after: returns) }
        }
        #expect(throws: ObjectiveError.self) { try MicroGroupSchedule([]) }
        for (size, ratio) in [(0, 0.5), (-3, 0.5), (1, 1.5), (1, .nan)] {
            #expect(throws: ObjectiveError.self) {
                try MicroGroupSchedule([.init(size: size, ratio: ratio, condition: .never)])
            }
        }
        #expect(throws: ObjectiveError.self) {
            try MicroGroupSchedule([.init(size: 1, ratio: 1, condition: .meanBelow(.nan))])
        }
    }
}

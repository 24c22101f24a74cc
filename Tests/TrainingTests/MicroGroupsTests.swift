import Objectives
import Testing

@testable import Training

@Suite struct MicroGroupsTests {
    @Test func presetsAreTheObjectives() throws {
        #expect(try MicroGroups.paper.schedule() == .paper)
        #expect(try MicroGroups.code.schedule() == .code)
    }

    @Test func listsOverrideThePaper() throws {
        var groups = MicroGroups.paper
        groups.thresholds = [-1, 0.25, 0.5, 0.75]
        #expect(try groups.schedule().microGroups[1].condition == .meanBelow(0.25))
        groups.sizes = [4, 4]
        #expect(throws: ConfigurationError.self) { try groups.schedule() }
        groups.ratios = [0, 0.5]
        groups.thresholds = [-1, 0.5]
        #expect(try groups.schedule().rolloutCount == 8)
        groups.sizes = [0, 8]
        #expect(throws: ConfigurationError.self) { try groups.schedule() }
    }

    @Test func thePublicCodesScheduleStaysAsItIs() {
        var groups = MicroGroups.code
        groups.sizes = [4, 2, 1, 1]
        #expect(throws: ConfigurationError.self) { try groups.schedule() }
    }
}
